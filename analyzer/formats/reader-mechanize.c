/* SPDX-License-Identifier: MIT
 *
 * Reads multi-mechanize's results.csv, which has no header: number, elapsed s, epoch s, user group,
 * script time s, error, and a Python dictionary of timers that has commas of its own. A line is a
 * transaction, a request with the group's name. Each timer is a part of it, with its own name.
 * Immutable.
 */
#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"

#define MAX_TIMERS 64

enum { NUMBER, ELAPSED, EPOCH, GROUP, SCRIPT_TIME, ERROR, TIMERS };

/* 'name': 0.123 at @p; returns the first byte behind it, NULL where it is none. */
static const char *
take_timer (const ThrumReader *reader, ThrumParse *parse, const char *p, const char *end,
            const ThrumRow *whole)
{
  char quote = p < end ? *p : '\0';
  ThrumCsvField name = { p + 1, 0, FALSE };
  ThrumRow row = *whole;
  const char *rest = NULL;

  if (quote != '\'' && quote != '"')
    return NULL;
  for (p++; p < end && *p != quote; p++)
    p += *p == '\\' && p + 1 < end;
  if (p >= end)
    return NULL;
  name.length = (gsize)(p - name.start);
  for (p++; p < end && (*p == ':' || *p == ' ');)
    p++;

  ThrumDecimalResult result = thrum_decimal_slow (p, end, reader->n_digits, &row.response, &rest);
  if (result == THRUM_DECIMAL_TOO_FINE)
    parse->too_fine = TRUE;
  else if (result != THRUM_DECIMAL_GOOD)
    return NULL;
  if (row.response > THRUM_ROW_MAX_RESPONSE)
    return NULL;
  row.request = thrum_csv_request (reader, parse, &name);
  row.is_part = TRUE;
  parse->rows[parse->n_rows++] = row;
  return rest;
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumRow row = { .service = -1 };
  const char *reason = NULL;
  gint64 elapsed;
  guint first = parse->n_rows;

  if (n <= TIMERS)
    return "fields are missing";
  if (!thrum_csv_time (reader, parse, &fields[ELAPSED], 0, &elapsed, &reason)
      || !thrum_csv_time (reader, parse, &fields[SCRIPT_TIME], 0, &row.response, &reason))
    return reason;
  row.request = thrum_csv_request (reader, parse, &fields[GROUP]);
  if (fields[ERROR].length > 0)
    row.kind = thrum_csv_kind (reader, parse, "script error");
  thrum_csv_keep (reader, parse, &row, elapsed);
  if (parse->n_rows == first)
    return NULL;

  row = parse->rows[first];
  const char *p = fields[TIMERS].start;
  const char *end = fields[n - 1].start + fields[n - 1].length;
  for (guint i = 0; i < MAX_TIMERS && p < end; i++)
    {
      while (p < end && (*p == '{' || *p == ' ' || *p == ','))
        p++;
      if (p >= end || *p == '}')
        break;
      p = take_timer (reader, parse, p, end, &row);
      if (p == NULL)
        {
          parse->n_rows = first;
          return "the timers are no dictionary of numbers";
        }
    }
  return NULL;
}

static gboolean
is_timestamp (const ThrumCsvField *field)
{
  gint64 value;

  return field->length == 10 && thrum_csv_integer (field, &value);
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  ThrumCsvField fields[THRUM_READER_MAX_FIELDS];
  const char *next;
  gint64 number;

  if (memchr (head, '\n', length) == NULL)
    return FALSE;
  guint n = thrum_csv_split (head, head + length, ',', fields, G_N_ELEMENTS (fields), &next);
  reader->has_request = reader->has_failure = TRUE;
  return n > TIMERS && thrum_csv_integer (&fields[NUMBER], &number) && is_timestamp (&fields[EPOCH])
         && fields[TIMERS].length > 0 && fields[TIMERS].start[0] == '{';
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, ',', 1 + MAX_TIMERS, parse_line);
}

const ThrumFormat thrum_format_mechanize = {
  .name = "multi-mechanize",
  .summary = "multi-mechanize's results.csv; its timers are requests of their own",
  .n_digits = 9,
  .detect = detect,
  .expects = "number,elapsed,epoch,group,seconds,error,{timers}, like "
             "1,0.501,1267019160,user_group-1,0.498,,{'page': 0.497}",
  .parse = parse,
};
