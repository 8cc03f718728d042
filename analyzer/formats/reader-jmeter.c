/* SPDX-License-Identifier: MIT
 *
 * Reads JMeter's results as CSV (JTL): a header and one line per sample. timeStamp is when the
 * sample began, in ms since 1970 or as a date, as jmeter.properties sets it
 * (sampleresult.timestamp.start=true). A file without a header is read only if it has one of the
 * usual sets of columns. A transaction controller's sample is a journey; its samples have rows of
 * their own. Immutable.
 */
#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"

enum { STAMP, ELAPSED, LABEL, CODE, MESSAGE, SUCCESS, BYTES, DATA_TYPE, URL, N_NAMES };

static const char *const names[] = {
  "timeStamp", "elapsed", "label",    "responseCode", "responseMessage",
  "success",   "bytes",   "dataType", "URL",          NULL
};

static gboolean
has_column (const ThrumReader *reader, guint column)
{
  return memchr (reader->fields, (int)column, reader->n_fields) != NULL;
}

static gboolean
is_number (const ThrumCsvField *field)
{
  gint64 value;

  return thrum_csv_integer (field, &value);
}

/* The columns that JMeter writes unless told, by their number: where success stands, and where bytes;
 * what follows are numbers, but for a URL or a host's name. */
static const struct {
  guint8 n, success, bytes;
} layouts[] = {
  { 17, 7, 9 }, { 16, 7, 9 }, { 16, 7, 8 }, { 13, 6, 7 }, { 13, 6, 8 }, { 13, 7, 8 }
};

static gboolean
fits_layout (const ThrumCsvField *fields, guint layout)
{
  const ThrumCsvField *success = &fields[layouts[layout].success];
  guint n_texts = 0;

  for (guint i = layouts[layout].bytes + 1; i < layouts[layout].n; i++)
    n_texts += !is_number (&fields[i]);
  return fields[STAMP].length >= 13 && g_ascii_isdigit (fields[STAMP].start[0])
         && is_number (&fields[ELAPSED]) && is_number (&fields[layouts[layout].bytes])
         && n_texts <= 1
         && ((success->length == 4 && g_ascii_strncasecmp (success->start, "true", 4) == 0)
             || (success->length == 5 && g_ascii_strncasecmp (success->start, "false", 5) == 0));
}

/* Reports whether the first lines, without the remainders of messages between them, all have one
 * layout. */
static gboolean
has_layout (ThrumReader *reader, const char *head, const char *end, guint layout)
{
  enum { MOST_LINES = 50 };
  ThrumCsvField fields[THRUM_READER_MAX_FIELDS + 1];
  guint n_lines = 0;

  for (const char *line = head; line < end && memchr (line, '\n', (gsize)(end - line)) != NULL;)
    {
      guint n =
          thrum_csv_split (line, end, reader->delimiter, fields, G_N_ELEMENTS (fields), &line);

      if (n == layouts[layout].n ? !fits_layout (fields, layout) : n_lines == 0)
        return FALSE;
      if (++n_lines == MOST_LINES)
        break;
    }
  return n_lines > 0;
}

static gboolean
detect_layout (ThrumReader *reader, const char *head, gsize length)
{
  static const char delimiters[] = THRUM_CSV_DELIMITERS;

  reader->header = FALSE;
  for (guint i = 0; delimiters[i] != '\0'; i++)
    for (guint j = 0; j < G_N_ELEMENTS (layouts); j++)
      {
        reader->delimiter = delimiters[i];
        if (!has_layout (reader, head, head + length, j))
          continue;
        reader->n_fields = layouts[j].n;
        memset (reader->fields, G_MAXUINT8, sizeof reader->fields);
        for (guint8 k = STAMP; k <= MESSAGE; k++)
          reader->fields[k] = k;
        reader->fields[layouts[j].success] = SUCCESS;
        reader->fields[layouts[j].bytes] = BYTES;
        return TRUE;
      }
  return FALSE;
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_request = reader->has_status = reader->has_failure = TRUE;
  if (!thrum_csv_read_header (reader, head, length, THRUM_CSV_DELIMITERS, names, 2)
      && !detect_layout (reader, head, length))
    return FALSE;
  reader->has_bytes = has_column (reader, BYTES);
  return TRUE;
}

