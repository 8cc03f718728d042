/* SPDX-License-Identifier: MIT
 *
 * Reads `hey -o csv`: a header, times in s with 4 decimals. The column offset is when the request
 * began, since the start. hey leaves out failed requests. Immutable.
 */
#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"

enum { RESPONSE, STATUS, OFFSET };

static const char *const names[] = { "response-time", "status-code", "offset", NULL };

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_status = TRUE;
  return thrum_csv_read_header (reader, head, length, THRUM_CSV_DELIMITERS, names, 3);
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
    if ((reader->fields[i] == RESPONSE
         && !thrum_csv_time (reader, parse, &fields[i], 0, &row.response, &reason))
        || (reader->fields[i] == OFFSET
            && !thrum_csv_time (reader, parse, &fields[i], 0, &start, &reason)))
      return reason;
    else if (reader->fields[i] == STATUS && !thrum_csv_integer (&fields[i], &status))
      return "a status is not a whole number";
  thrum_parse_take_status (reader, parse, &row, status);
  thrum_csv_keep (reader, parse, &row, start + row.response);
  return NULL;
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, reader->delimiter, 1, parse_line);
}

const ThrumFormat thrum_format_hey = {
  .name = "hey",
  .summary = "hey -o csv",
  .n_digits = 6,
  .detect = detect,
  .expects = "a header with response-time, status-code and offset",
  .note = "hey leaves requests without a reply out of its file: there may have been failures that "
          "do not show here.",
  .parse = parse,
};
