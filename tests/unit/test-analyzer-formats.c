/* SPDX-License-Identifier: MIT
 *
 * The readers of logs, of JSON and of what else is not a tool's CSV, and the files that are refused by
 * their tool's name. The lines are as the tools print them.
 */
#include "analyzer/formats/formats.h"
#include "analyzer/read/json-scan.h"
#include "analyzer/formats/refuse.h"

#define T G_GINT64_CONSTANT (1700000000)

typedef struct {
  gint64 elapsed; /* in units of the format, since 1970 or t0 */
  gint64 response;
  gint32 status;
  const char *request; /* NULL where rows have none; a journey's has its mark */
  const char *kind;
  gint64 bytes;
} Expected;

typedef struct {
  const char *format;
  const char *what;
  const char *text;
  guint n_malformed;
  Expected rows[6];
} Case;

static const Case cases[] = {
  { "oha",
    "csv",
    "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n"
    "0.000929675,0.0001,0.0005,0.0131,0.014100001,1024,200\n"
    "1.5,0,0,0,0.25,0,503\n"
    "1.5,0,0,0,0.25,0\n",
    1,
    { { 15029676, 14100001, 200, NULL, "", 1024 },
      { 1750000000, 250000000, 503, NULL, "status 503" } } },
  { "h2load",
    "log-file",
    "1700000000123456\t200\t1234\n"
    "1700000000200000\t-1\t500\n"
    "1700000001000000\t404\t99\tfurther\n"
    "1700000001000000\tok\t99\n",
    1,
    { { T * 1000000 + 124690, 1234, 200, NULL, "" },
      { T * 1000000 + 200500, 500, 0, NULL, "no reply" },
      { T * 1000000 + 1000099, 99, 404, NULL, "status 404" } } },
  { "phout",
    "phantom's and pandora's",
    "1700000000.123\tGET#1\t38149\t100\t20\t38000\t29\t38100\t100\t512\t0\t200\n"
    "1700000000.200\t__EMPTY__\t1000\t0\t0\t0\t0\t0\t0\t0\t111\t0\n"
    "1700000000.300\ttag#x\t11000000\t0\t0\t0\t0\t0\t0\t0\t110\t0\n"
    "1700000001.000\tGET#2\t7\t0\t0\t0\t0\t0\t0\t3\t0\t503\n"
    "1700000001.100\trpc\t9\t0\t0\t0\t0\t0\t0\t0\t0\t0\n"
    "1700000001.100\trpc\t9\n",
    1,
    { { T * 1000000 + 161149, 38149, 200, "GET", "", 512 },
      { T * 1000000 + 201000, 1000, 0, "__EMPTY__", "connect-refused" },
      { T * 1000000 + 11300000, 11000000, 0, "tag#x", "timeout" },
      { T * 1000000 + 1000007, 7, 503, "GET", "status 503", 3 },
      { T * 1000000 + 1100009, 9, 0, "rpc", "" } } },
  { "gatling",
    "3.4 to 3.11",
    "RUN\tcomputerdatabase.BasicSimulation\tbasicsimulation\t1700000000000\t \t3.10.3\n"
    "USER\tUsers\tSTART\t1700000000100\n"
    "REQUEST\t\tHome\t1700000000100\t1700000000160\tOK\t \n"
    "REQUEST\tShop,Cart\tPay \"now\"\t1700000000200\t1700000001200\tKO\tstatus.find.is(200), but "
    "actually "
    "found 503\n"
    "REQUEST\t\tHome\t1700000001000\t1700000061000\tKO\ti.g.h.c.i.RequestTimeoutException: Request "
    "timeout "
    "to localhost after 60000 ms\n"
    "REQUEST\t\tHome\t1700000001000\t1700000001005\tKO\tjsonPath($.id).find.exists, found nothing\n"
    "GROUP\tShop\t1700000000200\t1700000001300\t1000\tKO\n"
    "ERROR\tNo attribute named 'x' is defined \t1700000001400\n"
    "REQUEST\t\tHome\t1700000001000\tOK\n",
    1,
    { { T * 1000 + 160, 60, 0, "Home", "" },
      { T * 1000 + 1200, 1000, 0, "Pay \"now\"", "status 503" },
      { T * 1000 + 61000, 60000, 0, "Home", "timeout" },
      { T * 1000 + 1005, 5, 0, "Home", "check" },
      { T * 1000 + 1300, 1100, 0, THRUM_NAMES_JOURNEY "Shop", "other" } } },
  { "gatling",
    "3.0 to 3.3, 3.14's words, and 2",
    "ASSERTION\tAAECAwQ=\n"
    "REQUEST\t1\t\tHome\t1700000000100\t1700000000160\tOK\t \n"
    "REQUEST\t1\t\tHome\t1700000000100\t1700000000160\tKO\tstatus.find.is(200), found 500\n"
    "REQUEST\tscenario\t1\tG\tHome\t1700000000100\t1700000000170\tOK\t \n"
    "REQUEST\t1\t\tHome\t1700000000100\t1700000000160\tKO\tj.n.ConnectException: Connection "
    "refused\n",
    0,
    { { T * 1000 + 160, 60, 0, "Home", "" },
      { T * 1000 + 160, 60, 0, "Home", "status 500" },
      { T * 1000 + 170, 70, 0, "Home", "" },
      { T * 1000 + 160, 60, 0, "Home", "connect-refused" } } },
  { "k6-json",
    "as k6 writes it since 0.4x, and before",
    "{\"type\":\"Metric\",\"data\":{\"name\":\"http_req_duration\",\"type\":\"trend\",\"contains\":"
    "\"time\","
    "\"thresholds\":[\"p(99)<250\"],\"submetrics\":null},\"metric\":\"http_req_duration\"}\n"
    "{\"metric\":\"http_reqs\",\"type\":\"Point\",\"data\":{\"time\":\"2023-11-14T22:13:20Z\","
    "\"value\":1,"
    "\"tags\":{\"status\":\"200\"}}}\n"
    "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":\"2023-11-14T23:13:20."
    "625742514+01:00\",\"value\":459.865729,\"tags\":{\"expected_response\":\"true\",\"group\":"
    "\"\","
    "\"method\":\"GET\",\"name\":\"http://a/?b=1\\u0026c=\\\"\\u20ac\\\"\",\"proto\":\"HTTP/"
    "1.1\",\"status\":"
    "\"200\",\"url\":\"http://a/\"}}}\n"
    "{\"type\":\"Point\",\"data\":{\"time\":\"2023-11-14T22:13:21Z\",\"value\":60000,\"tags\":{"
    "\"error\":"
    "\"request "
    "timeout\",\"error_code\":\"1050\",\"expected_response\":\"false\",\"name\":\"b\",\"status\":"
    "\"0\"}},\"metric\":\"http_req_duration\"}\n"
    "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":\"2023-11-14T22:13:"
    "21Z\",\"value\":"
    "2.5,\"tags\":{\"expected_response\":\"false\",\"error_code\":\"1404\",\"name\":\"b\","
    "\"status\":\"404\"},"
    "\"metadata\":{\"trace\":\"{}}\"}}}\n"
    "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":\"2023-11-14T22:13:"
    "21Z\",\"value\":"
    "2.5,\"tags\":{\"expected_resp\n"
    "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":\"2023-11-14T22:13:"
    "21Z\",\"value\":"
    "3,\"tags\":{\"expected_response\":\"true\",\"error_code\":\"1404\",\"name\":\"b\","
    "\"status\":\"404\"}}}\n",
    1,
    { { T * 1000000000 + 625742514, 459865729, 200, "http://a/?b=1&c=\"\xe2\x82\xac\"", "" },
      { (T + 1) * 1000000000, G_GINT64_CONSTANT (60000000000), 0, "b", "timeout" },
      { (T + 1) * 1000000000, 2500000, 404, "b", "status 404" },
      { (T + 1) * 1000000000, 3000000, 404, "b", "" } } },
  { "vegeta-json",
    "encode --to json",
    "{\"attack\":\"big\\nbang\",\"seq\":0,\"code\":200,\"timestamp\":\"2023-11-14T22:13:20.5+00:"
    "00\","
    "\"latency\":1234567,\"bytes_out\":0,\"bytes_in\":42,\"error\":\"\",\"body\":\"Ym9keQ==\","
    "\"method\":\"GET\","
    "\"url\":\"http://a/\",\"headers\":{\"Date\":[\"x\"]}}\n"
    "{\"attack\":\"\",\"seq\":1,\"code\":0,\"timestamp\":\"2023-11-14T22:13:21Z\",\"latency\":"
    "2000000,"
    "\"bytes_out\":0,\"bytes_in\":0,\"error\":\"Get \\\"http://a/\\\": dial tcp 127.0.0.1:80: "
    "connect: "
    "connection refused\",\"body\":null,\"headers\":null}\n"
    "{\"attack\":\"\",\"seq\":2,\"code\":500,\"timestamp\":\"2023-11-14T22:13:22Z\",\"latency\":3,"
    "\"bytes_in\":7}\n"
    "{\"attack\":\"\",\"code\":500,\"timestamp\":\"yesterday\",\"latency\":3,\"bytes_in\":7}\n",
    1,
    { { T * 1000000000 + 501234567, 1234567, 200, "big?bang", "", 42 },
      { (T + 1) * 1000000000 + 2000000, 2000000, 0, "", "connect-refused" },
      { (T + 2) * 1000000000 + 3, 3, 500, "", "status 500", 7 } } },
  { "ghz",
    "details",
    "{\"timestamp\":\"2023-11-14T22:13:20.5Z\",\"latency\":5157328,\"error\":\"\",\"status\":"
    "\"OK\"}\n"
    "{\"timestamp\":\"2023-11-14T22:13:21Z\",\"latency\":20000000000,\"error\":\"rpc error: code = "
    "DeadlineExceeded desc = context deadline exceeded\",\"status\":\"DeadlineExceeded\"}\n"
    "{\"timestamp\":\"2023-11-14T22:13:21Z\",\"latency\":1,\"error\":\"rpc error: code = "
    "Unavailable desc = "
    "connection error: desc = \\\"transport: Error while dialing: dial tcp: connect: connection "
    "refused\\\"\",\"status\":\"Unavailable\"}\n"
    "{\"timestamp\":\"2023-11-14T22:13:21Z\",\"latency\":2,\"error\":\"x\",\"status\":\"Internal\"}"
    "\n"
    "{\"timestamp\":\"2023-11-14T22:13:21Z\",\"latency\":-2,\"error\":\"x\",\"status\":"
    "\"Internal\"}\n",
    1,
    { { T * 1000000000 + 500000000, 5157328, 0, NULL, "" },
      { (T + 1) * 1000000000, G_GINT64_CONSTANT (20000000000), 0, NULL, "timeout" },
      { (T + 1) * 1000000000, 1, 0, NULL, "connect-refused" },
      { (T + 1) * 1000000000, 2, 0, NULL, "Internal" } } },
  { "access-log",
    "nginx's combined and $request_time",
    "127.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a?b=1 HTTP/1.1\" 200 612 \"-\" \"curl/7.88 "
    "\\\"x\\\" 1.5\" "
    "0.005\n"
    "127.0.0.1 - bob [14/Nov/2023:23:13:21 +0100] \"POST /b HTTP/2.0\" 499 0 \"-\" \"-\" 1.250\n"
    "127.0.0.1 - - [14/Nov/2023:22:13:22 +0000] \"\\x16\\x03\" 400 157 \"-\" \"-\" 0.000\n"
    "127.0.0.1 - - [14/Nov/2023:22:13:22 +0000] \"GET /c HTTP/1.1\" 200 157 \"-\" \"-\"\n",
    1,
    { { T * 1000000, 5000, 200, "GET /a", "", 612 },
      { (T + 1) * 1000000, 1250000, 499, "POST /b", "status 499" },
      { (T + 2) * 1000000, 0, 400, "\\x16\\x03", "status 400", 157 } } },
  { "access-log",
    "nginx, named, with $msec and the upstream's time",
    "10.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET / HTTP/1.1\" 200 612 1700000000.250 rt=0.105 "
    "uct=\"0.001\" "
    "urt=\"0.090\"\n"
    "10.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET / HTTP/1.1\" 502 0 1700000000.500 rt=0.200 "
    "uct=\"-\" "
    "urt=\"-\"\n",
    0,
    { { T * 1000000 + 250000, 105000, 200, "GET /", "", 612 },
      { T * 1000000 + 500000, 200000, 502, "GET /", "status 502" } } },
  { "access-log",
    "nginx, the time before the request, and a date without brackets",
    "2023-11-14T22:13:20+00:00 10.0.0.1 0.105 \"GET /a HTTP/1.1\" 200 612 \"-\" 0.104\n"
    "2023-11-14T22:13:21+00:00 10.0.0.1 0.205 \"GET /b HTTP/1.1\" 404 5 \"-\" 0.204\n",
    0,
    { { T * 1000000, 105000, 200, "GET /a", "", 612 },
      { (T + 1) * 1000000, 205000, 404, "GET /b", "status 404", 5 } } },
  { "access-log",
    "nginx, a date as Envoy's in front",
    "[2023-11-14T22:13:20+00:00] \"GET /a HTTP/1.1\" 200 612 431 0.105\n",
    0,
    { { T * 1000000, 105000, 200, "GET /a", "", 612 } } },
  { "access-log",
    "nginx's ingress: a length before the time",
    "10.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /x HTTP/1.1\" 200 612 \"-\" \"curl\" 431 "
    "0.105 "
    "[default-web-80] [] 10.1.0.1:80 612 0.104 200 4d8c\n",
    0,
    { { T * 1000000, 105000, 200, "GET /x", "", 612 } } },
  { "access-log",
    "Apache's combined and %D, a host before it",
    "shop:443 127.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a HTTP/1.1\" 200 - \"-\" "
    "\"curl/7.88\" 1534\n"
    "shop:443 127.0.0.1 - - [14/Nov/2023:22:13:21 +0000] \"GET /a HTTP/1.1\" 500 9 \"-\" "
    "\"curl/7.88\" 84\n",
    0,
    { { T * 1000000 + 1534, 1534, 200, "GET /a", "", 0 },
      { (T + 1) * 1000000 + 84, 84, 500, "GET /a", "status 500", 9 } } },
  { "access-log",
    "Apache's common and %T/%D",
    "::1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a HTTP/1.1\" 200 5 0/1534\n",
    0,
    { { T * 1000000 + 1534, 1534, 200, "GET /a", "", 5 } } },
  { "access-log",
    "HAProxy's httplog",
    "Nov 14 22:13:20 lb haproxy[14389]: 10.0.1.2:33317 [14/Nov/2023:22:13:20.655] http-in "
    "static/srv1 "
    "10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} \"GET /index.html?x HTTP/1.1\"\n"
    "Nov 14 22:13:21 lb haproxy[14389]: 10.0.1.2:33317 [14/Nov/2023:22:13:21.000] http-in "
    "static/srv1 "
    "10/0/30/-1/+30000 -1 0 - - sH-- 1/1/1/1/0 0/0 \"GET /slow HTTP/1.1\"\n"
    "Nov 14 22:13:21 lb haproxy[14389]: Proxy http-in started.\n",
    1,
    { { T * 1000000 + 764000, 109000, 200, "GET /index.html", "", 2750 },
      { (T + 31) * 1000000, 30000000, 0, "GET /slow", "timeout" } } },
  { "access-log",
    "HAProxy's httpslog",
    "10.0.1.2:33317 [14/Nov/2023:22:13:20.655] in~ static/srv1 10/0/30/69/109 200 2750 - - ---- "
    "1/1/1/1/0 "
    "0/0 \"GET /a HTTP/1.1\" 0/0000000000000000/0/0/0 a.example/TLSv1.3/TLS_AES_256_GCM_SHA384\n",
    0,
    { { T * 1000000 + 764000, 109000, 200, "GET /a", "", 2750 } } },
  { "access-log",
    "Traefik's common format",
    "10.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a HTTP/1.1\" 200 4 \"-\" \"-\" 1001 "
    "\"r@docker\" "
    "\"http://10.0.0.2:80\" 5ms\n"
    "10.0.0.1 - - [14/Nov/2023:22:13:21 +0000] \"GET /a HTTP/1.1\" 502 11 \"-\" \"-\" 1002 "
    "\"r@docker\" "
    "\"-\" 1200ms\n",
    0,
    { { T * 1000000 + 5000, 5000, 200, "GET /a", "", 4 },
      { (T + 2) * 1000000 + 200000, 1200000, 502, "GET /a", "status 502", 11 } } },
  { "access-log",
    "Envoy's default, and Istio's",
    "[2023-11-14T22:13:20.310Z] \"POST /api/v1/locations HTTP/2\" 204 - 154 12 226 100 "
    "\"10.0.35.28\" "
    "\"nsq2http\" \"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2\" \"locations\" \"tcp://10.0.2.1:80\"\n"
    "[2023-11-14T22:13:21.000Z] \"GET /a HTTP/1.1\" 504 UT upstream_response_timeout - \"-\" 0 24 "
    "15000 - "
    "\"-\" \"curl\" \"x\" \"y\" \"10.0.2.1:80\"\n"
    "[2023-11-14T22:13:21.000Z] \"GET /a HTTP/1.1\" 0 UT 0 0 20 - \"-\" \"curl\" \"x\" \"y\" "
    "\"-\"\n",
    0,
    { { T * 1000000 + 536000, 226000, 204, "POST /api/v1/locations", "", 12 },
      { (T + 16) * 1000000, 15000000, 504, "GET /a", "status 504", 24 },
      { (T + 1) * 1000000 + 20000, 20000, 0, "GET /a", "timeout" } } },
};

