/* SPDX-License-Identifier: MIT
 *
 * Reads `oha --output-format csv`: a header, times in s. request-start is when the request began,
 * since the start. Requests without a reply are not in the file. Immutable.
 */
#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"

enum { START, TIME, STATUS, BYTES };

static const char *const names[] = { "request-start", "request-duration", "status", "bytes", NULL };

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_status = reader->has_bytes = TRUE;
  return thrum_csv_read_header (reader, head, length, THRUM_CSV_DELIMITERS, names, 4);
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumRow row = { .service = -1 };
  const char *reason = thrum_csv_check_count (reader, fields, n);
  gint64 start = 0, status = 0;

  if (reason != NULL)
    return reason;
  for (guint i = 0; i < reader->n_fields; i++)
    if ((reader->fields[i] == START
         && !thrum_csv_time (reader, parse, &fields[i], 0, &start, &reason))
        || (reader->fields[i] == TIME
            && !thrum_csv_time (reader, parse, &fields[i], 0, &row.response, &reason)))
      return reason;
    else if ((reader->fields[i] == STATUS && !thrum_csv_integer (&fields[i], &status))
             || (reader->fields[i] == BYTES && !thrum_csv_integer (&fields[i], &row.bytes)))
      return "a status or count is not a whole number";
  thrum_parse_take_status (reader, parse, &row, status);
  thrum_csv_keep (reader, parse, &row, start + row.response);
  return NULL;
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, reader->delimiter, 1, parse_line);
}

const ThrumFormat thrum_format_oha = {
  .name = "oha",
  .summary = "oha --output-format csv",
  .n_digits = 9,
  .detect = detect,
  .expects = "a header with request-start, request-duration, bytes and status",
  .note = "oha leaves requests without a reply out of its file: there may have been failures that "
          "do not show here.",
  .parse = parse,
};
