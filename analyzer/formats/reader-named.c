/* SPDX-License-Identifier: MIT
 *
 * Reads a file that is not of a tool's own format: one request a line. A header names its columns
 * with their units (timestamp, latency_ms, status), or --columns does. Immutable after
 * detection.
 */
#include <string.h>

#include "analyzer/read/column-names.h"
#include "analyzer/formats/formats.h"
#include "analyzer/read/stamp.h"

#define LONGEST_NUMBER 64

/* @field, a time whose unit its column says, or it itself ("45 ms"), in the reader's unit. A comma within
 * is a point. */
static gboolean
take_time (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field, guint8 unit,
           gint64 *value, const char **reason)
{
  char text[LONGEST_NUMBER];
  gsize n = MIN (field->length, sizeof text - 1);
  ThrumCsvField number = { text, 0, FALSE };

  for (gsize i = 0; i < n; i++)
    text[i] = field->start[i] == ',' ? '.' : field->start[i];
  while (n > 0 && g_ascii_isspace (text[n - 1]))
    n--;
  number.length = n;
  while (number.length > 0 && !g_ascii_isdigit (text[number.length - 1])
         && text[number.length - 1] != '.')
    number.length--;
  if (number.length < n && unit == THRUM_UNIT_UNKNOWN)
    {
      ThrumCsvField suffix = { text + number.length, n - number.length, FALSE };

      thrum_csv_trim (&suffix);
      gboolean micro = suffix.length == 3
                       && (memcmp (suffix.start, "\302\265s", 3) == 0
                           || memcmp (suffix.start, "\316\274s", 3) == 0);
      unit = micro ? 6 : thrum_unit_from_name (suffix.start, suffix.length);
      n = number.length;
    }
  if (unit == THRUM_UNIT_UNKNOWN || number.length < n)
    {
      *reason = "a time is not a number";
      return FALSE;
    }
  thrum_csv_trim (&number);
  return thrum_csv_time (reader, parse, &number, unit, value, reason);
}

/* The same for an instant, which may be a date, or a number since 1970 that tells its unit. */
static gboolean
take_instant (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field, guint8 unit,
              gint64 *value, const char **reason)
{
  gint64 ns;

  if (unit == THRUM_UNIT_UNKNOWN
      || thrum_stamp_read (field->start, field->start + field->length, &ns) != NULL)
    return thrum_csv_stamp (reader, parse, field, 0, value, reason);
  if (!take_time (reader, parse, field, unit, value, reason))
    return FALSE;
  parse->within_seconds |= *value % thrum_powers_of_ten[reader->n_digits] != 0;
  return TRUE;
}

/* Reports whether an error's column says that there was none. */
static gboolean
says_nothing (const ThrumCsvField *error)
{
  static const char *const nothing[] = { "",  "null",  "none", "nil", "-",       "n/a",
                                         "0", "false", "no",   "ok",  "success", NULL };

  for (guint i = 0; nothing[i] != NULL; i++)
    if (error->length == strlen (nothing[i])
        && g_ascii_strncasecmp (error->start, nothing[i], error->length) == 0)
      return TRUE;
  return FALSE;
}

/* What @status says in words, as OK or FAIL; a number before words is a number. */
static gboolean
take_status (const ThrumCsvField *status, ThrumRow *row, gboolean *good)
{
  const char *blank = memchr (status->start, ' ', status->length);
  ThrumCsvField number = *status;
  gint64 value = 0;

  if (blank != NULL)
    number.length = (gsize)(blank - number.start);
  if (!thrum_csv_integer (&number, &value))
    return thrum_csv_truth (status, good);
  row->status = (gint32)MIN (value, G_MAXINT32);
  *good = row->status > 0 && row->status < 400;
  return FALSE;
}

/* Names why @row failed. */
static const char *
name_failure (const ThrumCsvField *columns, const ThrumRow *row, gboolean nobody_says)
{
  const char *token = NULL;

  if (row->status > 0)
    return row->status < 400 ? "check" : NULL;
  token = thrum_csv_kind_of_message (&columns[THRUM_NAMED_ERROR]);
  if (token == NULL)
    token = thrum_csv_kind_of_message (&columns[THRUM_NAMED_STATUS]);
  return token == NULL && nobody_says ? "other" : token; /* a reply or none */
}

