/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/reader.h"

G_BEGIN_DECLS

/* A field of a line of comma- or tab-separated fields, with quotes as RFC 4180 has them. A line end
 * within quotes is part of the field only if the format can see from a line whether a record begins
 * there (ThrumFormat.begins), because a thread may begin at any line. Otherwise it ends the
 * record. */
typedef struct {
  const char *start; /* after the opening quote, if any */
  gsize length;
  gboolean quoted; /* may hold "" for a quote */
} ThrumCsvField;

/* Splits the line at @line, which ends in a line end before @end, into at most @max fields; further
 * fields are left out. Returns how many fields it has, and sets *@next to just after the line
 * end. */
guint thrum_csv_split (const char *line, const char *end, char delimiter, ThrumCsvField *fields,
                       guint max, const char **next);

/* Splits a record that is [@start, @stop), without its last line end, in the same way. */
guint thrum_csv_split_record (const char *start, const char *stop, char delimiter,
                              ThrumCsvField *fields, guint max);

/* Returns where the digits at @p end, at most @end. */
const char *thrum_csv_skip_digits (const char *p, const char *end);

/* Reports whether @field is exactly @text. */
gboolean thrum_csv_is (const ThrumCsvField *field, const char *text);

/* Reports whether @text is anywhere in @field. */
gboolean thrum_csv_has (const ThrumCsvField *field, const char *text);

/* Removes blanks from both ends. */
void thrum_csv_trim (ThrumCsvField *field);

/* The delimiters that a tool, or whoever saved its file again, may have chosen. */
#define THRUM_CSV_DELIMITERS ",\t;|"

/* Sets reader->fields[] from the field names of a header line: each becomes its index in @names
 * (NULL-terminated), or 255 if it is not there. reader->delimiter becomes the first of @delimiters
 * with which the names are found. Returns FALSE unless the first @n_needed names are all there. */
gboolean thrum_csv_read_header (ThrumReader *reader, const char *head, gsize length,
                                const char *delimiters, const char *const *names, guint n_needed);

/* Returns why a row of @n fields is not one of @reader's, which has as many fields as its header
 * has names; NULL if it is one. A row with more fields, as from an unquoted comma, would be
 * shifted. */
const char *thrum_csv_check_count (const ThrumReader *reader, const ThrumCsvField *fields, guint n);

/* Converts @field, a time in units of 10^-@unit_digits s (0: s, 3: ms, 9: ns), to the reader's
 * unit. Returns FALSE and *@reason if it is not a time, or is below 0. */
gboolean thrum_csv_time (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field,
                         guint unit_digits, gint64 *value, const char **reason);

/* Converts @field, an instant since 1970, to the reader's unit. It is a date as thrum_stamp_read ()
 * reads it, or a number; the number of digits shows whether that is s, ms, us or ns. A number below
 * 10^8, whose digits do not show it, is in units of 10^-@small_digits s. Returns FALSE and *@reason
 * as above. */
gboolean thrum_csv_stamp (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field,
                          guint small_digits, gint64 *value, const char **reason);

/* Reads a truth value in any usual spelling: true, FALSE, yes, n, 1, ok, KO, failed. Returns FALSE
 * for anything else, also for an empty field. */
gboolean thrum_csv_truth (const ThrumCsvField *field, gboolean *value);

/* Reads a whole number of at most 18 digits. Returns FALSE for anything else. */
gboolean thrum_csv_integer (const ThrumCsvField *field, gint64 *value);

/* Return the number of a request's name, and of a kind of failure. */
guint16
thrum_csv_request (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field);
guint16 thrum_csv_kind (const ThrumReader *reader, ThrumParse *parse, const char *name);

/* Returns the number of a journey's name, for a row that is made of others. A request may have the
 * same name. */
guint16
thrum_csv_journey (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field);

/* Return the token of the failure that an error message means, whatever program wrote it; NULL if
 * thrum has no token for it. Of up to two @fields, such as a message and its exception's class, the
 * more certain one counts, whichever field it is in. */
const char *thrum_csv_kind_of_message (const ThrumCsvField *field);
const char *thrum_csv_kind_of_messages (const ThrumCsvField *fields, guint n_fields);

/* Keeps @row, whose response is set, with @done as its end since the file's epoch; or complains of
 * it. */
void thrum_csv_keep (const ThrumReader *reader, ThrumParse *parse, ThrumRow *row, gint64 done);

/* Calls @parse_line for each line until the batch is full: for ThrumFormat.parse. @parse_line
 * returns why a line is malformed, else NULL, and adds at most @most rows to the batch. */
typedef const char *(*ThrumCsvLineFunc) (const ThrumReader *reader, ThrumParse *parse,
                                         const ThrumCsvField *fields, guint n_fields);
const char *
thrum_csv_parse (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end,
                 char delimiter, guint most, ThrumCsvLineFunc parse_line);

G_END_DECLS
