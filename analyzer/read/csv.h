/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/reader.h"

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

/* Takes blanks off both ends. */
void thrum_csv_trim (ThrumCsvField *field);

/* What separates fields where a tool, or who saved its file again, may choose. */
#define THRUM_CSV_DELIMITERS ",\t;|"

/* A header line's field names become reader->fields[]: the index into @names (NULL-terminated), or 255
 * for one that is not there; the first of @delimiters by which they are found becomes reader->delimiter.
 * FALSE unless the first @n_needed names are all there. */
gboolean thrum_csv_read_header (ThrumReader *reader, const char *head, gsize length,
                                const char *delimiters, const char *const *names, guint n_needed);

/* Why a row of @n fields is none of @reader's, which has as many as its header names: what has more, as
 * by a comma that nobody quoted, would be shifted. NULL: it is one. */
const char *thrum_csv_check_count (const ThrumReader *reader, const ThrumCsvField *fields, guint n);

/* @field, a time in units of 10^-@unit_digits s (0: s, 3: ms, 9: ns), in the reader's unit. FALSE
 * and *@reason where it is none, or below 0. */
gboolean thrum_csv_time (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field,
                         guint unit_digits, gint64 *value, const char **reason);

/* @field, an instant since 1970 in the reader's unit: a number, whose digits tell whether it is s, ms, us
 * or ns (one below 10^8, which they do not tell, is in units of 10^-@small_digits s), or a date as
 * thrum_stamp_read () has them. FALSE and *@reason as above. */
gboolean thrum_csv_stamp (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field,
                          guint small_digits, gint64 *value, const char **reason);

/* A truth value in any usual spelling: true, FALSE, yes, n, 1, ok, KO, failed. FALSE for anything
 * else, be it empty. */
gboolean thrum_csv_truth (const ThrumCsvField *field, gboolean *value);

/* A whole number of at most 18 digits; FALSE for anything else. */
gboolean thrum_csv_integer (const ThrumCsvField *field, gint64 *value);

/* The numbers of a request's name and of a kind of failure. */
guint16
thrum_csv_request (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field);
guint16 thrum_csv_kind (const ThrumReader *reader, ThrumParse *parse, const char *name);

/* The number of a journey's name, which a request may have, too: for a row that is made of others. */
guint16
thrum_csv_journey (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field);

/* The token of the failure that an error message amounts to, whatever program wrote it; NULL if it is
 * none that thrum has a token for. Of up to two @fields, as a message and its exception's class, what
 * is more certain counts, whichever it stands in. */
const char *thrum_csv_kind_of_message (const ThrumCsvField *field);
const char *thrum_csv_kind_of_messages (const ThrumCsvField *fields, guint n_fields);

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
