/* SPDX-License-Identifier: MIT
 *
 * Makes a seekable file of lines from a pipe, from a packed file, or from a file that is not made
 * of lines. It streams: memory is a few buffers. It owns nothing that outlives the program: the
 * file has no name, and a folder made for it is removed if no report was written there. Main
 * thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "analyzer/read/convert.h"
#include "analyzer/input/spill.h"

/* Sets @error from a failed call's errno. */
static gboolean
fail_call (GError **error, const char *what)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "cannot %s: %s", what,
               g_strerror (number));
  return FALSE;
}

/* The folder that was made to spill into, until the end of the program. */
static char *made_folder;

static void
remove_if_empty (void)
{
  rmdir (made_folder);
}

static void
remove_and_die (int number)
{
  remove_if_empty ();
  raise (number); /* SA_RESETHAND: this time it kills */
}

/* Sees to it that @folder, yet to be made, is removed at the program's end, however that comes (but for
 * SIGKILL), unless something is in it by then. */
static void
promise_removal (const char *folder)
{
  static const int deadly[] = { SIGHUP, SIGINT, SIGTERM };
  struct sigaction action = { .sa_handler = remove_and_die, .sa_flags = SA_RESETHAND }, before;

  made_folder = g_strdup (folder);
  atexit (remove_if_empty);
  for (guint i = 0; i < G_N_ELEMENTS (deadly); i++)
    if (sigaction (deadly[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
      sigaction (deadly[i], &action, NULL);
}

static gboolean
make_folder (const char *folder, GError **error)
{
  if (made_folder == NULL && !g_file_test (folder, G_FILE_TEST_EXISTS))
    promise_removal (folder); /* first: a signal may come as soon as it is there */
  if (g_mkdir_with_parents (folder, 0777) < 0)
    return fail_call (error, "make a folder to spill into");
  return TRUE;
}

static int
open_nameless (const char *folder, GError **error)
{
  g_autofree char *name = g_build_filename (folder, ".spill-XXXXXX", NULL);

  if (!make_folder (folder, error))
    return -1;
  int fd = open (folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0)
    return fd;
  /* Not every file system can do without a name. */
  fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    fail_call (error, "make a file to spill into");
  else
    g_unlink (name);
  return fd;
}

gboolean
thrum_spill_is_needed (const char *head, gsize length)
{
  return thrum_feed_is_needed ((const guint8 *)head, length)
         || thrum_conversion_of (head, length) != NULL;
}

/* Returns how many bytes may be written into @fd: all but a tenth of what is free on its disk. */
static goffset
find_room (int fd)
{
  struct statvfs disk;

  if (fstatvfs (fd, &disk) < 0 || disk.f_blocks == 0)
    return G_MAXINT64;
  return (goffset)MIN (disk.f_bavail / 10 * 9 * disk.f_frsize, G_MAXINT64);
}

static gboolean
copy_plain (ThrumFeed *feed, ThrumLines *lines, GError **error)
{
  g_autofree char *buffer = g_malloc (64 * 1024);
  gssize n;

  while ((n = thrum_feed_read (feed, buffer, 64 * 1024, error)) > 0 && lines->error == NULL)
    thrum_lines_add (lines, buffer, (gsize)n);
  return n >= 0;
}

/* Copies all of @feed into @to; see thrum_spill (). */
static gboolean
copy (ThrumFeed *feed, int to, char **damage, GError **error)
{
  const ThrumConversion *conversion;
  ThrumLines lines;
  gsize n;

  thrum_lines_init (&lines, to, find_room (to));
  const char *head = thrum_feed_peek (feed, &n);
  conversion = thrum_conversion_of (head, n);
  gboolean good = conversion != NULL ? conversion->convert (feed, &lines, damage, error)
                                     : copy_plain (feed, &lines, error);
  if (!thrum_lines_finish (&lines, good ? error : NULL) || !good)
    return FALSE;
  if (thrum_feed_get_damage (feed) != NULL)
    {
      g_free (*damage); /* it follows from this */
      *damage = g_strdup (thrum_feed_get_damage (feed));
    }
  if (*damage == NULL)
    return TRUE;
  if (lines.last_end == 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   "cannot read the input: %s before the first row", *damage);
      return FALSE;
    }
  return ftruncate (to, lines.last_end) == 0 || fail_call (error, "spill the input");
}

int
thrum_spill (int fd, const char *folder, char **damage, GError **error)
{
  int to = open_nameless (folder, error);

  *damage = NULL;
  if (to < 0)
    return -1;
  g_autoptr (ThrumFeed) feed = thrum_feed_new (fd, THRUM_FEED_FREE_BYTES, error);
  if (feed != NULL && copy (feed, to, damage, error))
    return to;
  g_clear_pointer (damage, g_free);
  close (to);
  return -1;
}
