/* SPDX-License-Identifier: MIT
 *
 * The readers of other tools' files: told apart by content, and what becomes of each line. The lines
 * are as the tools print them.
 */
#include "analyzer/formats.h"

#define K6_HEADER                                                                                  \
  "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name," \
  "proto,scenario,service,status,subproto,tls_version,url,extra_tags\n"

typedef struct {
  gint64 elapsed; /* in units of the format, since the epoch of the file */
  gint64 response;
  gint32 status;
  const char *request;
  const char *kind;
  gint64 bytes;
  gboolean is_part;
} Expected;

typedef struct {
  const char *format;
  const char *text;
  guint n_malformed;
  Expected rows[6];
} Case;

static const Case cases[] = {
  { "hey",
    "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
    "0.0141,0.0005,0.0000,0.0003,0.0131,0.0002,200,0.0090\n"
    "0.0190,0.0002,0.0000,0.0003,0.0136,0.0001,503,0.0045\n"
    "0.0190,0.0002\n",
    1,
    { { 23100, 14100, 200, "", "" }, { 23500, 19000, 503, "", "status 503" } } },
  { "ab",
    "starttime\tseconds\tctime\tdtime\tttime\twait\n"
    "Tue Nov 24 04:53:53 2026\t1795496033\t0\t5\t5\t5\n"
    "Tue Nov 24 04:53:54 2026\t1795496034\t1\t16\t17\t16\n",
    0,
    { { G_GINT64_CONSTANT (1795496033005), 5, 0, "", "" },
      { G_GINT64_CONSTANT (1795496034017), 17, 0, "", "" } } },
  { "vegeta",
    "1565293201234567890,200,1234567,0,42,\"\",Ym9keQ==,big-bang,0,GET,http://localhost/,SGVhZGVy\n"
    "1565293201334567890,0,2000000,0,0,\"Get \"\"http://localhost/\"\": dial tcp 127.0.0.1:80: "
    "connect: connection refused, sorry\",,big-bang,1,GET,http://localhost/,\n"
    "1565293201434567890,500,3000000,0,7,500 Internal Server Error,,big-bang,2,GET,x,\n"
    "1565293201534567890,200,-5,0,7,,,big-bang,3,GET,x,\n",
    1,
    { { G_GINT64_CONSTANT (1565293201235802457), 1234567, 200, "big-bang", "", 42 },
      { G_GINT64_CONSTANT (1565293201336567890), 2000000, 0, "big-bang", "connect-refused" },
      { G_GINT64_CONSTANT (1565293201437567890), 3000000, 500, "big-bang", "status 500", 7 } } },
  { "k6",
    K6_HEADER
    "vus,1645006049,1.000000,,,,,,,,,,,,,,,\n"
    "http_reqs,1645006050,1.000000,,,,true,,GET,front,HTTP/1.1,default,,200,,,http://a/,\n"
    "http_req_duration,1645006050,1530.111000,,,,true,,GET,front,HTTP/1.1,default,,200,,,http://a/"
    ",\n"
    "http_req_duration,1645006051,2.5,,,1404,false,,GET,\"a,b\"\"c\",HTTP/1.1,default,,404,,,x,\n"
    "http_req_duration,1645006052000,0.0,,dial: refused,1212,false,,GET,front,,default,,0,,,x,\n"
    "http_req_duration,1645006052.5,60000,,request "
    "timeout,1050,false,,GET,front,,default,,0,,,x,\n",
    0,
    { { G_GINT64_CONSTANT (1645006050000000000), 1530111000, 200, "front", "" },
      { G_GINT64_CONSTANT (1645006051000000000), 2500000, 404, "a,b\"c", "status 404" },
      { G_GINT64_CONSTANT (1645006052000000000), 0, 0, "front", "connect-refused" },
      { G_GINT64_CONSTANT (1645006052500000000), G_GINT64_CONSTANT (60000000000), 0, "front",
        "timeout" } } },
  { "jmeter",
    "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,"
    "failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect\n"
    "1499876018809,2384,ipify,200,OK,Thread Group 1-84,text,true,,220,129,2,2,u,2384,0,0\n"
    "1499876018900,10,\"a, b\",404,Not Found,Thread Group 1-84,text,false,,220,129,2,2,u,9,0,0\n"
    "1499876019000,5,c,Non HTTP response code: java.net.SocketTimeoutException,\"Non HTTP response "
    "message: Read timed out, sorry\",Thread Group 1-1,text,false,,0,0,2,2,u,0,0,0\n"
    "1499876019100,6,c,200,OK,T 1-1,text,false,\"Test failed: text expected to contain /x/\","
    "12,0,2,2,u,5,0,0\n"
    "and a line that an assertion's message went on to\n",
    1,
    { { G_GINT64_CONSTANT (1499876021193), 2384, 200, "ipify", "", 220 },
      { G_GINT64_CONSTANT (1499876018910), 10, 404, "a, b", "status 404", 220 },
      { G_GINT64_CONSTANT (1499876019005), 5, 0, "c", "timeout" },
      { G_GINT64_CONSTANT (1499876019106), 6, 200, "c", "check", 12 } } },
  { "multi-mechanize",
    "1,0.501,1267019160,user_group-1,0.498000,,{'Example_Timer': 0.4979999065, 'b, c': 1e-3}\n"
    "2,0.802,1267019161,user_group-2,0.300000,,{}\n"
    "3,1.000,1267019161,user_group-2,0.100000,AssertionError(),{\"it's\": 0.1}\n"
    "4,1.000,1267019161,user_group-2,0.100000,,{'x': nonsense}\n",
    1,
    { { 501000000, 498000000, 0, "user_group-1", "" },
      { 501000000, 497999906, 0, "Example_Timer", "", 0, TRUE },
      { 501000000, 1000000, 0, "b, c", "", 0, TRUE },
      { 802000000, 300000000, 0, "user_group-2", "" },
      { 1000000000, 100000000, 0, "user_group-2", "script error" },
      { 1000000000, 100000000, 0, "it's", "script error", 0, TRUE } } },
};