/* As the scan does it: the first format that takes it. */
static const ThrumFormat *
detect (ThrumReader *reader, const char *text, gsize length)
{
  for (guint i = 0; thrum_formats[i] != NULL; i++)
    {
      *reader = thrum_reader_of (thrum_formats[i]);
      if (thrum_formats[i]->detect (reader, text, length))
        return thrum_formats[i];
    }
  return NULL;
}

static void
check_row (const ThrumReader *reader, const ThrumRow *row, const Expected *expected)
{
  g_assert_cmpint (row->elapsed, ==, expected->elapsed);
  g_assert_cmpint (row->response, ==, expected->response);
  g_assert_cmpint (row->status, ==, expected->status);
  g_assert_cmpint (row->bytes, ==, expected->bytes);
  g_assert_cmpstr (thrum_names_get (reader->kinds, row->kind), ==, expected->kind);
  g_assert_cmpint (reader->has_request, ==, expected->request != NULL);
  if (expected->request == NULL)
    return;
  gboolean journey = expected->request[0] == THRUM_NAMES_JOURNEY[0];
  g_assert_cmpint (row->is_part, ==, journey);
  g_assert_cmpint (thrum_names_is_journey (reader->requests, row->request), ==, journey);
  g_assert_cmpstr (thrum_names_get (reader->requests, row->request), ==,
                   expected->request + journey);
}

