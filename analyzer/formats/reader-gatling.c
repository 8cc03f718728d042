/* SPDX-License-Identifier: MIT
 *
 * Reads Gatling's simulation.log as text, as its versions 2 to 3.11 write it. Records have fields
 * between tabs; REQUEST is a request, GROUP a journey. The first fields differ with the version
 * (scenario, user). The last ones do not: name, begin and end in ms since 1970, OK or KO, and for a
 * request a message. Immutable.
 */
#include "analyzer/formats/formats.h"
#include "analyzer/read/line.h"

#define MAX_FIELDS 16

static gboolean
is_record (const ThrumCsvField *fields, guint n, const char *name, guint n_least)
{
  return n >= n_least && n < MAX_FIELDS && thrum_csv_is (&fields[0], name);
}

/* Why a check failed is a text: its status, if it was about one. */
static guint16
name_failure (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *message)
{
  const char *token = thrum_csv_kind_of_message (message);
  const char *end = message->start + message->length;
  const char *found = memmem (message->start, message->length, "found ", 6);
  gint64 status;

  if (thrum_csv_has (message, "status.find") && found != NULL
      && thrum_csv_integer (&(ThrumCsvField){ found + 6, (gsize)(end - found - 6), FALSE },
                            &status))
    return thrum_parse_status_kind (reader, parse, (gint32)MIN (status, G_MAXINT32));
  if (thrum_csv_has (message, ".find"))
    return thrum_csv_kind (reader, parse, "check");
  return thrum_csv_kind (reader, parse, token != NULL ? token : "other");
}

/* A record's start, end and outcome stand before @last, in that order, its name before them. */
static const char *
take_times (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *last, ThrumRow *row,
            gint64 *done)
{
  const char *reason = NULL;
  gint64 start;

  if (!thrum_csv_stamp (reader, parse, last - 3, 3, &start, &reason)
      || !thrum_csv_stamp (reader, parse, last - 2, 3, done, &reason))
    return reason;
  row->response = *done - start;
  return *done < start ? "it ended before it began" : NULL;
}

static const char *
take_request (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *message)
{
  ThrumRow row = { .service = -1 };
  gint64 done;
  const char *reason = take_times (reader, parse, message, &row, &done);

  if (reason != NULL)
    return reason;
  if (thrum_csv_is (message - 1, "KO"))
    row.kind = name_failure (reader, parse, message);
  else if (!thrum_csv_is (message - 1, "OK"))
    return "neither OK nor KO";
  row.request = thrum_csv_request (reader, parse, message - 4);
  thrum_csv_keep (reader, parse, &row, done);
  return NULL;
}

/* A group has the sum of its requests' times before its outcome. */
static const char *
take_group (const ThrumReader *reader, ThrumParse *parse, const ThrumCsvField *outcome)
{
  ThrumRow row = { .service = -1, .is_part = TRUE };
  gint64 done;
  const char *reason = take_times (reader, parse, outcome, &row, &done);

  if (reason != NULL)
    return reason;
  if (!thrum_csv_is (outcome, "OK"))
    row.kind = thrum_csv_kind (reader, parse, "other");
  row.request = thrum_csv_journey (reader, parse, outcome - 4);
  thrum_csv_keep (reader, parse, &row, done);
  return NULL;
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const char *line, const char *stop)
{
  ThrumCsvField fields[MAX_FIELDS];
  guint n = thrum_line_split (line, stop, '\t', fields, MAX_FIELDS);

  if (is_record (fields, n, "REQUEST", 7))
    return take_request (reader, parse, &fields[n - 1]);
  if (is_record (fields, n, "GROUP", 6))
    return take_group (reader, parse, &fields[n - 1]);
  return thrum_csv_is (&fields[0], "REQUEST") || thrum_csv_is (&fields[0], "GROUP")
             ? "fields are missing"
             : NULL;
}

static gboolean
is_one (const char *line, const char *stop)
{
  ThrumCsvField fields[MAX_FIELDS];
  guint n = thrum_line_split (line, stop, '\t', fields, MAX_FIELDS);

  return is_record (fields, n, "RUN", 5) || is_record (fields, n, "REQUEST", 7)
         || is_record (fields, n, "ASSERTION", 2);
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_failure = reader->has_request = TRUE;
  return thrum_line_any (head, length, is_one);
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_line_parse (reader, state, cursor, end, parse_line);
}

const ThrumFormat thrum_format_gatling = {
  .name = "gatling",
  .summary = "Gatling's simulation.log as text (up to 3.11)",
  .n_digits = 3,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "records between tabs that begin with RUN, USER, REQUEST",
  .note = "Gatling has no statuses in its log but those of failed checks.",
  .parse = parse,
};
