/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/feed.h"

G_BEGIN_DECLS

/* Where a conversion puts lines. Its first error sticks; what is added behind it goes nowhere. */
typedef struct {
  int fd;
  guint64 n_lines;  /* line ends so far */
  goffset written;  /* bytes in the file */
  goffset last_end; /* behind the last line end */
  goffset max;      /* bytes that may be written */
  GString *buffer;
  GError *error; /* (nullable) */
} ThrumLines;

void thrum_lines_init (ThrumLines *self, int fd, goffset max);
void thrum_lines_add (ThrumLines *self, const char *text, gsize length);

/* Adds @text as a field of a CSV, in quotes, with its line ends made blanks. */
void thrum_lines_add_field (ThrumLines *self, const char *text, gsize length);

/* Writes what is left. FALSE and @error if anything could not be written. Frees what @self owns. */
gboolean thrum_lines_finish (ThrumLines *self, GError **error);

/* A kind of file whose requests are not lines, and that is read once, in order, and made lines of which
 * a reader knows. Immutable. */
typedef struct {
  const char *name; /* as in "JMeter's XML" */

  /* Whether a file that begins with @head is one. */
  gboolean (*detect) (const char *head, gsize length);

  /* Adds the lines of all of @feed to @lines. What is cut or damaged ends it: *@damage is then as
   * thrum_spill () has it. FALSE and @error where the file cannot be read or has no requests. */
  gboolean (*convert) (ThrumFeed *feed, ThrumLines *lines, char **damage, GError **error);
} ThrumConversion;

/* The conversion for a file that begins with @head; NULL where none is needed. */
const ThrumConversion *thrum_conversion_of (const char *head, gsize length);

/* One file each: convert-NAME.c. */
extern const ThrumConversion thrum_conversion_ghz;
extern const ThrumConversion thrum_conversion_gob;
extern const ThrumConversion thrum_conversion_xml;

/* What conversions read @feed through: bytes, one after the other. */
typedef struct {
  ThrumFeed *feed;
  char buffer[64 * 1024];
  gsize pos, end;
  guint64 line;  /* of the byte that came last, 1-based */
  GError *error; /* (nullable) */
} ThrumBytes;

void thrum_bytes_init (ThrumBytes *self, ThrumFeed *feed);
int thrum_bytes_refill (ThrumBytes *self);

/* The next byte; -1 at the end, or on an error, which @self then has. */
static inline int
thrum_bytes_next (ThrumBytes *self)
{
  int c = self->pos < self->end ? (guchar)self->buffer[self->pos++] : thrum_bytes_refill (self);

  self->line += c == '\n';
  return c;
}

G_END_DECLS