/* As the scan does it: the first format that takes it. */
static const ThrumFormat *
detect (ThrumReader *reader, const char *text, gsize length)
{
  for (guint i = 0; thrum_formats[i] != NULL; i++)
    {
      *reader = (ThrumReader){ .format = thrum_formats[i], .n_digits = thrum_formats[i]->n_digits };
      if (thrum_formats[i]->detect (reader, text, length))
        return thrum_formats[i];
    }
  return NULL;
}

static void
test_reader (gconstpointer data)
{
  const Case *test = data;
  gsize length = strlen (test->text);
  g_autofree char *text = g_malloc0 (length + THRUM_DECIMAL_SLACK);
  g_autofree ThrumParse *parse = g_new0 (ThrumParse, 1);
  g_autoptr (ThrumNames) requests = thrum_names_new (THRUM_MAX_REQUESTS);
  g_autoptr (ThrumNames) kinds = thrum_kinds_new ();
  ThrumReader reader;
  guint n = 0;

  memcpy (text, test->text, length);
  g_assert_nonnull (detect (&reader, text, length));
  g_assert_cmpstr (reader.format->name, ==, test->format);
  reader.requests = requests;
  reader.kinds = kinds;

  const char *start = reader.header ? strchr (text, '\n') + 1 : text;
  g_assert_true (reader.format->parse (&reader, parse, start, text + length) == text + length);
  g_assert_cmpuint (parse->n_malformed, ==, test->n_malformed);
  while (n < G_N_ELEMENTS (test->rows) && (test->rows[n].response > 0 || test->rows[n].elapsed > 0))
    n++;
  g_assert_cmpuint (parse->n_rows, ==, n);
  for (guint i = 0; i < n; i++)
    {
      const ThrumRow *row = &parse->rows[i];
      const Expected *expected = &test->rows[i];

      g_test_message ("row %u", i);
      g_assert_cmpint (row->elapsed, ==, expected->elapsed);
      g_assert_cmpint (row->response, ==, expected->response);
      g_assert_cmpint (row->status, ==, expected->status);
      g_assert_cmpint (row->bytes, ==, expected->bytes);
      g_assert_cmpint (row->is_part, ==, expected->is_part);
      g_assert_cmpstr (thrum_names_get (kinds, row->kind), ==, expected->kind);
      if (reader.has_request)
        g_assert_cmpstr (thrum_names_get (requests, row->request), ==, expected->request);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("/analyzer/readers/", cases[i].format, NULL);
      g_test_add_data_func (name, &cases[i], test_reader);
    }
  return g_test_run ();
}
