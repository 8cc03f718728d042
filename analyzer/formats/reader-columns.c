/* SPDX-License-Identifier: MIT
 *
 * Reads results.csv as thrum writes it, whatever its columns, and with it the three-column format
 * of 2010. It reads every row that can be read, and says why another cannot. The usual rows, which
 * most of 100 million are, go through columns-usual.c. No allocation, no lock. Immutable after
 * detection; any number of threads, each with its own ThrumParse.
 */
#include <string.h>

#include "analyzer/read/columns-usual.h"
#include "analyzer/formats/formats.h"

#define SKIP THRUM_N_COLUMNS

static const char *
find_line_end (const char *cursor, const char *end)
{
  return memchr (cursor, '\n', (gsize)(end - cursor));
}

static const char *
describe (ThrumDecimalResult result)
{
  switch (result)
    {
    case THRUM_DECIMAL_NEGATIVE:
      return "a negative time";
    case THRUM_DECIMAL_TOO_LARGE:
      return "a time beyond all reason";
    default:
      return "a time is not a number";
    }
}

static const char *
take_seconds (const ThrumReader *reader, ThrumParse *parse, const char *p, const char *end,
              gint64 limit, gint64 *value, const char **reason)
{
  const char *rest = thrum_decimal_fast (p, reader->n_digits, value);

  if (rest == NULL)
    {
      ThrumDecimalResult result = thrum_decimal_slow (p, end, reader->n_digits, value, &rest);

      if (result == THRUM_DECIMAL_TOO_FINE)
        parse->too_fine = TRUE;
      else if (result != THRUM_DECIMAL_GOOD)
        {
          *reason = describe (result);
          return NULL;
        }
    }
  if (*value > limit)
    {
      *reason = describe (THRUM_DECIMAL_TOO_LARGE);
      return NULL;
    }
  return rest;
}

static const char *
take_integer (const char *p, gint64 *value, const char **reason)
{
  guint64 digits = thrum_digits_load (p);
  guint n = thrum_digits_count (digits);

  if (G_LIKELY (n > 0 && n < 8))
    {
      *value = (gint64)thrum_digits_value (digits << (8 * (8 - n)));
      return p + n;
    }

  gint64 result = 0;
  const char *start = p;
  for (; g_ascii_isdigit (*p) && p - start < 18; p++)
    result = result * 10 + (*p - '0');
  if (p == start || g_ascii_isdigit (*p))
    {
      *reason = "a status or count is not a whole number";
      return NULL;
    }
  *value = result;
  return p;
}

static const char *
take_field (const ThrumReader *reader, ThrumParse *parse, guint field, const char *p,
            const char *end, ThrumRow *row, const char **reason)
{
  const char *rest;
  gint64 number = 0;

  switch (field)
    {
    case THRUM_COLUMN_ELAPSED:
      return take_seconds (reader, parse, p, end, THRUM_ROW_MAX_ELAPSED, &row->elapsed, reason);
    case THRUM_COLUMN_RESPONSE:
      return take_seconds (reader, parse, p, end, THRUM_ROW_MAX_RESPONSE, &row->response, reason);
    case THRUM_COLUMN_SERVICE:
      if (thrum_columns_ends_field (*p))
        return p; /* it never came to be sent */
      return take_seconds (reader, parse, p, end, THRUM_ROW_MAX_RESPONSE, &row->service, reason);
    case THRUM_COLUMN_LAG:
      if (thrum_columns_ends_field (*p))
        return p;
      return take_seconds (reader, parse, p, end, THRUM_ROW_MAX_RESPONSE, &row->lag, reason);
    case THRUM_COLUMN_STATUS:
      rest = take_integer (p, &number, reason);
      row->status = (gint32)MIN (number, G_MAXINT32);
      return rest;
    case THRUM_COLUMN_BYTES:
      if (thrum_columns_ends_field (*p))
        return p;
      return take_integer (p, &row->bytes, reason);
    case THRUM_COLUMN_REQUEST:
      rest = thrum_columns_field_end (p);
      row->request =
          thrum_name_cache_intern (&parse->requests, reader->requests, p, (gsize)(rest - p));
      return rest;
    case THRUM_COLUMN_FAILURE:
      if (thrum_columns_ends_field (*p))
        return p;
      rest = thrum_columns_field_end (p);
      if (rest - p == 6 && memcmp (p, "status", 6) == 0)
        row->kind = G_MAXUINT16; /* named by the status, which may stand behind it */
      else
        row->kind = thrum_name_cache_intern (&parse->kinds, reader->kinds, p, (gsize)(rest - p));
      return rest;
    default:
      return thrum_columns_field_end (p);
    }
}

