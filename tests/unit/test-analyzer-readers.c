/* SPDX-License-Identifier: MIT
 *
 * The readers of other tools' files: told apart by content, and what becomes of each line. The lines
 * are as the tools print them.
 */
#include "analyzer/read/csv.h"
#include "analyzer/formats/formats.h"

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

#define JMETER_HEADER "timeStamp,elapsed,label,responseCode,responseMessage,success"

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
  /* Any spelling of a truth value; another word is no row. */
  { "jmeter",
    JMETER_HEADER "\n1700000000001,5,a,500,ISE,False\n1700000000002,5,a,500,ISE,0\n"
                  "1700000000003,5,a,200,OK,TRUE\n1700000000004,5,a,200,OK,perhaps\n"
                  "1700000000005,5,a,200,OK,\n1700000000006,5,a,200,OK, Yes \n",
    2,
    { { G_GINT64_CONSTANT (1700000000006), 5, 500, "a", "status 500" },
      { G_GINT64_CONSTANT (1700000000007), 5, 500, "a", "status 500" },
      { G_GINT64_CONSTANT (1700000000008), 5, 200, "a", "" },
      { G_GINT64_CONSTANT (1700000000011), 5, 200, "a", "" } } },
  /* Without one the status says it. */
  { "jmeter",
    "timeStamp,elapsed,label,responseCode\n1700000000001,5,a,500\n1700000000002,5,a,302\n"
    "1700000000003,75000,a,Non HTTP response code: java.net.SocketTimeoutException\n"
    "1700000000004,5,a,\n",
    0,
    { { G_GINT64_CONSTANT (1700000000006), 5, 500, "a", "status 500" },
      { G_GINT64_CONSTANT (1700000000007), 5, 302, "a", "" },
      { G_GINT64_CONSTANT (1700000075003), 75000, 0, "a", "timeout" },
      { G_GINT64_CONSTANT (1700000000009), 5, 0, "a", "no reply" } } },
  /* A comma that nobody quoted shifts nothing; one at the end is none. */
  { "jmeter",
    JMETER_HEADER "\n1700000000001,5,a,500,Server error, try again, later,false\n"
                  "1700000000002,5,a,500,ISE,false,\n1700000000003,5,a,500,ISE,false,,\n",
    2,
    { { G_GINT64_CONSTANT (1700000000007), 5, 500, "a", "status 500" } } },
  { "jmeter",
    "timeStamp\telapsed\tlabel\tresponseCode\tresponseMessage\tsuccess\n"
    "1700000000001\t20\ta,b\t200\tOK\ttrue\n2023/11/14 22:13:20.500\t20\ta\t200\tOK\ttrue\n",
    0,
    { { G_GINT64_CONSTANT (1700000000021), 20, 200, "a,b", "" },
      { G_GINT64_CONSTANT (1700000000520), 20, 200, "a", "" } } },
  { "jmeter",
    " timeStamp; elapsed;label;responseCode;responseMessage;success\n"
    "1700000000001;20;\"a;b\";200;OK;true\n",
    0,
    { { G_GINT64_CONSTANT (1700000000021), 20, 200, "a;b", "" } } },
  /* A transaction is a journey, whatever it is called and wherever it stands. */
  { "jmeter",
    JMETER_HEADER
    ",bytes\n1700000000001,9,a,200,\"Number of samples in transaction : 2, number of failing "
    "samples "
    ": 0\",true,30\n1700000000001,4,a,200,OK,true,10\n"
    "1700000000001,9,b,,\"Number of samples in transaction : 1, number of failing samples : 1\","
    "false,10\n",
    0,
    { { G_GINT64_CONSTANT (1700000000010), 9, 200, "a", "", 30, TRUE },
      { G_GINT64_CONSTANT (1700000000005), 4, 200, "a", "", 10 },
      { G_GINT64_CONSTANT (1700000000010), 9, 0, "b", "no reply", 10, TRUE } } },
  { "jmeter",
    "timeStamp,elapsed,label,responseCode,dataType,success,URL\n1700000000001,9,t,200,,true,null\n"
    "1700000000001,4,a,200,text,true,null\n1700000000001,5,c,200,,true,http://c/\n",
    0,
    { { G_GINT64_CONSTANT (1700000000010), 9, 200, "t", "", 0, TRUE },
      { G_GINT64_CONSTANT (1700000000005), 4, 200, "a", "" },
      { G_GINT64_CONSTANT (1700000000006), 5, 200, "c", "" } } },
  /* Without a header: 17, 16 and 13 usual columns. */
  { "jmeter",
    "1700000000001,20,7,200,OK,tg 1-1,text,true,,220,129,2,2,http://a/,9,0,0\n"
    "1700000000002,20,8,500,\"a\nb\",tg 1-1,text,false,why,221,129,2,2,http://a/,9,0,0\n",
    0,
    { { G_GINT64_CONSTANT (1700000000021), 20, 200, "7", "", 220 },
      { G_GINT64_CONSTANT (1700000000022), 20, 500, "8", "status 500", 221 } } },
  { "jmeter",
    "1700000000001,20,7,200,OK,tg 1-1,text,true,,220,129,2,2,9,0,0\n",
    0,
    { { G_GINT64_CONSTANT (1700000000021), 20, 200, "7", "", 220 } } },
  { "jmeter",
    "1700000000001\t20\t7\t500\tOK\ttg 1-1\tfalse\t220\t2\t2\t9\thost\t0\n",
    0,
    { { G_GINT64_CONSTANT (1700000000021), 20, 500, "7", "status 500", 220 } } },
  { "jmeter",
    "1700000000001,20,7,200,OK,tg 1-1,text,TRUE,220,2,2,9,0\n",
    0,
    { { G_GINT64_CONSTANT (1700000000021), 20, 200, "7", "", 220 } } },
  { "k6",
    K6_HEADER
    "http_req_duration,2023-11-14T22:13:20Z,2,,,,true,,GET,u,,default,,200,,,u,\n"
    "http_req_duration,1700000000,59359.5,,context deadline "
    "exceeded,1000,false,,GET,u,,default,,0,,"
    ",u,\n"
    "http_req_duration,1700000000,3,,\"Get \"\"u\"\": EOF\",1000,false,,GET,u,,default,,0,,,u,\n"
    "http_req_duration,1700000000,3,,,,,,GET,u,,default,,503,,,u,\n"
    "http_req_duration,1700000000,3,,,,nonsense,,GET,u,,default,,200,,,u,\n",
    1,
    { { G_GINT64_CONSTANT (1700000000000000000), 2000000, 200, "u", "" },
      { G_GINT64_CONSTANT (1700000000000000000), G_GINT64_CONSTANT (59359500000), 0, "u",
        "timeout" },
      { G_GINT64_CONSTANT (1700000000000000000), 3000000, 0, "u", "closed-early" },
      { G_GINT64_CONSTANT (1700000000000000000), 3000000, 503, "u", "status 503" } } },
  { "k6",
    K6_HEADER
    "grpc_req_duration,1700000000,90,,,,,,,pkg.Svc/M,,default,,0,,,,\n"
    "grpc_req_duration,1700000000,90,,,,,,,pkg.Svc/M,,default,,14,,,,\n"
    "ws_connecting,1700000000,5,,,,,,,,,default,,101,,,ws://a/,\n"
    "browser_http_req_duration,1700000000,6,,,,true,,GET,http://a/,,default,,200,,,http://a/,\n",
    0,
    { { G_GINT64_CONSTANT (1700000000000000000), 90000000, 0, "pkg.Svc/M", "" },
      { G_GINT64_CONSTANT (1700000000000000000), 90000000, 14, "pkg.Svc/M", "status 14" },
      { G_GINT64_CONSTANT (1700000000000000000), 5000000, 101, "ws_connecting ws://a/", "" },
      { G_GINT64_CONSTANT (1700000000000000000), 6000000, 200,
        "browser_http_req_duration http://a/", "" } } },
  /* Tables of no tool's own, by their header's names and units. */
  { "named",
    "timestamp,latency_ms,status\n1700000000100,45,200\n1700000000101,45,500\n"
    "1700000000102,45\n1700000000103,45,200,\n1700000000104,45,200,7\n",
    2,
    { { G_GINT64_CONSTANT (1700000000145000), 45000, 200, "", "" },
      { G_GINT64_CONSTANT (1700000000146000), 45000, 500, "", "status 500" },
      { G_GINT64_CONSTANT (1700000000148000), 45000, 200, "", "" } } },
  { "named",
    "elapsed_s;Response Time "
    "[\302\265s];Label;ok\n0.5;45000,5;\"a;b\";KO\n1.5;1;c;yes\n1;1;c;maybe\n",
    1,
    { { 500000, 45000, 0, "a;b", "other" }, { 1500000, 1, 0, "c", "" } } },
  { "named",
    "url\tstart_ns\tend_ns\tstatusCode\n/\t1700000000000000000\t1700000000045000000\t200\n"
    "/\t1700000000045000000\t1700000000000000000\t200\n",
    1,
    { { G_GINT64_CONSTANT (1700000000045000), 45000, 200, "/", "" } } },
  { "named",
    "date,took,error\n2023-11-14T22:13:20Z,45ms,null\n2023-11-14T22:13:20Z,1.5 s,dial tcp: "
    "connection "
    "refused\n2023-11-14T22:13:20Z,45,\n",
    1,
    { { G_GINT64_CONSTANT (1700000000045000), 45000, 0, "", "" },
      { G_GINT64_CONSTANT (1700000001500000), 1500000, 0, "", "connect-refused" } } },
  { "named",
    "timestamp,time_us,failed,size\n1700000000,7,False,12\n1700000000,8,1,13\n",
    0,
    { { G_GINT64_CONSTANT (1700000000000007), 7, 0, "", "", 12 },
      { G_GINT64_CONSTANT (1700000000000008), 8, 0, "", "other", 13 } } },
  /* A status in words. */
  { "named",
    "timestamp,latency_ms,status\n1700000000100,45,OK\n1700000000101,45,FAIL\n"
    "1700000000102,45,200 OK\n1700000000103,45,503 Service Unavailable\n"
    "1700000000104,45,timeout\n1700000000105,45,\n",
    0,
    { { G_GINT64_CONSTANT (1700000000145000), 45000, 0, "", "" },
      { G_GINT64_CONSTANT (1700000000146000), 45000, 0, "", "other" },
      { G_GINT64_CONSTANT (1700000000147000), 45000, 200, "", "" },
      { G_GINT64_CONSTANT (1700000000148000), 45000, 503, "", "status 503" },
      { G_GINT64_CONSTANT (1700000000149000), 45000, 0, "", "timeout" },
      { G_GINT64_CONSTANT (1700000000150000), 45000, 0, "", "no reply" } } },
  /* Seconds since 1970 as elapsed. */
  { "columns",
    "1700000000,0.050,200\n1700000001,0.050,500\n",
    0,
    { { G_GINT64_CONSTANT (1700000000000), 50, 200, "", "" },
      { G_GINT64_CONSTANT (1700000001000), 50, 500, "", "status 500" } } },
};

