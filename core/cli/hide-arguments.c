/* SPDX-License-Identifier: MIT
 *
 * What other people of the machine may see of a command line. Knows the options of `thrum run` that
 * carry secrets. Main thread.
 */
#include "cli/hide-arguments.h"

#include <string.h>

#include "config/secrets.h"

/* Overwrites what comes after the first @separator of @text. */
static void
hide_after (char *text, char separator)
{
  char *at = strchr (text, separator);

  if (at != NULL)
    memset (at + 1, '*', strlen (at + 1));
}

static void
hide_header (char *text)
{
  hide_after (text, ':');
}

/* What --set gives to the load and the like is not a secret. */
static void
hide_set (char *text)
{
  if (g_str_has_prefix (text, "target") || g_str_has_prefix (text, "request"))
    hide_after (text, '=');
}

static void
hide_in_url (char *text)
{
  g_autoptr (GArray) spans = thrum_secret_find_in_url (text);

  for (guint i = 0; i < spans->len; i++)
    {
      const ThrumSpan span = g_array_index (spans, ThrumSpan, i);
      memset (text + span.start, '*', span.length);
    }
}

static const struct {
  const char *name;
  void (*hide) (char *value);
} options[] = { { "-H", hide_header }, { "--header", hide_header }, { "--set", hide_set } };

/* Hides @argument, or the @next one (nullable) if its value is that. */
static void
hide_argument (char *argument, char *next)
{
  if (argument[0] != '-')
    {
      hide_in_url (argument);
      return;
    }
  /* Several letters in one, as in -qH: the value is the next argument. */
  if (argument[1] != '-' && argument[1] != 'H' && strchr (argument, 'H') != NULL && next != NULL)
    hide_header (next);
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      const gsize length = strlen (options[i].name);

      if (!g_str_has_prefix (argument, options[i].name))
        continue;
      if (argument[length] != '\0')
        options[i].hide (argument + length + (argument[length] == '='));
      else if (next != NULL)
        options[i].hide (next);
      return;
    }
}

void
thrum_hide_arguments (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    hide_argument (argv[i], i + 1 < argc ? argv[i + 1] : NULL);
}
