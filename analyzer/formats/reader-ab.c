/* SPDX-License-Identifier: MIT
 *
 * Reads `ab -g`: a header, fields between tabs, rows sorted by total time. The column seconds is
 * when a request began, in whole seconds since 1970; ctime (connect), dtime, ttime (total) and wait
 * are in ms. There is no status. Immutable.
 */
#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"

enum { SECONDS, TOTAL, PROCESSING };

static const char *const names[] = { "seconds", "ttime", "dtime", NULL };

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_service = TRUE;
  return thrum_csv_read_header (reader, head, length, THRUM_CSV_DELIMITERS, names, 3);
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumRow row = { 0 };
  const char *reason = thrum_csv_check_count (reader, fields, n);
  gint64 start = 0;

  if (reason != NULL)
    return reason;
  for (guint i = 0; i < reader->n_fields; i++)
    if ((reader->fields[i] == SECONDS
         && !thrum_csv_stamp (reader, parse, &fields[i], 0, &start, &reason))
        || (reader->fields[i] == TOTAL
            && !thrum_csv_time (reader, parse, &fields[i], 3, &row.response, &reason))
        || (reader->fields[i] == PROCESSING
            && !thrum_csv_time (reader, parse, &fields[i], 3, &row.service, &reason)))
      return reason;
  thrum_csv_keep (reader, parse, &row, start + row.response);
  return NULL;
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, reader->delimiter, 1, parse_line);
}

const ThrumFormat thrum_format_ab = {
  .name = "ab",
  .summary = "ab -g (tab-separated)",
  .n_digits = 3,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "the header 'starttime, seconds, ctime, dtime, ttime, wait' between tabs",
  .note = "ab -g has no failures: there may have been some that do not show here.",
  .parse = parse,
};