/* What no reader may take for requests. */
static const char *const refused[] = {
  "timestamp,elapsed,status\n1700000000100,45,200\n", /* 45 of what? */
  "startTime,responseTime\n1700000000100,45\n",
  "time,latency_ms\n5,45\n",                       /* 5 of what? */
  "timestamp,rps,latency_ms\n1700000000,100,45\n", /* each is of several requests */
  "timestamp,p99_ms,status\n1700000000,100,45\n",
  "timestamp,avg latency (ms),status\n1700000000,100,45\n",
  "second,count,mean\n1,100,0.045\n",
  "latency_ms,status\n45,200\n",        /* when? */
  "timestamp,status\n1700000000,200\n", /* how long? */
  "when,how-long,status\n1.0,0.1,200\n",
  "Percent,Time\n0,10.5\n50,60.5\n",
  "0,10.5\n50,60.5\n66,76.5\n",                   /* began before the start */
  "1700000000100,45,200\n1700000000101,45,200\n", /* stamps in ms: latencies, too? */
  "1700000000,45,200\n1700000001,45,200\n",
  "1700000000100000,45,200\n",
  "1700000000100,33,7,200,OK,tg 1-1,text,true\n", /* not JMeter's usual columns */
  "1700000000100,33,7,200,OK,tg 1-1,text,maybe,,220,129,2,2,u,9,0,0\n",
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    for (guint j = 0; thrum_formats[j] != NULL; j++)
      {
        ThrumReader reader = thrum_reader_of (thrum_formats[j]);
        gsize length = strlen (refused[i]);
        g_autofree char *text = g_malloc0 (length + THRUM_DECIMAL_SLACK);

        memcpy (text, refused[i], length);
        g_test_message ("%s: %s", thrum_formats[j]->name, refused[i]);
        g_assert_false (reader.format->detect (&reader, text, length));
      }
}