/* Returns the first byte of the next line, or NULL and @reason for a line that is no row. */
static const char *
parse_row (const ThrumReader *reader, ThrumParse *parse, const char *p, const char *end,
           ThrumRow *row, const char **reason)
{
  *row = (ThrumRow){ .service = -1 };
  for (guint i = 0; i < reader->n_fields; i++)
    {
      if (i > 0 && *p++ != ',')
        {
          *reason = p[-1] == '\n' || p[-1] == '\r' ? "fields are missing"
                                                   : "a field holds more than its value";
          return NULL;
        }
      p = take_field (reader, parse, reader->fields[i], p, end, row, reason);
      if (p == NULL)
        return NULL;
    }
  if (*p == '\r')
    p++;
  if (*p != '\n')
    {
      *reason = *p == ',' ? "more fields than columns" : "a field holds more than its value";
      return NULL;
    }

  if (!reader->has_failure)
    {
      if (reader->has_status && (row->status == 0 || row->status >= 400))
        row->kind = thrum_parse_status_kind (reader, parse, row->status);
    }
  else if (row->kind == G_MAXUINT16)
    row->kind = thrum_parse_status_kind (reader, parse, row->status);
  if (reader->is_epoch)
    parse->within_seconds |= row->elapsed % thrum_powers_of_ten[reader->n_digits] != 0;
  row->elapsed -= reader->origin;
  return p + 1;
}

static const char *
parse_rows (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end)
{
  ThrumUsualRowsFunc parse_usual = thrum_columns_usual (reader);

  for (;;)
    {
      const char *reason = NULL;

      if (parse_usual != NULL)
        cursor = parse_usual (reader, parse, cursor, end);
      if (cursor >= end || parse->n_rows == THRUM_BATCH_ROWS)
        return cursor;

      ThrumRow *row = &parse->rows[parse->n_rows];
      const char *next = parse_row (reader, parse, cursor, end, row, &reason);
      parse->n_lines++;
      if (next != NULL)
        {
          parse->n_rows++;
          cursor = next;
          continue;
        }

      const char *line_end = find_line_end (cursor, end);
      if (line_end != cursor && !(line_end == cursor + 1 && *cursor == '\r'))
        thrum_parse_complain (parse, reason);
      cursor = line_end + 1;
    }
}

gboolean
thrum_reader_set_columns (ThrumReader *reader, const char *const *names)
{
  guint n = 0;
  gboolean elapsed = FALSE, response = FALSE;

  for (; names[n] != NULL && n < THRUM_READER_MAX_FIELDS; n++)
    {
      guint column = thrum_column_from_name (names[n], -1);

      reader->fields[n] = (guint8)column;
      elapsed |= column == THRUM_COLUMN_ELAPSED;
      response |= column == THRUM_COLUMN_RESPONSE;
      reader->has_status |= column == THRUM_COLUMN_STATUS;
      reader->has_failure |= column == THRUM_COLUMN_FAILURE;
      reader->has_service |= column == THRUM_COLUMN_SERVICE;
      reader->has_lag |= column == THRUM_COLUMN_LAG;
      reader->has_request |= column == THRUM_COLUMN_REQUEST;
      reader->has_bytes |= column == THRUM_COLUMN_BYTES;
    }
  reader->n_fields = n;
  return elapsed && response;
}

