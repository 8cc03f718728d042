/* SPDX-License-Identifier: MIT
 *
 * Reads `ab -g`: a header, tabs, sorted by total time; seconds is when it began, whole seconds since
 * 1970; ctime (connect), dtime, ttime (total) and wait in ms. No status. Immutable.
 */
#include "analyzer/csv.h"
#include "analyzer/formats.h"

enum { SECONDS, TOTAL, PROCESSING };

static const char *const names[] = { "seconds", "ttime", "dtime", NULL };

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_service = TRUE;
  return thrum_csv_read_header (reader, head, length, '\t', names, 3);
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumRow row = { 0 };
  const char *reason = NULL;
  gint64 start = 0;

  if (n < reader->n_fields)
    return "fields are missing";
  for (guint i = 0; i < reader->n_fields; i++)
    if ((reader->fields[i] == SECONDS
         && !thrum_csv_time (reader, parse, &fields[i], 0, &start, &reason))
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
  return thrum_csv_parse (reader, state, cursor, end, '\t', 1, parse_line);
}

const ThrumFormat thrum_format_ab = {
  .name = "ab",
  .summary = "ab -g (tab-separated)",
  .n_digits = 3,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "the header 'starttime, seconds, ctime, dtime, ttime, wait' between tabs",
  .note = "ab -g has beginnings in whole seconds alone, and no failures: rates, what is shown over "
          "time and failures say less than they seem to.",
  .parse = parse,
};