static void
test_reader (gconstpointer data)
{
  const Case *test = data;
  gsize length = strlen (test->text);
  g_autofree char *text = g_malloc0 (length + THRUM_DECIMAL_SLACK);
  g_autofree ThrumParse *parse = g_new0 (ThrumParse, 1);
  g_autoptr (ThrumNames) requests = thrum_names_new (THRUM_MAX_REQUESTS);
  g_autoptr (ThrumNames) kinds = thrum_kinds_new (THRUM_MAX_KINDS);
  ThrumReader reader;
  guint n = 0;

  memcpy (text, test->text, length);
  g_assert_nonnull (detect (&reader, text, length));
  g_assert_cmpstr (reader.format->name, ==, test->format);
  g_assert_null (thrum_refuse_known (text, length));
  reader.requests = requests;
  reader.kinds = kinds;

  const char *start = reader.header ? strchr (text, '\n') + 1 : text;
  g_assert_true (reader.format->parse (&reader, parse, start, text + length) == text + length);
  g_assert_cmpuint (parse->n_malformed, ==, test->n_malformed);
  while (n < G_N_ELEMENTS (test->rows) && test->rows[n].elapsed > 0)
    n++;
  g_assert_cmpuint (parse->n_rows, ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_test_message ("row %u", i);
      check_row (&reader, &parse->rows[i], &test->rows[i]);
    }
}

