/* SPDX-License-Identifier: MIT
 *
 * Unwraps a file: gzip or zstd outside, UTF-16 inside. It streams: its memory is three buffers and
 * zlib's or zstd's window (at most 128 MiB, zstd's own limit), whatever the file says. It knows
 * nothing of rows. Data that end too early or are damaged end the text, and the damage is
 * remembered. Main thread.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "analyzer/read/feed.h"

#define BUFFER (256 * 1024)
#define HEAD (64 * 1024)

typedef enum { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD } Packing;
typedef enum { TEXT_BYTES, TEXT_UTF16_LE, TEXT_UTF16_BE } Text;

struct _ThrumFeed {
  int fd;
  Packing packing;
  Text text;
  goffset free_bytes;
  goffset n_packed, n_unpacked; /* bytes so far */
  gboolean ended;               /* of the packed file: nothing more will be unpacked */
  char *damage;                 /* (nullable) */

  guint8 *in; /* BUFFER bytes, as read */
  gsize in_pos, in_end;
  z_stream gzip;
  gboolean between_members; /* a gzip member has ended */
  ZSTD_DStream *zstd;
  gsize zstd_left; /* 0: a frame has ended */

  guint8 *unpacked; /* BUFFER bytes of UTF-16, yet to be made UTF-8 */
  gsize unpacked_n;
  char *head; /* HEAD bytes */
  gsize head_pos, head_end;
};

static Packing
packing_of (const guint8 *head, gsize length)
{
  if (length >= 2 && head[0] == 0x1f && head[1] == 0x8b)
    return PACKING_GZIP;
  if (length >= 4 && memcmp (head, "\x28\xb5\x2f\xfd", 4) == 0)
    return PACKING_ZSTD;
  /* A skippable frame, which is how pzstd begins. */
  if (length >= 4 && (head[0] & 0xf0) == 0x50 && memcmp (head + 1, "\x2a\x4d\x18", 3) == 0)
    return PACKING_ZSTD;
  return PACKING_NONE;
}

static Text
text_of (const guint8 *head, gsize length)
{
  if (length >= 2 && head[0] == 0xff && head[1] == 0xfe)
    return TEXT_UTF16_LE;
  if (length >= 2 && head[0] == 0xfe && head[1] == 0xff)
    return TEXT_UTF16_BE;
  return TEXT_BYTES;
}

gboolean
thrum_feed_is_needed (const guint8 *head, gsize length)
{
  return packing_of (head, length) != PACKING_NONE || text_of (head, length) != TEXT_BYTES;
}

static void
end_damaged (ThrumFeed *self, const char *what, const char *how)
{
  self->ended = TRUE;
  if (self->damage == NULL)
    self->damage = g_strconcat ("its ", what, " ", how, NULL);
}

/* Reads into in, which has been used up; FALSE and @error, or in_end is 0 at the end. */
static gboolean
read_packed (ThrumFeed *self, GError **error)
{
  gssize n;

  do
    n = read (self->fd, self->in, BUFFER);
  while (n < 0 && errno == EINTR);
  if (n < 0)
    {
      int number = errno;
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number),
                   "cannot read the input: %s", g_strerror (number));
      return FALSE;
    }
  self->in_pos = 0;
  self->in_end = (gsize)n;
  self->n_packed += n;
  return TRUE;
}

/* Goes on to the next gzip member at in_pos; zeros, which tape drives add, end the file. */
static void
begin_member (ThrumFeed *self)
{
  while (self->in_pos < self->in_end && self->in[self->in_pos] == 0)
    self->in_pos++;
  if (self->in_pos == self->in_end)
    return;
  if (self->in[self->in_pos] != 0x1f)
    {
      end_damaged (self, "gzip data", "are followed by something else");
      return;
    }
  inflateReset (&self->gzip);
  self->between_members = FALSE;
}

