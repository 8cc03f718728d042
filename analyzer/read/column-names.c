/* SPDX-License-Identifier: MIT
 *
 * Knows the names that people give to columns of requests, and to columns of summaries, which are
 * not requests. It guesses no unit: a time whose unit follows neither from its name nor from its
 * values is refused. Any thread.
 */
#include <string.h>

#include "analyzer/read/column-names.h"

#define LONGEST 64 /* of a name, as words without what is between them */

static const char *const start_names[] = { "start",
                                           "starttime",
                                           "started",
                                           "startedat",
                                           "starttimestamp",
                                           "startts",
                                           "begin",
                                           "begintime",
                                           "begun",
                                           "sent",
                                           "sentat",
                                           "senttime",
                                           "requeststart",
                                           "timestart",
                                           "starttimens",
                                           "requesttimestamp",
                                           "requeststarttime",
                                           NULL };
static const char *const end_names[] = {
  "end",       "endtime",     "ended",          "endedat",    "endtimestamp", "endts",
  "finish",    "finished",    "finishedat",     "finishtime", "done",         "doneat",
  "completed", "completedat", "completiontime", "received",   "receivedat",   "stop",
  "stoptime",  "timeend",     "requestend",     NULL
};
static const char *const time_names[] = {
  "timestamp",      "ts",           "datetime",      "date",      "time", "stamp",  "epoch",
  "unixtime",       "epochtime",    "unixtimestamp", "eventtime", "when", "offset", "sincestart",
  "timesincestart", "relativetime", "clock",         "localtime", NULL
};
static const char *const latency_names[] = { "latency",
                                             "responsetime",
                                             "response",
                                             "resptime",
                                             "rt",
                                             "duration",
                                             "requesttime",
                                             "requestduration",
                                             "reqtime",
                                             "reqduration",
                                             "roundtriptime",
                                             "roundtrip",
                                             "rtt",
                                             "ttlb",
                                             "timetaken",
                                             "took",
                                             "totaltime",
                                             "timetotal",
                                             "total",
                                             "responselatency",
                                             "requestlatency",
                                             "latencytime",
                                             "totalduration",
                                             "totallatency",
                                             "responseduration",
                                             "servicetime",
                                             "httpreqduration",
                                             "elapsedtime",
                                             "elapsed",
                                             "time",
                                             NULL };
static const char *const status_names[] = {
  "statuscode",     "status",           "code",     "responsecode", "httpstatus",
  "httpcode",       "httpstatuscode",   "respcode", "returncode",   "rc",
  "responsestatus", "httpresponsecode", NULL
};
static const char *const success_names[] = { "success",      "succeeded", "successful", "issuccess",
                                             "issuccessful", "ok",        "isok",       "passed",
                                             "pass",         NULL };
static const char *const failed_names[] = { "failed",   "isfailed", "iserror",
                                            "haserror", "fail",     NULL };
static const char *const error_names[] = {
  "error",         "errormessage",   "errormsg",  "err", "failure",
  "failurereason", "failuremessage", "exception", NULL
};
static const char *const name_names[] = { "label",
                                          "name",
                                          "requestname",
                                          "samplename",
                                          "request",
                                          "transaction",
                                          "transactionname",
                                          "endpoint",
                                          "operation",
                                          "step",
                                          "action",
                                          "page",
                                          "route",
                                          "url",
                                          "uri",
                                          "path",
                                          "requesturl",
                                          "requestpath",
                                          NULL };
static const char *const bytes_names[] = {
  "bytes",   "size",      "responsesize",  "responsebytes", "bytesreceived",  "receivedbytes",
  "bytesin", "bytesrecv", "contentlength", "bodysize",      "responselength", "length",
  NULL
};

/* What each column may be called, the more certain the earlier. */
static const char *const *const known[THRUM_NAMED_N] = {
  [THRUM_NAMED_START] = start_names,   [THRUM_NAMED_END] = end_names,
  [THRUM_NAMED_TIME] = time_names,     [THRUM_NAMED_LATENCY] = latency_names,
  [THRUM_NAMED_STATUS] = status_names, [THRUM_NAMED_SUCCESS] = success_names,
  [THRUM_NAMED_FAILED] = failed_names, [THRUM_NAMED_ERROR] = error_names,
  [THRUM_NAMED_NAME] = name_names,     [THRUM_NAMED_BYTES] = bytes_names,
};

/* Words of summaries: what has one of these is over several requests. */
static const char *const summed_up[] = {
  "avg",        "average",   "mean",     "median", "min",      "max",  "percentile",
  "percentage", "percent",   "pct",      "rps",    "qps",      "tps",  "throughput",
  "count",      "samples",   "requests", "errors", "failures", "rate", "stdev",
  "stddev",     "histogram", "bucket",   NULL
};

