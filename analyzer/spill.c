/* SPDX-License-Identifier: MIT
 *
 * Makes a seekable file of a pipe or a packed file. Streams: memory is a few buffers. Owns nothing that
 * outlives the program: the file has no name, and a folder made for it goes if no report came into it.
 * Main thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "analyzer/spill.h"

#define BUFFER (256 * 1024)

typedef struct {
  int from;
  int to;
  guint8 in[BUFFER];
  guint8 out[BUFFER];
  gsize n_in; /* bytes of in that were read */
} Copy;

ThrumPacking
thrum_packing_of (const guint8 *head, gsize length)
{
  if (length >= 2 && head[0] == 0x1f && head[1] == 0x8b)
    return THRUM_PACKING_GZIP;
  if (length >= 4 && memcmp (head, "\x28\xb5\x2f\xfd", 4) == 0)
    return THRUM_PACKING_ZSTD;
  return THRUM_PACKING_NONE;
}

static gboolean
fail (GError **error, const char *what, const char *why)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot %s: %s", what, why);
  return FALSE;
}

/* The same for a failed call, whose errno it reads. */
static gboolean
fail_call (GError **error, const char *what)
{
  int number = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "cannot %s: %s", what,
               g_strerror (number));
  return FALSE;
}

/* Fills in; 0 bytes at the end. */
static gboolean
read_some (Copy *copy, GError **error)
{
  gssize n;

  do
    n = read (copy->from, copy->in, BUFFER);
  while (n < 0 && errno == EINTR);
  copy->n_in = (gsize)MAX (n, 0);
  return n >= 0 || fail_call (error, "read the input");
}

static gboolean
write_all (Copy *copy, const guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize n = write (copy->to, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return fail_call (error, "spill the input");
      data += n;
      length -= (gsize)n;
    }
  return TRUE;
}

static gboolean
copy_plain (Copy *copy, GError **error)
{
  while (copy->n_in > 0)
    if (!write_all (copy, copy->in, copy->n_in, error) || !read_some (copy, error))
      return FALSE;
  return TRUE;
}

static gboolean
copy_gzip (Copy *copy, GError **error)
{
  z_stream stream = { 0 };
  gboolean good = TRUE;
  int result = Z_OK;

  if (inflateInit2 (&stream, 15 + 16) != Z_OK)
    return fail (error, "unpack the input", "zlib");
  while (good && copy->n_in > 0)
    {
      stream.next_in = copy->in;
      stream.avail_in = (uInt)copy->n_in;
      while (good && stream.avail_in > 0)
        {
          if (result == Z_STREAM_END)
            inflateReset (&stream); /* gzip files may follow one another */
          stream.next_out = copy->out;
          stream.avail_out = BUFFER;
          result = inflate (&stream, Z_NO_FLUSH);
          good = result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR
                 || fail (error, "unpack the input", stream.msg != NULL ? stream.msg : "gzip");
          good = good && write_all (copy, copy->out, BUFFER - stream.avail_out, error);
        }
      good = good && read_some (copy, error);
    }
  inflateEnd (&stream);
  if (good && result != Z_STREAM_END)
    return fail (error, "unpack the input", "it ends too early");
  return good;
}

static gboolean
copy_zstd (Copy *copy, GError **error)
{
  ZSTD_DStream *stream = ZSTD_createDStream ();
  gboolean good = TRUE;
  gsize left = 0; /* 0: a frame is complete */

  while (good && copy->n_in > 0)
    {
      ZSTD_inBuffer in = { copy->in, copy->n_in, 0 };

      while (good && in.pos < in.size)
        {
          ZSTD_outBuffer out = { copy->out, BUFFER, 0 };

          left = ZSTD_decompressStream (stream, &out, &in);
          good =
              (!ZSTD_isError (left) || fail (error, "unpack the input", ZSTD_getErrorName (left)))
              && write_all (copy, copy->out, out.pos, error);
        }
      /* What the decoder still holds. */
      for (gsize more = BUFFER; good && left != 0 && more == BUFFER;)
        {
          ZSTD_outBuffer out = { copy->out, BUFFER, 0 };

          left = ZSTD_decompressStream (stream, &out, &in);
          more = out.pos;
          good = !ZSTD_isError (left) && write_all (copy, copy->out, out.pos, error);
        }
      good = good && read_some (copy, error);
    }
  ZSTD_freeDStream (stream);
  if (good && left != 0)
    return fail (error, "unpack the input", "it ends too early");
  return good;
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

int
thrum_spill (int fd, const char *folder, GError **error)
{
  g_autofree Copy *copy = g_new (Copy, 1);
  gboolean good = FALSE;

  copy->from = fd;
  copy->to = open_nameless (folder, error);
  if (copy->to < 0)
    return -1;
  if (read_some (copy, error))
    switch (thrum_packing_of (copy->in, copy->n_in))
      {
      case THRUM_PACKING_GZIP:
        good = copy_gzip (copy, error);
        break;
      case THRUM_PACKING_ZSTD:
        good = copy_zstd (copy, error);
        break;
      default:
        good = copy_plain (copy, error);
        break;
      }
  if (good)
    return copy->to;
  close (copy->to);
  return -1;
}