/* Sets @row's status and kind of failure. Returns why not, or NULL. */
static const char *
judge (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *columns,
       const gboolean *has, ThrumRow *row)
{
  gboolean failed = FALSE, good = FALSE, truth;
  gboolean in_words =
      has[THRUM_NAMED_STATUS] && take_status (&columns[THRUM_NAMED_STATUS], row, &good);

  if (has[THRUM_NAMED_SUCCESS])
    {
      if (!thrum_csv_truth (&columns[THRUM_NAMED_SUCCESS], &truth))
        return "success is neither true nor false";
      failed = !truth;
    }
  else if (has[THRUM_NAMED_FAILED])
    {
      if (!thrum_csv_truth (&columns[THRUM_NAMED_FAILED], &truth))
        return "failed is neither true nor false";
      failed = truth;
    }
  else
    failed = !says_nothing (&columns[THRUM_NAMED_ERROR]) || (has[THRUM_NAMED_STATUS] && !good);
  if (!failed)
    return NULL;

  const char *token = name_failure (columns, row, in_words || !has[THRUM_NAMED_STATUS]);
  row->kind = token != NULL ? thrum_csv_kind (reader, parse, token)
                            : thrum_parse_status_kind (reader, parse, row->status);
  return NULL;
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumCsvField columns[THRUM_NAMED_N + 1];
  guint8 units[THRUM_NAMED_N + 1];
  gboolean has[THRUM_NAMED_N + 1] = { FALSE };
  ThrumRow row = { .service = -1 };
  const char *reason = thrum_csv_check_count (reader, fields, n);
  gint64 instants[THRUM_NAMED_TIME + 1] = { 0 };

  if (reason != NULL)
    return reason;
  for (guint i = 0; i <= THRUM_NAMED_N; i++)
    columns[i] = (ThrumCsvField){ "", 0, FALSE };
  for (guint i = 0; i < reader->n_fields; i++)
    {
      columns[reader->fields[i]] = fields[i];
      thrum_csv_trim (&columns[reader->fields[i]]);
      units[reader->fields[i]] = reader->units[i];
      has[reader->fields[i]] = TRUE;
    }
  for (guint i = THRUM_NAMED_START; i <= THRUM_NAMED_TIME; i++)
    if (has[i] && !take_instant (reader, parse, &columns[i], units[i], &instants[i], &reason))
      return reason;
  if (has[THRUM_NAMED_LATENCY])
    {
      if (!take_time (reader, parse, &columns[THRUM_NAMED_LATENCY], units[THRUM_NAMED_LATENCY],
                      &row.response, &reason))
        return reason;
    }
  else if (instants[THRUM_NAMED_END] < instants[THRUM_NAMED_START])
    return "it ended before it began";
  else
    row.response = instants[THRUM_NAMED_END] - instants[THRUM_NAMED_START];
  if (!thrum_csv_integer (&columns[THRUM_NAMED_BYTES], &row.bytes))
    row.bytes = 0;
  reason = judge (reader, parse, columns, has, &row);
  if (reason != NULL)
    return reason;
  if (has[THRUM_NAMED_NAME])
    row.request = thrum_csv_request (reader, parse, &columns[THRUM_NAMED_NAME]);
  thrum_csv_keep (reader, parse, &row,
                  has[THRUM_NAMED_END]     ? instants[THRUM_NAMED_END]
                  : has[THRUM_NAMED_START] ? instants[THRUM_NAMED_START] + row.response
                                           : instants[THRUM_NAMED_TIME] + row.response);
  return NULL;
}

/* Reports whether the line at @line has times whose units are known; sets whether they are since
 * 1970. */
static char *
check_row (ThrumReader *reader, const char *line, const char *end)
{
  const gint64 least = 100000000 * thrum_powers_of_ten[reader->n_digits]; /* 1973 */
  ThrumCsvField fields[THRUM_READER_MAX_FIELDS + 1];
  g_autofree ThrumParse *parse = g_new0 (ThrumParse, 1);
  const char *next, *reason = NULL;

  if (line >= end || memchr (line, '\n', (gsize)(end - line)) == NULL)
    return NULL; /* a header alone: nothing was done */
  guint n = thrum_csv_split (line, end, reader->delimiter, fields, G_N_ELEMENTS (fields), &next);
  for (guint i = 0; i < MIN (n, reader->n_fields); i++)
    {
      gint64 value = 0;
      gboolean good = TRUE;

      thrum_csv_trim (&fields[i]);
      if (reader->fields[i] == THRUM_NAMED_LATENCY)
        good = take_time (reader, parse, &fields[i], reader->units[i], &value, &reason);
      else if (reader->fields[i] <= THRUM_NAMED_TIME)
        {
          good = take_instant (reader, parse, &fields[i], reader->units[i], &value, &reason);
          reader->is_epoch |= value >= least;
          good &= value >= least || reader->units[i] != THRUM_UNIT_UNKNOWN;
        }
      if (!good)
        return g_strdup_printf ("column %u, '%.*s', does not say which unit it is in", i + 1,
                                (int)MIN (fields[i].length, 40), fields[i].start);
    }
  return NULL;
}