/* What the first rows look like, of which a few may be damaged. */
typedef struct {
  guint n_rows;
  guint n_fields;     /* of the first one */
  gboolean coarse;    /* no time has more than three digits behind its point */
  guint n_since_1970; /* the first column is seconds since 1970, of 2001 or later */
  guint n_beyond;     /* it is no number of seconds at all */
  guint n_early;      /* requests that would have begun before the start */
  guint n_whole;      /* response times without a fraction */
} Glance;

/* Takes the time at @p, ms; -1: too large for that. Returns behind it, or NULL where it is none. */
static const char *
glance_at_time (const char *p, const char *end, gint64 *ms, gboolean *coarse, gboolean *whole)
{
  const char *rest = NULL;

  if (thrum_decimal_slow (p, end, 3, ms, &rest) == THRUM_DECIMAL_TOO_LARGE)
    *ms = -1;
  if (rest == NULL || (rest != end && *rest != ','))
    return NULL;
  /* ".123": whole milliseconds, as the 2010 format has it. */
  const char *point = memchr (p, '.', (gsize)(rest - p));
  *coarse &= point == NULL || rest - point <= 4;
  *whole = point == NULL;
  return rest;
}

/* Adds the row of numbers at @line; any other line leaves @glance as it is. */
static void
glance_at_row (Glance *glance, const char *line, const char *end)
{
  const gint64 year_2001 = G_GINT64_CONSTANT (1000000000000), beyond = 100 * year_2001;
  gint64 elapsed = 0, response = 0, status;
  gboolean coarse = glance->coarse, whole;
  const char *reason, *p = glance_at_time (line, end, &elapsed, &coarse, &whole);
  guint n = 2;

  if (p == NULL || p == end)
    return;
  p = glance_at_time (p + 1, end, &response, &coarse, &whole);
  if (p == NULL)
    return;
  if (p != end)
    {
      const char *rest = take_integer (p + 1, &status, &reason);
      if (rest == NULL || (rest != end && *rest != ','))
        return;
    }
  for (; p < end && (p = memchr (p, ',', (gsize)(end - p))) != NULL; p++)
    n++;
  glance->n_fields = glance->n_rows++ == 0 ? n : glance->n_fields;
  glance->coarse = coarse;
  glance->n_whole += whole;
  glance->n_beyond += elapsed < 0 || elapsed >= beyond;
  glance->n_since_1970 += elapsed >= year_2001 && elapsed < beyond;
  glance->n_early += elapsed >= 0 && (response < 0 || response > elapsed + 1);
}

static void
glance_at (Glance *glance, const char *head, const char *end)
{
  enum { MOST_LINES = 1000 };

  *glance = (Glance){ .coarse = TRUE };
  for (guint i = 0; i < MOST_LINES && head < end; i++)
    {
      const char *line_end = find_line_end (head, end);
      const char *stop = line_end == NULL ? end : line_end;

      if (stop > head && stop[-1] == '\r')
        stop--;
      if (stop > head)
        glance_at_row (glance, head, stop);
      if (line_end == NULL)
        break;
      head = line_end + 1;
    }
}

/* Reports whether the rows can be what thrum and the script of 2010 write, of which the times may
 * also be since 1970. A stamp in ms, a table of percentages and the like are numbers, too. */
static gboolean
is_likely (ThrumReader *reader, const Glance *glance)
{
  reader->is_epoch = 2 * glance->n_since_1970 > glance->n_rows;
  if (2 * glance->n_beyond > glance->n_rows)
    return FALSE;
  return reader->is_epoch ? glance->n_whole < glance->n_rows           /* else it may be ms */
                          : glance->n_early < MAX (glance->n_rows, 3); /* not all are */
}

/* Reports whether the first line is the names of columns: several, none of which begins as a number
 * does. */