/* What a failure's message amounts to, in the words of many programs; "" is none of the tokens. */
static const struct {
  const char *token;
  const char *message;
  const char *class; /* (nullable) of the exception */
} messages[] = {
  { "timeout", "Connect to h:80 [/192.0.2.1] failed: Connection timed out (Connection timed out)",
    "Non HTTP response code: org.apache.http.conn.HttpHostConnectException" },
  { "timeout", "Operation timed out", "java.net.ConnectException" },
  { "timeout", "connect timed out", "java.net.SocketTimeoutException" },
  { "timeout", "Get \"http://h/\": dial tcp 192.0.2.1:80: i/o timeout", NULL },
  { "timeout", "net/http: TLS handshake timeout", NULL },
  { "timeout",
    "Get \"http://h/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
    NULL },
  { "timeout", "HTTPConnectionPool(host='h', port=80): Read timed out. (read timeout=5)", NULL },
  { "timeout", "Connection to h timed out.", "ConnectTimeoutError" },
  { "timeout", "connect ETIMEDOUT 192.0.2.1:80", NULL },
  { "timeout",
    "A connection attempt failed because the connected party did not properly respond after a "
    "period "
    "of time, or established connection failed",
    NULL },
  { "timeout", "(28) Operation timed out after 5001 milliseconds", NULL },
  { "connect-refused", "Connect to h:80 [h/127.0.0.1] failed: Connection refused",
    "HttpHostConnectException" },
  { "connect-refused", "dial tcp 127.0.0.1:80: connect: connection refused", NULL },
  { "connect-refused", "connect ECONNREFUSED 127.0.0.1:80", NULL },
  { "connect-refused",
    "[WinError 10061] No connection could be made because the target machine "
    "actively refused it",
    NULL },
  { "connect-refused",
    "<urllib3.connection.HTTPConnection>: Failed to establish a new connection: "
    "[Errno 111] Connection refused",
    "NewConnectionError" },
  { "connect-failed", "No route to host (Host unreachable)", "java.net.NoRouteToHostException" },
  { "connect-failed", "dial tcp 192.0.2.1:80: connect: network is unreachable", NULL },
  { "connect-failed", "something new", "java.net.ConnectException" },
  { "no-port", "Cannot assign requested address", "java.net.NoRouteToHostException" },
  { "no-port", "Address already in use: connect", "java.net.BindException" },
  { "no-port", "dial tcp 127.0.0.1:80: connect: cannot assign requested address", NULL },
  { "no-port", "Too many open files", "java.net.SocketException" },
  { "no-port", "dial tcp: lookup h: too many open files", NULL },
  { "no-port", "[Errno 24] Too many open files", NULL },
  { "no-port", "connect EADDRNOTAVAIL 127.0.0.1:80", NULL },
  { "no-address", "h: Name or service not known", "java.net.UnknownHostException" },
  { "no-address", "dial tcp: lookup h on 127.0.0.53:53: no such host", NULL },
  { "no-address", "[Errno -3] Temporary failure in name resolution", NULL },
  { "no-address", "getaddrinfo ENOTFOUND h", NULL },
  { "no-address", "no protocol: /path", "java.net.MalformedURLException" },
  { "no-address", "unsupported protocol scheme \"\"", NULL },
  { "tls-verify", "PKIX path building failed: unable to find valid certification path",
    "javax.net.ssl.SSLHandshakeException" },
  { "tls-verify", "x509: certificate signed by unknown authority", NULL },
  { "tls-verify", "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", NULL },
  { "tls-verify", "self signed certificate", NULL },
  { "tls-failed", "Remote host terminated the handshake", "javax.net.ssl.SSLHandshakeException" },
  { "tls-failed", "tls: first record does not look like a TLS handshake", NULL },
  { "tls-failed", "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:997)", NULL },
  { "reset", "Connection reset", "javax.net.ssl.SSLException" },
  { "reset", "read tcp 127.0.0.1:1->127.0.0.1:80: read: connection reset by peer", NULL },
  { "reset", "write: broken pipe", NULL },
  { "reset", "An existing connection was forcibly closed by the remote host", NULL },
  { "reset", "stream error: stream ID 1; INTERNAL_ERROR; received from peer", NULL },
  { "closed-early", "h:80 failed to respond", "org.apache.http.NoHttpResponseException" },
  { "closed-early", "Get \"http://h/\": EOF", NULL },
  { "closed-early", "unexpected EOF", NULL },
  { "closed-early", "Premature end of Content-Length delimited message body",
    "org.apache.http.ConnectionClosedException" },
  { "closed-early",
    "('Connection aborted.', RemoteDisconnected('Remote end closed connection "
    "without response'))",
    NULL },
  { "closed-early", "socket hang up", NULL },
  { "closed-early", "http2: server sent GOAWAY and closed the connection", NULL },
  { "cancelled", "context canceled", NULL },
  { "redirects", "stopped after 10 redirects", NULL },
  { "redirects", "Exceeded maximum number of redirects: 20", NULL },
  { "protocol", "malformed HTTP response \"x\"", NULL },
  { "protocol", "", "org.apache.http.client.ClientProtocolException" },
  { "", "GEOFENCE", NULL },
  { "", "", NULL },
};

