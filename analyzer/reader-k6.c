/* SPDX-License-Identifier: MIT
 *
 * Reads `k6 run --out csv=FILE`: a header, a line a sample of any metric, of which http_req_duration
 * is a request: timestamp is when it ended (s, or with K6_CSV_TIME_FORMAT ms, us, ns since 1970),
 * metric_value its ms. Immutable.
 */
#include "analyzer/csv.h"
#include "analyzer/formats.h"

enum { METRIC, STAMP, VALUE, NAME, STATUS, EXPECTED, ERROR_CODE };

static const char *const names[] = { "metric_name", "timestamp",         "metric_value", "name",
                                     "status",      "expected_response", "error_code",   NULL };

/* The whole digits tell the unit: 10 are s, 13 ms, 16 us, 19 ns. */
static guint
unit_of_stamp (const ThrumCsvField *field)
{
  const char *point = memchr (field->start, '.', field->length);
  gsize n = point != NULL ? (gsize)(point - field->start) : field->length;

  return n >= 18 ? 9 : n >= 15 ? 6 : n >= 12 ? 3 : 0;
}

/* Whether the first sample's time is in whole seconds, as it is unless told. */
static gboolean
has_seconds (const ThrumReader *reader, const char *head, gsize length)
{
  ThrumCsvField fields[THRUM_READER_MAX_FIELDS];
  const char *end = head + length;
  const char *line = (const char *)memchr (head, '\n', length) + 1;
  const char *next;

  if (memchr (line, '\n', (gsize)(end - line)) == NULL)
    return FALSE;
  guint n = thrum_csv_split (line, end, ',', fields, THRUM_READER_MAX_FIELDS, &next);
  for (guint i = 0; i < MIN (n, reader->n_fields); i++)
    if (reader->fields[i] == STAMP)
      return unit_of_stamp (&fields[i]) == 0
             && memchr (fields[i].start, '.', fields[i].length) == NULL;
  return FALSE;
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_status = reader->has_failure = reader->has_request = TRUE;
  if (!thrum_csv_read_header (reader, head, length, ',', names, 3))
    return FALSE;
  if (has_seconds (reader, head, length))
    reader->note = "k6 wrote whole seconds: what is shown over time is no finer; "
                   "K6_CSV_TIME_FORMAT=unix_milli makes it so.";
  return TRUE;
}

/* k6's error codes, which its documentation lists. */
static guint16
name_failure (const ThrumReader *reader, ThrumParse *parse, gint64 code, gint32 status)
{
  static const struct {
    gint64 code;
    const char *token;
  } codes[] = { { 1050, "timeout" },        { 1101, "no-address" }, { 1201, "reset" },
                { 1210, "connect-failed" }, { 1211, "timeout" },    { 1212, "connect-refused" },
                { 1220, "reset" },          { 1310, "tls-verify" }, { 1311, "tls-verify" } };
  char name[32];

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i].code == code)
      return thrum_csv_kind (reader, parse, codes[i].token);
  if (status != 0)
    return status >= 400 ? thrum_parse_status_kind (reader, parse, status)
                         : thrum_csv_kind (reader, parse, "check");
  g_snprintf (name, sizeof name, "error %" G_GINT64_FORMAT, code);
  return thrum_csv_kind (reader, parse, name);
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumRow row = { .service = -1 };
  const char *reason = NULL;
  gint64 done = 0, status = 0, code = 0;
  gboolean failed = FALSE;

  if (n < reader->n_fields)
    return "fields are missing";
  for (guint i = 0; i < reader->n_fields; i++)
    if (reader->fields[i] == METRIC && !thrum_csv_is (&fields[i], "http_req_duration"))
      return NULL;
  for (guint i = 0; i < reader->n_fields; i++)
    switch (reader->fields[i])
      {
      case STAMP:
        if (!thrum_csv_time (reader, parse, &fields[i], unit_of_stamp (&fields[i]), &done, &reason))
          return reason;
        break;
      case VALUE:
        if (!thrum_csv_time (reader, parse, &fields[i], 3, &row.response, &reason))
          return reason;
        break;
      case NAME:
        row.request = thrum_csv_request (reader, parse, &fields[i]);
        break;
      case STATUS:
        if (thrum_csv_integer (&fields[i], &status))
          row.status = (gint32)MIN (status, G_MAXINT32);
        break;
      case EXPECTED:
        failed |= thrum_csv_is (&fields[i], "false");
        break;
      case ERROR_CODE:
        failed |= thrum_csv_integer (&fields[i], &code) && code != 0;
        break;
      default:
        break;
      }
  if (failed)
    row.kind = name_failure (reader, parse, code, row.status);
  thrum_csv_keep (reader, parse, &row, done);
  return NULL;
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, ',', 1, parse_line);
}

/* A metric's name and a number. */
static gboolean
begins (const ThrumReader *reader, const char *line, const char *end)
{
  const char *comma = line;

  while (comma < end && (g_ascii_isalnum (*comma) || *comma == '_'))
    comma++;
  return comma > line && comma < end && *comma == ','
         && thrum_csv_skip_digits (comma + 1, end) - comma > 4;
}

const ThrumFormat thrum_format_k6 = {
  .name = "k6",
  .summary = "k6 run --out csv=FILE: its http_req_duration samples",
  .n_digits = 9,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "a header with metric_name, timestamp and metric_value",
  .begins = begins,
  .parse = parse,
};
