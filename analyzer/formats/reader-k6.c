/* SPDX-License-Identifier: MIT
 *
 * Reads `k6 run --out csv=FILE`: a header and one line per sample of any metric; some of these are
 * requests. timestamp is when the sample ended (s, or with K6_CSV_TIME_FORMAT ms, us, ns since
 * 1970, or a date); metric_value is its duration in ms. Immutable.
 */
#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"

enum { METRIC, STAMP, VALUE, NAME, STATUS, EXPECTED, ERROR_CODE, ERROR, URL, N_NAMES };

const char *const thrum_k6_names[] = { "metric_name", "timestamp", "metric_value",
                                       "name",        "status",    "expected_response",
                                       "error_code",  "error",     "url",
                                       NULL };

/* The metrics that are requests. Those of one way to the service are told by their names; others have
 * their metric before it, since a page's address may be in both. */
static const struct {
  const char *metric;
  gboolean named;
  enum { BY_HTTP, BY_GRPC, BY_ERROR } judged;
} metrics[] = {
  { "http_req_duration", FALSE, BY_HTTP }, { "grpc_req_duration", FALSE, BY_GRPC },
  { "ws_connecting", TRUE, BY_ERROR },     { "ws_session_duration", TRUE, BY_ERROR },
  { "ws_ping", TRUE, BY_ERROR },           { "browser_http_req_duration", TRUE, BY_HTTP },
};

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_status = reader->has_failure = reader->has_request = TRUE;
  return thrum_csv_read_header (reader, head, length, THRUM_CSV_DELIMITERS, thrum_k6_names, 3);
}

/* What k6's error codes mean, which its documentation lists; NULL for those that say nothing. */
static const char *
token_of_code (gint64 code)
{
  static const struct {
    gint64 first, last;
    const char *token;
  } codes[] = {
    { 1020, 1020, "no-address" },      { 1050, 1050, "timeout" },
    { 1100, 1199, "no-address" },      { 1201, 1201, "reset" },
    { 1210, 1210, "connect-failed" },  { 1211, 1211, "timeout" },
    { 1212, 1212, "connect-refused" }, { 1213, 1219, "connect-failed" },
    { 1220, 1220, "reset" },           { 1310, 1319, "tls-verify" },
    { 1300, 1399, "tls-failed" },      { 1610, 1619, "closed-early" },
    { 1600, 1699, "protocol" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (code >= codes[i].first && code <= codes[i].last)
      return codes[i].token;
  return NULL;
}

static guint16
name_failure (const ThrumReader *reader, ThrumParse *parse, gint64 code, gint32 status,
              const ThrumCsvField *error)
{
  /* A reply's status says more than what became of it. */
  const char *token = status == 0 ? thrum_csv_kind_of_message (error) : NULL;
  char name[32];

  if (token == NULL)
    token = token_of_code (code);
  if (token != NULL)
    return thrum_csv_kind (reader, parse, token);
  if (status != 0)
    return status >= 400 ? thrum_parse_status_kind (reader, parse, status)
                         : thrum_csv_kind (reader, parse, "check");
  if (code == 0)
    return thrum_csv_kind (reader, parse, "no reply");
  g_snprintf (name, sizeof name, "error %" G_GINT64_FORMAT, code);
  return thrum_csv_kind (reader, parse, name);
}

/* The name in @columns, behind its metric where that belongs to it. */
static guint16
name_request (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *columns,
              guint metric)
{
  const ThrumCsvField *field = &columns[columns[NAME].length > 0 ? NAME : URL];
  char name[64 + THRUM_LINE_MAX];

  if (!metrics[metric].named)
    return thrum_csv_request (reader, parse, field);
  gsize n = (gsize)g_snprintf (name, sizeof name, "%s %.*s", metrics[metric].metric,
                               (int)MIN (field->length, THRUM_LINE_MAX), field->start);
  return thrum_csv_request (reader, parse, &(ThrumCsvField){ name, n, field->quoted });
}

/* Sets @row's kind; FALSE where what should say whether it failed says neither. */
static gboolean
judge (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *columns, guint judged,
       ThrumRow *row)
{
  gint64 code = 0;
  gboolean expected = TRUE, failed;

  if (!thrum_csv_integer (&columns[ERROR_CODE], &code))
    code = 0;
  /* 1400 to 1599 repeat the status: expectedStatuses() may have it succeed. */
  failed = code != 0 && (columns[EXPECTED].length == 0 || code < 1400 || code > 1599);
  if (judged == BY_GRPC && row->status != 0)
    {
      row->kind = thrum_parse_status_kind (reader, parse, row->status);
      return TRUE;
    }
  if (columns[EXPECTED].length > 0 && !thrum_csv_truth (&columns[EXPECTED], &expected))
    return FALSE;
  if (columns[EXPECTED].length == 0 && judged == BY_HTTP)
    expected = row->status > 0 && row->status < 400;
  failed |= !expected || columns[ERROR].length > 0;
  if (failed)
    row->kind = name_failure (reader, parse, code, row->status, &columns[ERROR]);
  return TRUE;
}

const char *
thrum_k6_take (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumRow row = { .service = -1 };
  ThrumCsvField columns[N_NAMES] = { 0 };
  const char *reason = thrum_csv_check_count (reader, fields, n);
  gint64 done = 0, status = 0;
  guint metric = 0;

  for (guint i = 0; i < N_NAMES; i++)
    columns[i].start = "";
  for (guint i = 0; i < MIN (n, reader->n_fields); i++)
    if (reader->fields[i] < N_NAMES)
      columns[reader->fields[i]] = fields[i];
  while (metric < G_N_ELEMENTS (metrics)
         && !thrum_csv_is (&columns[METRIC], metrics[metric].metric))
    metric++;
  if (reason != NULL || metric == G_N_ELEMENTS (metrics))
    return reason;

  if (!thrum_csv_stamp (reader, parse, &columns[STAMP], 0, &done, &reason)
      || !thrum_csv_time (reader, parse, &columns[VALUE], 3, &row.response, &reason))
    return reason;
  if (thrum_csv_integer (&columns[STATUS], &status))
    row.status = (gint32)MIN (status, G_MAXINT32);
  if (!judge (reader, parse, columns, metrics[metric].judged, &row))
    return "expected_response is neither true nor false";
  row.request = name_request (reader, parse, columns, metric);
  thrum_csv_keep (reader, parse, &row, done);
  return NULL;
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, reader->delimiter, 1, thrum_k6_take);
}

/* A metric's name and a number. */
static gboolean
begins (const ThrumReader *reader, const char *line, const char *end)
{
  const char *comma = line;

  while (comma < end && (g_ascii_isalnum (*comma) || *comma == '_'))
    comma++;
  return comma > line && comma < end && *comma == reader->delimiter
         && thrum_csv_skip_digits (comma + 1, end) - comma > 4;
}

const ThrumFormat thrum_format_k6 = {
  .name = "k6",
  .summary = "k6 run --out csv=FILE: its requests of HTTP, gRPC, WebSockets and browsers",
  .n_digits = 9,
  .is_epoch = TRUE,
  .detect = detect,
  .finer = "K6_CSV_TIME_FORMAT=unix_milli makes k6's finer",
  .expects = "a header with metric_name, timestamp and metric_value",
  .begins = begins,
  .parse = parse,
};
