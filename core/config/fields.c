/* SPDX-License-Identifier: MIT
 *
 * Turns a section's texts into checked values, by option tables. It treats the core's tables and
 * the plugins' alike. Knows keys, types and how values are written down again; refuses to know
 * what they mean together. Main thread.
 */
#include "config/fields.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "config/expand.h"
#include "config/keys.h"
#include "base/nearest.h"
#include "config/written.h"
#include "plugin/descriptor.h"
#include "plugin/loader.h"

void
thrum_fields_init (ThrumFields *self, ThrumOptionTable table, gboolean is_core)
{
  *self = (ThrumFields){ .table = table, .is_core = is_core };
  thrum_values_init (&self->values, &table);
  self->given = g_new0 (ThrumEntry *, table.n_options + 1);
}

void
thrum_fields_clear (ThrumFields *self)
{
  thrum_values_clear (&self->values);
  g_clear_pointer (&self->given, g_free);
}

const gchar *
thrum_fields_comment_hint (const gchar *value)
{
  for (const gchar *at = value; *at != '\0'; at++)
    if ((*at == ' ' || *at == '\t') && (at[1] == '#' || at[1] == ';'))
      return "; a comment is a line of its own that begins with '#', so this one is part of the "
             "value";
  return "";
}

/* ---- Reading ------------------------------------------------------------------------------- */

/* Why @path can't be read by each process, and more than once; NULL: it can, or is not there. */
static const gchar *
explain_path (const gchar *path)
{
  static const gchar *const own[] = { "/dev/stdin", "/dev/fd/", "/proc/self/",
                                      "/proc/thread-self/" };
  GStatBuf status;

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    if (g_str_has_prefix (path, own[i]))
      return "it is another file in each process; save what it gives to a file, and name that";
  if (g_stat (path, &status) != 0 || S_ISREG (status.st_mode)
      || (S_ISCHR (status.st_mode) && status.st_rdev == makedev (1, 3))) /* /dev/null is empty */
    return NULL;
  return S_ISDIR (status.st_mode) ? "it is a folder; name a file in it"
                                  : "save what it gives to a file, and name that";
}

/* The file that @entry names, absolute. NULL with @error set. (transfer full) */
static gchar *
read_path (const ThrumEntry *entry, const ThrumReading *reading, GError **error)
{
  g_autofree gchar *absolute = g_canonicalize_filename (entry->value, reading->base_directory);

  if (!thrum_text_is_one_line (absolute))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, THRUM_ODD_PATH, absolute);
      return NULL;
    }
  const gchar *why = explain_path (absolute);
  if (why != NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE, "'%s' is not a plain file: %s",
                   absolute, why);
      return NULL;
    }
  return g_steal_pointer (&absolute);
}

/* The elements of @entry: taken apart first, filled in then, so that no variable's value adds one. */
static gchar **
read_list (const ThrumOption *option, const ThrumEntry *entry, GError **error)
{
  const gboolean is_own = thrum_expand_is_own_secret (entry->text);
  gchar **list = thrum_value_split (option, is_own ? entry->value : entry->text, error);

  for (guint i = 0; list != NULL && !is_own && list[i] != NULL; i++)
    {
      gchar *raw = list[i];
      list[i] =
          thrum_expand (raw, THRUM_EXPAND_PLAIN, NULL, NULL); /* the whole was expanded before */
      g_free (raw);
    }
  return list;
}

