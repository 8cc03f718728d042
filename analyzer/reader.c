/* SPDX-License-Identifier: MIT
 *
 * What all readers share: the list of formats, complaints about lines, checks of a row, and what a
 * kind of failure means for latencies. Knows no file. The functions on a ThrumParse belong to the
 * thread that owns it.
 */
#include <string.h>

#include "analyzer/formats.h"
#include "record/record.h"

const ThrumFormat *const thrum_formats[] = {
  &thrum_format_jmeter,    &thrum_format_k6,     &thrum_format_hey,     &thrum_format_ab,
  &thrum_format_mechanize, &thrum_format_vegeta, &thrum_format_columns, NULL,
};

const ThrumFormat *
thrum_format_from_name (const char *name)
{
  for (guint i = 0; thrum_formats[i] != NULL; i++)
    if (strcmp (thrum_formats[i]->name, name) == 0)
      return thrum_formats[i];
  return NULL;
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
thrum_kinds_new (void)
{
  ThrumNames *kinds = thrum_names_new (THRUM_MAX_KINDS);

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