static const struct {
  const char *head;
  gsize length; /* 0: of the text */
  const char *says;
} refused[] = {
  { "\xfd"
    "7zXZ\0\0",
    7, "xz -dc FILE" },
  { "BZh91AY&SY12345", 0, "bzip2 -dc FILE" },
  { "PK\003\004....", 0, "unzip -p FILE" },
  { "SQLite format 3\0\020", 18, "oha's --db-url" },
  { "\0\0\0\0\006"
    "3.12.0\0\0\0",
    14, "Gatling's binary log" },
  { "Type,Name,Request Count,Failure Count,Median Response Time\nGET,/,9,0,5\n", 0,
    "Locust's totals" },
  { "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%\n1640995200,10,,Aggregated,1,0,5\n",
    0, "Locust's history" },
  { "Method,Name,Error,Occurrences\nGET,/,404,25\n", 0, "Locust's counts of failures" },
  { "Running 10s test @ http://127.0.0.1/\n  2 threads and 10 connections\n  Thread Stats   Avg\n",
    0, "wrk's totals" },
  { "This is ApacheBench, Version 2.3\n", 0, "ab -g FILE" },
  { "Percentage served,Time in ms\n0,10.5\n1,11.5\n", 0, "ab's percentages" },
  { "\nSummary:\n  Total:\t1.0 secs\n  Slowest:\t0.1 secs\n  Requests/sec:\t100\n\nResponse time "
    "histogram:\n",
    0, "hey -o csv" },
  { "Summary:\n  Success rate:\t100.00%\n  Total:\t1 secs\n", 0, "oha's totals" },
  { "Requests      [total, rate, throughput]         10, 10.0, 9.9\n", 0, "vegeta's report" },
  { "starting benchmark...\nspawning thread #0: 1 total client(s). 10 total requests\n", 0,
    "h2load --log-file=FILE" },
  { "\nduration (ms),status,error\n1.43,OK,\n", 0, "ghz -O json" },
  { "       Value     Percentile TotalCount 1/(1-Percentile)\n       1.0 0.0 1 1.00\n", 0,
    "histogram" },
  { "{\n  \"Total\" : {\n    \"transaction\" : \"Total\",\n    \"sampleCount\" : 9,\n    "
    "\"errorPct\" : 0.0\n",
    0, "statistics.json" },
  { "{\"metrics\":{\"http_reqs\":{\"count\":1}}}", 0, "k6's summary" },
  { "{\"latencies\":{\"total\":1},\"status_codes\":{\"200\":1}}", 0, "vegeta's report" },
  { "{\n  \"summary\": {\n    \"successRate\": 1.0,\n", 0, "oha's totals" },
  { "{\n  \"zrk_version\": \"2.5.0\",\n", 0, "zrk's totals" },
  { "{\"t\":1.000,\"target_rate\":1.0,\"achieved_rate\":1.0,\"latency_us\":{\"p50\":1}}\n", 0,
    "zrk's time series" },
  { "{\"aggregate\":{\"counters\":{\"vusers.created\":1}}}", 0, "Artillery's totals" },
  { "<!DOCTYPE html>\n<html>", 0, "a page" },
  { "\"Method\",\"Name\",\"# requests\",\"# failures\"\n\"GET\",\"/\",9,0\n", 0,
    "Locust's totals" },
  { "Label,# Samples,Average,Median\nGET,9,5,5\n", 0, "JMeter's report" },
  { "sampler_label,aggregate_report_count,average\nGET,9,5\n", 0, "JMeter's report" },
  { "ghz_run,proto=\"a\",n=9 count=9,total=5 128802790\n", 0, "ghz -O json" },
  { "ghz_detail,proto=\"a\" latency=5157328,error=,status=OK 681023506\n", 0, "ghz -O json" },
  { "Bombarding http://a/ for 10s using 1 connection(s)\n", 0, "bombardier's totals" },
  { "{\"spec\":{\"numberOfConnections\":1},\"result\":{\"bytesRead\":1}}", 0,
    "bombardier's totals" },
  { "\nTransactions:\t\t 9 hits\nAvailability:\t 100.00 %\n", 0, "siege's totals" },
  { "{\t\"transactions\": 9, \"availability\": 100.0}", 0, "siege's totals" },
  { "{\"url\":\"http://a/\",\"latency\":{\"average\":1,\"p97_5\":2}}", 0, "autocannon's totals" },
  { "{\n\"name\": \"All Requests\",\n\"numberOfRequests\": {\"total\": 9}}", 0,
    "Gatling's totals" },
  { "127.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET / HTTP/1.1\" 200 612 \"-\" \"curl\"\n", 0,
    "put $request_time" },
  /* Seconds or microseconds? */
  { "127.0.0.1 - - [14/Nov/2023:22:13:20 +0000] \"GET / HTTP/1.1\" 200 612 \"-\" \"curl\" 12\n", 0,
    "not for certain" },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      gsize length = refused[i].length > 0 ? refused[i].length : strlen (refused[i].head);
      g_autofree char *head = g_malloc0 (length + THRUM_DECIMAL_SLACK);
      ThrumReader reader;

      memcpy (head, refused[i].head, length);
      const char *what = thrum_refuse_known (head, length);
      g_test_message ("%s: %s", refused[i].says, what);
      g_assert_nonnull (what);
      g_assert_nonnull (strstr (what, refused[i].says));
      /* Numbers alone may look like columns, which is why they are asked about first. */
      const ThrumFormat *format = detect (&reader, head, length);
      g_assert_true (format == NULL || format == &thrum_format_columns);
    }
}

