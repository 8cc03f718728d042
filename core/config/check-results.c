/* SPDX-License-Identifier: MIT
 *
 * Checks [results]: where runs go, and what results.csv holds of each request. Main thread.
 */
#include <string.h>

#include "config/check.h"
#include "base/nearest.h"
#include "record/columns.h"

/* The names one by one, for a better word than the parser of the whole list has. FALSE: told. */
static gboolean
check_names (ThrumCheck *check, const ThrumEntry *entry, const gchar *text)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  gboolean is_good = TRUE;

  for (guint i = 0; names[i] != NULL; i++)
    {
      const gchar *name = g_strstrip (names[i]);
      ThrumColumn column = thrum_column_from_name (name, -1);
      if (column == THRUM_N_COLUMNS)
        {
          ThrumNearest nearest = thrum_nearest_init (name);
          for (guint c = 0; c < THRUM_N_COLUMNS; c++)
            thrum_nearest_offer (&nearest, thrum_column_name (c));
          g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
          thrum_problems_add (check->reading.problems, entry->place, "results", "columns",
                              "there is no column '%s'%s%s", name, hint,
                              thrum_fields_comment_hint (text));
          is_good = FALSE;
        }
      else if (!thrum_key_column_is_available (column))
        {
          thrum_problems_add (check->reading.problems, entry->place, "results", "columns",
                              "column '%s' is not available in this version", name);
          is_good = FALSE;
        }
    }
  return is_good;
}

static void
check_columns (ThrumCheck *check)
{
  const gchar *text = thrum_value (&check->results.values, THRUM_RESULTS_COLUMNS)->string;
  const ThrumEntry *entry = check->results.given[THRUM_RESULTS_COLUMNS];
  g_autoptr (GError) error = NULL;
  ThrumColumnList list;

  if (entry != NULL && !check_names (check, entry, text))
    return;
  if (!thrum_column_list_parse (&list, text, &error))
    {
      thrum_problems_add (check->reading.problems, entry->place, "results", "columns", "%s",
                          error->message);
      return;
    }
  check->config->columns = g_new0 (gchar *, list.n_columns + 1);
  for (guint i = 0; i < list.n_columns; i++)
    check->config->columns[i] = g_strdup (thrum_column_name (list.columns[i]));
}

/* Whether a target or request of this test can have @key; offers what they can have to @nearest. */
static gboolean
is_known_key (const ThrumCheck *check, const gchar *key, ThrumNearest *nearest)
{
  for (guint i = 0; i < check->targets->len; i++)
    {
      const ThrumSubject *target = g_ptr_array_index (check->targets, i);
      const ThrumOptionTable *tables[] = { &target->options.table, &target->defaults.table,
                                           &target->transport.table };

      for (guint t = 0; t < G_N_ELEMENTS (tables); t++)
        {
          if (thrum_option_table_find (tables[t], key) >= 0)
            return TRUE;
          for (guint o = 0; o < tables[t]->n_options; o++)
            thrum_nearest_offer (nearest, thrum_option_table_get (tables[t], o)->key);
        }
    }
  return FALSE;
}

/* A name that is mistyped would have a secret written down. */
static void
check_secret_keys (ThrumCheck *check)
{
  const ThrumEntry *entry = check->results.given[THRUM_RESULTS_SECRET_KEYS];
  const gchar *const *keys = thrum_value (&check->results.values, THRUM_RESULTS_SECRET_KEYS)->list;

  for (guint i = 0; keys[i] != NULL; i++)
    {
      ThrumNearest nearest = thrum_nearest_init (keys[i]);
      if (is_known_key (check, keys[i], &nearest))
        continue;
      g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
      thrum_problems_add (check->reading.problems, entry->place, "results", entry->key,
                          "no target or request of this test has a key '%s'%s", keys[i], hint);
    }
}

void
thrum_check_results (ThrumCheck *check)
{
  const ThrumSection *section = thrum_document_find (check->document, THRUM_SECTION_RESULTS, NULL);
  ThrumFields *tables[] = { &check->results };

  if (section != NULL && !thrum_fields_read (tables, 1, FALSE, section, &check->reading))
    return;

  const ThrumEntry *entry = check->results.given[THRUM_RESULTS_DIRECTORY];
  const gchar *directory = thrum_value (&check->results.values, THRUM_RESULTS_DIRECTORY)->string;
  if (*directory == '\0')
    thrum_problems_add (check->reading.problems, entry->place, "results", "directory", "is empty");
  else
    {
      g_autofree gchar *here = getcwd (NULL, 0);

      /* What a person makes is put where the person stands, not beside the file that was read. Where
       * that was deleted, GLib would take the root instead. */
      check->config->results_directory =
          here != NULL ? g_canonicalize_filename (directory, here) : g_strdup (directory);
    }
  if (check->config->results_directory != NULL
      && !thrum_text_is_one_line (check->config->results_directory))
    thrum_problems_add (check->reading.problems, entry != NULL ? entry->place : (ThrumPlace){ 0 },
                        "results", "directory", THRUM_ODD_PATH, check->config->results_directory);
  check_columns (check);
  check_secret_keys (check);
}
