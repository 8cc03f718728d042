/* SPDX-License-Identifier: MIT
 *
 * The folder of a run. Makes folders exclusively, so that nothing measured is overwritten. Knows
 * nothing of what is in the files. Main thread.
 */
#include "run/tell/run-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define RESERVE (64 * 1024) /* more than run.json takes */

static gboolean
fail (GError **error, int saved, const gchar *verb, const gchar *path)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved), "cannot %s %s: %s", verb, path,
               g_strerror (saved));
  return FALSE;
}

static const gchar *const files[] = { "results.csv", "run.json", "config.ini" };

/* A folder of the user's naming: may be there, but must not hold a run. */
static gboolean
use_output (ThrumRunFolder *folder, const gchar *output, GError **error)
{
  folder->path = g_strdup (output);
  folder->run_id = g_path_get_basename (output);
  folder->is_new = !g_file_test (output, G_FILE_TEST_EXISTS);
  if (g_mkdir_with_parents (output, 0700) < 0)
    return fail (error, errno, "create", output);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree gchar *file = g_build_filename (output, files[i], NULL);

      if (!g_file_test (file, G_FILE_TEST_EXISTS))
        continue;
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                   "--output %s holds a run already (%s): nothing measured is overwritten; name "
                   "another folder",
                   output, files[i]);
      return FALSE;
    }
  return TRUE;
}

gboolean
thrum_run_folder_link_latest (const ThrumRunFolder *folder, GError **error)
{
  g_autofree gchar *directory = g_path_get_dirname (folder->path);
  g_autofree gchar *latest = g_build_filename (directory, "latest", NULL);
  g_autofree gchar *temporary =
      g_strdup_printf ("%s/.latest-%d-%08x", directory, (int)getpid (), g_random_int ());

  if (folder->is_named
      || (g_file_test (latest, G_FILE_TEST_EXISTS)
          && !g_file_test (latest, G_FILE_TEST_IS_SYMLINK)))
    return TRUE;
  if (symlink (folder->run_id, temporary) == 0)
    {
      int saved;

      if (rename (temporary, latest) == 0)
        return TRUE;
      saved = errno;
      g_unlink (temporary);
      errno = saved;
    }
  return fail (error, errno, "make the link", latest);
}

static gboolean
make_new (ThrumRunFolder *folder, const ThrumConfig *config, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *stamp = g_date_time_format (now, "%Y%m%dT%H%M%SZ");
  const gchar *directory = config->results_directory;

  if (g_mkdir_with_parents (directory, 0777) < 0)
    return fail (error, errno, "create", directory);
  for (guint i = 1; i < 1000; i++)
    {
      g_autofree gchar *suffix = i > 1 ? g_strdup_printf ("-%u", i) : g_strdup ("");
      g_autofree gchar *run_id = g_strdup_printf ("%s-%s%s", config->name, stamp, suffix);
      g_autofree gchar *path = g_build_filename (directory, run_id, NULL);

      if (g_mkdir (path, 0700) == 0)
        {
          folder->is_new = TRUE;
          folder->path = g_steal_pointer (&path);
          folder->run_id = g_steal_pointer (&run_id);
          return TRUE;
        }
      if (errno != EEXIST)
        return fail (error, errno, "create", path);
    }
  return fail (error, EEXIST, "create a run's folder in", directory);
}

/* A courtesy: not every file system has nameless files. */
static void
reserve (ThrumRunFolder *folder)
{
  folder->reserve = open (folder->path, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (folder->reserve >= 0 && posix_fallocate (folder->reserve, 0, RESERVE) != 0)
    thrum_run_folder_release (folder);
}

void
thrum_run_folder_release (ThrumRunFolder *folder)
{
  if (folder->reserve >= 0)
    close (folder->reserve);
  folder->reserve = -1;
}

ThrumRunFolder *
thrum_run_folder_new (const ThrumConfig *config, const gchar *output, GError **error)
{
  g_autoptr (ThrumRunFolder) folder = g_new0 (ThrumRunFolder, 1);

  folder->reserve = -1;
  folder->is_named = output != NULL;
  if (output != NULL ? !use_output (folder, output, error) : !make_new (folder, config, error))
    return NULL;
  reserve (folder);
  return g_steal_pointer (&folder);
}

void
thrum_run_folder_own (ThrumRunFolder *folder)
{
  folder->is_ours = TRUE;
}

void
thrum_run_folder_remove (const ThrumRunFolder *folder)
{
  if (folder == NULL)
    return;
  for (gsize i = 0; folder->is_ours && i < G_N_ELEMENTS (files); i++)
    {
      g_autofree gchar *file = thrum_run_folder_get_file (folder, files[i]);
      g_unlink (file);
    }
  if (folder->is_new)
    g_rmdir (folder->path);
}

gchar *
thrum_run_folder_get_file (const ThrumRunFolder *folder, const gchar *name)
{
  return g_build_filename (folder->path, name, NULL);
}

gboolean
thrum_run_folder_replace (const ThrumRunFolder *folder, const gchar *name, const gchar *text,
                          GError **error)
{
  g_autofree gchar *path = thrum_run_folder_get_file (folder, name);
  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0666, error);
}

void
thrum_run_folder_free (ThrumRunFolder *folder)
{
  if (folder == NULL)
    return;
  thrum_run_folder_release (folder);
  g_free (folder->path);
  g_free (folder->run_id);
  g_free (folder);
}
