/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/csv.h"

G_BEGIN_DECLS

/* What readers share whose files have one request a line but are not CSV: logs, and JSON lines. */

/* Calls @parse_line for each line that is not empty, without its line end, until the batch is full:
 * for ThrumFormat.parse. @parse_line returns why a line is malformed, else NULL, and adds at most
 * one row. */
typedef const char *(*ThrumLineFunc) (const ThrumReader *reader, ThrumParse *parse,
                                      const char *line, const char *stop);
const char *thrum_line_parse (const ThrumReader *reader, ThrumParse *parse, const char *cursor,
                              const char *end, ThrumLineFunc parse_line);

/* Reports whether @is_one holds for one of the first 50 whole lines of @head: for
 * ThrumFormat.detect. The other lines may be damaged, or another program's. */
typedef gboolean (*ThrumLineTest) (const char *line, const char *stop);
gboolean thrum_line_any (const char *head, gsize length, ThrumLineTest is_one);

/* Splits [@line, @stop) at every @delimiter, whatever is between them, into at most @max fields;
 * further fields are left out. Returns how many fields it has. */
guint thrum_line_split (const char *line, const char *stop, char delimiter, ThrumCsvField *fields,
                        guint max);

G_END_DECLS