/* Unpacks some of in, or what zlib held back of it, into @out; returns how much. */
static gsize
unpack_gzip (ThrumFeed *self, guint8 *out, gsize length)
{
  if (self->between_members)
    begin_member (self);
  if (self->between_members || self->ended)
    return 0;
  self->gzip.next_in = self->in + self->in_pos;
  self->gzip.avail_in = (uInt)(self->in_end - self->in_pos);
  self->gzip.next_out = out;
  self->gzip.avail_out = (uInt)MIN (length, G_MAXINT);
  int result = inflate (&self->gzip, Z_NO_FLUSH);
  self->in_pos = self->in_end - self->gzip.avail_in;
  self->between_members = result == Z_STREAM_END;
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
    {
      g_autofree char *how = g_strdup_printf (
          "are damaged (%s)", self->gzip.msg != NULL ? self->gzip.msg : "zlib refuses them");
      end_damaged (self, "gzip data", how);
    }
  return MIN (length, G_MAXINT) - self->gzip.avail_out;
}

static gsize
unpack_zstd (ThrumFeed *self, guint8 *out, gsize length)
{
  ZSTD_inBuffer from = { self->in, self->in_end, self->in_pos };
  ZSTD_outBuffer to = { out, length, 0 };
  gsize left = ZSTD_decompressStream (self->zstd, &to, &from);

  self->in_pos = from.pos;
  if (ZSTD_isError (left))
    {
      g_autofree char *how =
          ZSTD_getErrorCode (left) == ZSTD_error_frameParameter_windowTooLarge
              ? g_strdup ("need more than 128 MiB of memory; zstd -dc --long=31 unpacks them")
              : g_strdup_printf ("are damaged (%s)", ZSTD_getErrorName (left));
      end_damaged (self, "zstd data", how);
    }
  else
    self->zstd_left = left;
  return to.pos;
}

static gboolean
has_frame_ended (const ThrumFeed *self)
{
  return self->packing == PACKING_GZIP ? self->between_members : self->zstd_left == 0;
}

static gboolean
is_bomb (const ThrumFeed *self)
{
  return self->packing != PACKING_NONE && self->n_unpacked > self->free_bytes
         && self->n_unpacked / THRUM_FEED_MAX_RATIO > self->n_packed;
}

/* As thrum_feed_read (), of the bytes below the text's encoding. */
static gssize
unpack (ThrumFeed *self, guint8 *out, gsize length, GError **error)
{
  gsize n = 0;

  while (n == 0 && !self->ended)
    {
      if (self->in_pos == self->in_end && self->in_end > 0 && !read_packed (self, error))
        return -1;
      if (self->packing == PACKING_NONE)
        {
          n = MIN (length, self->in_end - self->in_pos);
          memcpy (out, self->in + self->in_pos, n);
          self->in_pos += n;
          self->ended = n == 0;
        }
      else if (self->in_end == 0 && has_frame_ended (self))
        self->ended = TRUE;
      else
        {
          n = self->packing == PACKING_GZIP ? unpack_gzip (self, out, length)
                                            : unpack_zstd (self, out, length);
          if (n == 0 && self->in_end == 0 && !has_frame_ended (self)) /* nor was any held back */
            end_damaged (self, self->packing == PACKING_GZIP ? "gzip data" : "zstd data",
                         "end too early");
        }
    }
  self->n_unpacked += (goffset)n;
  if (!is_bomb (self))
    return (gssize)n;
  g_set_error (
      error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
      "cannot unpack the input: its first %.1f MB are %.0f MB unpacked, more than %d times "
      "as many, which no rows are; if these are rows, unpack them first",
      (double)self->n_packed / 1e6, (double)self->n_unpacked / 1e6, THRUM_FEED_MAX_RATIO);
  return -1;
}

/* Makes UTF-8 of the UTF-16 in unpacked, as far as @length allows; returns how many bytes. What cannot be
 * decided yet stays in unpacked. */
static gsize
transcode (ThrumFeed *self, char *buffer, gsize length)
{
  guint low = self->text == TEXT_UTF16_LE ? 0 : 1;
  const guint8 *p = self->unpacked;
  gsize n = 0, i = 0;

  while (i + 2 <= self->unpacked_n && n + 4 <= length)
    {
      gunichar c = p[i + low] | (gunichar)p[i + 1 - low] << 8;
      gsize used = 2;

      if (c >= 0xd800 && c < 0xdc00)
        {
          if (i + 4 > self->unpacked_n)
            break;
          gunichar second = p[i + 2 + low] | (gunichar)p[i + 3 - low] << 8;
          gboolean pair = second >= 0xdc00 && second < 0xe000;
          used = pair ? 4 : 2;
          c = pair ? 0x10000 + ((c - 0xd800) << 10) + (second - 0xdc00) : 0xfffd;
        }
      else if (c >= 0xdc00 && c < 0xe000)
        c = 0xfffd;
      n += (gsize)g_unichar_to_utf8 (c, buffer + n);
      i += used;
    }
  self->unpacked_n -= i;
  memmove (self->unpacked, self->unpacked + i, self->unpacked_n);
  return n;
}

