/* SPDX-License-Identifier: MIT
 *
 * A config as sections of texts, each with the place it came from. The command line has been
 * applied to the file's texts, and the environment is filled in. Refuses to know what any key
 * means. Main thread.
 */
#include "config/document.h"

#include <string.h>

#include "config/expand.h"
#include "base/nearest.h"

static const struct {
  const gchar *name;
  enum { TITLE_NEVER, TITLE_MAYBE, TITLE_ALWAYS } title;
} kinds[THRUM_N_SECTION_KINDS] = {
  [THRUM_SECTION_LOAD] = { "load", TITLE_NEVER },
  [THRUM_SECTION_RESULTS] = { "results", TITLE_NEVER },
  [THRUM_SECTION_TARGET] = { "target", TITLE_ALWAYS },
  [THRUM_SECTION_REQUEST] = { "request", TITLE_ALWAYS },
  [THRUM_SECTION_THRESHOLDS] = { "thresholds", TITLE_MAYBE },
};

const gchar *
thrum_section_kind_name (ThrumSectionKind kind)
{
  return kinds[kind].name;
}

/* ---- The tree ------------------------------------------------------------------------------ */

static void
entry_free (gpointer data)
{
  ThrumEntry *entry = data;

  g_free (entry->key);
  g_free (entry->text);
  g_free (entry->value);
  g_free (entry->written);
  g_free (entry);
}

static void
section_free (gpointer data)
{
  ThrumSection *section = data;

  g_free (section->name);
  g_free (section->title);
  g_ptr_array_unref (section->entries);
  g_free (section);
}

ThrumDocument *
thrum_document_new (void)
{
  ThrumDocument *self = g_new0 (ThrumDocument, 1);

  self->sections = g_ptr_array_new_with_free_func (section_free);
  return self;
}

void
thrum_document_free (ThrumDocument *self)
{
  g_ptr_array_unref (self->sections);
  g_free (self);
}

ThrumSection *
thrum_document_add (ThrumDocument *self, ThrumSectionKind kind, const gchar *title,
                    ThrumPlace place)
{
  ThrumSection *section = g_new0 (ThrumSection, 1);

  section->name = g_strjoin (" ", kinds[kind].name, title, NULL);
  section->kind = kind;
  section->title = g_strdup (title);
  section->entries = g_ptr_array_new_with_free_func (entry_free);
  section->place = place;
  g_ptr_array_add (self->sections, section);
  return section;
}

ThrumEntry *
thrum_section_add (ThrumSection *self, const gchar *key, ThrumPlace place)
{
  ThrumEntry *entry = g_new0 (ThrumEntry, 1);

  entry->key = g_strdup (key);
  entry->place = place;
  g_ptr_array_add (self->entries, entry);
  return entry;
}

ThrumSection *
thrum_document_find (const ThrumDocument *self, ThrumSectionKind kind, const gchar *title)
{
  for (guint i = 0; i < self->sections->len; i++)
    {
      ThrumSection *section = g_ptr_array_index (self->sections, i);
      if (section->kind == kind && g_strcmp0 (section->title, title) == 0)
        return section;
    }
  return NULL;
}

ThrumEntry *
thrum_section_find (const ThrumSection *self, const gchar *key)
{
  for (guint i = 0; i < self->entries->len; i++)
    {
      ThrumEntry *entry = g_ptr_array_index (self->entries, i);
      if (g_str_equal (entry->key, key))
        return entry;
    }
  return NULL;
}

/* ---- Section names ------------------------------------------------------------------------- */

static gboolean
is_title (const gchar *title)
{
  for (const gchar *at = title; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '_' && *at != '-')
      return FALSE;
  return *title != '\0';
}

gboolean
thrum_section_parse_name (const gchar *name, ThrumSectionKind *kind, gchar **title, gchar **reason)
{
  gsize length = strcspn (name, " \t");
  g_autofree gchar *first = g_strndup (name, length);
  const gchar *rest = name + length + strspn (name + length, " \t");
  ThrumNearest nearest = thrum_nearest_init (first);

  *title = NULL;
  for (guint i = 0; i < THRUM_N_SECTION_KINDS; i++)
    {
      thrum_nearest_offer (&nearest, kinds[i].name);
      if (!g_str_equal (first, kinds[i].name))
        continue;
      if (kinds[i].title == TITLE_NEVER && *rest != '\0')
        *reason = g_strdup_printf ("a section [%s] has no name behind it", first);
      else if (kinds[i].title == TITLE_ALWAYS && *rest == '\0')
        *reason = g_strdup_printf ("needs a name: [%s NAME]", first);
      else if (*rest != '\0' && !is_title (rest))
        *reason = g_strdup_printf ("'%s' is not a name of [A-Za-z0-9_-]", rest);
      else
        {
          *kind = i;
          *title = *rest != '\0' ? g_strdup (rest) : NULL;
          return TRUE;
        }
      return FALSE;
    }

  g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
  *reason = g_strdup_printf ("unknown section; known are [load], [results], [target NAME], "
                             "[request NAME], [thresholds] and [thresholds REQUEST]%s",
                             hint);
  return FALSE;
}

