/* SPDX-License-Identifier: MIT
 *
 * Collects the problems found in a config, in whatever order the checks run, and reports them in
 * the order of the file. Knows nothing of what is checked. Main thread.
 */
#include "config/problems.h"

/* A file that is no INI file at all has a problem a line; nobody reads so many. */
#define MOST_TOLD 200

/* A key or value may be as long as the file. */
#define MOST_BYTES 1000

typedef struct {
  guint order; /* the line; what has none comes behind */
  gchar *text;
} Problem;

static void
clear_problem (gpointer problem)
{
  g_free (((Problem *)problem)->text);
}

void
thrum_problems_init (ThrumProblems *self, const gchar *file)
{
  self->file = file;
  self->list = g_array_new (FALSE, FALSE, sizeof (Problem));
  g_array_set_clear_func (self->list, clear_problem);
  self->redaction = thrum_redaction_new ();
}

void
thrum_problems_add (ThrumProblems *self, ThrumPlace place, const gchar *section, const gchar *key,
                    const gchar *format, ...)
{
  g_autoptr (GString) text = g_string_new (NULL);
  va_list arguments;

  if (place.origin != NULL)
    g_string_append_printf (text, "%s: ", place.origin);
  else if (place.line > 0 && strstr (self->file, "://") == NULL) /* a URL has no lines */
    g_string_append_printf (text, "%s:%u: ", self->file, place.line);
  else
    g_string_append_printf (text, "%s: ", self->file);
  if (section != NULL)
    g_string_append_printf (text, "[%s]", section);
  if (key != NULL)
    g_string_append_printf (text, " %s", key);
  if (section != NULL)
    g_string_append (text, ": ");

  va_start (arguments, format);
  g_string_append_vprintf (text, format, arguments);
  va_end (arguments);

  thrum_redaction_apply (self->redaction, text);
  if (text->len > MOST_BYTES)
    {
      g_string_truncate (text, MOST_BYTES);
      while (!g_utf8_validate (text->str, (gssize)text->len, NULL) && text->len > MOST_BYTES - 4)
        g_string_truncate (text, text->len - 1);
      g_string_append (text, "...");
    }
  /* A value from the environment may hold anything; a problem is one line all the same. */
  for (gchar *at = text->str; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';

  Problem problem = { .order = place.origin != NULL ? G_MAXUINT
                               : place.line == 0    ? G_MAXUINT - 1
                                                    : place.line,
                      .text = g_string_free (g_steal_pointer (&text), FALSE) };
  g_array_append_val (self->list, problem);
}

gboolean
thrum_problems_is_empty (const ThrumProblems *self)
{
  return self->list->len == 0;
}

static gint
compare_problems (gconstpointer a, gconstpointer b)
{
  guint first = ((const Problem *)a)->order, second = ((const Problem *)b)->order;

  return first < second ? -1 : first > second;
}

void
thrum_problems_finish (ThrumProblems *self, GPtrArray *texts)
{
  g_array_sort (self->list, compare_problems); /* a stable sort: GLib says so */
  const gchar *previous = "";
  guint n_told = 0;
  for (guint i = 0; i < self->list->len; i++)
    {
      Problem *problem = &g_array_index (self->list, Problem, i);
      /* A target's key that several requests inherit is wrong once. */
      if (g_str_equal (problem->text, previous))
        continue;
      previous = problem->text;
      if (n_told++ < MOST_TOLD)
        g_ptr_array_add (texts, g_steal_pointer (&problem->text));
    }
  if (n_told > MOST_TOLD)
    g_ptr_array_add (texts,
                     g_strdup_printf ("%s: and %u more problems", self->file, n_told - MOST_TOLD));
  g_clear_pointer (&self->list, g_array_unref);
  g_clear_pointer (&self->redaction, thrum_redaction_free);
}

gchar *
thrum_place_to_text (ThrumPlace place)
{
  if (place.origin != NULL)
    return g_strdup_printf (" (%s)", place.origin);
  return place.line > 0 ? g_strdup_printf (" (line %u)", place.line) : g_strdup ("");
}
