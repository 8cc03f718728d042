/* SPDX-License-Identifier: MIT
 *
 * Reads `k6 run --out json=FILE`: each line is a metric or a sample of one, as JSON. A sample has a
 * time, a value and tags; the tags have the names of the columns of k6's CSV. Immutable.
 */
#include "analyzer/formats/formats.h"
#include "analyzer/read/json-scan.h"
#include "analyzer/read/line.h"

#define MAX_NAMES 16

/* The parts of a line; FALSE where it is not a metric or a sample. */
static gboolean
take_parts (const char *line, const char *stop, ThrumCsvField *type, ThrumCsvField *metric,
            ThrumJsonMember *data)
{
  ThrumJsonMember member;
  ThrumJsonScan scan;
  guint found = 0;

  if (!thrum_json_scan_object (&scan, line, stop))
    return FALSE;
  while (thrum_json_scan_next (&scan, &member))
    if (thrum_csv_is (&member.key, "type") && member.type == THRUM_JSON_STRING)
      {
        *type = member.text;
        found |= 1;
      }
    else if (thrum_csv_is (&member.key, "metric") && member.type == THRUM_JSON_STRING)
      {
        *metric = member.text;
        found |= 2;
      }
    else if (thrum_csv_is (&member.key, "data") && member.type == THRUM_JSON_OBJECT)
      {
        *data = member;
        found |= 4;
      }
  return !scan.bad && found == 7;
}

/* Puts @text into the field of the column called @name. */
static void
set_field (ThrumCsvField *fields, const char *name, gsize length, const ThrumCsvField *text)
{
  for (guint i = 0; thrum_k6_names[i] != NULL; i++)
    if (length > 0 && thrum_k6_names[i][0] == name[0] && strlen (thrum_k6_names[i]) == length
        && memcmp (thrum_k6_names[i], name, length) == 0)
      fields[i] = *text;
}

/* Puts the members of a sample's data and tags into @fields; FALSE where they are not JSON. */
static gboolean
take_data (const ThrumJsonMember *data, ThrumCsvField *fields)
{
  ThrumJsonMember member;
  ThrumJsonScan scan, tags = { NULL, NULL, FALSE };

  thrum_json_scan_member (&scan, data);
  while (thrum_json_scan_next (&scan, &member))
    if (thrum_csv_is (&member.key, "time"))
      set_field (fields, "timestamp", strlen ("timestamp"), &member.text);
    else if (thrum_csv_is (&member.key, "value"))
      set_field (fields, "metric_value", strlen ("metric_value"), &member.text);
    else if (thrum_csv_is (&member.key, "tags") && member.type == THRUM_JSON_OBJECT)
      thrum_json_scan_member (&tags, &member);
  while (thrum_json_scan_next (&tags, &member))
    set_field (fields, member.key.start, member.key.length, &member.text);
  return !scan.bad && !tags.bad;
}

static const char *
parse_line (const ThrumReader *reader, ThrumParse *parse, const char *line, const char *stop)
{
  char texts[THRUM_LINE_MAX + 8];
  ThrumCsvField fields[MAX_NAMES], type, metric;
  ThrumJsonMember data;

  if (!take_parts (line, stop, &type, &metric, &data))
    return "not a metric or a sample of k6's JSON";
  if (!thrum_csv_is (&type, "Point"))
    return NULL;
  for (guint i = 0; i < reader->n_fields; i++)
    fields[i] = (ThrumCsvField){ "", 0, FALSE };
  set_field (fields, "metric_name", strlen ("metric_name"), &metric);
  if (!take_data (&data, fields))
    return "not a metric or a sample of k6's JSON";
  thrum_json_unescape_all (fields, reader->n_fields, texts, sizeof texts);
  return thrum_k6_take (reader, parse, fields, reader->n_fields);
}

static gboolean
is_one (const char *line, const char *stop)
{
  ThrumCsvField type, metric;
  ThrumJsonMember data;

  return take_parts (line, stop, &type, &metric, &data)
         && (thrum_csv_is (&type, "Metric") || thrum_csv_is (&type, "Point"));
}

static gboolean
detect (ThrumReader *reader, const char *head, gsize length)
{
  reader->has_status = reader->has_failure = reader->has_request = TRUE;
  for (reader->n_fields = 0; thrum_k6_names[reader->n_fields] != NULL; reader->n_fields++)
    reader->fields[reader->n_fields] = (guint8)reader->n_fields;
  g_assert (reader->n_fields <= MAX_NAMES);
  return thrum_line_any (head, length, is_one);
}

static const char *
parse (const ThrumReader *reader, ThrumParse *state, const char *cursor, const char *end)
{
  return thrum_line_parse (reader, state, cursor, end, parse_line);
}

const ThrumFormat thrum_format_k6_json = {
  .name = "k6-json",
  .summary = "k6 run --out json=FILE: the same requests",
  .n_digits = 9,
  .is_epoch = TRUE,
  .detect = detect,
  .expects = "a line of JSON with type, metric and data",
  .parse = parse,
};
