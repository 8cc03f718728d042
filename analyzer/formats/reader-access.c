/* SPDX-License-Identifier: MIT
 *
 * Reads access logs that say how long each request took: nginx's and Apache's common or combined
 * format with a time after it ($request_time, %D, %T/%D, rt=0.005), HAProxy's `option httplog`, and
 * Envoy's default format. The first lines show which field is which. Immutable.
 */
#include "analyzer/read/access-log.h"
#include "analyzer/formats/formats.h"
#include "analyzer/read/line.h"

/* reader->fields of a log: which server's it is; for nginx and Apache the number of the word that
 * has the time, its unit, and the number of the one that has $msec. */
enum { SERVER, TIME_WORD, TIME_DIGITS, MSEC_WORD, N_FACTS };

#define NONE 255

/* Finds the value of rt=0.005, request_time=5 or a bare word; *@named whether its name is that of a
 * request's time. */
static ThrumCsvField
value_of (const ThrumCsvField *word, gboolean *named)
{
  static const char *const keys[] = { "rt",           "request_time",  "reqtime",
                                      "request-time", "response_time", "D",
                                      "time",         "duration" };
  const char *end = word->start + word->length;
  const char *sign = memchr (word->start, '=', word->length);
  ThrumCsvField value = *word;

  *named = FALSE;
  if (sign == NULL)
    return value;
  ThrumCsvField key = { word->start, (gsize)(sign - word->start), FALSE };
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    *named |= thrum_csv_is (&key, keys[i]);
  value = (ThrumCsvField){ sign + 1, (gsize)(end - sign - 1), FALSE };
  if (value.length >= 2 && value.start[0] == '"' && end[-1] == '"')
    value = (ThrumCsvField){ value.start + 1, value.length - 2, FALSE };
  return value;
}

/* Returns how many digits follow the point of @field; -1 if it is not a number. */
static int
count_decimals (const ThrumCsvField *field)
{
  const char *end = field->start + field->length;
  const char *point = thrum_csv_skip_digits (field->start, end);

  if (point == field->start)
    return -1;
  if (point == end)
    return 0;
  return *point == '.' && thrum_csv_skip_digits (point + 1, end) == end ? (int)(end - point - 1)
                                                                        : -1;
}

/* Reports whether @field is whole milliseconds that say so, as Traefik's 5ms; then it is without
 * the unit. */
static gboolean
take_unit (ThrumCsvField *field)
{
  const char *end = field->start + field->length;
  const char *unit = thrum_csv_skip_digits (field->start, end);

  if (unit == field->start || end - unit != 2 || memcmp (unit, "ms", 2) != 0)
    return FALSE;
  field->length -= 2;
  return TRUE;
}

/* Apache's %T/%D: seconds and microseconds. The latter, or @field as it is. */
static ThrumCsvField
behind_slash (ThrumCsvField field)
{
  const char *end = field.start + field.length;
  const char *slash = thrum_csv_skip_digits (field.start, end);

  if (slash > field.start && slash < end && *slash == '/')
    return (ThrumCsvField){ slash + 1, (gsize)(end - slash - 1), FALSE };
  return field;
}

/* What the words of some lines have in common. */
typedef struct {
  guint n_lines;
  guint n_named[THRUM_ACCESS_MAX_WORDS], n_millis[THRUM_ACCESS_MAX_WORDS],
      n_whole[THRUM_ACCESS_MAX_WORDS], n_msec[THRUM_ACCESS_MAX_WORDS];
  guint n_units[THRUM_ACCESS_MAX_WORDS];
  gint64 most[THRUM_ACCESS_MAX_WORDS]; /* of whole numbers */
} Census;

static void
count_words (Census *census, const ThrumAccessLog *log)
{
  census->n_lines++;
  for (guint i = 0; i < log->n_words; i++)
    {
      gboolean named;

      if (i >= log->request && i <= log->request + 2)
        continue; /* and its status and bytes */
      ThrumCsvField value = behind_slash (value_of (&log->words[i], &named));
      gboolean unit = take_unit (&value);
      int decimals = unit ? -1 : count_decimals (&value);
      gint64 number;

      census->n_units[i] += unit;

      census->n_named[i] += named && decimals >= 0;
      census->n_msec[i] += decimals == 3 && value.length == 14;
      census->n_millis[i] += decimals == 3 && value.length < 14;
      if (decimals == 0 && thrum_csv_integer (&value, &number))
        {
          census->n_whole[i]++;
          census->most[i] = MAX (census->most[i], number);
        }
    }
}