/* What a scan makes of a line: its keys and values without their escapes, joined; NULL: not JSON. */
static const struct {
  const char *line;
  const char *members;
} lines_of_json[] = {
  { "{}", "" },
  { " { \"a\" : 1 , \"b\":\"x\" } ", "a=1 b=x " },
  { "{\"a\":-1.5e3,\"b\":null,\"c\":true}", "a=-1.5e3 b=null c=true " },
  { "{\"a\":\"\\\\\",\"b\":\"\\\"}\",\"c\":2}", "a=\\ b=\"} c=2 " },
  { "{\"a\":{\"x\":[1,{\"y\":\"}\"}]},\"b\":[\"]\",[]]}", "a=\"x\":[1,{\"y\":\"}\"}] b=\"]\",[] " },
  { "{\"a\":\"\\u0041\\u00e9\\ud83d\\ude00\\n\\/\"}", "a=A\xc3\xa9\xf0\x9f\x98\x80\n/ " },
  { "{\"a\":\"\\ud83d\\u0041\\u00\"}", "a=\xef\xbf\xbd"
                                       "A\xef\xbf\xbd"
                                       "00 " },
  { "{\"a\":1", NULL },
  { "{\"a\":1}x", NULL },
  { "{\"a\":\"1}", NULL },
  { "{\"a\" 1}", NULL },
  { "{\"a\":}", NULL },
  { "{a:1}", NULL },
  { "{\"a\":1 2}", NULL },
  { "[1]", NULL },
  { "", NULL },
};

