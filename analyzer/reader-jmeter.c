/* SPDX-License-Identifier: MIT
 *
 * Reads JMeter's results as CSV (JTL): a header, a line a sample; timeStamp is when it began in ms
 * since 1970, as jmeter.properties has it (sampleresult.timestamp.start=true). Immutable.
 */
#include "analyzer/csv.h"
#include "analyzer/formats.h"

enum { STAMP, ELAPSED, LABEL, CODE, MESSAGE, SUCCESS, BYTES };

static const char *const names[] = { "timeStamp",       "elapsed", "label", "responseCode",
                                     "responseMessage", "success", "bytes", NULL };

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_request = reader->has_status = reader->has_failure = TRUE;
  if (!thrum_csv_read_header (reader, head, length, ',', names, 2))
    return FALSE;
  for (guint i = 0; i < reader->n_fields; i++)
    reader->has_bytes |= reader->fields[i] == BYTES;
  return TRUE;
}

static guint16
name_failure (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *code,
              const ThrumCsvField *message, gint32 status)
{
  /* Without a reply the message says more than the exception's name. */
  const char *token = status == 0 ? thrum_csv_kind_of_message (message) : NULL;

  if (token == NULL)
    token = thrum_csv_kind_of_message (code);
  if (token != NULL)
    return thrum_csv_kind (reader, parse, token);
  if (status != 0 && status < 400)
    return thrum_csv_kind (reader, parse, "check"); /* an assertion */
  return thrum_parse_status_kind (reader, parse, status);
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumRow row = { .service = -1 };
  ThrumCsvField code = { "", 0, FALSE }, message = code;
  const char *reason = NULL;
  gboolean success = TRUE;
  gint64 start = 0, status;

  if (n < reader->n_fields)
    return "fields are missing";
  for (guint i = 0; i < reader->n_fields; i++)
    switch (reader->fields[i])
      {
      case STAMP:
        if (!thrum_csv_time (reader, parse, &fields[i], 3, &start, &reason))
          return reason;
        break;
      case ELAPSED:
        if (!thrum_csv_time (reader, parse, &fields[i], 3, &row.response, &reason))
          return reason;
        break;
      case LABEL:
        row.request = thrum_csv_request (reader, parse, &fields[i]);
        break;
      case CODE:
        code = fields[i];
        if (thrum_csv_integer (&code, &status))
          row.status = (gint32)MIN (status, G_MAXINT32);
        break;
      case MESSAGE:
        message = fields[i];
        break;
      case SUCCESS:
        success = !thrum_csv_is (&fields[i], "false");
        break;
      case BYTES:
        if (!thrum_csv_integer (&fields[i], &row.bytes))
          row.bytes = 0;
        break;
      default:
        break;
      }
  if (!success)
    row.kind = name_failure (reader, parse, &code, &message, row.status);
  thrum_csv_keep (reader, parse, &row, start + row.response);
  return NULL;
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, ',', 1, parse_line);
}

/* In a header's usual order, where a line begins with the two numbers. */
static gboolean
begins (const ThrumReader *reader, const char *line, const char *end)
{
  const char *comma, *rest;

  if (reader->fields[0] != STAMP || reader->n_fields < 2 || reader->fields[1] != ELAPSED)
    return TRUE;
  comma = thrum_csv_skip_digits (line, end);
  if (comma - line < 9 || comma >= end || *comma != ',')
    return FALSE;
  rest = thrum_csv_skip_digits (comma + 1, end);
  return rest > comma + 1 && rest < end && *rest == ',';
}

const ThrumFormat thrum_format_jmeter = {
  .name = "jmeter",
  .summary = "JMeter's results as CSV with a header",
  .n_digits = 3,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "a header with timeStamp and elapsed, and below it whole milliseconds "
             "(jmeter.save.saveservice.timestamp_format=ms)",
  .begins = begins,
  .parse = parse,
};
