/* SPDX-License-Identifier: MIT
 *
 * Reads `vegeta encode --to json`: a line a request, as JSON with the names below; the time when it began
 * is a date, its latency ns. Immutable.
 */
#include "analyzer/formats/formats.h"
#include "analyzer/read/json-scan.h"
#include "analyzer/read/line.h"

/* In the order of vegeta's CSV. */
static const char *const names[] = { "timestamp", "code",  "latency", "bytes_out",
                                     "bytes_in",  "error", "body",    "attack" };

enum { STAMP, CODE, LATENCY, N_FIELDS = G_N_ELEMENTS (names) };

static gboolean
take_fields (const char *line, const char *stop, ThrumCsvField *fields)
{
  ThrumJsonMember member;
  ThrumJsonScan scan;

  for (guint i = 0; i < N_FIELDS; i++)
    fields[i] = (ThrumCsvField){ "", 0, FALSE };
  if (!thrum_json_scan_object (&scan, line, stop))
    return FALSE;
  while (thrum_json_scan_next (&scan, &member))
    for (guint i = 0; i < N_FIELDS; i++)
      if (thrum_csv_is (&member.key, names[i]))
        fields[i] = member.text;
  return !scan.bad;
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const char *line, const char *stop)
{
  char texts[THRUM_LINE_MAX + 8];
  ThrumCsvField fields[N_FIELDS];

  if (!take_fields (line, stop, fields))
    return "not an object of JSON";
  thrum_json_unescape_all (fields, N_FIELDS, texts, sizeof texts);
  return thrum_vegeta_take (reader, parse, fields, N_FIELDS);
}

static gboolean
is_one (const char *line, const char *stop)
{
  ThrumCsvField fields[N_FIELDS];
  gint64 code, latency;

  return take_fields (line, stop, fields) && fields[STAMP].length > 18
         && thrum_csv_integer (&fields[CODE], &code)
         && thrum_csv_integer (&fields[LATENCY], &latency);
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_status = reader->has_failure = reader->has_request = reader->has_bytes = TRUE;
  reader->n_fields = N_FIELDS;
  return thrum_line_any (head, length, is_one);
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_line_parse (reader, state, cursor, end, parse_line);
}

const ThrumFormat thrum_format_vegeta_json = {
  .name = "vegeta-json",
  .summary = "vegeta encode --to json",
  .n_digits = 9,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "a line of JSON with code, timestamp and latency",
  .parse = parse,
};