/* NULL where @reader's columns are now those that the header at @head names; else why not. */
static char *
read_header (ThrumReader *reader, const char *head, gsize length)
{
  static const char delimiters[] = THRUM_CSV_DELIMITERS;
  ThrumCsvField fields[THRUM_READER_MAX_FIELDS + 1];
  const char *next = head;
  guint n = 0;

  if (memchr (head, '\n', length) == NULL)
    return g_strdup ("it has no line's end");
  for (guint i = 0; delimiters[i] != '\0' && n < 2; i++)
    {
      reader->delimiter = delimiters[i];
      n = thrum_csv_split (head, head + length, delimiters[i], fields, G_N_ELEMENTS (fields),
                           &next);
    }
  if (n < 2 || n > THRUM_READER_MAX_FIELDS)
    return g_strdup ("its first line names no columns");
  for (guint i = 0; i < n; i++)
    {
      thrum_csv_trim (&fields[i]);
      if (fields[i].length > 0 && !g_ascii_isalpha (fields[i].start[0]))
        return g_strdup ("its first line names no columns");
    }
  char *why = thrum_column_names_read (reader, fields, n);
  if (why != NULL)
    return why;
  reader->header = TRUE;
  if (memchr (reader->fields, THRUM_NAMED_START, n) == NULL
      && memchr (reader->fields, THRUM_NAMED_END, n) == NULL)
    reader->note = "The times are taken for those when requests began.";
  return check_row (reader, next, head + length);
}

char *
thrum_named_explain (const char *head, gsize length)
{
  ThrumReader reader = thrum_reader_of (&thrum_format_named);

  return read_header (&reader, head, length);
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  g_autofree char *why = read_header (reader, head, length);

  return why == NULL;
}

gboolean
thrum_named_use_columns (ThrumReader *reader, const char *columns, const char *head, gsize length,
                         GError **error)
{
  static const char delimiters[] = THRUM_CSV_DELIMITERS;
  ThrumCsvField fields[THRUM_READER_MAX_FIELDS + 1];
  const char *next = head;
  guint n_columns, most = 0;

  *reader = thrum_reader_of (&thrum_format_named);
  if (!thrum_column_names_parse (reader, columns, error))
    return FALSE;
  n_columns = reader->n_fields;
  for (guint i = 0; delimiters[i] != '\0' && memchr (head, '\n', length) != NULL; i++)
    {
      guint n = thrum_csv_split (head, head + length, delimiters[i], fields, G_N_ELEMENTS (fields),
                                 &next);

      if (n > most && n <= THRUM_READER_MAX_FIELDS)
        {
          most = n;
          reader->delimiter = delimiters[i];
        }
    }
  /* What is not spoken of is skipped. */
  for (; reader->n_fields < most; reader->n_fields++)
    reader->fields[reader->n_fields] = THRUM_NAMED_SKIP;
  if (most > 0 && most < n_columns)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--columns %s: the first line has %u columns", columns, most);
      return FALSE;
    }
  g_autofree char *first = check_row (reader, head, head + length);
  g_autofree char *second = first == NULL ? NULL : check_row (reader, next, head + length);
  reader->header = first != NULL;
  if (second == NULL)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--columns %s: %s", columns,
               second);
  return FALSE;
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, reader->delimiter, 1, parse_line);
}

const ThrumFormat thrum_format_named = {
  .name = "named",
  .summary = "any other table with a header that names columns and units; see --columns",
  .n_digits = 6,
  .detect = detect,
  .expects = "a header that says when a request was and, with its unit, how long it took, like "
             "timestamp,latency_ms,status",
  .parse = parse,
};
