/* SPDX-License-Identifier: MIT
 *
 * The table of columns and the parsing of a list of them.
 */
#include "record/columns.h"

static void
test_names (void)
{
  for (guint i = 0; i < THRUM_N_COLUMNS; i++)
    {
      g_assert_cmpuint (thrum_column_from_name (thrum_column_name (i), -1), ==, i);
      g_assert_cmpstr (thrum_column_help (i), !=, "");
    }
  g_assert_cmpuint (thrum_column_from_name ("first-byte,lag", 10), ==, THRUM_COLUMN_FIRST_BYTE);
  g_assert_cmpuint (thrum_column_from_name ("first", -1), ==, THRUM_N_COLUMNS);
  g_assert_cmpuint (thrum_column_from_name ("", 0), ==, THRUM_N_COLUMNS);
  g_assert_cmpuint (thrum_column_type (THRUM_COLUMN_FAILURE), ==, THRUM_COLUMN_TOKEN);
}

static void
test_default (void)
{
  g_autoptr (GError) error = NULL;
  ThrumColumnList list;

  g_assert_true (thrum_column_list_parse (&list, THRUM_COLUMNS_DEFAULT, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (list.n_columns, ==, 8);
  g_assert_true (thrum_column_list_has (&list, THRUM_COLUMN_LAG));
  g_assert_false (thrum_column_list_has (&list, THRUM_COLUMN_SENT));

  g_autofree char *text = thrum_column_list_to_string (&list);
  g_assert_cmpstr (text, ==, THRUM_COLUMNS_DEFAULT);
}

static void
test_lists (void)
{
  static const struct {
    const char *text;
    int error; /* -1: it is good */
  } cases[] = {
    { "elapsed,response,status", -1 },
    { " elapsed , response,status ,\tlag", -1 },
    { "elapsed,response,status,latency", THRUM_COLUMN_ERROR_UNKNOWN },
    { "elapsed,response,status,", THRUM_COLUMN_ERROR_UNKNOWN },
    { "elapsed,response,status,lag,lag", THRUM_COLUMN_ERROR_TWICE },
    { "elapsed,status,response", THRUM_COLUMN_ERROR_ORDER },
    { "elapsed,response", THRUM_COLUMN_ERROR_ORDER },
    { "", THRUM_COLUMN_ERROR_ORDER },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      ThrumColumnList list;
      gboolean good = thrum_column_list_parse (&list, cases[i].text, &error);

      g_test_message ("'%s'", cases[i].text);
      g_assert_cmpint (good, ==, cases[i].error < 0);
      if (!good)
        g_assert_error (error, THRUM_COLUMN_ERROR, cases[i].error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/columns/names", test_names);
  g_test_add_func ("/columns/default", test_default);
  g_test_add_func ("/columns/lists", test_lists);
  return g_test_run ();
}