/* Chooses the word that has a request's time: one that is called so, or has a unit; else the first that
 * has milliseconds behind a point, as $request_time has; else the last one of whole numbers, as %D has
 * them. It is so in most lines: where there was no reply, nginx may write '-'. */
static gboolean
choose_words (ThrumReader *reader, const Census *census)
{
  guint most = MAX (census->n_lines - census->n_lines / 4, 1);
  guint chosen = NONE;

  reader->fields[MSEC_WORD] = NONE;
  for (guint i = THRUM_ACCESS_MAX_WORDS; i-- > 0;)
    if (census->n_msec[i] >= most)
      reader->fields[MSEC_WORD] = (guint8)i;
  for (guint i = 0; i < THRUM_ACCESS_MAX_WORDS && chosen == NONE; i++)
    if (census->n_named[i] >= most || census->n_units[i] >= most)
      chosen = i;
  for (guint i = 0; i < THRUM_ACCESS_MAX_WORDS && chosen == NONE; i++)
    if (census->n_millis[i] >= most)
      chosen = i;
  for (guint i = THRUM_ACCESS_MAX_WORDS; i-- > 0 && chosen == NONE;)
    if (census->n_whole[i] >= most)
      chosen = i;
  if (chosen == NONE)
    return FALSE;
  reader->fields[TIME_WORD] = (guint8)chosen;
  reader->fields[TIME_DIGITS] = census->n_units[chosen] >= most   ? 3
                                : census->n_whole[chosen] >= most ? 6
                                                                  : 0;
  /* Where no request took a millisecond's worth of microseconds, they may be seconds. */
  return reader->fields[TIME_DIGITS] != 6 || census->most[chosen] >= 1000;
}

static gint64
stamp_of (const ThrumReader *reader, ThrumParse *parse, const ThrumAccessLog *log)
{
  gint64 unit = thrum_powers_of_ten[THRUM_DECIMAL_MAX_DIGITS - reader->n_digits];

  parse->within_seconds |= log->stamp % 1000000000 != 0;
  parse->too_fine |= log->stamp % unit != 0;
  return log->stamp / unit;
}

static const char *
parse_common (const ThrumReader *reader, ThrumParse *parse, const ThrumAccessLog *log,
              ThrumRow *row, gint64 *done)
{
  const char *reason = "the word that has the request's time is missing";
  guint digits = reader->fields[TIME_DIGITS], msec = reader->fields[MSEC_WORD];
  gint64 status = 0;
  gboolean named;

  if (reader->fields[TIME_WORD] >= log->n_words)
    return reason;
  ThrumCsvField time = behind_slash (value_of (&log->words[reader->fields[TIME_WORD]], &named));
  if (digits == 3)
    take_unit (&time);
  if (!thrum_csv_time (reader, parse, &time, digits, &row->response, &reason))
    return reason;
  if (thrum_csv_integer (&log->words[log->request + 1], &status))
    row->status = (gint32)MIN (status, G_MAXINT32);
  if (!thrum_csv_integer (&log->words[log->request + 2], &row->bytes))
    row->bytes = 0;
  if (msec < log->n_words)
    {
      ThrumCsvField value = value_of (&log->words[msec], &named);
      return thrum_csv_stamp (reader, parse, &value, 0, done, &reason) ? NULL : reason;
    }
  /* nginx writes when it is done; Apache, whose times are whole numbers, when it began. */
  *done = stamp_of (reader, parse, log) + (digits > 0 ? row->response : 0);
  return NULL;
}

/* frontend backend/server TR/Tw/Tc/Tr/Ta status bytes cookie cookie state ... */
static const char *
parse_haproxy (const ThrumReader *reader, ThrumParse *parse, const ThrumAccessLog *log,
               ThrumRow *row, gint64 *done)
{
  ThrumCsvField timers[6] = { 0 }, total;
  const char *reason = NULL;
  gint64 status = 0;

  thrum_access_log_take_timers (log, timers);
  total = timers[4];
  if (total.length > 0 && total.start[0] == '+') /* option logasap */
    total = (ThrumCsvField){ total.start + 1, total.length - 1, FALSE };
  if (!thrum_csv_time (reader, parse, &total, 3, &row->response, &reason))
    return reason;
  if (thrum_csv_integer (&log->words[3], &status))
    row->status = (gint32)MIN (status, G_MAXINT32);
  if (!thrum_csv_integer (&log->words[4], &row->bytes))
    row->bytes = 0;
  if (row->status == 0 && log->words[7].length > 0
      && (log->words[7].start[0] == 'c' || log->words[7].start[0] == 's'))
    row->kind = thrum_csv_kind (reader, parse, "timeout");
  *done = stamp_of (reader, parse, log) + row->response;
  return NULL;
}