static void
test_json (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (lines_of_json); i++)
    {
      gsize length = strlen (lines_of_json[i].line);
      g_autofree char *exact = g_memdup2 (lines_of_json[i].line, length); /* for ASan */
      g_autoptr (GString) members = g_string_new (NULL);
      ThrumJsonMember member;
      ThrumJsonScan scan;
      char buffer[64];

      gboolean good = thrum_json_scan_object (&scan, exact, exact + length);
      while (good && thrum_json_scan_next (&scan, &member))
        {
          g_string_append_len (members, member.key.start, (gssize)member.key.length);
          if (member.type == THRUM_JSON_STRING)
            thrum_json_unescape (&member.text, buffer, sizeof buffer);
          g_string_append_printf (members, "=%.*s ", (int)member.text.length, member.text.start);
        }
      g_test_message ("%s", lines_of_json[i].line);
      g_assert_cmpstr (good && !scan.bad ? members->str : NULL, ==, lines_of_json[i].members);
    }
}

/* A value without room for it is cut, never beyond the buffer. */
static void
test_json_room (void)
{
  g_autofree char *text = g_strnfill (1000, 'x');
  char buffer[16];

  memcpy (text, "\\u20ac", 6);
  ThrumCsvField field = { text, 1000, FALSE };
  thrum_json_unescape (&field, buffer, sizeof buffer);
  g_assert_true (field.start == buffer);
  g_assert_cmpmem (field.start, field.length, "\xe2\x82\xacxxxxxxx", field.length);
  g_assert_cmpuint (field.length, >=, 8);
}

