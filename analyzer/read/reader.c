/* SPDX-License-Identifier: MIT
 *
 * Holds what all readers share: complaints about lines, checks of a row, and what a kind of failure
 * means for latencies. It knows no file and no format. The functions on a ThrumParse belong to the
 * thread that owns it.
 */
#include <string.h>

#include "analyzer/read/reader.h"
#include "record/record.h"

ThrumReader
thrum_reader_of (const ThrumFormat *format)
{
  return (ThrumReader){
    .format = format, .is_epoch = format->is_epoch, .delimiter = ',', .n_digits = format->n_digits
  };
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

void
thrum_parse_take_status (const ThrumReader *reader, ThrumParse *parse, ThrumRow *row, gint64 status)
{
  row->status = (gint32)MIN (status, G_MAXINT32);
  if (row->status == 0 || row->status >= 400)
    row->kind = thrum_parse_status_kind (reader, parse, row->status);
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
