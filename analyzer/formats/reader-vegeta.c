/* SPDX-License-Identifier: MIT
 *
 * Reads `vegeta encode --to csv`: no header; when it began (ns since 1970), status, latency (ns),
 * bytes out, bytes in, error, body, attack, number, method, URL, headers. Immutable.
 */
#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"

enum { STAMP, CODE, LATENCY, BYTES_OUT, BYTES_IN, ERROR, BODY, ATTACK, N_NEEDED = BYTES_IN + 1 };

const char *
thrum_vegeta_take (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields,
                   guint n)
{
  ThrumRow row = { .service = -1 };
  const char *reason = thrum_csv_check_count (reader, fields, n);
  gint64 start, status;

  if (reason != NULL)
    return reason;
  if (!thrum_csv_stamp (reader, parse, &fields[STAMP], 9, &start, &reason)
      || !thrum_csv_time (reader, parse, &fields[LATENCY], 9, &row.response, &reason))
    return reason;
  if (!thrum_csv_integer (&fields[CODE], &status)
      || !thrum_csv_integer (&fields[BYTES_IN], &row.bytes))
    return "a status or count is not a whole number";
  row.status = (gint32)MIN (status, G_MAXINT32);
  if (row.status < 200 || row.status >= 400)
    {
      const char *token =
          row.status == 0 && n > ERROR ? thrum_csv_kind_of_message (&fields[ERROR]) : NULL;
      row.kind = token != NULL ? thrum_csv_kind (reader, parse, token)
                               : thrum_parse_status_kind (reader, parse, row.status);
    }
  if (n > ATTACK)
    row.request = thrum_csv_request (reader, parse, &fields[ATTACK]);
  thrum_csv_keep (reader, parse, &row, start + row.response);
  return NULL;
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  ThrumCsvField fields[16];
  const char *next;
  gint64 stamp, latency;

  if (memchr (head, '\n', length) == NULL)
    return FALSE;
  guint n = thrum_csv_split (head, head + length, ',', fields, G_N_ELEMENTS (fields), &next);
  reader->has_status = reader->has_failure = reader->has_bytes = TRUE;
  reader->has_request = n > ATTACK;
  reader->n_fields = n;
  /* 10^18 ns is 2001. */
  return n >= N_NEEDED && fields[STAMP].length == 19 && g_ascii_isdigit (fields[STAMP].start[18])
         && thrum_csv_integer (&(ThrumCsvField){ fields[STAMP].start, 18, FALSE }, &stamp)
         && thrum_csv_integer (&fields[LATENCY], &latency);
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, ',', 1, thrum_vegeta_take);
}

static gboolean
begins (const ThrumReader *reader, const char *line, const char *end)
{
  const char *comma = thrum_csv_skip_digits (line, end);
  const char *rest = comma < end ? thrum_csv_skip_digits (comma + 1, end) : end;

  return comma - line == 19 && *comma == ',' && rest > comma + 1 && rest < end && *rest == ',';
}

const ThrumFormat thrum_format_vegeta = {
  .name = "vegeta",
  .summary = "vegeta encode --to csv",
  .n_digits = 9,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "ns since 1970, status, latency in ns, bytes out, bytes in, error, like "
             "1565293201234567890,200,1234567,0,42,",
  .begins = begins,
  .parse = parse,
};
