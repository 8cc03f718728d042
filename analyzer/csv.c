/* SPDX-License-Identifier: MIT
 *
 * What the readers of other tools' CSV share: fields, times, names. No allocation; a ThrumParse
 * belongs to its thread.
 */
#include "analyzer/csv.h"

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

gboolean
thrum_csv_read_header (ThrumReader *reader, const char *head, gsize length, char delimiter,
                       const char *const *names, guint n_needed)
{
  ThrumCsvField fields[THRUM_READER_MAX_FIELDS];
  const char *next;
  guint found = 0;

  if (memchr (head, '\n', length) == NULL)
    return FALSE;
  reader->n_fields =
      thrum_csv_split (head, head + length, delimiter, fields, THRUM_READER_MAX_FIELDS, &next);
  for (guint i = 0; i < reader->n_fields; i++)
    {
      reader->fields[i] = G_MAXUINT8;
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

guint16
thrum_csv_request (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *field)
{
  char name[256 + 8] = { 0 };
  gsize n = 0;

  for (gsize i = 0; i < field->length && n < 255; i++)
    {
      name[n++] = field->start[i];
      i += field->quoted && field->start[i] == '"';
    }
  return thrum_name_cache_intern (&parse->requests, reader->requests, name, n);
}

guint16
thrum_csv_kind (const ThrumReader *reader, ThrumParse *parse, const char *name)
{
  char text[128 + 8] = { 0 };

  g_strlcpy (text, name, 128);
  return thrum_name_cache_intern (&parse->kinds, reader->kinds, text, strlen (text));
}

const char *
thrum_csv_kind_of_message (const ThrumCsvField *field)
{
  static const struct {
    const char *part;
    const char *token;
  } parts[] = {
    { "onnection refused", "connect-refused" },
    { "HttpHostConnectException", "connect-refused" },
    { "ConnectException", "connect-failed" },
    { "ConnectTimeout", "timeout" },
    { "SocketTimeout", "timeout" },
    { "Client.Timeout", "timeout" },
    { "deadline exceeded", "timeout" },
    { "i/o timeout", "timeout" },
    { "request timeout", "timeout" },
    { "no such host", "no-address" },
    { "UnknownHost", "no-address" },
    { "onnection reset", "reset" },
    { "NoHttpResponse", "closed-early" },
    { "EOF", "closed-early" },
    { "cannot assign requested address", "no-port" },
    { "too many open files", "no-port" },
    { "x509:", "tls-verify" },
    { "SSLHandshake", "tls-failed" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (thrum_csv_has (field, parts[i].part))
      return parts[i].token;
  return NULL;
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
      ThrumCsvField fields[THRUM_READER_MAX_FIELDS];
      const char *stop;
      guint n_lines;
      gboolean open;
      const char *next = find_record_end (reader, cursor, end, &stop, &n_lines, &open);
      guint n = thrum_csv_split_record (cursor, stop, delimiter, fields, THRUM_READER_MAX_FIELDS);

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
