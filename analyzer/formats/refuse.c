/* SPDX-License-Identifier: MIT
 *
 * Recognises, by how they begin, files of other tools that hold no requests, or hold them in a way
 * that cannot be read here; and says what to do instead. Main thread.
 */
#include <string.h>

#include "analyzer/formats/formats.h"
#include "analyzer/formats/refuse.h"

#define NO_REQUESTS ", without the requests: "
#define LISTENER "a listener on its event 'request' that writes elapsed,response,status keeps them"
#define ENCODE "vegeta encode --to csv writes them, of the results that it was made of"
#define K6_OUT "k6 run --out csv=FILE or --out json=FILE writes them"

/* A file that begins with @begins (NULL: with anything; of text, behind blanks and line ends) and has
 * @has and @has_too (nullable) in what can be seen of it. */
typedef struct {
  const char *begins;
  gsize n_begins; /* where it is not text: how many bytes */
  const char *has;
  const char *has_too;
  const char *what;
} Known;

static const Known known[] = {
  /* Packed otherwise, or no text. */
  { "\3757zXZ", 6, NULL, NULL, "it is packed by xz: xz -dc FILE | thrum-analyze -" },
  { "BZh", 3, "1AY&SY", NULL, "it is packed by bzip2: bzip2 -dc FILE | thrum-analyze -" },
  { "\x04\x22\x4d\x18", 4, NULL, NULL, "it is packed by lz4: lz4 -dc FILE | thrum-analyze -" },
  { "PK\003\004", 4, NULL, NULL, "it is a zip archive: unzip -p FILE | thrum-analyze -" },
  { "\x1f\x9d", 2, NULL, NULL, "it is packed by compress: zcat FILE | thrum-analyze -" },
  { "SQLite format 3", 16, NULL, NULL,
    "it is a SQLite database, such as oha's --db-url makes: sqlite3 -header -csv FILE "
    "'SELECT end AS elapsed, duration AS response, status, end - start AS service, "
    "len_bytes AS bytes FROM oha' | thrum-analyze -" },
  { "PAR1", 4, NULL, NULL,
    "it is a Parquet file: duckdb -csv -c \"FROM 'FILE'\" | thrum-analyze -, its columns "
    "named elapsed, response and status" },
  /* Summaries as CSV and text. */
  { "Type,Name,", 0, "Request", NULL, "these are Locust's totals" NO_REQUESTS LISTENER },
  { "\"Type\",\"Name\",", 0, "equest", NULL, "these are Locust's totals" NO_REQUESTS LISTENER },
  { "Timestamp,", 0, "User Count", NULL,
    "this is Locust's history of totals" NO_REQUESTS LISTENER },
  { "Method,Name,Error,Occurrences", 0, NULL, NULL,
    "these are Locust's counts of failures" NO_REQUESTS LISTENER },
  { "Count,Message,Traceback,Nodes", 0, NULL, NULL,
    "these are Locust's counts of exceptions" NO_REQUESTS LISTENER },
  { "\"Method\",\"Name\",", 0, "# requests", NULL,
    "these are Locust's totals" NO_REQUESTS LISTENER },
  { "Label,# Samples,", 0, NULL, NULL,
    "this is JMeter's report of totals" NO_REQUESTS "jmeter -l FILE writes them" },
  { "sampler_label,", 0, "aggregate_report", NULL,
    "this is JMeter's report of totals" NO_REQUESTS "jmeter -l FILE writes them" },
  { "ghz_run,", 0, NULL, NULL,
    "these are ghz's totals for InfluxDB" NO_REQUESTS "ghz -O json writes them" },
  { "ghz_detail,", 0, NULL, NULL,
    "these are ghz's lines for InfluxDB, which are not read: ghz -O json is" },
  { "Bombarding ", 0, NULL, NULL,
    "these are bombardier's totals" NO_REQUESTS "no option of bombardier keeps them" },
  { "Transactions:", 0, "Availability:", NULL,
    "these are siege's totals" NO_REQUESTS "no option of siege keeps them; thrum run URL does" },
  { "Running ", 0, "threads and", "connections",
    "these are wrk's totals" NO_REQUESTS
    "no option of wrk keeps them; thrum run URL -u CONNECTIONS does" },
  { "This is ApacheBench", 0, NULL, NULL,
    "these are ab's totals" NO_REQUESTS "ab -g FILE writes them" },
  { "Percentage served,Time in ms", 0, NULL, NULL,
    "these are ab's percentages (ab -e)" NO_REQUESTS "ab -g FILE writes them" },
  { "Summary:", 0, "Success rate:", NULL,
    "these are oha's totals" NO_REQUESTS "oha --output-format csv writes them" },
  { "Summary:", 0, "Requests/sec:", "Response time histogram:",
    "these are hey's or ghz's totals" NO_REQUESTS "hey -o csv, ghz -O json write them" },
  { "Requests ", 0, "[total, rate", NULL, "this is vegeta's report" NO_REQUESTS ENCODE },
  { "starting benchmark", 0, "spawning thread", NULL,
    "these are h2load's totals" NO_REQUESTS "h2load --log-file=FILE writes them" },
  { "Label,# Samples", 0, NULL, NULL,
    "this is JMeter's aggregate report" NO_REQUESTS "jmeter -l FILE writes them" },
  { "sampler_label,", 0, "aggregate_report", NULL,
    "this is JMeter's aggregate report" NO_REQUESTS "jmeter -l FILE writes them" },
  { "Date & Time,", 0, "Trans", "Elap Time",
    "these are siege's totals" NO_REQUESTS "no option of siege keeps them; thrum run URL does" },
  { "start,count,offered,", 0, NULL, NULL,
    "this is thrum-analyze's own intervals.csv" NO_REQUESTS "give it the run's folder" },
  { "duration (ms),status,error", 0, NULL, NULL,
    "ghz's CSV does not say when its requests were: ghz -O json does, and is read" },
  { NULL, 0, "Percentile", "TotalCount 1/(1-Percentile)",
    "this is a histogram (HdrHistogram's .hgrm)" NO_REQUESTS "let the tool write each request" },
  /* Summaries as JSON, and pages. */
  { "{", 0, "\"sampleCount\"", "\"errorPct\"",
    "this is JMeter's statistics.json" NO_REQUESTS "jmeter -l FILE writes them" },
  { "{", 0, "\"metrics\"", "\"http_req", "this is k6's summary" NO_REQUESTS K6_OUT },
  { "{", 0, "\"root_group\"", NULL, "this is k6's summary" NO_REQUESTS K6_OUT },
  { "{", 0, "\"latencies\"", "\"status_codes\"", "this is vegeta's report" NO_REQUESTS ENCODE },
  { "{", 0, "\"successRate\"", NULL,
    "these are oha's totals" NO_REQUESTS "oha --output-format csv writes them" },
  { "{", 0, "\"zrk_version\"", NULL,
    "these are zrk's totals" NO_REQUESTS "no option of zrk keeps them; thrum run URL does" },
  { "{", 0, "\"achieved_rate\"", "\"latency_us\"",
    "this is zrk's time series" NO_REQUESTS "no option of zrk keeps them; thrum run URL does" },
  { "{", 0, "\"numberOfRequests\"", NULL,
    "these are Gatling's totals" NO_REQUESTS "its simulation.log, up to 3.11, has them" },
  { "{", 0, "\"numberOfConnections\"", "\"bytesRead\"",
    "these are bombardier's totals" NO_REQUESTS "no option of bombardier keeps them" },
  { "{", 0, "\"latency\"", "\"p97_5\"",
    "these are autocannon's totals" NO_REQUESTS "no option of autocannon keeps them" },
  { "{", 0, "\"transactions\"", "\"availability\"",
    "these are siege's totals" NO_REQUESTS "no option of siege keeps them; thrum run URL does" },
  { "{", 0, "\"aggregate\"", "\"vusers.c",
    "these are Artillery's totals" NO_REQUESTS "no option of Artillery keeps them" },
  { "{", 0, "\"aggregate\"", "\"scenariosCreated\"",
    "these are Artillery's totals" NO_REQUESTS "no option of Artillery keeps them" },
  { "{", 0, "\"DurationHistogram\"", NULL,
    "these are fortio's totals" NO_REQUESTS
    "fortio load -access-log-file FILE has them, in a format that is not read here" },
  { "[", 0, "\"num_requests\"", "\"avg_response_time\"",
    "these are Locust's totals" NO_REQUESTS LISTENER },
  { "<!DOCTYPE html", 0, NULL, NULL,
    "it is a page, for people: let the tool write each request into a file of its own" },
  { "<html", 0, NULL, NULL,
    "it is a page, for people: let the tool write each request into a file of its own" },
};

