/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/feed.h"

G_BEGIN_DECLS

/* Where a conversion puts its lines. The first error sticks; lines added after it are thrown
 * away. */
typedef struct {
  int fd;
  guint64 n_lines;  /* line ends so far */
  goffset written;  /* bytes in the file */
  goffset last_end; /* just after the last line end */
  goffset max;      /* bytes that may be written */
  GString *buffer;
  GError *error; /* (nullable) */
} ThrumLines;

void thrum_lines_init (ThrumLines *self, int fd, goffset max);
void thrum_lines_add (ThrumLines *self, const char *text, gsize length);

/* Adds @text as a field of a CSV, in quotes, with line ends replaced by blanks. */
void thrum_lines_add_field (ThrumLines *self, const char *text, gsize length);

/* Writes what is left. Returns FALSE and @error if anything could not be written. Frees what @self
 * owns. */
gboolean thrum_lines_finish (ThrumLines *self, GError **error);

/* A kind of file whose requests are not lines. It is read once, in order, and made into lines that
 * a reader knows. Immutable. */
typedef struct {
  const char *name; /* as in "JMeter's XML" */

  /* Reports whether a file that begins with @head is of this kind. */
  gboolean (*detect) (const char *head, gsize length);

  /* Adds the lines of all of @feed to @lines. It stops at bytes that are cut or damaged; *@damage
   * is then set as by thrum_spill (). Returns FALSE and @error if the file cannot be read or has no
   * requests. */
  gboolean (*convert) (ThrumFeed *feed, ThrumLines *lines, char **damage, GError **error);
} ThrumConversion;

/* Returns the conversion for a file that begins with @head, or NULL if it needs none. */
const ThrumConversion *thrum_conversion_of (const char *head, gsize length);

/* Each is in a file of its own: convert-NAME.c. */
extern const ThrumConversion thrum_conversion_ghz;
extern const ThrumConversion thrum_conversion_gob;
extern const ThrumConversion thrum_conversion_xml;

/* Conversions read @feed through this, one byte after the other. */
typedef struct {
  ThrumFeed *feed;
  char buffer[64 * 1024];
  gsize pos, end;
  guint64 line;  /* 1-based, of the byte that was read last */
  GError *error; /* (nullable) */
} ThrumBytes;

void thrum_bytes_init (ThrumBytes *self, ThrumFeed *feed);
int thrum_bytes_refill (ThrumBytes *self);

/* Returns the next byte; -1 at the end, or on an error, which @self then holds. */
static inline int
thrum_bytes_next (ThrumBytes *self)
{
  int c = self->pos < self->end ? (guchar)self->buffer[self->pos++] : thrum_bytes_refill (self);

  self->line += c == '\n';
  return c;
}

G_END_DECLS