static void
test_messages (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      const char *class = messages[i].class != NULL ? messages[i].class : "";
      ThrumCsvField fields[] = { { messages[i].message, strlen (messages[i].message), FALSE },
                                 { class, strlen (class), FALSE } };
      const char *token = thrum_csv_kind_of_messages (fields, G_N_ELEMENTS (fields));

      g_test_message ("%s", messages[i].message);
      g_assert_cmpstr (token != NULL ? token : "", ==, messages[i].token);
    }
}

/* An instant's digits tell its unit; a small number is in the unit that the format has. */
static void
test_stamps (void)
{
  static const struct {
    const char *text;
    gint64 ms; /* -1: none */
    gboolean within_second;
  } stamps[] = {
    { "1700000000", G_GINT64_CONSTANT (1700000000000), FALSE },
    { "1700000000.25", G_GINT64_CONSTANT (1700000000250), TRUE },
    { "1700000000123", G_GINT64_CONSTANT (1700000000123), TRUE },
    { "1700000000000000", G_GINT64_CONSTANT (1700000000000), FALSE },
    { "1700000000123000000", G_GINT64_CONSTANT (1700000000123), TRUE },
    { "2023-11-14T22:13:20Z", G_GINT64_CONSTANT (1700000000000), FALSE },
    { "2023/11/14 22:13:20.500", G_GINT64_CONSTANT (1700000000500), TRUE },
    { "17", 17, TRUE },
    { "-1", -1, FALSE },
    { "noon", -1, FALSE },
    { "2023-11-14", -1, FALSE },
    { "", -1, FALSE },
  };
  ThrumReader reader = thrum_reader_of (&thrum_format_jmeter);

  for (guint i = 0; i < G_N_ELEMENTS (stamps); i++)
    {
      g_autofree ThrumParse *parse = g_new0 (ThrumParse, 1);
      ThrumCsvField field = { stamps[i].text, strlen (stamps[i].text), FALSE };
      const char *reason = NULL;
      gint64 value = -1;

      g_test_message ("%s", stamps[i].text);
      g_assert_cmpint (thrum_csv_stamp (&reader, parse, &field, 3, &value, &reason), ==,
                       stamps[i].ms >= 0);
      g_assert_cmpint (reason != NULL, ==, stamps[i].ms < 0);
      if (stamps[i].ms >= 0)
        g_assert_cmpint (value, ==, stamps[i].ms);
      g_assert_cmpint (parse->within_seconds, ==, stamps[i].within_second);
    }
}

