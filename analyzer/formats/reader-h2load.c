/* SPDX-License-Identifier: MIT
 *
 * Reads `h2load --log-file=FILE`: no header, fields between tabs. They are when a request was sent,
 * in us since 1970; the status, or -1 if the stream failed; and the us until the end of the reply.
 * More columns may follow. Immutable.
 */
#include "analyzer/formats/formats.h"
#include "analyzer/read/line.h"

enum { STAMP, CODE, TIME, N_NEEDED };

/* Splits a line, whose further columns are left out; FALSE unless it is of numbers. */
static gboolean
take_fields (const char *line, const char *stop, ThrumCsvField *fields, gint64 *status)
{
  gint64 time;

  *status = 0;
  return thrum_line_split (line, stop, '\t', fields, N_NEEDED) == N_NEEDED
         && (thrum_csv_is (&fields[CODE], "-1") || thrum_csv_integer (&fields[CODE], status))
         && thrum_csv_integer (&fields[TIME], &time);
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const char *line, const char *stop)
{
  ThrumRow row = { .service = -1 };
  ThrumCsvField fields[N_NEEDED];
  const char *reason = NULL;
  gint64 start, status;

  if (!take_fields (line, stop, fields, &status))
    return "not a start, a status and a time between tabs";
  if (!thrum_csv_stamp (reader, parse, &fields[STAMP], 6, &start, &reason)
      || !thrum_csv_time (reader, parse, &fields[TIME], 6, &row.response, &reason))
    return reason;
  thrum_parse_take_status (reader, parse, &row, status);
  thrum_csv_keep (reader, parse, &row, start + row.response);
  return NULL;
}

static gboolean
is_one (const char *line, const char *stop)
{
  ThrumCsvField fields[N_NEEDED];
  gint64 status;

  return take_fields (line, stop, fields, &status) && status < 1000 && fields[STAMP].length == 16
         && thrum_csv_skip_digits (fields[STAMP].start, stop) == fields[STAMP].start + 16;
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_status = reader->has_failure = TRUE;
  return thrum_line_any (head, length, is_one);
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_line_parse (reader, state, cursor, end, parse_line);
}

const ThrumFormat thrum_format_h2load = {
  .name = "h2load",
  .summary = "h2load --log-file=FILE",
  .n_digits = 6,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "us since 1970, status, us until its end between tabs, like "
             "'1700000000123456 200 1234'",
  .note = "h2load does not say why a stream failed: those without a status have 'no reply'.",
  .parse = parse,
};
