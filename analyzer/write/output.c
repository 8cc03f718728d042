/* SPDX-License-Identifier: MIT
 *
 * Owns the report's folder. It knows names and bytes, not what they mean. Main thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/write/output.h"
#include "base/regular-file.h"

/* No script of ours comes near. */
#define MOST_SCRIPT_BYTES (16 * 1024 * 1024)

struct _ThrumOutput {
  char *folder;
  GArray *measured;     /* ThrumFileId */
  GPtrArray *old_plots; /* stems of files */
  GMutex lock;          /* of written: pictures are drawn on several threads */
  GHashTable *written;  /* names */
};

ThrumOutput *
thrum_output_new (const char *given, const char *usual, GArray *measured, GError **error)
{
  const char *folder = given != NULL ? given : usual;

  if (given == NULL && g_file_test (folder, G_FILE_TEST_IS_SYMLINK))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_LOOP,
                   "cannot write into %s: it is a symbolic link, which may lead anywhere; name a "
                   "folder by --output",
                   folder);
      return NULL;
    }
  if (g_mkdir_with_parents (folder, 0777) < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "cannot make the folder %s: %s", folder, g_strerror (errno));
      return NULL;
    }

  ThrumOutput *self = g_new0 (ThrumOutput, 1);
  self->folder = g_strdup (folder);
  self->measured = g_array_ref (measured);
  self->old_plots = g_ptr_array_new_with_free_func (g_free);
  g_mutex_init (&self->lock);
  self->written = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

void
thrum_output_free (ThrumOutput *self)
{
  g_free (self->folder);
  g_array_unref (self->measured);
  g_ptr_array_unref (self->old_plots);
  g_hash_table_unref (self->written);
  g_mutex_clear (&self->lock);
  g_free (self);
}

const char *
thrum_output_get_folder (const ThrumOutput *self)
{
  return self->folder;
}

static gboolean
is_measured (const ThrumOutput *self, const char *path)
{
  struct stat there;

  if (stat (path, &there) < 0)
    return FALSE;
  for (guint i = 0; i < self->measured->len; i++)
    {
      const ThrumFileId *id = &g_array_index (self->measured, ThrumFileId, i);

      if (id->device == there.st_dev && id->inode == there.st_ino)
        return TRUE;
    }
  return FALSE;
}

char *
thrum_output_get_path (ThrumOutput *self, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);

  if (is_measured (self, path))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                   "cannot write %s: it is what was measured; choose another --output", path);
      return NULL;
    }
  g_mutex_lock (&self->lock);
  g_hash_table_add (self->written, g_strdup (name));
  g_mutex_unlock (&self->lock);
  return g_steal_pointer (&path);
}

char *
thrum_output_make_scratch (ThrumOutput *self, const char *name, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/.%s-XXXXXX", self->folder, name);
  int fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0666);

  if (fd < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "cannot make a file in %s: %s", self->folder, g_strerror (errno));
      return NULL;
    }
  close (fd);
  return g_steal_pointer (&path);
}

void
thrum_output_note_old_plot (ThrumOutput *self, const char *script, const char *stem)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.gp", self->folder, script);
  g_autofree char *text = NULL;

  text = thrum_regular_file_read (path, MOST_SCRIPT_BYTES, NULL, NULL);
  if (text != NULL && g_str_has_prefix (text, THRUM_OUTPUT_SCRIPT_HEAD))
    g_ptr_array_add (self->old_plots, g_strdup (stem));
}

void
thrum_output_remove_old_plots (ThrumOutput *self)
{
  static const char *const parts[] = { ".gp", ".csv", ".bin", ".png", ".svg" };

  for (guint i = 0; i < self->old_plots->len; i++)
    for (guint j = 0; j < G_N_ELEMENTS (parts); j++)
      {
        g_autofree char *name =
            g_strconcat (g_ptr_array_index (self->old_plots, i), parts[j], NULL);
        g_autofree char *path = g_build_filename (self->folder, name, NULL);

        if (!g_hash_table_contains (self->written, name) && !is_measured (self, path))
          g_unlink (path);
      }
}

gboolean
thrum_output_write (ThrumOutput *self, const char *name, const char *data, gssize length,
                    GError **error)
{
  g_autofree char *path = thrum_output_get_path (self, name, error);
  g_autoptr (GError) reason = NULL;

  if (path == NULL)
    return FALSE;
  if (!g_file_set_contents_full (path, data, length, G_FILE_SET_CONTENTS_CONSISTENT, 0666, &reason))
    {
      g_set_error (error, reason->domain, reason->code, "cannot write %s: %s", path,
                   reason->message);
      return FALSE;
    }
  return TRUE;
}
