/* SPDX-License-Identifier: MIT
 *
 * Lists the formats, and says why a file is of none of them. It knows no file. Any thread.
 */
#include "analyzer/formats/formats.h"

#include <string.h>

const ThrumFormat *const thrum_formats[] = {
  &thrum_format_jmeter,
  &thrum_format_k6,
  &thrum_format_hey,
  &thrum_format_ab,
  &thrum_format_mechanize,
  &thrum_format_vegeta,
  &thrum_format_oha,
  &thrum_format_k6_json,
  &thrum_format_vegeta_json,
  &thrum_format_ghz,
  &thrum_format_gatling,
  &thrum_format_h2load,
  &thrum_format_phout,
  &thrum_format_access,
  &thrum_format_columns,
  &thrum_format_named,
  NULL,
};

const ThrumFormat *
thrum_format_from_name (const char *name)
{
  for (guint i = 0; thrum_formats[i] != NULL; i++)
    if (strcmp (thrum_formats[i]->name, name) == 0)
      return thrum_formats[i];
  return NULL;
}

/* The first line, as far as it can be shown. */
static char *
quote_line (const char *head, gsize length)
{
  const char *end = memchr (head, '\n', length);
  gsize n = end == NULL ? length : (gsize)(end - head);
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < n && text->len < 40; i++)
    g_string_append_c (text, g_ascii_isprint (head[i]) ? head[i] : head[i] == '\t' ? ' ' : '?');
  if (n > 40)
    g_string_append (text, "...");
  return g_string_free (text, FALSE);
}

/* timeStamp,elapsed,label: ms since 1970, ms, text. */
static gboolean
begins_like_jmeter (const char *head, gsize length)
{
  const char *end = head + length;
  const char *comma = thrum_csv_skip_digits (head, end);
  const char *rest = comma < end && *comma == ',' ? thrum_csv_skip_digits (comma + 1, end) : end;

  return comma - head == 13 && rest < end && rest > comma + 1 && *rest == ',';
}

char *
thrum_format_refuse (const ThrumFormat *format, const char *path, const char *head, gsize length)
{
  g_autofree char *line = quote_line (head, length);
  GString *text = g_string_new (NULL);

  g_string_printf (text, "cannot analyze %s: line 1, '%s', is in no format known here", path, line);
  if (format != NULL)
    g_string_printf (text, "cannot analyze %s: line 1, '%s', is not %s: expected %s", path, line,
                     format->name, format->expects);
  else if (*line == '<')
    g_string_append (text, "; of XML JMeter's results are read, which begin with <testResults");
  else if (begins_like_jmeter (head, length))
    g_string_append (text, "; it may be JMeter's without its header: run JMeter with "
                           "-Jjmeter.save.saveservice.print_field_names=true; or say what its "
                           "columns are, as in --columns time:ms,latency:ms,name,status");
  else if (*line == '{')
    g_string_append (text,
                     "; of JSON are read what k6 run --out json=FILE, vegeta encode --to json "
                     "and ghz -O json write");
  else
    {
      g_autofree char *why = thrum_named_explain (head, length);

      g_string_append_printf (text,
                              "; as a table: %s; expected %s, or another tool's file, which --help "
                              "lists; --columns says what columns are, as in --columns "
                              "time:ms,latency:ms,status",
                              why != NULL ? why : "its rows are none",
                              thrum_format_columns.expects);
    }
  return g_string_free (text, FALSE);
}
