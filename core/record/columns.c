/* SPDX-License-Identifier: MIT
 *
 * The language of results.csv: the table of its columns, and the parsing of a list of them. Both
 * the writer and the readers of the file use it; it knows neither rows nor files. Any thread.
 */
#include <string.h>

#include "record/columns.h"

static const struct {
  const char *name;
  ThrumColumnType type;
  const char *help;
} table[] = {
#define ROW(symbol, name, type, help) { name, THRUM_COLUMN_##type, help },
  THRUM_COLUMNS (ROW)
#undef ROW
};

G_DEFINE_QUARK (thrum - column - error - quark, thrum_column_error)

const char *
thrum_column_name (ThrumColumn column)
{
  return table[column].name;
}

ThrumColumnType
thrum_column_type (ThrumColumn column)
{
  return table[column].type;
}

const char *
thrum_column_help (ThrumColumn column)
{
  return table[column].help;
}

ThrumColumn
thrum_column_from_name (const char *name, gssize length)
{
  gsize n = length < 0 ? strlen (name) : (gsize)length;

  for (guint i = 0; i < THRUM_N_COLUMNS; i++)
    if (strlen (table[i].name) == n && memcmp (table[i].name, name, n) == 0)
      return i;
  return THRUM_N_COLUMNS;
}

gboolean
thrum_column_list_has (const ThrumColumnList *list, ThrumColumn column)
{
  for (guint i = 0; i < list->n_columns; i++)
    if (list->columns[i] == column)
      return TRUE;
  return FALSE;
}

gboolean
thrum_column_list_parse (ThrumColumnList *list, const char *text, GError **error)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);

  list->n_columns = 0;
  for (guint i = 0; names[i] != NULL; i++)
    {
      const char *name = g_strstrip (names[i]);
      ThrumColumn column = thrum_column_from_name (name, -1);

      if (column == THRUM_N_COLUMNS)
        {
          g_set_error (error, THRUM_COLUMN_ERROR, THRUM_COLUMN_ERROR_UNKNOWN,
                       "there is no column '%s'", name);
          return FALSE;
        }
      if (thrum_column_list_has (list, column))
        {
          g_set_error (error, THRUM_COLUMN_ERROR, THRUM_COLUMN_ERROR_TWICE,
                       "column '%s' is there twice", name);
          return FALSE;
        }
      list->columns[list->n_columns++] = column;
    }
  if (list->n_columns < 3 || list->columns[0] != THRUM_COLUMN_ELAPSED
      || list->columns[1] != THRUM_COLUMN_RESPONSE || list->columns[2] != THRUM_COLUMN_STATUS)
    {
      g_set_error_literal (error, THRUM_COLUMN_ERROR, THRUM_COLUMN_ERROR_ORDER,
                           "the first three columns must be elapsed, response, status");
      return FALSE;
    }
  return TRUE;
}

char *
thrum_column_list_to_string (const ThrumColumnList *list)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < list->n_columns; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      g_string_append (text, table[list->columns[i]].name);
    }
  return g_string_free (text, FALSE);
}