guint8
thrum_unit_from_name (const char *name, gsize length)
{
  static const struct {
    guint8 digits;
    const char *names;
  } units[] = { { 0, " s sec secs second seconds " },
                { 3, " ms msec msecs millis milli millisec millisecs millisecond milliseconds " },
                { 6, " us usec usecs micros micro microsec microsecond microseconds " },
                { 9, " ns nsec nsecs nanos nano nanosec nanosecond nanoseconds " } };
  char word[24];

  if (length == 0 || length > 20)
    return THRUM_UNIT_UNKNOWN;
  g_snprintf (word, sizeof word, " %.*s ", (int)length, name);
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (strstr (units[i].names, word) != NULL)
      return units[i].digits;
  return THRUM_UNIT_UNKNOWN;
}

/* A header's name as its words, without what is between them, in lower case. */
typedef struct {
  char text[LONGEST + 1];
  guint8 unit;
  gboolean is_sum;
} Name;

static gboolean
is_summed_up (const char *word)
{
  if (*word == 'p' && g_ascii_isdigit (word[1]))
    return TRUE;
  return g_strv_contains (summed_up, word);
}

static void
end_word (Name *name, GString *word)
{
  guint8 unit = thrum_unit_from_name (word->str, word->len);

  if (word->len == 0)
    return;
  name->is_sum |= is_summed_up (word->str);
  if (unit != THRUM_UNIT_UNKNOWN && name->text[0] != '\0')
    name->unit = unit;
  else
    g_strlcat (name->text, word->str, sizeof name->text);
  g_string_truncate (word, 0);
}

/* "latencyMs", "Response Time [ms]", "duration_us". */
static void
read_name (const ThrumCsvField *field, Name *name)
{
  g_autoptr (GString) word = g_string_new (NULL);

  *name = (Name){ .unit = THRUM_UNIT_UNKNOWN };
  for (gsize i = 0; i < field->length; i++)
    {
      char c = field->start[i];
      gboolean micro = i + 1 < field->length
                       && (memcmp (field->start + i, "\302\265", 2) == 0
                           || memcmp (field->start + i, "\316\274", 2) == 0);

      if (c == '%')
        name->is_sum = TRUE;
      if (micro)
        {
          g_string_append_c (word, 'u');
          i++;
        }
      else if (!g_ascii_isalnum (c))
        end_word (name, word);
      else
        {
          if (g_ascii_isupper (c) && i > 0 && g_ascii_islower (field->start[i - 1]))
            end_word (name, word);
          g_string_append_c (word, g_ascii_tolower (c));
        }
    }
  end_word (name, word);
}

/* How well @name fits a column's list: from 1, the best; 0: not at all. A unit may stick to it, as in
 * "latencyms". */
static guint
fit (Name *name, const char *const *list)
{
  static const char *const sticky[] = {
    "ms", "us", "ns", "millis", "micros", "nanos", "sec", NULL
  };
  gsize length = strlen (name->text);

  for (guint i = 0; list[i] != NULL; i++)
    {
      gsize n = strlen (list[i]);

      if (strcmp (name->text, list[i]) == 0)
        return i + 1;
      if (name->unit == THRUM_UNIT_UNKNOWN && length > n && memcmp (name->text, list[i], n) == 0
          && g_strv_contains (sticky, name->text + n))
        {
          name->unit = thrum_unit_from_name (name->text + n, length - n);
          name->text[n] = '\0';
          return i + 1;
        }
    }
  return 0;
}

/* The field that is @column best, of those that are none yet; -1: none. */
static int
find_best (Name *names, const guint8 *taken, guint n, ThrumNamedColumn column)
{
  guint best = G_MAXUINT;
  int found = -1;

  for (guint i = 0; i < n; i++)
    {
      guint rank = taken[i] != THRUM_NAMED_SKIP ? 0 : fit (&names[i], known[column]);

      if (rank > 0 && rank < best)
        {
          best = rank;
          found = (int)i;
        }
    }
  return found;
}

static void
note_columns (ThrumReader *reader)
{
  for (guint i = 0; i < reader->n_fields; i++)
    {
      guint column = reader->fields[i];

      reader->has_status |= column == THRUM_NAMED_STATUS;
      reader->has_request |= column == THRUM_NAMED_NAME;
      reader->has_bytes |= column == THRUM_NAMED_BYTES;
    }
  reader->has_failure = TRUE;
}

static gboolean
has (const ThrumReader *reader, ThrumNamedColumn column)
{
  return memchr (reader->fields, (int)column, reader->n_fields) != NULL;
}

/* Why @reader's columns are not enough; NULL: they are. */
static const char *
find_lack (const ThrumReader *reader)
{
  gboolean both = has (reader, THRUM_NAMED_START) && has (reader, THRUM_NAMED_END);

  if (!has (reader, THRUM_NAMED_LATENCY) && !both)
    return "no column says how long a request took";
  if (!has (reader, THRUM_NAMED_START) && !has (reader, THRUM_NAMED_END)
      && !has (reader, THRUM_NAMED_TIME))
    return "no column says when a request was";
  return NULL;
}