static gboolean
set_value (ThrumFields *self, guint index, ThrumEntry *entry, ThrumReading *reading, GError **error)
{
  const ThrumOption *option = thrum_option_table_get (&self->table, index);
  g_autofree gchar *absolute = NULL, *escaped = NULL;
  const gchar *text = entry->value;

  if (option->type == THRUM_OPTION_LIST)
    {
      gchar **list = read_list (option, entry, error);
      if (list == NULL)
        return FALSE;
      thrum_values_set_list (&self->values, index, list);
      return TRUE;
    }
  if ((option->flags & THRUM_OPTION_PATH) && *text != '\0')
    text = absolute = read_path (entry, reading, error);
  else if (option->flags & THRUM_OPTION_ESCAPES)
    text = escaped = thrum_expand (entry->text, THRUM_EXPAND_ESCAPED, NULL, error);
  if (text == NULL || !thrum_values_set (&self->values, &self->table, index, text, error))
    return FALSE;
  if (absolute != NULL && entry->written == NULL && !thrum_is_secret_option (option, reading))
    entry->written = thrum_write_path (entry, absolute, reading->base_directory);
  return TRUE;
}

gboolean
thrum_fields_set (ThrumFields *self, guint index, ThrumEntry *entry, const ThrumSection *section,
                  ThrumReading *reading)
{
  const ThrumOption *option = thrum_option_table_get (&self->table, index);
  g_autoptr (GError) error = NULL;

  self->given[index] = entry;
  if (entry->value == NULL)
    return FALSE; /* what it refers to is not there: told already */
  thrum_hide_secrets (option, entry, reading);
  if (!set_value (self, index, entry, reading, &error))
    {
      gboolean is_secret = thrum_is_secret_option (option, reading);
      thrum_problems_add (reading->problems, entry->place, section->name, entry->key, "%s%s%s",
                          is_secret ? "the value, a secret, is not of type " : error->message,
                          is_secret ? thrum_option_type_name (option->type) : "",
                          option->type == THRUM_OPTION_LIST || is_secret
                              ? ""
                              : thrum_fields_comment_hint (entry->value));
      return FALSE;
    }
  if (self->is_core && !thrum_key_is_available ((const ThrumKey *)option))
    {
      thrum_problems_add (reading->problems, entry->place, section->name, entry->key,
                          "is not available in this version");
      return FALSE;
    }
  return TRUE;
}

void
thrum_fields_drop (ThrumFields *self, guint index)
{
  thrum_values_reset (&self->values, &self->table, index);
  self->given[index] = NULL;
}

/* "; it is a key of [results]" where the core has @key in a section of another kind, else "". */
static gchar *
place_elsewhere (const gchar *key, ThrumSectionKind kind)
{
  for (guint other = 0; other < THRUM_N_SECTION_KINDS; other++)
    {
      const ThrumOptionTable table = thrum_key_table_of (other);
      if (other != kind && thrum_option_table_find (&table, key) >= 0)
        return g_strdup_printf (
            "; it is a key of [%s%s]", thrum_section_kind_name (other),
            other == THRUM_SECTION_TARGET || other == THRUM_SECTION_REQUEST ? " NAME" : "");
    }
  return g_strdup ("");
}

static gboolean
has_key (const ThrumPlugin *descriptor, const gchar *key)
{
  const ThrumOptionTable tables[] = { thrum_option_table_of_target (descriptor),
                                      thrum_option_table_of_request (descriptor) };

  return thrum_option_table_find (&tables[0], key) >= 0
         || thrum_option_table_find (&tables[1], key) >= 0;
}

/* "; plugin http1 has no such key; plugin http has" where another plugin knows @key, else "". Loads
 * them all, as a test that is wrong can well afford. */
static gchar *
place_in_plugins (const ThrumPlugin *plugin, const gchar *key)
{
  const ThrumOptionTable transport = thrum_option_table_of_transport ();
  const gboolean is_transport = thrum_option_table_find (&transport, key) >= 0;
  g_auto (GStrv) names = thrum_plugin_list ();

  if (plugin == NULL)
    return g_strdup ("");
  if (has_key (plugin, key) || (plugin->codec != NULL && is_transport))
    return g_strdup ("; it is a key of [target NAME]");
  for (guint i = 0; names[i] != NULL; i++)
    {
      const ThrumPluginModule *module =
          g_str_equal (names[i], plugin->name) ? NULL : thrum_plugin_load (names[i], NULL, NULL);
      if (module != NULL && has_key (module->descriptor, key))
        return g_strdup_printf ("; plugin %s has no such key; plugin %s has", plugin->name,
                                names[i]);
    }
  return is_transport ? g_strdup_printf (
             "; plugin %s has no such key; codec plugins, like tcp, have", plugin->name)
                      : g_strdup ("");
}

