/* SPDX-License-Identifier: MIT
 *
 * Holds what the readers of other tools' CSV share: fields, times, names. No allocation; a
 * ThrumParse belongs to its thread.
 */
#include "analyzer/read/csv.h"
#include "analyzer/read/stamp.h"

guint
thrum_csv_split (const char *line, const char *end, char delimiter, ThrumCsvField *fields,
                 guint max, const char **next)
{
  const char *stop = memchr (line, '\n', (gsize)(end - line));

  *next = stop + 1;
  if (stop > line && stop[-1] == '\r')
    stop--;
  return thrum_csv_split_record (line, stop, delimiter, fields, max);
}

guint
thrum_csv_split_record (const char *start, const char *stop, char delimiter, ThrumCsvField *fields,
                        guint max)
{
  guint n = 0;

  for (const char *p = start; n < max; p++)
    {
      ThrumCsvField *field = &fields[n++];

      field->quoted = p < stop && *p == '"';
      if (field->quoted)
        {
          field->start = ++p;
          while (p < stop && (*p != '"' || (p + 1 < stop && p[1] == '"')))
            p += *p == '"' ? 2 : 1;
          p = MIN (p, stop);
          field->length = (gsize)(p - field->start);
          const char *rest = memchr (p, delimiter, (gsize)(stop - p));
          p = rest == NULL ? stop : rest;
        }
      else
        {
          const char *rest = memchr (p, delimiter, (gsize)(stop - p));
          field->start = p;
          p = rest == NULL ? stop : rest;
          field->length = (gsize)(p - field->start);
        }
      if (p >= stop)
        break;
    }
  return n;
}

const char *
thrum_csv_skip_digits (const char *p, const char *end)
{
  while (p < end && g_ascii_isdigit (*p))
    p++;
  return p;
}

gboolean
thrum_csv_is (const ThrumCsvField *field, const char *text)
{
  return field->length == strlen (text) && memcmp (field->start, text, field->length) == 0;
}

gboolean
thrum_csv_has (const ThrumCsvField *field, const char *text)
{
  return memmem (field->start, field->length, text, strlen (text)) != NULL;
}

void
thrum_csv_trim (ThrumCsvField *field)
{
  while (field->length > 0 && g_ascii_isspace (field->start[0]))
    {
      field->start++;
      field->length--;
    }
  while (field->length > 0 && g_ascii_isspace (field->start[field->length - 1]))
    field->length--;
}

/* Gives @reader the columns that the header line's @fields name; FALSE unless the first @n_needed of
 * @names are all there. */
static gboolean
take_header (ThrumReader *reader, ThrumCsvField *fields, guint n, const char *const *names,
             guint n_needed)
{
  guint found = 0;

  if (n > THRUM_READER_MAX_FIELDS)
    return FALSE;
  reader->n_fields = n;
  for (guint i = 0; i < n; i++)
    {
      reader->fields[i] = G_MAXUINT8;
      thrum_csv_trim (&fields[i]);
      for (guint j = 0; names[j] != NULL; j++)
        if (thrum_csv_is (&fields[i], names[j]))
          {
            reader->fields[i] = (guint8)j;
            found += j < n_needed;
          }
    }
  reader->header = TRUE;
  return found == n_needed;
}

gboolean
thrum_csv_read_header (ThrumReader *reader, const char *head, gsize length, const char *delimiters,
                       const char *const *names, guint n_needed)
{
  ThrumCsvField fields[THRUM_READER_MAX_FIELDS + 1];
  const char *next;

  if (memchr (head, '\n', length) == NULL)
    return FALSE;
  for (; *delimiters != '\0'; delimiters++)
    {
      guint n =
          thrum_csv_split (head, head + length, *delimiters, fields, G_N_ELEMENTS (fields), &next);

      reader->delimiter = *delimiters;
      if (take_header (reader, fields, n, names, n_needed))
        return TRUE;
    }
  return FALSE;
}

const char *
thrum_csv_check_count (const ThrumReader *reader, const ThrumCsvField *fields, guint n)
{
  if (n < reader->n_fields)
    return "fields are missing";
  /* A delimiter at a line's end opens an empty field, which shifts nothing. */
  if (n > reader->n_fields + 1 || (n > reader->n_fields && fields[n - 1].length > 0))
    return "more fields than columns";
  return NULL;
}

gboolean
thrum_csv_time (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field,
                guint unit_digits, gint64 *value, const char **reason)
{
  const char *rest = NULL;
  ThrumDecimalResult result = thrum_decimal_slow (field->start, field->start + field->length,
                                                  reader->n_digits - unit_digits, value, &rest);

  if (result == THRUM_DECIMAL_TOO_FINE)
    parse->too_fine = TRUE;
  if ((result == THRUM_DECIMAL_GOOD || result == THRUM_DECIMAL_TOO_FINE)
      && rest == field->start + field->length)
    return TRUE;
  *reason = result == THRUM_DECIMAL_NEGATIVE    ? "a negative time"
            : result == THRUM_DECIMAL_TOO_LARGE ? "a time beyond all reason"
                                                : "a time is not a number";
  return FALSE;
}

/* The whole digits of a number since 1970 tell its unit: 10 are s, 13 ms, 16 us, 19 ns. */
static guint
unit_of_stamp (const ThrumCsvField *field, guint small_digits)
{
  const char *end = field->start + field->length;
  gsize n = (gsize)(thrum_csv_skip_digits (field->start, end) - field->start);

  return n >= 18 ? 9 : n >= 15 ? 6 : n >= 12 ? 3 : n >= 9 ? 0 : small_digits;
}

