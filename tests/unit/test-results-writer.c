/* SPDX-License-Identifier: MIT
 *
 * Rows of results.csv, to the byte; and whole rows on a disk that takes no more.
 */
#include <glib/gstdio.h>
#include <sys/resource.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "record/results-writer.h"

#define S G_GINT64_CONSTANT (1000000000)

static const gchar *const names[] = { "home", "log-in", NULL };

static const ThrumRecord record = {
  .intended = 101 * S,
  .slot = 101 * S + 1000,
  .sent = 101 * S + 61499,
  .first_byte = 101 * S + 500000,
  .done = 102 * S + 234567500,
  .read = 102 * S + 234567500,
  .received_bytes = 18446744073709551615u,
  .status = 503,
  .user = 12,
  .request = 1,
  .failure = THRUM_FAILURE_STATUS,
};

static gchar *
make_path (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("thrum-writer-XXXXXX", NULL);
  return g_build_filename (folder, "results.csv", NULL);
}

static void
remove_path (const gchar *path)
{
  g_autofree gchar *folder = g_path_get_dirname (path);
  g_unlink (path);
  g_rmdir (folder);
}

static gchar *
write_one (const gchar *columns, const ThrumRecord *one)
{
  g_autofree gchar *path = make_path ();
  ThrumColumnList list;
  g_autoptr (ThrumResultsWriter) writer = NULL;
  gchar *text;

  g_assert_true (thrum_column_list_parse (&list, columns, NULL));
  writer = thrum_results_writer_new (path, &list, names, NULL);
  thrum_results_writer_set_t0 (writer, 100 * S);
  thrum_results_writer_add (writer, one, 3);
  g_assert_true (thrum_results_writer_flush (writer, NULL));
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  remove_path (path);
  return text;
}

