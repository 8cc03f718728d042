/* SPDX-License-Identifier: MIT
 *
 * What all readers share: the list of formats, complaints about lines, checks of a row, and what a
 * kind of failure means for latencies. Knows no file. The functions on a ThrumParse belong to the
 * thread that owns it.
 */
#include <string.h>

#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"
#include "record/record.h"

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

ThrumReader
thrum_reader_of (const ThrumFormat *format)
{
  return (ThrumReader){
    .format = format, .is_epoch = format->is_epoch, .delimiter = ',', .n_digits = format->n_digits
  };
}

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

void
thrum_parse_complain (ThrumParse *parse, const char *reason)
{
  parse->n_malformed++;
  if (parse->n_complaints < THRUM_MAX_COMPLAINTS)
    parse->complaints[parse->n_complaints++] = (ThrumComplaint){ parse->n_lines, reason };
}

guint16
thrum_parse_status_kind (const ThrumReader *reader, ThrumParse *parse, gint32 status)
{
  char name[32] = "no reply";

  if (status != 0)
    g_snprintf (name, sizeof name, "status %d", status);
  return thrum_name_cache_intern (&parse->kinds, reader->kinds, name, strlen (name));
}

ThrumNames *
thrum_kinds_new (guint max)
{
  ThrumNames *kinds = thrum_names_new (max);

  for (guint i = 0; i < THRUM_N_FAILURES; i++)
    thrum_names_intern (kinds, thrum_failure_token (i), strlen (thrum_failure_token (i)));
  return kinds;
}

gboolean
thrum_kind_is_unconnected (guint16 kind)
{
  return kind < THRUM_N_FAILURES && thrum_failure_is_unconnected (kind);
}

gboolean
thrum_kind_is_censored (guint16 kind)
{
  return kind == THRUM_FAILURE_TIMEOUT || kind == THRUM_FAILURE_UNFINISHED
         || kind == THRUM_FAILURE_CANCELLED;
}

gboolean
thrum_row_is_answered (const ThrumRow *row, gboolean has_status)
{
  if (row->kind == THRUM_KIND_SUCCESS || row->status != 0 || row->kind == THRUM_FAILURE_CHECK)
    return TRUE;
  return !has_status && !thrum_kind_is_unconnected (row->kind)
         && !thrum_kind_is_censored (row->kind);
}
