/* SPDX-License-Identifier: MIT
 *
 * Fills thrum.ini.5.in in from the tables that check the file: a line @load becomes the keys of
 * [load] as items of an mdoc list. Runs at build time: make-ini-page IN OUT.
 */
#include <stdio.h>
#include <string.h>

#include "cli/option-text.h"
#include "config/keys.h"
#include "record/columns.h"

#define WIDTH 100

/* Appends @text as lines of mdoc text: nothing in it is a macro or an escape. */
static void
append_text (GString *page, const gchar *text)
{
  g_autoptr (GString) safe = g_string_new (text);
  g_autoptr (GString) wrapped = g_string_new (NULL);

  g_string_replace (safe, "\\", "\\e", 0);
  g_string_replace (safe, "`", "\\(ga", 0);
  g_string_replace (safe, "'", "\\(aq", 0);
  thrum_append_wrapped (wrapped, safe->str, "", WIDTH);
  if (*wrapped->str == '.')
    g_string_append (page, "\\&");
  g_string_append_len (page, wrapped->str, (gssize)wrapped->len);
}

static void
append_item (GString *page, const ThrumOption *option, const ThrumKey *key)
{
  g_autofree gchar *type = thrum_option_to_text (option, key);
  g_autofree gchar *sentence = thrum_capitalize (option->help);
  g_autofree gchar *help = g_strdup_printf ("%s.", sentence);
  g_autofree gchar *type_line = g_strdup_printf (
      "(%s%s)", type,
      key != NULL && !thrum_key_is_available (key) ? "; not available in this version" : "");

  g_string_append_printf (page, ".It Cm %s\n", option->key);
  append_text (page, help);
  g_string_append (page, ".br\n");
  append_text (page, type_line);
}

static void
append_keys (GString *page, ThrumSectionKind kind)
{
  guint n_keys;
  const ThrumKey *keys = thrum_keys_of (kind, &n_keys);

  for (guint i = 0; i < n_keys; i++)
    append_item (page, &keys[i].option, &keys[i]);
}

static void
append_columns (GString *page)
{
  for (guint i = 0; i < THRUM_N_COLUMNS; i++)
    {
      g_autofree gchar *sentence = thrum_capitalize (thrum_column_help (i));
      g_autofree gchar *help = g_strdup_printf (
          "%s%s.", sentence,
          thrum_key_column_is_available (i) ? "" : "; not available in this version");
      g_string_append_printf (page, ".It Cm %s\n", thrum_column_name (i));
      append_text (page, help);
    }
}

/* What stands for the line @name; FALSE: there is no such. */
static gboolean
append_part (GString *page, const gchar *name)
{
  const ThrumOptionTable transport = thrum_option_table_of_transport ();

  for (guint kind = 0; kind < THRUM_N_SECTION_KINDS; kind++)
    if (g_str_equal (name, thrum_section_kind_name (kind)))
      {
        append_keys (page, kind);
        return TRUE;
      }
  if (g_str_equal (name, "columns"))
    append_columns (page);
  else if (g_str_equal (name, "transport"))
    for (guint i = 0; i < transport.n_options; i++)
      append_item (page, thrum_option_table_get (&transport, i), NULL);
  else
    return FALSE;
  return TRUE;
}

int
main (int argc, char **argv)
{
  g_autofree gchar *text = NULL;
  g_autoptr (GString) page = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert (argc == 3);
  if (!g_file_get_contents (argv[1], &text, NULL, &error))
    g_error ("%s", error->message);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++)
    if (lines[i][0] != '@')
      g_string_append_printf (page, "%s\n", lines[i]);
    else if (!append_part (page, lines[i] + 1))
      g_error ("%s:%u: no part '%s'", argv[1], i + 1, lines[i]);
  if (!g_file_set_contents (argv[2], page->str, (gssize)page->len, &error))
    g_error ("%s", error->message);
  return 0;
}