/* Names of any length, and such as cannot be printed, stay apart; so do a journey and a request. */
static void
test_names (void)
{
  g_autoptr (ThrumNames) names = thrum_names_new (8);
  g_autofree char *fast = g_strnfill (300, 'x'), *slow = g_strnfill (300, 'x');
  g_autofree ThrumNameCache *cache = g_new0 (ThrumNameCache, 1);
  const char *given[] = { fast, slow, "a\nb", "a\tb", THRUM_NAMES_JOURNEY "a", "a", "a?b" };
  const char *shown[] = { fast, slow, "a?b", "a?b~2", "a", "a", "a?b~3" };

  fast[299] = 'f';
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < G_N_ELEMENTS (given); i++)
      {
        char text[300 + THRUM_NAME_SLACK] = { 0 };

        strcpy (text, given[i]);
        g_assert_cmpuint (thrum_name_cache_intern (cache, names, text, strlen (text)), ==, i);
        g_assert_cmpstr (thrum_names_get (names, i), ==, shown[i]);
        g_assert_cmpint (thrum_names_is_journey (names, i), ==, i == 4);
      }
  g_assert_false (thrum_names_overflowed (names));
  g_assert_cmpuint (thrum_names_intern (names, "one too many", 12), ==, 7);
  g_assert_cmpstr (thrum_names_get (names, 7), ==, THRUM_OTHERS);
}

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
      g_autofree char *name =
          g_strdup_printf ("/analyzer/readers/%s-%" G_GSIZE_FORMAT, cases[i].format, i);
      g_test_add_data_func (name, &cases[i], test_reader);
    }
  g_test_add_func ("/analyzer/readers/messages", test_messages);
  g_test_add_func ("/analyzer/readers/refused", test_refused);
  g_test_add_func ("/analyzer/readers/stamps", test_stamps);
  g_test_add_func ("/analyzer/readers/names", test_names);
  return g_test_run ();
}