static void
test_rows (void)
{
  static const struct {
    const gchar *columns, *row;
  } cases[] = {
    { "elapsed,response,status", "2.234568,1.234568,503\n" },
    { THRUM_COLUMNS_DEFAULT,
      "2.234568,1.234568,503,1.234506,log-in,status,18446744073709551615,0.000060\n" },
    { "elapsed,response,status,intended,slot,sent,first-byte,lag,resolved,connected,secured,"
      "worker,user",
      "2.234568,1.234568,503,1.000000,1.000001,1.000061,1.000500,0.000060,,,,3,12\n" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *text = write_one (cases[i].columns, &record);
      g_assert_cmpstr (text, ==, cases[i].row);
    }
}

static void
test_success_and_negative_status (void)
{
  ThrumRecord one = record;
  g_autofree gchar *text = NULL;

  one.failure = THRUM_FAILURE_NONE;
  one.status = G_MININT32;
  one.request = 0;
  one.received_bytes = 0;
  text = write_one (THRUM_COLUMNS_DEFAULT, &one);
  g_assert_cmpstr (text, ==, "2.234568,1.234568,-2147483648,1.234506,home,,0,0.000060\n");
}

static void
test_exclusive (void)
{
  g_autofree gchar *path = make_path ();
  g_autoptr (GError) error = NULL;
  ThrumColumnList list;

  g_assert_true (thrum_column_list_parse (&list, THRUM_COLUMNS_DEFAULT, NULL));
  g_assert_true (g_file_set_contents (path, "measured", -1, NULL));
  g_assert_null (thrum_results_writer_new (path, &list, names, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST);
  remove_path (path);
}

/* A file that may grow to 1000 bytes, as a full disk: the file ends after a whole row, and once
 * there is room again nothing is missing. */
static void
test_full (void)
{
  g_autofree gchar *path = make_path ();
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  struct rlimit before, small;
  ThrumColumnList list;
  gsize length, row = strlen ("2.234568,1.234568,503\n");

  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  small = before;
  small.rlim_cur = 1000;

  g_assert_true (thrum_column_list_parse (&list, "elapsed,response,status", NULL));
  g_autoptr (ThrumResultsWriter) writer = thrum_results_writer_new (path, &list, names, NULL);
  thrum_results_writer_set_t0 (writer, 100 * S);
  for (guint i = 0; i < 100; i++)
    thrum_results_writer_add (writer, &record, 0);

  setrlimit (RLIMIT_FSIZE, &small);
  g_assert_false (thrum_results_writer_flush (writer, &error));
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_cmpuint (length, ==, 1000 / row * row);
  g_assert_cmpuint (thrum_results_writer_get_pending (writer), ==, 100 - 1000 / row);

  g_assert_true (thrum_results_writer_flush (writer, NULL));
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  g_assert_cmpuint (length, ==, 100 * row);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (memcmp (text + i * row, "2.234568,1.234568,503\n", row), ==, 0);
  remove_path (path);
}

/* A file that was deleted takes rows still; none of them is kept, and that is told. */
static void
test_deleted (void)
{
  g_autofree gchar *path = make_path ();
  g_autoptr (GError) error = NULL;
  ThrumColumnList list;
  guint64 missing;

  g_assert_true (thrum_column_list_parse (&list, "elapsed,response,status", NULL));
  g_autoptr (ThrumResultsWriter) writer = thrum_results_writer_new (path, &list, names, NULL);
  for (guint i = 0; i < 3; i++)
    thrum_results_writer_add (writer, &record, 0);
  g_assert_true (thrum_results_writer_flush (writer, NULL));
  g_assert_cmpuint (thrum_results_writer_get_pending (writer), ==, 0);

  remove_path (path);
  thrum_results_writer_add (writer, &record, 0);
  g_assert_false (thrum_results_writer_flush (writer, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_false (thrum_results_writer_finish (writer, &missing, NULL));
  g_assert_cmpuint (missing, ==, 4);
}

/* What others do to the file meanwhile is found at the end. */
static void
test_changed (void)
{
  static const struct {
    const gchar *what; /* a shell command, in the file's folder */
    guint64 missing;
    const gchar *words; /* NULL: nothing is wrong */
  } cases[] = {
    { "true", 0, NULL },
    { "> results.csv", 3, "changed" },
    { "truncate -s 25 results.csv", 2, "changed" },
    { "echo more >> results.csv", 0, "changed" },
    { "mv results.csv elsewhere", 5, "moved or replaced" },
    { "cp results.csv copy && mv copy results.csv", 5, "moved or replaced" },
    { "mv results.csv kept && ln -s kept results.csv", 5, "moved or replaced" },
    { "mv results.csv kept && mkfifo results.csv", 5, "moved or replaced" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *path = make_path ();
      g_autofree gchar *folder = g_path_get_dirname (path);
      g_autofree gchar *command = g_strdup_printf ("cd '%s' && %s", folder, cases[i].what);
      g_autofree gchar *removal = g_strdup_printf ("rm -r '%s'", folder);
      g_autoptr (GError) error = NULL;
      ThrumColumnList list;
      guint64 missing = 99;
      gboolean is_good;

      g_assert_true (thrum_column_list_parse (&list, "elapsed,response,status", NULL));
      g_autoptr (ThrumResultsWriter) writer = thrum_results_writer_new (path, &list, names, NULL);
      for (guint row = 0; row < 5; row++)
        {
          if (row == 3)
            {
              const gchar *argv[] = { "/bin/sh", "-c", command, NULL };
              g_assert_true (
                  g_spawn_sync (NULL, (gchar **)argv, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL));
            }
          thrum_results_writer_add (writer, &record, 0);
          thrum_results_writer_flush (writer, NULL);
        }
      is_good = thrum_results_writer_finish (writer, &missing, &error);
      g_assert_cmpint (is_good, ==, cases[i].words == NULL);
      g_assert_cmpuint (missing, ==, cases[i].missing);
      if (cases[i].words != NULL)
        g_assert_nonnull (strstr (error->message, cases[i].words));
      g_assert_cmpint (system (removal), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/results-writer/rows", test_rows);
  g_test_add_func ("/results-writer/success", test_success_and_negative_status);
  g_test_add_func ("/results-writer/exclusive", test_exclusive);
  g_test_add_func ("/results-writer/full", test_full);
  g_test_add_func ("/results-writer/deleted", test_deleted);
  g_test_add_func ("/results-writer/changed", test_changed);
  return g_test_run ();
}