static const char *
parse_envoy (const ThrumReader *reader, ThrumParse *parse, const ThrumAccessLog *log, ThrumRow *row,
             gint64 *done)
{
  const char *reason = NULL;
  guint duration = thrum_access_log_find_duration (log);
  gint64 status = 0;

  if (!thrum_csv_time (reader, parse, &log->words[duration], 3, &row->response, &reason))
    return reason;
  thrum_csv_integer (&log->words[duration - 1], &row->bytes);
  if (thrum_csv_integer (&log->words[1], &status))
    row->status = (gint32)MIN (status, G_MAXINT32);
  if (row->status == 0 && thrum_csv_has (&log->words[2], "UT"))
    row->kind = thrum_csv_kind (reader, parse, "timeout");
  *done = stamp_of (reader, parse, log) + row->response;
  return NULL;
}

/* GET /path of "GET /path?query HTTP/1.1". */
static guint16
name_request (const ThrumReader *reader, ThrumParse *parse, ThrumCsvField request)
{
  const char *end = request.start + request.length;
  const char *path = memchr (request.start, ' ', request.length);

  if (path != NULL)
    {
      const char *p = path + 1;
      while (p < end && *p != ' ' && *p != '?' && *p != ';')
        p++;
      request.length = (gsize)(p - request.start);
    }
  return thrum_csv_request (reader, parse, &request);
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const char *line, const char *stop)
{
  typedef const char *(*Func) (const ThrumReader *, ThrumParse *, const ThrumAccessLog *,
                               ThrumRow *, gint64 *);
  static const Func funcs[] = { parse_common, parse_haproxy, parse_envoy };
  ThrumRow row = { .service = -1 };
  gint64 done = 0;
  ThrumAccessLog log;

  if (!thrum_access_log_take (line, stop, &log) || log.server != reader->fields[SERVER])
    return "not a line of this access log: a time in brackets and a request in quotes";
  const char *reason = funcs[log.server](reader, parse, &log, &row, &done);
  if (reason != NULL)
    return reason;
  if (row.kind == THRUM_KIND_SUCCESS && (row.status == 0 || row.status >= 400))
    row.kind = thrum_parse_status_kind (reader, parse, row.status);
  row.request = name_request (reader, parse, log.words[log.request]);
  thrum_csv_keep (reader, parse, &row, done);
  return NULL;
}

/* Takes the first lines apart; returns which server's the first good one is, NONE without one. */
static guint
look (const char *head, gsize length, Census *census)
{
  const char *end = head + length, *line_end;
  guint server = NONE;
  ThrumAccessLog log;

  for (guint i = 0; i < 50; i++, head = line_end + 1)
    {
      line_end = head < end ? memchr (head, '\n', (gsize)(end - head)) : NULL;
      if (line_end == NULL)
        break;
      const char *stop = line_end > head && line_end[-1] == '\r' ? line_end - 1 : line_end;
      if (!thrum_access_log_take (head, stop, &log) || (server != NONE && log.server != server))
        continue;
      server = log.server;
      count_words (census, &log);
    }
  return server;
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  Census census = { 0 };
  guint server = look (head, length, &census);

  reader->has_status = reader->has_failure = reader->has_request = reader->has_bytes = TRUE;
  reader->n_fields = N_FACTS;
  reader->fields[SERVER] = (guint8)server;
  if (server == THRUM_ACCESS_HAPROXY || server == THRUM_ACCESS_ENVOY)
    return TRUE;
  if (server != THRUM_ACCESS_COMMON || !choose_words (reader, &census))
    return FALSE;
  if (reader->fields[TIME_DIGITS] == 6)
    reader->note = "The times of this access log are taken for microseconds, as Apache's %D has "
                   "them.";
  return TRUE;
}

gboolean
thrum_access_is_untimed (const char *head, gsize length)
{
  Census census = { 0 };
  ThrumReader reader;

  return look (head, length, &census) == THRUM_ACCESS_COMMON && !choose_words (&reader, &census);
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_line_parse (reader, state, cursor, end, parse_line);
}

const ThrumFormat thrum_format_access = {
  .name = "access-log",
  .summary = "access logs with a request time: nginx, Apache, HAProxy, Envoy",
  .n_digits = 6,
  .is_epoch = TRUE,
  .detect = detect,
  .finer = "$msec in nginx's log_format makes an access log's finer",
  .expects = "a time in brackets, a request in quotes and a request time, as nginx ($request_time "
             "behind its combined format), Apache (%D), HAProxy (option httplog) and Envoy write",
  .note =
      "An access log has what the server saw: neither what waited in front of it nor what never "
      "came.",
  .parse = parse,
};