static guint16
name_failure (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields,
              gint32 status)
{
  const ThrumCsvField texts[] = { fields[MESSAGE], fields[CODE] };
  const char *token = status == 0 ? thrum_csv_kind_of_messages (texts, G_N_ELEMENTS (texts)) : NULL;

  if (token != NULL)
    return thrum_csv_kind (reader, parse, token);
  if (status != 0 && status < 400)
    return thrum_csv_kind (reader, parse, "check"); /* an assertion */
  return thrum_parse_status_kind (reader, parse, status);
}

/* A transaction says so in its message; where messages were not saved, it alone has neither a type of
 * data nor a URL. */
static gboolean
is_transaction (const ThrumReader *reader, const ThrumCsvField *fields)
{
  static const char says[] = "Number of samples in transaction";

  if (has_column (reader, MESSAGE))
    return fields[MESSAGE].length >= sizeof says - 1
           && memcmp (fields[MESSAGE].start, says, sizeof says - 1) == 0;
  return has_column (reader, DATA_TYPE) && has_column (reader, URL) && fields[DATA_TYPE].length == 0
         && thrum_csv_is (&fields[URL], "null");
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *fields, guint n)
{
  ThrumRow row = { .service = -1 };
  ThrumCsvField columns[N_NAMES] = { 0 };
  const char *reason = thrum_csv_check_count (reader, fields, n);
  gboolean success = TRUE;
  gint64 start = 0, status;

  if (reason != NULL)
    return reason;
  for (guint i = 0; i < N_NAMES; i++)
    columns[i].start = "";
  for (guint i = 0; i < reader->n_fields; i++)
    if (reader->fields[i] < N_NAMES)
      columns[reader->fields[i]] = fields[i];

  if (!thrum_csv_stamp (reader, parse, &columns[STAMP], 3, &start, &reason)
      || !thrum_csv_time (reader, parse, &columns[ELAPSED], 3, &row.response, &reason))
    return reason;
  if (thrum_csv_integer (&columns[CODE], &status))
    row.status = (gint32)MIN (status, G_MAXINT32);
  if (!has_column (reader, SUCCESS))
    success = !has_column (reader, CODE) || (row.status > 0 && row.status < 400);
  else if (!thrum_csv_truth (&columns[SUCCESS], &success))
    return "success is neither true nor false";
  if (!thrum_csv_integer (&columns[BYTES], &row.bytes))
    row.bytes = 0;
  if (!success)
    row.kind = name_failure (reader, parse, columns, row.status);
  row.is_part = is_transaction (reader, columns) && !reader->journeys_alone;
  row.request = row.is_part ? thrum_csv_journey (reader, parse, &columns[LABEL])
                            : thrum_csv_request (reader, parse, &columns[LABEL]);
  thrum_csv_keep (reader, parse, &row, start + row.response);
  return NULL;
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_csv_parse (reader, state, cursor, end, reader->delimiter, 1, parse_line);
}

/* Behind the quote at @p, if there is one. */
static const char *
skip_quote (const char *p, const char *end)
{
  return p < end && *p == '"' ? p + 1 : p;
}

/* In a header's usual order, where a line begins with an instant and a number. */
static gboolean
begins (const ThrumReader *reader, const char *line, const char *end)
{
  const char *p = skip_quote (line, end), *rest;

  if (reader->fields[0] != STAMP || reader->n_fields < 2 || reader->fields[1] != ELAPSED)
    return TRUE;
  for (rest = p; rest < end && *rest != reader->delimiter
                 && (g_ascii_isdigit (*rest) || strchr ("-/:.,TZ+ ", *rest) != NULL);)
    rest++;
  if (rest - p < 9 || !g_ascii_isdigit (*p))
    return FALSE;
  rest = skip_quote (rest, end);
  if (rest >= end || *rest != reader->delimiter)
    return FALSE;
  p = skip_quote (rest + 1, end);
  rest = thrum_csv_skip_digits (p, end);
  return rest > p && skip_quote (rest, end) < end && *skip_quote (rest, end) == reader->delimiter;
}

const ThrumFormat thrum_format_jmeter = {
  .name = "jmeter",
  .summary = "JMeter's results as CSV",
  .n_digits = 3,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "a header with timeStamp and elapsed, and below it milliseconds or dates, like "
             "2023/11/14 22:13:20.500",
  .begins = begins,
  .parse = parse,
};
