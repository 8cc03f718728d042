/* SPDX-License-Identifier: MIT
 *
 * Reads Yandex.Tank's phout.log, by phantom, pandora or bfg: no header, fields between tabs. They
 * are when a request began (s since 1970), its tag, its time in us, the parts of that time, bytes
 * out, bytes in, the errno of its failure (0: no failure), and the protocol's code. Immutable.
 */
#include "analyzer/formats/formats.h"
#include "analyzer/read/line.h"

enum {
  STAMP,
  TAG,
  TIME,
  CONNECT,
  SEND,
  LATENCY,
  RECEIVE,
  EVENT,
  BYTES_OUT,
  BYTES_IN,
  NET_CODE,
  CODE,
  N_FIELDS
};

static gboolean
take_fields (const char *line, const char *stop, ThrumCsvField *fields)
{
  gint64 number;

  if (thrum_line_split (line, stop, '\t', fields, N_FIELDS + 1) != N_FIELDS)
    return FALSE;
  for (guint i = TIME; i < N_FIELDS; i++)
    if (!thrum_csv_integer (&fields[i], &number))
      return FALSE;
  return TRUE;
}

/* What Linux's numbers of errors mean. */
static guint16
name_failure (const ThrumReader *reader, ThrumParse *parse, gint64 net_code)
{
  static const struct {
    gint64 code;
    const char *token;
  } codes[] = {
    { 24, "no-port" },         { 99, "no-port" },
    { 98, "no-port" },         { 32, "reset" },
    { 104, "reset" },          { 103, "reset" },
    { 71, "protocol" },        { 101, "connect-failed" },
    { 113, "connect-failed" }, { 111, "connect-refused" },
    { 110, "timeout" },        { 125, "cancelled" },
  };
  char name[32];

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (codes[i].code == net_code)
      return thrum_csv_kind (reader, parse, codes[i].token);
  g_snprintf (name, sizeof name, "error %" G_GINT64_FORMAT, net_code);
  return thrum_csv_kind (reader, parse, name);
}

/* Without the number of the shot, which phantom writes behind the tag. */
static guint16
name_request (const ThrumReader *reader, ThrumParse *parse, ThrumCsvField tag)
{
  const char *number = memrchr (tag.start, '#', tag.length);
  const char *end = tag.start + tag.length;

  if (number != NULL && number + 1 < end && thrum_csv_skip_digits (number + 1, end) == end)
    tag.length = (gsize)(number - tag.start);
  return thrum_csv_request (reader, parse, &tag);
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const char *line, const char *stop)
{
  ThrumRow row = { .service = -1 };
  ThrumCsvField fields[N_FIELDS + 1];
  const char *reason = NULL;
  gint64 start, net_code = 0, status = 0;

  if (!take_fields (line, stop, fields))
    return "not twelve fields between tabs, whole numbers but for the first two";
  if (!thrum_csv_stamp (reader, parse, &fields[STAMP], 0, &start, &reason)
      || !thrum_csv_time (reader, parse, &fields[TIME], 6, &row.response, &reason))
    return reason;
  thrum_csv_integer (&fields[BYTES_IN], &row.bytes);
  thrum_csv_integer (&fields[NET_CODE], &net_code);
  thrum_csv_integer (&fields[CODE], &status);
  row.status = (gint32)MIN (status, G_MAXINT32);
  /* Guns of other protocols than HTTP have no code: no error is then success. */
  if (net_code != 0)
    row.kind = name_failure (reader, parse, net_code);
  else if (row.status >= 400)
    row.kind = thrum_parse_status_kind (reader, parse, row.status);
  row.request = name_request (reader, parse, fields[TAG]);
  thrum_csv_keep (reader, parse, &row, start + row.response);
  return NULL;
}

static gboolean
is_one (const char *line, const char *stop)
{
  ThrumCsvField fields[N_FIELDS + 1];

  return take_fields (line, stop, fields) && fields[STAMP].length > 11
         && thrum_csv_skip_digits (fields[STAMP].start, stop) == fields[STAMP].start + 10
         && fields[STAMP].start[10] == '.';
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_status = reader->has_failure = reader->has_request = reader->has_bytes = TRUE;
  return thrum_line_any (head, length, is_one);
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_line_parse (reader, state, cursor, end, parse_line);
}

const ThrumFormat thrum_format_phout = {
  .name = "phout",
  .summary = "Yandex.Tank's phout.log",
  .n_digits = 6,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "twelve fields between tabs: s since 1970 with a fraction, a tag, us, ..., an errno, "
             "a status",
  .parse = parse,
};
