/* SPDX-License-Identifier: MIT
 *
 * Makes a seekable file of a pipe or a packed file. Streams: memory is a few buffers. Main thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
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

/* Fills in; 0 bytes at the end. */
static gboolean
read_some (Copy *copy, GError **error)
{
  gssize n;

  do
    n = read (copy->from, copy->in, BUFFER);
  while (n < 0 && errno == EINTR);
  copy->n_in = (gsize)MAX (n, 0);
  return n >= 0 || fail (error, "read the input", g_strerror (errno));
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
        return fail (error, "spill the input", g_strerror (errno));
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

static int
open_nameless (const char *folder, GError **error)
{
  g_autofree char *name = g_build_filename (folder, ".spill-XXXXXX", NULL);

  if (g_mkdir_with_parents (folder, 0777) < 0)
    {
      fail (error, "make a folder to spill into", g_strerror (errno));
      return -1;
    }
  int fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    fail (error, "make a file to spill into", g_strerror (errno));
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