static void
tell_unknown (ThrumFields *const *tables, guint n_tables, const ThrumEntry *entry,
              const ThrumSection *section, const ThrumReading *reading)
{
  ThrumProblems *problems = reading->problems;
  ThrumNearest nearest = thrum_nearest_init (entry->key);

  if (thrum_descriptor_is_reserved (entry->key) && strchr (entry->key, '-') != NULL
      && !g_str_has_prefix (entry->key, "expect-") && section->kind != THRUM_SECTION_LOAD)
    {
      thrum_problems_add (problems, entry->place, section->name, entry->key,
                          "is not available in this version");
      return;
    }
  for (guint t = 0; t < n_tables; t++)
    for (guint i = 0; i < tables[t]->table.n_options; i++)
      thrum_nearest_offer (&nearest, thrum_option_table_get (&tables[t]->table, i)->key);
  g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
  g_autofree gchar *elsewhere = place_elsewhere (entry->key, section->kind);
  g_autofree gchar *other =
      *elsewhere == '\0' ? place_in_plugins (reading->plugin, entry->key) : g_strdup ("");
  thrum_problems_add (problems, entry->place, section->name, entry->key, "unknown key%s%s%s",
                      elsewhere, other, *other == '\0' ? hint : "");
}

gboolean
thrum_fields_read (ThrumFields *const *tables, guint n_tables, gboolean is_partial,
                   const ThrumSection *section, ThrumReading *reading)
{
  gboolean is_good = TRUE;

  for (guint i = 0; i < section->entries->len; i++)
    {
      ThrumEntry *entry = g_ptr_array_index (section->entries, i);
      gint index = -1;
      guint t;

      for (t = 0; t < n_tables; t++)
        if ((index = thrum_option_table_find (&tables[t]->table, entry->key)) >= 0)
          break;
      if (index >= 0)
        is_good &= thrum_fields_set (tables[t], (guint)index, entry, section, reading);
      else if (!is_partial)
        {
          tell_unknown (tables, n_tables, entry, section, reading);
          is_good = FALSE;
        }
    }
  return is_good;
}

gboolean
thrum_fields_check_required (const ThrumFields *self, const ThrumSection *section,
                             ThrumProblems *problems)
{
  gboolean is_good = TRUE;

  for (guint i = 0; i < self->table.n_options; i++)
    {
      const ThrumOption *option = thrum_option_table_get (&self->table, i);
      if (!(option->flags & THRUM_OPTION_REQUIRED) || self->given[i] != NULL)
        continue;
      thrum_problems_add (problems, section->place, section->name, option->key, "must be given: %s",
                          option->help);
      is_good = FALSE;
    }
  return is_good;
}

GPtrArray *
thrum_fields_show (const ThrumFields *self, const ThrumReading *reading)
{
  GPtrArray *shown = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->table.n_options; i++)
    {
      const ThrumOption *option = thrum_option_table_get (&self->table, i);
      const ThrumEntry *entry = self->given[i];
      g_autoptr (GString) text = NULL;

      if (entry != NULL && thrum_is_secret_option (option, reading))
        text = g_string_new ("(secret)");
      else if (entry != NULL)
        {
          text = g_string_new (thrum_entry_get_written (entry));
          g_string_replace (text, "$$", "$", 0);
        }
      g_ptr_array_add (shown, text != NULL ? g_string_free (g_steal_pointer (&text), FALSE) : NULL);
    }
  return shown;
}
