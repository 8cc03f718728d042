/* SPDX-License-Identifier: MIT
 *
 * Reads the details of `ghz -O json`, which convert-ghz.c turns into lines: when a call ended (a
 * date), its latency in ns, the name of its status, and its error. Immutable.
 */
#include "analyzer/formats/formats.h"
#include "analyzer/read/json-scan.h"
#include "analyzer/read/line.h"

static const char *const names[] = { "timestamp", "latency", "status", "error" };

enum { STAMP, LATENCY, STATUS, ERROR, N_FIELDS };

static gboolean
take_fields (const char *line, const char *stop, ThrumCsvField *fields)
{
  ThrumJsonMember member;
  ThrumJsonScan scan;
  guint found = 0;

  for (guint i = 0; i < N_FIELDS; i++)
    fields[i] = (ThrumCsvField){ "", 0, FALSE };
  if (!thrum_json_scan_object (&scan, line, stop))
    return FALSE;
  while (thrum_json_scan_next (&scan, &member))
    for (guint i = 0; i < N_FIELDS; i++)
      if (thrum_csv_is (&member.key, names[i]))
        {
          fields[i] = member.text;
          found |= 1u << i;
        }
  return !scan.bad && (found & 7) == 7;
}

/* What became of a call: by its message where that says more than the status, which is Unavailable for
 * whatever happens to a connection. */
static guint16
name_failure (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields)
{
  const char *token = NULL;
  char name[32];

  if (thrum_csv_is (&fields[STATUS], "DeadlineExceeded"))
    token = "timeout";
  else if (thrum_csv_is (&fields[STATUS], "Canceled"))
    token = "cancelled";
  else if (thrum_csv_is (&fields[STATUS], "Unavailable"))
    token = thrum_csv_kind_of_message (&fields[ERROR]);
  if (token != NULL)
    return thrum_csv_kind (reader, parse, token);
  g_snprintf (name, sizeof name, "%.*s", (int)MIN (fields[STATUS].length, sizeof name),
              fields[STATUS].start);
  return thrum_csv_kind (reader, parse, *name != '\0' ? name : "other");
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const char *line, const char *stop)
{
  ThrumRow row = { .service = -1 };
  ThrumCsvField fields[N_FIELDS];
  const char *reason = NULL;
  gint64 done;

  if (!take_fields (line, stop, fields))
    return "not a detail of ghz with timestamp, latency and status";
  if (!thrum_csv_stamp (reader, parse, &fields[STAMP], 9, &done, &reason)
      || !thrum_csv_time (reader, parse, &fields[LATENCY], 9, &row.response, &reason))
    return reason;
  if (!thrum_csv_is (&fields[STATUS], "OK"))
    row.kind = name_failure (reader, parse, fields);
  thrum_csv_keep (reader, parse, &row, done);
  return NULL;
}

static gboolean
is_one (const char *line, const char *stop)
{
  ThrumCsvField fields[N_FIELDS];

  return take_fields (line, stop, fields);
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_failure = TRUE;
  return thrum_line_any (head, length, is_one);
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_line_parse (reader, state, cursor, end, parse_line);
}

const ThrumFormat thrum_format_ghz = {
  .name = "ghz",
  .summary = "ghz -O json (or pretty): its details",
  .n_digits = 9,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "JSON whose details have timestamp, latency and status",
  .parse = parse,
};
