/* SPDX-License-Identifier: MIT
 *
 * Finds and opens the files to be analyzed. It owns the descriptors, and knows nothing of what the
 * rows contain. Files are opened on the main thread, and read by any.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/input/input.h"
#include "analyzer/input/spill.h"

/* Reports whether the file has to be copied before it can be read at any place. */
static gboolean
needs_spill (int fd, const struct stat *st)
{
  enum { HEAD = 64 * 1024 };

  if (!S_ISREG (st->st_mode))
    return TRUE;
  g_autofree char *head = g_malloc (HEAD);
  gssize n = pread (fd, head, HEAD, 0);
  return n > 0 && thrum_spill_is_needed (head, (gsize)n);
}

static gboolean
open_rows (ThrumInput *self, const char *output, GError **error)
{
  struct stat st;

  self->fd = strcmp (self->path, "-") == 0 ? fcntl (STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                           : open (self->path, O_RDONLY | O_CLOEXEC);
  if (self->fd < 0 || fstat (self->fd, &st) < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "cannot read %s: %s",
                   self->path, g_strerror (errno));
      return FALSE;
    }
  if (S_ISDIR (st.st_mode))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_ISDIR, "cannot read %s: it is a folder",
                   self->path);
      return FALSE;
    }
  if (needs_spill (self->fd, &st))
    {
      int copy =
          thrum_spill (self->fd, output != NULL ? output : self->folder, &self->damage, error);

      close (self->fd);
      self->fd = copy;
      self->spilled = TRUE;
      if (copy < 0 || fstat (copy, &st) < 0)
        {
          g_prefix_error (error, "%s: ", self->path);
          return FALSE;
        }
    }
  self->size = st.st_size;
  posix_fadvise (self->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  return TRUE;
}

/* results.csv of a run's folder, or what a packer made of it. */
static char *
find_rows (const char *folder)
{
  static const char *const names[] = { "results.csv", "results.csv.gz", "results.csv.zst",
                                       "results.csv.xz",
                                       "results.csv.bz2" }; /* refused, but found */

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  return g_build_filename (folder, names[0], NULL);
}

/* A pipe or a device that a folder holds would be waited for, or copied without an end. */
static gboolean
refuse_odd_rows (const char *path, GError **error)
{
  if (!g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "cannot read %s: it is not a regular file",
               path);
  return FALSE;
}

/* The folder's own name, also for "." and "results/latest". */
static char *
name_of (const char *path)
{
  g_autofree char *absolute = realpath (path, NULL);

  return g_path_get_basename (absolute != NULL ? absolute : path);
}

static gboolean
load_info (ThrumInput *self, const char *folder, gboolean required, GError **error)
{
  g_autofree char *file = g_build_filename (folder, "run.json", NULL);

  if (!required && !g_file_test (file, G_FILE_TEST_EXISTS))
    return TRUE;
  self->info = thrum_run_info_load (file, error);
  return self->info != NULL;
}

/* The folder of a report on the file @base in @parent: its name without .csv, with what else is in it, so
 * that files of one folder have reports of their own. */
static char *
name_report (const char *parent, const char *base)
{
  g_autofree char *stem = g_strdup (base);

  if (g_str_has_suffix (base, ".csv") && base[0] != '.')
    {
      stem[strlen (stem) - strlen (".csv")] = '\0';
      g_autofree char *namesake = g_build_filename (parent, stem, NULL);
      if (g_file_test (namesake, G_FILE_TEST_IS_REGULAR))
        return g_strconcat (base, "-report", NULL);
    }
  return g_strconcat (stem, "-report", NULL);
}

ThrumInput *
thrum_input_open (const char *path, const char *output, GError **error)
{
  g_autoptr (ThrumInput) self = g_new0 (ThrumInput, 1);

  self->fd = -1;
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      self->path = find_rows (path);
      self->label = name_of (path);
      self->folder = g_build_filename (path, "report", NULL);
      if (!refuse_odd_rows (self->path, error) || !load_info (self, path, FALSE, error))
        return NULL;
    }
  else if (strcmp (path, "-") == 0)
    {
      self->path = g_strdup (path);
      self->label = g_strdup ("standard input");
      self->folder = g_strdup ("stdin-report");
    }
  else
    {
      g_autofree char *parent = g_path_get_dirname (path);
      g_autofree char *base = g_path_get_basename (path);
      g_autofree char *report = name_report (parent, base);

      self->path = g_strdup (path);
      /* RUN/results.csv named outright is still that run. */
      if (g_str_has_prefix (base, "results.csv") && !load_info (self, parent, FALSE, error))
        return NULL;
      self->label = self->info != NULL ? name_of (parent) : g_strdup (base);
      self->folder = g_build_filename (parent, self->info != NULL ? "report" : report, NULL);
    }
  if (!open_rows (self, output, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
thrum_input_free (ThrumInput *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);
  g_free (self->label);
  g_free (self->folder);
  g_free (self->damage);
  g_clear_pointer (&self->info, thrum_run_info_free);
  g_free (self);
}

char *
thrum_input_describe_damage (const ThrumInput *self)
{
  if (self->damage == NULL)
    return NULL;
  return g_strdup_printf (
      "%s is not whole: %s. Its rows up to there count; the others are missing.", self->label,
      self->damage);
}

gssize
thrum_input_read (const ThrumInput *self, char *buffer, gsize length, goffset offset,
                  GError **error)
{
  gsize done = 0;

  length = MIN (length, (gsize)MAX (self->size - offset, 0));
  while (done < length)
    {
      gssize n = pread (self->fd, buffer + done, length - done, offset + (goffset)done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "cannot read %s: %s",
                       self->path, g_strerror (errno));
          return -1;
        }
      if (n == 0)
        break; /* cut while we read it */
      done += (gsize)n;
    }
  return (gssize)done;
}

GArray *
thrum_inputs_identify (const GPtrArray *inputs)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (ThrumFileId));

  for (guint i = 0; i < inputs->len; i++)
    {
      const ThrumInput *input = g_ptr_array_index (inputs, i);
      struct stat status;

      /* The descriptor of what was spilled is a copy's. */
      if ((input->spilled ? stat (input->path, &status) : fstat (input->fd, &status)) == 0)
        {
          const ThrumFileId id = { status.st_dev, status.st_ino };
          g_array_append_val (ids, id);
        }
    }
  return ids;
}
