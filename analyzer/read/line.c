/* SPDX-License-Identifier: MIT
 *
 * Splits a file into lines for readers of logs. It knows nothing of what a line contains. No
 * allocation; a ThrumParse belongs to its thread.
 */
#include <string.h>

#include "analyzer/read/line.h"

const char *
thrum_line_parse (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end,
                  ThrumLineFunc parse_line)
{
  while (cursor < end && parse->n_rows < THRUM_BATCH_ROWS)
    {
      const char *next = (const char *)memchr (cursor, '\n', (gsize)(end - cursor)) + 1;
      const char *stop = next - 1;
      const char *reason = NULL;

      if (stop > cursor && stop[-1] == '\r')
        stop--;
      parse->n_lines++;
      if (stop > cursor)
        reason = next - cursor > THRUM_LINE_MAX ? "a line beyond 64 KiB"
                                                : parse_line (reader, parse, cursor, stop);
      if (reason != NULL)
        thrum_parse_complain (parse, reason);
      cursor = next;
    }
  return cursor;
}

gboolean
thrum_line_any (const char *head, gsize length, ThrumLineTest is_one)
{
  const char *end = head + length;

  for (guint i = 0; i < 50 && head < end; i++)
    {
      const char *line_end = memchr (head, '\n', (gsize)(end - head));
      const char *stop = line_end;

      if (line_end == NULL)
        return FALSE;
      if (stop > head && stop[-1] == '\r')
        stop--;
      if (stop > head && is_one (head, stop))
        return TRUE;
      head = line_end + 1;
    }
  return FALSE;
}

guint
thrum_line_split (const char *line, const char *stop, char delimiter, ThrumCsvField *fields,
                  guint max)
{
  guint n = 0;

  for (const char *p = line; n < max;)
    {
      const char *rest = memchr (p, delimiter, (gsize)(stop - p));
      const char *field_end = rest == NULL ? stop : rest;

      fields[n++] = (ThrumCsvField){ p, (gsize)(field_end - p), FALSE };
      if (rest == NULL)
        break;
      p = rest + 1;
    }
  return n;
}