/* ---- Overrides ----------------------------------------------------------------------------- */

/* [target NAME], whatever the name, if there is one only; else NULL. */
static ThrumSection *
find_only_target (const ThrumDocument *self)
{
  ThrumSection *only = NULL;

  for (guint i = 0; i < self->sections->len; i++)
    {
      ThrumSection *section = g_ptr_array_index (self->sections, i);
      if (section->kind != THRUM_SECTION_TARGET)
        continue;
      if (only != NULL)
        return NULL;
      only = section;
    }
  return only;
}

/* The section that an override means. A target or request can't be made by one: a mistyped name
 * would make a new one. */
static ThrumSection *
find_overridden (ThrumDocument *self, const ThrumOverride *override, ThrumProblems *problems)
{
  const ThrumPlace place = { .origin = override->origin };

  if (g_str_equal (override->section, kinds[THRUM_SECTION_TARGET].name))
    {
      ThrumSection *only = find_only_target (self);
      if (only == NULL)
        thrum_problems_add (problems, place, override->section, NULL,
                            "%s has no target, or several; say which: --set target.NAME.%s=...",
                            problems->file, override->key);
      return only;
    }
  g_autofree gchar *title = NULL;
  g_autofree gchar *reason = NULL;
  ThrumSectionKind kind;

  if (!thrum_section_parse_name (override->section, &kind, &title, &reason))
    {
      thrum_problems_add (problems, place, override->section, NULL, "%s", reason);
      return NULL;
    }
  ThrumSection *section = thrum_document_find (self, kind, title);
  if (section != NULL)
    return section;
  if (kinds[kind].title != TITLE_ALWAYS)
    return thrum_document_add (self, kind, title, place);

  ThrumNearest nearest = thrum_nearest_init (override->section);
  for (guint i = 0; i < self->sections->len; i++)
    thrum_nearest_offer (&nearest, ((ThrumSection *)self->sections->pdata[i])->name);
  g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
  thrum_problems_add (problems, place, override->section, NULL, "%s has no such section%s",
                      problems->file, hint);
  return NULL;
}

gboolean
thrum_text_is_one_line (const gchar *text)
{
  for (const gchar *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at) && *at != '\t')
      return FALSE;
  return g_utf8_validate (text, -1, NULL);
}

/* @value as one more element behind the list @text. */
static gchar *
append_element (const gchar *text, const gchar *value)
{
  if (text == NULL || *text == '\0')
    return g_strdup (value);
  return g_strconcat (text, g_str_has_suffix (text, ";") ? "" : ";", value, NULL);
}

static void
apply_to_section (ThrumSection *section, const ThrumOverride *override)
{
  const ThrumPlace place = { .origin = override->origin };
  ThrumEntry *entry = thrum_section_find (section, override->key);

  if (entry == NULL)
    entry = thrum_section_add (section, override->key, place);
  g_autofree gchar *text =
      override->append ? append_element (entry->text, override->value) : g_strdup (override->value);
  g_free (entry->text);
  entry->text = g_strdup (g_strstrip (text));
  entry->place = place;
}

static void
apply_override (ThrumDocument *self, const ThrumOverride *override, ThrumProblems *problems)
{
  const ThrumPlace place = { .origin = override->origin };
  ThrumSection *section = find_overridden (self, override, problems);

  if (section == NULL)
    return;
  if (!thrum_text_is_one_line (override->key) || !thrum_text_is_one_line (override->value))
    {
      thrum_problems_add (problems, place, section->name,
                          thrum_text_is_one_line (override->key) ? override->key : NULL,
                          "not one line of UTF-8 text: take out its line breaks and control "
                          "characters");
      return;
    }
  apply_to_section (section, override);

  /* What the target gives is a default only: what is said to "target" holds for every request. */
  for (guint i = 0; i < self->sections->len && section->kind == THRUM_SECTION_TARGET; i++)
    {
      ThrumSection *request = g_ptr_array_index (self->sections, i);
      if (request->kind == THRUM_SECTION_REQUEST && !g_str_equal (override->section, section->name)
          && thrum_section_find (request, override->key) != NULL)
        apply_to_section (request, override);
    }
}

void
thrum_document_override (ThrumDocument *self, const ThrumOverride *overrides, gsize n_overrides,
                         ThrumProblems *problems)
{
  for (gsize i = 0; i < n_overrides; i++)
    apply_override (self, &overrides[i], problems);
}

void
thrum_document_expand (ThrumDocument *self, ThrumProblems *problems)
{
  for (guint i = 0; i < self->sections->len; i++)
    {
      ThrumSection *section = g_ptr_array_index (self->sections, i);
      for (guint j = 0; j < section->entries->len; j++)
        {
          ThrumEntry *entry = g_ptr_array_index (section->entries, j);
          g_autoptr (GError) error = NULL;
          entry->value =
              thrum_expand (entry->text, THRUM_EXPAND_PLAIN, problems->redaction, &error);
          if (entry->value == NULL)
            thrum_problems_add (problems, entry->place, section->name, entry->key, "%s",
                                error->message);
        }
    }
}