static gboolean
is_header (const char *line, const char *end)
{
  const char *stop = find_line_end (line, end);
  guint n = 0;

  if (stop == NULL)
    return FALSE;
  for (const char *p = line; p < stop; n++)
    {
      while (p < stop && (*p == ' ' || *p == '"'))
        p++;
      if (p >= stop || !g_ascii_isalpha (*p))
        return FALSE;
      p += strcspn (p, ",;\t|\n") + 1;
    }
  return n > 1;
}

/* Reports whether the file's first line names columns, @reader's from now on; FALSE without elapsed
 * and response. */
static gboolean
read_header (ThrumReader *reader, const char *head, const char *end)
{
  const char *stop = find_line_end (head, end);
  ThrumReader named = *reader;

  if (stop == NULL || stop - head > 1000)
    return FALSE;
  g_autofree char *line = g_strndup (head, (gsize)(stop - head));
  g_auto (GStrv) names = g_strsplit (g_strdelimit (line, "\" \r", ' '), ",", -1);
  for (guint i = 0; names[i] != NULL; i++)
    g_strstrip (names[i]);
  named.has_status = named.has_failure = named.has_service = FALSE;
  named.has_request = named.has_bytes = named.has_lag = FALSE;
  if (!thrum_reader_set_columns (&named, (const char *const *)names))
    return FALSE;
  *reader = named;
  reader->header = TRUE;
  return TRUE;
}

/* Reports whether no number of the line has more than three digits after its point. */
static gboolean
is_coarse (const char *line, const char *end)
{
  for (const char *p = line; (p = memchr (p, '.', (gsize)(end - p))) != NULL; p++)
    if (end - p > 4 && g_ascii_isdigit (p[1]) && g_ascii_isdigit (p[2]) && g_ascii_isdigit (p[3])
        && g_ascii_isdigit (p[4]))
      return FALSE;
  return TRUE;
}

static gboolean
detect_columns (ThrumReader *reader, const char *head, gsize length)
{
  const char *end = head + length;
  Glance glance;
  guint n;

  if (read_header (reader, head, end))
    {
      head = find_line_end (head, end) + 1;
      reader->n_digits = is_coarse (head, end) ? 3 : 6;
      glance_at (&glance, head, end);
      return reader->fields[0] != THRUM_COLUMN_ELAPSED || reader->fields[1] != THRUM_COLUMN_RESPONSE
             || is_likely (reader, &glance);
    }
  /* Any good line among the first will do: the very first may be damaged. */
  glance_at (&glance, head, end);
  n = glance.n_fields;
  if (glance.n_rows == 0 || is_header (head, end) || !is_likely (reader, &glance))
    return FALSE;
  if (reader->n_fields == 0)
    {
      const char *three[] = { "elapsed", "response", "status", NULL };
      g_auto (GStrv) usual = g_strsplit (THRUM_COLUMNS_DEFAULT, ",", -1);

      if (n < 3)
        three[2] = NULL;
      /* What is written by default: once without the last, lag. */
      gboolean is_usual = n == g_strv_length (usual) || n == g_strv_length (usual) - 1;

      if (is_usual)
        g_clear_pointer (&usual[n], g_free);
      if (!thrum_reader_set_columns (reader, is_usual ? (const char *const *)usual : three))
        return FALSE;
      for (; !is_usual && reader->n_fields < MIN (n, THRUM_READER_MAX_FIELDS);)
        reader->fields[reader->n_fields++] = SKIP;
    }
  reader->n_digits = glance.coarse ? 3 : 6;
  return TRUE;
}

const ThrumFormat thrum_format_columns = {
  .name = "columns",
  .summary = "thrum's results.csv, or elapsed,response,status as of 2010",
  .n_digits = 6,
  .detect = detect_columns,
  .expects = "elapsed,response,status, times in seconds, like 12.345,0.021,200",
  .parse = parse_rows,
};
