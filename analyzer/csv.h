/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/reader.h"

G_BEGIN_DECLS

/* Lines of comma- or tab-separated fields, with quotes as RFC 4180 has them. A line end within quotes
 * is part of the field where the format tells by a line's look whether a record begins there
 * (ThrumFormat.begins), since any line may be where a thread begins; else it ends the record. */
typedef struct {
  const char *start; /* behind the opening quote, if any */
  gsize length;
  gboolean quoted; /* may hold "" for a quote */
} ThrumCsvField;

/* Splits the line at @line, which ends in a line end before @end, into at most @max fields; further
 * ones are left out. Returns how many, and *@next behind the line end. */
guint thrum_csv_split (const char *line, const char *end, char delimiter, ThrumCsvField *fields,
                       guint max, const char **next);

/* The same for a record that is [@start, @stop), without its last line end. */
guint thrum_csv_split_record (const char *start, const char *stop, char delimiter,
                              ThrumCsvField *fields, guint max);

/* Where the digits at @p end, at most at @end. */
const char *thrum_csv_skip_digits (const char *p, const char *end);

/* Whether @field is exactly @text. */
gboolean thrum_csv_is (const ThrumCsvField *field, const char *text);

/* Whether @text is somewhere in @field. */
gboolean thrum_csv_has (const ThrumCsvField *field, const char *text);

/* A header line's field names become reader->fields[]: the index into @names (NULL-terminated), or 255
 * for one that is not there. FALSE unless the first @n_needed names are all there. */
gboolean thrum_csv_read_header (ThrumReader *reader, const char *head, gsize length, char delimiter,
                                const char *const *names, guint n_needed);

/* @field, a time in units of 10^-@unit_digits s (0: s, 3: ms, 9: ns), in the reader's unit. FALSE
 * and *@reason where it is none, or below 0. */
gboolean thrum_csv_time (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field,
                         guint unit_digits, gint64 *value, const char **reason);

/* A whole number of at most 18 digits; FALSE for anything else. */
gboolean thrum_csv_integer (const ThrumCsvField *field, gint64 *value);

/* The numbers of a request's name and of a kind of failure. */
guint16
thrum_csv_request (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field);
guint16 thrum_csv_kind (const ThrumReader *reader, ThrumParse *parse, const char *name);

/* The kind that an error message of a Go or Java program amounts to; NULL if it is none of those that
 * thrum has a token for. */
const char *thrum_csv_kind_of_message (const ThrumCsvField *field);

/* Keeps @row, whose response is set, with @done as its end since the file's epoch; or complains. */
void thrum_csv_keep (const ThrumReader *reader, ThrumParse *parse, ThrumRow *row, gint64 done);

/* For ThrumFormat.parse: calls @parse_line for each line until the batch is full; it returns a reason
 * for a malformed one, else NULL, and adds up to @most rows to the batch. */
typedef const char *(*ThrumCsvLineFunc) (const ThrumReader *reader, ThrumParse *parse,
                                         const ThrumCsvField *fields, guint n_fields);
const char *
thrum_csv_parse (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end,
                 char delimiter, guint most, ThrumCsvLineFunc parse_line);

G_END_DECLS
