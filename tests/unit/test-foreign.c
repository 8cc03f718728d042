/* SPDX-License-Identifier: MIT
 *
 * What others made up: names that are printed, files that a foreign folder holds, programs in PATH.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/printing.h"
#include "base/regular-file.h"

static void
test_escape (void)
{
  static const struct {
    const gchar *text, *line, *lines;
  } cases[] = {
    { "GET /caf\303\251 \342\202\254", "GET /caf\303\251 \342\202\254",
      "GET /caf\303\251 \342\202\254" },
    { "\033[31m\033]0;x\007", "?[31m?]0;x?", "?[31m?]0;x?" },
    { "a\tb\nc\rd\177", "a?b?c?d?", "a\tb\nc?d?" },
    { "\302\233"
      "31m",
      "?31m", "?31m" },                                  /* CSI beyond ASCII */
    { "a\342\200\256b\342\201\246c", "a?b?c", "a?b?c" }, /* turns what follows round */
    { "a\342\200\250b\342\200\213c\357\273\277", "a?b?c?", "a?b?c?" },
    { "a\357\277\276\357\267\220", "a??", "a??" }, /* U+FFFE, U+FDD0: not in XML */
    { "\377a\303", "?a?", "?a?" },                 /* not UTF-8, also at its end */
    { "", "", "" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *line = thrum_printing_escape (cases[i].text, FALSE);
      g_autofree gchar *lines = thrum_printing_escape (cases[i].text, TRUE);

      g_assert_cmpstr (line, ==, cases[i].line);
      g_assert_cmpstr (lines, ==, cases[i].lines);
    }
}

static gchar *
repeat (const gchar *before, const gchar *text, guint n, const gchar *after)
{
  GString *all = g_string_new (before);

  for (guint i = 0; i < n; i++)
    g_string_append (all, text);
  g_string_append (all, after);
  return g_string_free (all, FALSE);
}

static void
test_json_depth (void)
{
  static const struct {
    const gchar *before, *text;
    guint n;
    const gchar *after;
    gboolean is_good;
  } cases[] = {
    { "", "[", 64, "", TRUE },
    { "", "[", 65, "", FALSE },
    { "", "{\"a\":", 80000, "", FALSE },
    { "[", "[],", 1000, "1]", TRUE },
    { "[\"", "[", 1000, "\"]", TRUE },
    { "[\"\\\"", "[", 1000, "\"]", TRUE },
    { "[\"\\\\\",", "[", 1000, "", FALSE },
    { "/*\"*/", "[", 1000, "", FALSE },
    { "//\"\n", "[", 1000, "", FALSE },
    { "", "", 0, "", TRUE },
  };
  g_autofree gchar *folder = g_dir_make_tmp ("thrum-foreign-XXXXXX", NULL);
  g_autofree gchar *path = g_build_filename (folder, "run.json", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *text = repeat (cases[i].before, cases[i].text, cases[i].n, cases[i].after);
      g_autofree gchar *got = NULL;
      g_autoptr (GError) error = NULL;
      gsize length;

      g_assert_true (g_file_set_contents (path, text, -1, NULL));
      got = thrum_regular_file_read_json (path, 1000000, &length, &error);
      g_assert_cmpstr (got, ==, cases[i].is_good ? text : NULL);
      if (cases[i].is_good)
        g_assert_cmpuint (length, ==, strlen (text));
      else
        g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    }
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_regular_file (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("thrum-foreign-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (folder, "file", NULL);
  g_autofree gchar *pipe = g_build_filename (folder, "pipe", NULL);
  g_autofree gchar *link = g_build_filename (folder, "link", NULL);
  g_autofree gchar *none = g_build_filename (folder, "none", NULL);
  const struct {
    const gchar *path;
    gsize most;
    gint code; /* -1: it is read */
  } cases[] = {
    { file, 5, -1 },
    { link, 5, -1 },
    { file, 4, G_FILE_ERROR_INVAL },
    { pipe, 100, G_FILE_ERROR_INVAL },
    { folder, 100, G_FILE_ERROR_INVAL },
    { "/dev/zero", 100, G_FILE_ERROR_INVAL },
    { none, 100, G_FILE_ERROR_NOENT },
    { "/proc/self/maps", 10, G_FILE_ERROR_INVAL }, /* its size is 0 until it is read */
  };

  g_assert_true (g_file_set_contents (file, "a\0cde", 5, NULL));
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  g_assert_cmpint (symlink ("file", link), ==, 0);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      gsize length = 0;
      g_autofree gchar *text =
          thrum_regular_file_read (cases[i].path, cases[i].most, &length, &error);

      if (cases[i].code < 0)
        g_assert_cmpmem (text, length, "a\0cde", 5);
      else
        {
          g_assert_null (text);
          g_assert_error (error, G_FILE_ERROR, cases[i].code);
        }
    }
  g_unlink (file);
  g_unlink (pipe);
  g_unlink (link);
  g_rmdir (folder);
}

static void
test_find_program (void)
{
  g_autofree gchar *folder = g_dir_make_tmp ("thrum-foreign-XXXXXX", NULL);
  g_autofree gchar *program = g_build_filename (folder, "plotter", NULL);
  g_autofree gchar *last = g_strconcat ("/nowhere:", folder, NULL);
  g_autofree gchar *odd = g_strconcat (".::relative/path:./", NULL);
  g_autofree gchar *found = NULL;

  g_assert_true (g_file_set_contents (program, "", 0, NULL));
  g_assert_cmpint (g_chmod (program, 0755), ==, 0);
  g_assert_cmpint (chdir (folder), ==, 0);
  g_setenv ("PATH", odd, TRUE);
  g_assert_null (thrum_child_find_program ("plotter"));
  g_setenv ("PATH", last, TRUE);
  found = thrum_child_find_program ("plotter");
  g_assert_cmpstr (found, ==, program);
  g_assert_cmpint (chdir ("/"), ==, 0);
  g_unlink (program);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/foreign/escape", test_escape);
  g_test_add_func ("/foreign/json-depth", test_json_depth);
  g_test_add_func ("/foreign/regular-file", test_regular_file);
  g_test_add_func ("/foreign/find-program", test_find_program);
  return g_test_run ();
}