gboolean
thrum_csv_stamp (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field,
                 guint small_digits, gint64 *value, const char **reason)
{
  const char *end = field->start + field->length;
  const char *rest = thrum_csv_skip_digits (field->start, end);
  gboolean is_date = rest < end && (*rest == '-' || *rest == '/') && rest > field->start;

  if (!is_date)
    {
      if (!thrum_csv_time (reader, parse, field, unit_of_stamp (field, small_digits), value,
                           reason))
        return FALSE;
    }
  else if (!thrum_stamp_field (reader, parse, field, value, reason))
    return FALSE;
  parse->within_seconds |= *value % thrum_powers_of_ten[reader->n_digits] != 0;
  return TRUE;
}

gboolean
thrum_csv_truth (const ThrumCsvField *field, gboolean *value)
{
  static const char *const words[2][12] = {
    { "false", "0", "no", "n", "f", "ko", "fail", "failed", "failure", "error", "off", NULL },
    { "true", "1", "yes", "y", "t", "ok", "pass", "passed", "success", "successful", "on", NULL },
  };
  ThrumCsvField text = *field;

  thrum_csv_trim (&text);
  for (guint i = 0; i < 2; i++)
    for (guint j = 0; words[i][j] != NULL; j++)
      if (text.length == strlen (words[i][j])
          && g_ascii_strncasecmp (text.start, words[i][j], text.length) == 0)
        {
          *value = i == 1;
          return TRUE;
        }
  return FALSE;
}

gboolean
thrum_csv_integer (const ThrumCsvField *field, gint64 *value)
{
  gint64 result = 0;

  if (field->length == 0 || field->length > 18)
    return FALSE;
  for (gsize i = 0; i < field->length; i++)
    {
      if (!g_ascii_isdigit (field->start[i]))
        return FALSE;
      result = result * 10 + (field->start[i] - '0');
    }
  *value = result;
  return TRUE;
}

static guint16
intern (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field, const char *mark)
{
  char usual[256 + THRUM_NAME_SLACK] = { 0 };
  gsize n = strlen (mark);
  g_autofree char *longer = n + field->length < 256 ? NULL : g_malloc (n + field->length);
  char *name = longer != NULL ? longer : usual;

  memcpy (name, mark, n);
  for (gsize i = 0; i < field->length; i++)
    {
      name[n++] = field->start[i];
      i += field->quoted && field->start[i] == '"';
    }
  return thrum_name_cache_intern (&parse->requests, reader->requests, name, n);
}

guint16
thrum_csv_request (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field)
{
  return intern (reader, parse, field, "");
}

guint16
thrum_csv_journey (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field)
{
  return intern (reader, parse, field, THRUM_NAMES_JOURNEY);
}

guint16
thrum_csv_kind (const ThrumReader *reader, ThrumParse *parse, const char *name)
{
  char text[128 + THRUM_NAME_SLACK] = { 0 };

  g_strlcpy (text, name, 128);
  return thrum_name_cache_intern (&parse->kinds, reader->kinds, text, strlen (text));
}

void
thrum_csv_keep (const ThrumReader *reader, ThrumParse *parse, ThrumRow *row, gint64 done)
{
  if (row->response > THRUM_ROW_MAX_RESPONSE || row->service > THRUM_ROW_MAX_RESPONSE)
    {
      thrum_parse_complain (parse, "a time beyond all reason");
      return;
    }
  row->elapsed = done - reader->origin;
  parse->rows[parse->n_rows++] = *row;
}

/* Behind the record that begins at @cursor; *@stop without its line end, *@n_lines in it, *@open
 * whether its last quote has no partner. */
static const char *
find_record_end (const ThrumReader *reader, const char *cursor, const char *end, const char **stop,
                 guint *n_lines, gboolean *open)
{
  const char *next = cursor;

  *open = FALSE;
  *n_lines = 0;
  do
    {
      const char *line_end = memchr (next, '\n', (gsize)(end - next));

      for (const char *p = next; (p = memchr (p, '"', (gsize)(line_end - p))) != NULL; p++)
        *open = !*open;
      (*n_lines)++;
      *stop = line_end > next && line_end[-1] == '\r' ? line_end - 1 : line_end;
      next = line_end + 1;
  } while (*open && reader->format->begins != NULL && next < end
           && !reader->format->begins (reader, next, end));
  return next;
}

const char *
thrum_csv_parse (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end,
                 char delimiter, guint most, ThrumCsvLineFunc parse_line)
{
  while (cursor < end && parse->n_rows + most <= THRUM_BATCH_ROWS)
    {
      ThrumCsvField fields[THRUM_READER_MAX_FIELDS + 1];
      const char *stop;
      guint n_lines;
      gboolean open;
      const char *next = find_record_end (reader, cursor, end, &stop, &n_lines, &open);
      guint n = thrum_csv_split_record (cursor, stop, delimiter, fields, G_N_ELEMENTS (fields));

      parse->n_lines++;
      if (n > 1 || fields[0].length > 0)
        {
          const char *reason = next - cursor > THRUM_LINE_MAX ? "a record beyond 64 KiB"
                               : open && n_lines > 1          ? "a quoted field has no end"
                                                     : parse_line (reader, parse, fields, n);
          if (reason != NULL)
            thrum_parse_complain (parse, reason);
        }
      parse->n_lines += n_lines - 1;
      cursor = next;
    }
  return cursor;
}