static gssize
read_utf16 (ThrumFeed *self, char *buffer, gsize length, GError **error)
{
  gsize made = transcode (self, buffer, length);

  while (made == 0)
    {
      gssize n = unpack (self, self->unpacked + self->unpacked_n, BUFFER - self->unpacked_n, error);

      if (n < 0)
        return -1;
      if (n == 0)
        {
          if (self->unpacked_n > 0)
            end_damaged (self, "UTF-16 text", "ends within a character");
          self->unpacked_n = 0;
          return 0;
        }
      self->unpacked_n += (gsize)n;
      made = transcode (self, buffer, length);
    }
  return (gssize)made;
}

/* As thrum_feed_read (), behind the head. */
static gssize
read_text (ThrumFeed *self, char *buffer, gsize length, GError **error)
{
  return self->text == TEXT_BYTES ? unpack (self, (guint8 *)buffer, length, error)
                                  : read_utf16 (self, buffer, length, error);
}

/* Unpacks the head, finds out how its text is encoded, and leaves marks out. */
static gboolean
fill_head (ThrumFeed *self, GError **error)
{
  guint8 mark[3];
  gsize n_mark = 0;
  gssize n;

  while (n_mark < sizeof mark)
    {
      n = unpack (self, mark + n_mark, sizeof mark - n_mark, error);
      if (n < 0)
        return FALSE;
      if (n == 0)
        break;
      n_mark += (gsize)n;
    }
  self->text = text_of (mark, n_mark);
  if (self->text != TEXT_BYTES)
    {
      self->unpacked_n = n_mark - 2;
      memcpy (self->unpacked, mark + 2, self->unpacked_n);
    }
  else if (n_mark < 3 || memcmp (mark, "\xef\xbb\xbf", 3) != 0)
    {
      memcpy (self->head, mark, n_mark);
      self->head_end = n_mark;
    }
  while (HEAD - self->head_end >= 4)
    {
      n = read_text (self, self->head + self->head_end, HEAD - self->head_end, error);
      if (n < 0)
        return FALSE;
      if (n == 0)
        break;
      self->head_end += (gsize)n;
    }
  return TRUE;
}

ThrumFeed *
thrum_feed_new (int fd, goffset free_bytes, GError **error)
{
  g_autoptr (ThrumFeed) self = g_new0 (ThrumFeed, 1);

  self->fd = fd;
  self->in = g_malloc (BUFFER);
  self->unpacked = g_malloc (BUFFER);
  self->head = g_malloc (HEAD);
  self->free_bytes = free_bytes;
  if (!read_packed (self, error))
    return NULL;
  self->packing = packing_of (self->in, self->in_end);
  if (self->packing == PACKING_GZIP && inflateInit2 (&self->gzip, 15 + 16) != Z_OK)
    {
      self->packing = PACKING_NONE;
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot unpack the input: zlib");
      return NULL;
    }
  if (self->packing == PACKING_ZSTD)
    self->zstd = ZSTD_createDStream ();
  self->zstd_left = 1;
  if (!fill_head (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
thrum_feed_free (ThrumFeed *self)
{
  if (self->packing == PACKING_GZIP)
    inflateEnd (&self->gzip);
  ZSTD_freeDStream (self->zstd);
  g_free (self->in);
  g_free (self->unpacked);
  g_free (self->head);
  g_free (self->damage);
  g_free (self);
}

const char *
thrum_feed_peek (ThrumFeed *self, gsize *length)
{
  *length = self->head_end;
  return self->head;
}

gssize
thrum_feed_read (ThrumFeed *self, char *buffer, gsize length, GError **error)
{
  gsize n = MIN (length, self->head_end - self->head_pos);

  if (n == 0)
    return read_text (self, buffer, length, error);
  memcpy (buffer, self->head + self->head_pos, n);
  self->head_pos += n;
  return (gssize)n;
}

const char *
thrum_feed_get_damage (const ThrumFeed *self)
{
  return self->damage;
}