#define K6_HEADER "metric_name,timestamp,metric_value,error,error_code,name,status\n"

/* What stands before a name, and behind it. */
static const struct {
  const char *header;
  const char *before;
  const char *behind;
} long_names[] = {
  { K6_HEADER, "http_req_duration,1700000000,2,,,/?a&b=", ",200\n" },
  { K6_HEADER, "ws_connecting,1700000000,2,,,/?a&b=", ",101\n" },
  { "",
    "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":"
    "\"2023-11-14T22:13:20Z\",\"value\":2,\"tags\":{\"name\":\"/?a\\u0026b=",
    "\",\"status\":"
    "\"200\"}}}\n" },
  { "", "{\"attack\":\"a\\u0026",
    "\",\"seq\":0,\"code\":200,\"timestamp\":\"2023-11-14T22:13:20Z\","
    "\"latency\":1,\"bytes_out\":0,\"bytes_in\":0,\"error\":\"\",\"body\":null}\n" },
};

/* Two names that differ at their ends alone stay two, whatever their length. */
static void
test_long_names (void)
{
  static const gsize lengths[] = { 195, 300, 1100, 60000 };

  for (guint i = 0; i < G_N_ELEMENTS (long_names); i++)
    for (guint k = 0; k < G_N_ELEMENTS (lengths); k++)
      {
        g_autofree char *middle = g_strnfill (lengths[k], 'x');
        g_autoptr (GString) text = g_string_new (long_names[i].header);
        g_autofree ThrumParse *parse = g_new0 (ThrumParse, 1);
        g_autoptr (ThrumNames) requests = thrum_names_new (THRUM_MAX_REQUESTS);
        g_autoptr (ThrumNames) kinds = thrum_kinds_new (THRUM_MAX_KINDS);
        ThrumReader reader;

        for (char end = 'a'; end <= 'b'; end++)
          g_string_append_printf (text, "%s%s%c%s", long_names[i].before, middle, end,
                                  long_names[i].behind);
        gsize length = text->len;
        g_string_set_size (text, length + THRUM_DECIMAL_SLACK);
        memset (text->str + length, 0, THRUM_DECIMAL_SLACK);
        g_assert_nonnull (detect (&reader, text->str, length));
        reader.requests = requests;
        reader.kinds = kinds;
        const char *start = text->str + strlen (long_names[i].header);
        reader.format->parse (&reader, parse, start, text->str + length);
        g_test_message ("reader %s, %zu bytes", reader.format->name, lengths[k]);
        g_assert_cmpuint (parse->n_rows, ==, 2);
        g_assert_cmpuint (parse->rows[0].request, !=, parse->rows[1].request);
      }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name =
          g_strdup_printf ("/analyzer/formats/%s/%s", cases[i].format, cases[i].what);
      g_test_add_data_func (name, &cases[i], test_reader);
    }
  g_test_add_func ("/analyzer/formats/refused", test_refused);
  g_test_add_func ("/analyzer/formats/json", test_json);
  g_test_add_func ("/analyzer/formats/json-room", test_json_room);
  g_test_add_func ("/analyzer/formats/long-names", test_long_names);
  return g_test_run ();
}
