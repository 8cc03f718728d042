/* SPDX-License-Identifier: MIT
 *
 * The report's folder. Knows names and bytes, not what they say. Main thread.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "analyzer/output.h"

struct _ThrumOutput {
  char *folder;
  GPtrArray *inputs;
};

ThrumOutput *
thrum_output_new (const char *folder, GPtrArray *inputs, GError **error)
{
  if (g_mkdir_with_parents (folder, 0777) < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "cannot make the folder %s: %s", folder, g_strerror (errno));
      return NULL;
    }

  ThrumOutput *self = g_new0 (ThrumOutput, 1);
  self->folder = g_strdup (folder);
  self->inputs = g_ptr_array_ref (inputs);
  return self;
}

void
thrum_output_free (ThrumOutput *self)
{
  g_free (self->folder);
  g_ptr_array_unref (self->inputs);
  g_free (self);
}

const char *
thrum_output_get_folder (const ThrumOutput *self)
{
  return self->folder;
}

char *
thrum_output_get_path (ThrumOutput *self, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  struct stat there, measured;

  if (stat (path, &there) < 0)
    return g_steal_pointer (&path);
  for (guint i = 0; i < self->inputs->len; i++)
    {
      const ThrumInput *input = g_ptr_array_index (self->inputs, i);

      if ((input->spilled ? stat (input->path, &measured) : fstat (input->fd, &measured)) == 0
          && measured.st_dev == there.st_dev && measured.st_ino == there.st_ino)
        {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                       "cannot write %s: it is what was measured; choose another --output", path);
          return NULL;
        }
    }
  return g_steal_pointer (&path);
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
