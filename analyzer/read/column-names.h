/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/csv.h"

G_BEGIN_DECLS

/* The meanings of the columns of a file that is not of a tool's own format. They follow from the
 * names in its header, or from --columns. If two columns could have the same meaning, the one whose
 * name stands first in the list of names is taken. */
typedef enum {
  THRUM_NAMED_START,   /* when a request began */
  THRUM_NAMED_END,     /* when it was done */
  THRUM_NAMED_TIME,    /* one of these: taken for the beginning */
  THRUM_NAMED_LATENCY, /* how long it took */
  THRUM_NAMED_STATUS,
  THRUM_NAMED_SUCCESS, /* a truth value */
  THRUM_NAMED_FAILED,  /* the opposite truth value */
  THRUM_NAMED_ERROR,   /* a message, empty where it succeeded */
  THRUM_NAMED_NAME,
  THRUM_NAMED_BYTES,
  THRUM_NAMED_SKIP,
  THRUM_NAMED_N = THRUM_NAMED_SKIP
} ThrumNamedColumn;

#define THRUM_UNIT_UNKNOWN G_MAXUINT8 /* else digits below the second: 0, 3, 6, 9 */

/* Reads the name of a unit, of @length bytes, in any usual spelling: ms, msec, milliseconds, ... */
guint8 thrum_unit_from_name (const char *name, gsize length);

/* Gives @reader the columns that the header line's @n @fields name, with their units. Returns NULL,
 * or why this is not a file of requests, as a part of a sentence. (transfer full) */
char *thrum_column_names_read (ThrumReader *reader, const ThrumCsvField *fields, guint n);

/* Gives @reader the columns of @text, as in "time:ms,latency:ms,status,-". Returns FALSE and @error
 * if a column is none of these, or if @text leaves open when a request was or how long it took. */
gboolean thrum_column_names_parse (ThrumReader *reader, const char *text, GError **error);

G_END_DECLS