static gboolean
has (const char *head, gsize length, const char *text)
{
  return text == NULL || memmem (head, length, text, strlen (text)) != NULL;
}

static gboolean
is (const Known *one, const char *head, gsize length)
{
  gsize n = one->n_begins;

  if (n == 0 && one->begins != NULL)
    {
      while (length > 0 && g_ascii_isspace (*head))
        {
          head++;
          length--;
        }
      n = strlen (one->begins);
    }
  return length >= n && (n == 0 || memcmp (head, one->begins, n) == 0)
         && has (head, length, one->has) && has (head, length, one->has_too);
}

/* A byte 0, and the version's length in four bytes before it. */
static gboolean
is_binary_gatling (const char *head, gsize length)
{
  return length > 8 && memcmp (head, "\0\0\0\0", 4) == 0 && head[4] >= 3 && head[4] < 32
         && g_ascii_isdigit (head[5]) && memchr (head + 5, '.', 4) != NULL;
}

static gboolean
is_tar (const char *head, gsize length)
{
  return length > 262 && memcmp (head + 257, "ustar", 5) == 0;
}

const char *
thrum_refuse_known (const char *head, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (is (&known[i], head, length))
      return known[i].what;
  if (is_binary_gatling (head, length))
    return "it is Gatling's binary log (3.12 and later), which only Gatling reads, and without a "
           "converter of its own: the log of Gatling 3.11 is text, and is read";
  if (is_tar (head, length))
    return "it is a tar archive: tar -xOf FILE MEMBER | thrum-analyze -";
  if (thrum_access_is_untimed (head, length))
    return "it is an access log that does not say how long its requests took, or not for certain: "
           "put "
           "$request_time behind nginx's log_format, %D behind Apache's";
  return NULL;
}
