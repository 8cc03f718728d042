/* SPDX-License-Identifier: MIT
 *
 * Runs a fuzz target over the files of a folder, each as it is and cut off at every length up to
 * 4096 bytes: what libFuzzer's own driver is to a fuzzing build.
 */
#include <stdlib.h>
#include <string.h>

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
replay (gconstpointer path)
{
  g_autofree gchar *contents = NULL;
  gsize length = 0;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &contents, &length, &error);
  g_assert_no_error (error);
  LLVMFuzzerTestOneInput ((const guint8 *)contents, length);

  for (gsize cut = 0; cut < MIN (length, 4096); cut++)
    {
      /* A copy of just this length, so that AddressSanitizer sees a read past it. By malloc ():
         g_malloc (0) is NULL, which libFuzzer never passes. */
      guint8 *head = malloc (cut);
      memcpy (head, contents, cut);
      LLVMFuzzerTestOneInput (head, cut);
      free (head);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  g_autoptr (GDir) folder = g_dir_open (argv[1], 0, &error);
  g_assert_no_error (error);

  guint n = 0;
  for (const gchar *name; (name = g_dir_read_name (folder)) != NULL; n++)
    {
      g_autofree gchar *test = g_strconcat ("/replay/", name, NULL);
      g_test_add_data_func_full (test, g_build_filename (argv[1], name, NULL), replay, g_free);
    }
  g_assert_cmpuint (n, >, 0);
  return g_test_run ();
}
