/* SPDX-License-Identifier: MIT
 *
 * Lists the conversions, and holds what they share: a buffered reader of a feed, and a buffered
 * writer of lines that does not fill up the disk. Main thread.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/read/convert.h"

#define BUFFER (256 * 1024)

static const ThrumConversion *const conversions[] = { &thrum_conversion_xml, &thrum_conversion_gob,
                                                      &thrum_conversion_ghz, NULL };

const ThrumConversion *
thrum_conversion_of (const char *head, gsize length)
{
  for (guint i = 0; conversions[i] != NULL; i++)
    if (conversions[i]->detect (head, length))
      return conversions[i];
  return NULL;
}

void
thrum_lines_init (ThrumLines *self, int fd, goffset max)
{
  *self = (ThrumLines){ .fd = fd, .max = max, .buffer = g_string_sized_new (2 * BUFFER) };
}

static void
flush (ThrumLines *self)
{
  const char *data = self->buffer->str;
  gsize left = self->buffer->len;

  if (self->error == NULL && self->written + (goffset)left > self->max)
    g_set_error (
        &self->error, G_FILE_ERROR, G_FILE_ERROR_NOSPC,
        "cannot spill the input: No space left on the disk but the tenth that is kept free; "
        "--output DIR puts the copy elsewhere");
  while (self->error == NULL && left > 0)
    {
      gssize n = write (self->fd, data, left);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          int number = errno;
          g_set_error (&self->error, G_FILE_ERROR, g_file_error_from_errno (number),
                       "cannot spill the input: %s", g_strerror (number));
          break;
        }
      const char *line_end = memrchr (data, '\n', (gsize)n);
      if (line_end != NULL)
        self->last_end = self->written + (line_end - data) + 1;
      self->written += n;
      data += n;
      left -= (gsize)n;
    }
  g_string_truncate (self->buffer, 0);
}

void
thrum_lines_add (ThrumLines *self, const char *text, gsize length)
{
  for (const char *p = text; (p = memchr (p, '\n', (gsize)(text + length - p))) != NULL; p++)
    self->n_lines++;
  g_string_append_len (self->buffer, text, (gssize)length);
  if (self->buffer->len >= BUFFER)
    flush (self);
}

void
thrum_lines_add_field (ThrumLines *self, const char *text, gsize length)
{
  g_string_append_c (self->buffer, '"');
  for (gsize i = 0; i < length; i++)
    {
      if (text[i] == '"')
        g_string_append_c (self->buffer, '"');
      g_string_append_c (self->buffer, text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
    }
  g_string_append_c (self->buffer, '"');
}

gboolean
thrum_lines_finish (ThrumLines *self, GError **error)
{
  flush (self);
  g_string_free (self->buffer, TRUE);
  self->buffer = NULL;
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

void
thrum_bytes_init (ThrumBytes *self, ThrumFeed *feed)
{
  self->feed = feed;
  self->pos = self->end = 0;
  self->line = 1;
  self->error = NULL;
}

int
thrum_bytes_refill (ThrumBytes *self)
{
  gssize n = self->error != NULL
                 ? 0
                 : thrum_feed_read (self->feed, self->buffer, sizeof self->buffer, &self->error);

  self->pos = 0;
  self->end = (gsize)MAX (n, 0);
  return self->end == 0 ? -1 : (guchar)self->buffer[self->pos++];
}