char *
thrum_column_names_read (ThrumReader *reader, const ThrumCsvField *fields, guint n)
{
  /* What is told by its own name first; "time" and "elapsed" are what is then left to be. */
  static const ThrumNamedColumn order[] = { THRUM_NAMED_START,  THRUM_NAMED_END,
                                            THRUM_NAMED_STATUS, THRUM_NAMED_SUCCESS,
                                            THRUM_NAMED_FAILED, THRUM_NAMED_ERROR,
                                            THRUM_NAMED_NAME,   THRUM_NAMED_BYTES };
  Name names[THRUM_READER_MAX_FIELDS];

  reader->n_fields = MIN (n, THRUM_READER_MAX_FIELDS);
  for (guint i = 0; i < reader->n_fields; i++)
    {
      read_name (&fields[i], &names[i]);
      reader->fields[i] = THRUM_NAMED_SKIP;
      if (names[i].is_sum)
        return g_strdup_printf ("'%.*s' is of several requests: this is a summary",
                                (int)MIN (fields[i].length, 40), fields[i].start);
    }
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      int found = find_best (names, reader->fields, reader->n_fields, order[i]);

      if (found >= 0)
        reader->fields[found] = (guint8)order[i];
    }
  int latency = find_best (names, reader->fields, reader->n_fields, THRUM_NAMED_LATENCY);
  gboolean has_instant = has (reader, THRUM_NAMED_START) || has (reader, THRUM_NAMED_END);
  /* "time" alone is an instant, beside one it is how long it took. */
  if (latency >= 0 && !(strcmp (names[latency].text, "time") == 0 && !has_instant))
    reader->fields[latency] = THRUM_NAMED_LATENCY;
  int time = find_best (names, reader->fields, reader->n_fields, THRUM_NAMED_TIME);
  if (time >= 0)
    reader->fields[time] = THRUM_NAMED_TIME;
  latency = find_best (names, reader->fields, reader->n_fields, THRUM_NAMED_LATENCY);
  if (latency >= 0 && !has (reader, THRUM_NAMED_LATENCY))
    reader->fields[latency] = THRUM_NAMED_LATENCY;
  else if (latency >= 0 && !has_instant && time < 0
           && g_str_has_prefix (names[latency].text, "elapsed"))
    reader->fields[latency] = THRUM_NAMED_END; /* since the start */
  for (guint i = 0; i < reader->n_fields; i++)
    reader->units[i] = names[i].unit;
  note_columns (reader);
  return g_strdup (find_lack (reader));
}

gboolean
thrum_column_names_parse (ThrumReader *reader, const char *text, GError **error)
{
  static const char *const meanings[] = {
    [THRUM_NAMED_START] = "start",   [THRUM_NAMED_END] = "end",
    [THRUM_NAMED_TIME] = "time",     [THRUM_NAMED_LATENCY] = "latency",
    [THRUM_NAMED_STATUS] = "status", [THRUM_NAMED_SUCCESS] = "success",
    [THRUM_NAMED_FAILED] = "failed", [THRUM_NAMED_ERROR] = "error",
    [THRUM_NAMED_NAME] = "name",     [THRUM_NAMED_BYTES] = "bytes",
    [THRUM_NAMED_SKIP] = "-",
  };
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  const char *lack;

  reader->n_fields = MIN (g_strv_length (parts), THRUM_READER_MAX_FIELDS);
  for (guint i = 0; i < reader->n_fields; i++)
    {
      const char *colon = strchr (g_strstrip (parts[i]), ':');
      gsize n = colon != NULL ? (gsize)(colon - parts[i]) : strlen (parts[i]);
      guint column = 0;

      while (column <= THRUM_NAMED_SKIP
             && (strlen (meanings[column]) != n || memcmp (meanings[column], parts[i], n) != 0))
        column++;
      reader->units[i] =
          colon != NULL ? thrum_unit_from_name (colon + 1, strlen (colon + 1)) : THRUM_UNIT_UNKNOWN;
      if (column > THRUM_NAMED_SKIP || (colon != NULL && reader->units[i] == THRUM_UNIT_UNKNOWN)
          || (colon == NULL && column == THRUM_NAMED_LATENCY))
        {
          g_set_error (
              error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
              "--columns: '%s' is not start, end, time, latency:UNIT, status, success, "
              "failed, error, name, bytes, or - for what is to be skipped; units are s, ms, "
              "us, ns",
              parts[i]);
          return FALSE;
        }
      if (column != THRUM_NAMED_SKIP && memchr (reader->fields, (int)column, i) != NULL)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "--columns %s: '%s' stands there twice", text, meanings[column]);
          return FALSE;
        }
      reader->fields[i] = (guint8)column;
    }
  note_columns (reader);
  lack = find_lack (reader);
  if (lack != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--columns %s: %s", text, lack);
  return lack == NULL;
}
