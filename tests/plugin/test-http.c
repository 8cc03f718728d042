/* SPDX-License-Identifier: MIT
 *
 * The http plugin against a server that shows what it was sent: requests, connections, redirects,
 * cookies, payloads.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "driver.h"
#include "server.h"

/* The last request's head and body. */
typedef struct {
  GMutex lock;
  gchar *head, *body;
  gsize body_bytes;
} Seen;

/* 100,000 letters, packed; garbled in the middle on demand. */
static void
reply_packed (Server *server, GIOStream *stream, const gchar *path)
{
  g_autofree gchar *letters = g_strnfill (100000, 'a');
  g_autoptr (GConverter) packer =
      G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1));
  guint8 packed[4096];
  gsize n_read, n_packed;

  letters[50000] = 'b';
  g_assert_cmpint (g_converter_convert (packer, letters, 100000, packed, sizeof packed,
                                        G_CONVERTER_INPUT_AT_END, &n_read, &n_packed, NULL),
                   ==, G_CONVERTER_FINISHED);
  if (g_str_equal (path, "/packed/garbled"))
    memset (packed + n_packed / 2, 0xff, 8);
  server_reply (server, stream, 200, "Content-Encoding: gzip\r\n", packed, (gssize)n_packed);
}

static gboolean
answer_by_path (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  Seen *seen = data;
  guint status = 200;
  g_autofree gchar *headers = NULL;
  const gchar *body = "hello";

  g_mutex_lock (&seen->lock);
  g_free (seen->head);
  g_free (seen->body);
  seen->head = g_strdup (request->head);
  seen->body = g_memdup2 (request->body, request->body_bytes + 1);
  seen->body_bytes = request->body_bytes;
  g_mutex_unlock (&seen->lock);

  if (g_str_has_prefix (request->path, "/status/"))
    status = (guint)g_ascii_strtoull (request->path + 8, NULL, 10);
  else if (g_str_has_prefix (request->path, "/redirect/"))
    {
      const guint left = (guint)g_ascii_strtoull (request->path + 10, NULL, 10);

      status = 302;
      headers = left > 0 ? g_strdup_printf ("Location: /redirect/%u\r\n", left - 1)
                         : g_strdup ("Location: /end\r\n");
    }
  else if (g_str_has_prefix (request->path, "/moved/"))
    {
      status = (guint)g_ascii_strtoull (request->path + 7, NULL, 10);
      headers = g_strdup ("Location: /end\r\n");
    }
  else if (g_str_equal (request->path, "/elsewhere"))
    {
      status = 302;
      headers = g_strdup_printf ("Location: http://localhost:%u/end\r\n", server->port);
    }
  else if (g_str_equal (request->path, "/cookie"))
    headers = g_strdup ("Set-Cookie: who=me; Path=/\r\n");
  if (g_str_equal (request->method, "HEAD"))
    {
      server_send (server, stream, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", -1);
      return TRUE;
    }
  if (status == 204 || status == 304)
    {
      g_autofree gchar *head = g_strdup_printf ("HTTP/1.1 %u None\r\n\r\n", status);

      server_send (server, stream, head, -1);
      return TRUE;
    }
  if (g_str_has_prefix (request->path, "/packed"))
    reply_packed (server, stream, request->path);
  else
    server_reply (server, stream, status, headers, body, -1);
  return strstr (request->head, "Connection: close") == NULL;
}

typedef struct {
  Seen seen;
  Server *server;
  Driver *driver;
  DriverSession *session;
} Fixture;

static void
set_up (Fixture *fixture, const gchar *options)
{
  g_autofree gchar *text = NULL;

  fixture->server = server_start_new (answer_by_path, &fixture->seen);
  text = g_strdup_printf ("url = http://127.0.0.1:%u/base?q=1\n%s", fixture->server->port, options);
  fixture->driver = driver_new ("http", text);
  fixture->session = driver_session_new (fixture->driver, 0);
}

static void
tear_down (Fixture *fixture)
{
  driver_free (fixture->driver);
  server_free (fixture->server);
  g_free (fixture->seen.head);
  g_free (fixture->seen.body);
}

static ThrumReply
run_once (Fixture *fixture, const gchar *request_options)
{
  DriverRequest *request = driver_request_new (fixture->driver, request_options);

  return driver_run (fixture->session, request, FALSE, NULL);
}

/* ---- What is sent ---- */

typedef struct {
  const gchar *name, *target, *request;
  const gchar *has[4];   /* whole lines of the head */
  const gchar *lacks[3]; /* text nowhere in it */
  const gchar *body;
} SentCase;

static const SentCase sent_cases[] = {
  { "default", "", "", { "GET /base?q=1 HTTP/1.1", "User-Agent: thrum" }, { "Authorization" }, "" },
  { "path",
    "",
    "path = /a//b/../c;d=%20?x=%26&y=|",
    { "GET /a//b/../c;d=%20?x=%26&y=| HTTP/1.1" } },
  { "empty-query", "", "path = /a?", { "GET /a? HTTP/1.1" } },
  { "method", "", "method = DELETE", { "DELETE /base?q=1 HTTP/1.1" } },
  { "own-method", "", "method = PURGE", { "PURGE /base?q=1 HTTP/1.1" } },
  { "head", "", "method = HEAD", { "HEAD /base?q=1 HTTP/1.1" } },
  { "options-star", "", "method = OPTIONS\npath = *", { "OPTIONS * HTTP/1.1" } },
  { "body-is-post",
    "",
    "body = a=b;c",
    { "POST /base?q=1 HTTP/1.1", "Content-Length: 5" },
    { "Content-Type" },
    "a=b;c" },
  { "put",
    "",
    "method = PUT\nbody = xyz\nheaders = Content-Type: text/plain",
    { "PUT /base?q=1 HTTP/1.1", "Content-Length: 3", "Content-Type: text/plain" },
    { NULL },
    "xyz" },
  { "get-with-body",
    "",
    "method = GET\nbody = q",
    { "GET /base?q=1 HTTP/1.1", "Content-Length: 1" },
    { NULL },
    "q" },
  { "empty-body", "", "body =", { "POST /base?q=1 HTTP/1.1", "Content-Length: 0" }, { NULL }, "" },
  { "headers",
    "",
    "headers = X-One: 1; X-Two:  two words ; X-One: again",
    { "X-One: 1", "X-Two: two words", "X-One: again" } },
  { "host", "", "headers = Host: example.org", { "Host: example.org" }, { "127.0.0.1" } },
  { "agent", "user-agent = me/1", "", { "User-Agent: me/1" }, { "thrum" } },
  { "no-agent", "user-agent =", "", { NULL }, { "User-Agent" } },
  { "agent-header", "", "headers = User-Agent: own", { "User-Agent: own" }, { "thrum" } },
  { "basic",
    "user = Aladdin\npassword = open sesame",
    "",
    { "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" } },
  { "basic-pad1", "user = u\npassword = p", "", { "Authorization: Basic dTpw" } },
  { "basic-no-password", "user = u", "", { "Authorization: Basic dTo=" } },
  { "no-encoding", "", "", { NULL }, { "Accept-Encoding", "Accept-Language" } },
  { "encoding", "decompress = yes", "", { "Accept-Encoding: gzip, deflate" } },
  { "close", "connection = per-request", "", { "Connection: close" } },
};

static void
test_sent (gconstpointer data)
{
  const SentCase *sent = data;
  Fixture fixture = { 0 };
  ThrumReply reply;
  g_auto (GStrv) lines = NULL;

  set_up (&fixture, sent->target);
  reply = run_once (&fixture, sent->request);
  driver_assert_failure (&reply, "");
  g_assert_cmpint (reply.status, ==, 200);
  lines = g_strsplit (fixture.seen.head, "\r\n", -1);
  for (gsize i = 0; i < G_N_ELEMENTS (sent->has) && sent->has[i] != NULL; i++)
    {
      if (!g_strv_contains ((const gchar *const *)lines, sent->has[i]))
        g_test_fail_printf ("no line '%s' in:\n%s", sent->has[i], fixture.seen.head);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (sent->lacks) && sent->lacks[i] != NULL; i++)
    g_assert_null (strstr (fixture.seen.head, sent->lacks[i]));
  if (sent->body != NULL)
    {
      g_assert_cmpstr (fixture.seen.body, ==, sent->body);
      g_assert_cmpuint (reply.sent_bytes, ==, strlen (sent->body));
    }
  tear_down (&fixture);
}

static void
test_body_file (void)
{
  static const gchar bytes[] = "zero\0one\nend";
  Fixture fixture = { 0 };
  g_autofree gchar *path = NULL, *options = NULL;
  ThrumReply reply;
  gint fd = g_file_open_tmp ("thrum-body-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, bytes, sizeof bytes, NULL));
  set_up (&fixture, "");
  options = g_strdup_printf ("body-file = %s", path);
  reply = run_once (&fixture, options);
  driver_assert_failure (&reply, "");
  g_assert_cmpmem (fixture.seen.body, fixture.seen.body_bytes, bytes, sizeof bytes);
  tear_down (&fixture);
  g_unlink (path);
}

/* A call's own values, as templates expand to. */
static void
test_expanded (void)
{
  Fixture fixture = { 0 };
  DriverRequest *request, *other;
  ThrumReply reply;

  set_up (&fixture, "");
  request = driver_request_new (fixture.driver, "path = /plain\nbody = a");
  other = driver_request_new (fixture.driver, "path = /user/7\nheaders = X-User: 7\nbody = seven");
  for (guint i = 0; i < 3; i++)
    {
      reply = driver_run (fixture.session, request, FALSE, NULL);
      driver_assert_failure (&reply, "");
      g_assert_true (g_str_has_prefix (fixture.seen.head, "POST /plain "));
      reply = driver_run (fixture.session, request, FALSE, &other->values);
      driver_assert_failure (&reply, "");
      g_assert_true (g_str_has_prefix (fixture.seen.head, "POST /user/7 "));
      g_assert_nonnull (strstr (fixture.seen.head, "X-User: 7"));
      g_assert_cmpstr (fixture.seen.body, ==, "seven");
    }
  g_assert_cmpint (fixture.server->n_connections, ==, 1);
  tear_down (&fixture);
}

/* ---- What comes back ---- */

typedef struct {
  const gchar *name, *request;
  gint32 status;
  const gchar *failure;
  guint64 bytes;
} StatusCase;

static const StatusCase status_cases[] = {
  { "200", "path = /", 200, "", 5 },
  { "head", "path = /\nmethod = HEAD", 200, "", 0 },
  { "204", "path = /status/204", 204, "", 0 },
  { "304", "path = /status/304", 304, "", 0 },
  { "302", "path = /redirect/3", 302, "", 5 },
  { "399", "path = /status/399", 399, "", 5 },
  { "400", "path = /status/400", 400, "status", 5 },
  { "401", "path = /status/401", 401, "status", 5 },
  { "404", "path = /status/404", 404, "status", 5 },
  { "407", "path = /status/407", 407, "status", 5 },
  { "421", "path = /status/421", 421, "status", 5 },
  { "500", "path = /status/500", 500, "status", 5 },
  { "503", "path = /status/503", 503, "status", 5 },
};

static void
test_status (gconstpointer data)
{
  const StatusCase *wanted = data;
  Fixture fixture = { 0 };
  DriverRequest *request;
  gint n_resent = 0;

  set_up (&fixture, "");
  request = driver_request_new (fixture.driver, wanted->request);
  for (guint i = 0; i < 3; i++)
    {
      const ThrumReply reply = driver_run (fixture.session, request, FALSE, NULL);

      g_assert_cmpint (reply.status, ==, wanted->status);
      driver_assert_failure (&reply, wanted->failure);
      g_assert_cmpuint (reply.received_bytes, ==, wanted->bytes);
      g_assert_cmpuint (reply.payload_bytes, ==, 0);
      n_resent += (gint)reply.resent;
    }
  /* Nothing that the server saw goes uncounted. */
  g_assert_cmpint (fixture.server->n_requests, ==, 3 + n_resent);
  tear_down (&fixture);
}

static void
test_payload (void)
{
  Fixture fixture = { 0 };
  DriverRequest *request;
  ThrumReply reply;

  set_up (&fixture, "");
  request = driver_request_new (fixture.driver, "");
  reply = driver_run (fixture.session, request, TRUE, NULL);
  g_assert_cmpmem (reply.payload, reply.payload_bytes, "hello", 5);
  reply = driver_run (fixture.session, request, TRUE, NULL);
  g_assert_cmpmem (reply.payload, reply.payload_bytes, "hello", 5);
  reply = driver_run (fixture.session, request, FALSE, NULL);
  g_assert_null (reply.payload);
  tear_down (&fixture);
}

static void
test_packed (void)
{
  Fixture fixture = { 0 };
  ThrumReply reply;

  set_up (&fixture, "decompress = yes");
  reply = run_once (&fixture, "path = /packed");
  driver_assert_failure (&reply, "");
  g_assert_cmpuint (reply.received_bytes, ==, 100000);
  reply = driver_run (fixture.session, driver_request_new (fixture.driver, "path = /packed"), TRUE,
                      NULL);
  g_assert_cmpuint (reply.payload_bytes, ==, 100000);
  g_assert_cmpmem ((const gchar *)reply.payload + 49998, 5, "aabaa", 5);
  reply = run_once (&fixture, "path = /packed/garbled");
  driver_assert_failure (&reply, "protocol");
  g_assert_cmpint (reply.status, ==, 0);
  reply = run_once (&fixture, "path = /");
  driver_assert_failure (&reply, "");
  tear_down (&fixture);
}

static void
test_left_packed (void)
{
  Fixture fixture = { 0 };
  ThrumReply reply;

  set_up (&fixture, "");
  reply = run_once (&fixture, "path = /packed/garbled");
  driver_assert_failure (&reply, "");
  g_assert_cmpuint (reply.received_bytes, >, 0);
  g_assert_cmpuint (reply.received_bytes, <, 4096);
  tear_down (&fixture);
}

/* ---- Connections ---- */

typedef struct {
  const gchar *name, *target, *request;
  gint n_connections; /* for 4 calls */
} ConnectionCase;

static const ConnectionCase connection_cases[] = {
  { "keep", "", "", 1 },
  { "keep-post", "", "body = x", 1 },
  { "keep-own-method", "", "method = PURGE", 1 },
  { "keep-head", "", "method = HEAD", 1 },
  { "keep-404", "", "path = /status/404", 1 },
  { "per-request", "connection = per-request", "", 4 },
  { "per-request-post", "connection = per-request", "body = x", 4 },
  { "keep-cookies", "cookies = yes", "path = /cookie", 1 },
};

static void
test_connections (gconstpointer data)
{
  const ConnectionCase *wanted = data;
  Fixture fixture = { 0 };
  DriverRequest *request;
  gint n_counted = 0;

  set_up (&fixture, wanted->target);
  request = driver_request_new (fixture.driver, wanted->request);
  for (guint i = 0; i < 4; i++)
    {
      const ThrumReply reply = driver_run (fixture.session, request, FALSE, NULL);

      g_assert_cmpint (reply.status, !=, 0);
      g_assert_cmpint (reply.connected_ns != 0, ==, reply.connections > 0);
      g_assert_cmpint (reply.resolved_ns != 0, ==, reply.connections > 0);
      g_assert_cmpint (reply.secured_ns, ==, 0);
      g_assert_cmpint (reply.first_byte_ns, >, 0);
      g_assert_cmpint (reply.done_ns, >=, reply.first_byte_ns);
      g_assert_cmpuint (reply.resent, ==, 0);
      n_counted += (gint)reply.connections;
    }
  g_assert_cmpint (fixture.server->n_connections, ==, wanted->n_connections);
  g_assert_cmpint (n_counted, ==, wanted->n_connections);
  g_assert_cmpint (fixture.server->n_requests, ==, 4);
  tear_down (&fixture);
}

static void
test_source_addresses (void)
{
  Fixture fixture = { 0 };
  ThrumReply reply;

  set_up (&fixture, "source-addresses = 127.0.0.2; 127.0.0.3");
  reply = run_once (&fixture, "");
  driver_assert_failure (&reply, "");
  tear_down (&fixture);
}

/* ---- Redirects ---- */

typedef struct {
  const gchar *name, *target, *request;
  gint32 status;
  const gchar *failure;
  guint redirects;
  const gchar *line; /* the last request line */
  const gchar *body;
} RedirectCase;

static const RedirectCase redirect_cases[] = {
  { "off", "", "path = /redirect/2", 302, "", 0, "GET /redirect/2 HTTP/1.1" },
  { "three", "redirects = 5", "path = /redirect/2", 200, "", 3, "GET /end HTTP/1.1" },
  { "just-enough", "redirects = 3", "path = /redirect/2", 200, "", 3, "GET /end HTTP/1.1" },
  { "too-many", "redirects = 2", "path = /redirect/9", 302, "redirects", 2,
    "GET /redirect/7 HTTP/1.1" },
  { "303-becomes-get", "redirects = 5", "path = /moved/303\nbody = abc", 200, "", 1,
    "GET /end HTTP/1.1", "" },
  { "307-keeps-body", "redirects = 5", "path = /moved/307\nbody = abc", 200, "", 1,
    "POST /end HTTP/1.1", "abc" },
  { "308-keeps-body", "redirects = 5", "path = /moved/308\nmethod = PUT\nbody = abc", 200, "", 1,
    "PUT /end HTTP/1.1", "abc" },
};

static void
test_redirect (gconstpointer data)
{
  const RedirectCase *wanted = data;
  Fixture fixture = { 0 };
  DriverRequest *request;

  set_up (&fixture, wanted->target);
  request = driver_request_new (fixture.driver, wanted->request);
  for (guint i = 0; i < 2; i++)
    {
      const ThrumReply reply = driver_run (fixture.session, request, FALSE, NULL);
      g_autofree gchar *start = g_strconcat (wanted->line, "\r\n", NULL);

      g_assert_cmpint (reply.status, ==, wanted->status);
      driver_assert_failure (&reply, wanted->failure);
      g_assert_cmpuint (reply.redirects, ==, wanted->redirects);
      g_assert_cmpuint (reply.resent, ==, 0);
      if (!g_str_has_prefix (fixture.seen.head, start))
        g_test_fail_printf ("not '%s' but:\n%s", wanted->line, fixture.seen.head);
      if (wanted->body != NULL)
        g_assert_cmpstr (fixture.seen.body, ==, wanted->body);
    }
  tear_down (&fixture);
}

/* Another host gets no password that was meant for the target. */
static void
test_redirect_elsewhere (void)
{
  Fixture fixture = { 0 };
  ThrumReply reply;
  g_autofree gchar *host = NULL;

  set_up (&fixture, "redirects = 3\nuser = u\npassword = p");
  reply = run_once (&fixture, "path = /redirect/0");
  driver_assert_failure (&reply, "");
  g_assert_nonnull (strstr (fixture.seen.head, "Authorization: Basic"));
  reply = run_once (&fixture, "path = /elsewhere");
  driver_assert_failure (&reply, "");
  host = g_strdup_printf ("Host: localhost:%u", fixture.server->port);
  g_assert_nonnull (strstr (fixture.seen.head, host));
  g_assert_null (strstr (fixture.seen.head, "Authorization"));
  tear_down (&fixture);
}

/* ---- Users ---- */

static void
test_cookies (void)
{
  Fixture fixture = { 0 };
  DriverRequest *get, *set;
  DriverSession *other;

  set_up (&fixture, "cookies = yes");
  get = driver_request_new (fixture.driver, "path = /");
  set = driver_request_new (fixture.driver, "path = /cookie");
  other = driver_session_new (fixture.driver, 1);

  driver_run (fixture.session, get, FALSE, NULL);
  g_assert_null (strstr (fixture.seen.head, "Cookie"));
  driver_run (fixture.session, set, FALSE, NULL);
  driver_run (fixture.session, get, FALSE, NULL);
  g_assert_nonnull (strstr (fixture.seen.head, "Cookie: who=me"));
  driver_run (other, get, FALSE, NULL);
  g_assert_null (strstr (fixture.seen.head, "Cookie"));
  driver_run (fixture.session, get, FALSE, NULL);
  g_assert_nonnull (strstr (fixture.seen.head, "Cookie: who=me"));
  tear_down (&fixture);
}

static void
test_proxy (void)
{
  Fixture fixture = { 0 };
  g_autoptr (Driver) driver = NULL;
  DriverRequest *request;
  g_autofree gchar *options = NULL;
  DriverSession *session;
  ThrumReply reply;

  set_up (&fixture, "");
  options = g_strdup_printf ("url = http://nowhere.invalid:81/x\nproxy = http://127.0.0.1:%u",
                             fixture.server->port);
  driver = driver_new ("http", options);
  request = driver_request_new (driver, "");
  session = driver_session_new (driver, 0);
  reply = driver_run (session, request, FALSE, NULL);
  driver_assert_failure (&reply, "");
  g_assert_true (
      g_str_has_prefix (fixture.seen.head, "GET http://nowhere.invalid:81/x HTTP/1.1\r\n"));
  tear_down (&fixture);
}

/* ---- Options ---- */

static const gchar *const bad_targets[][2] = {
  { "url = ftp://h/", "no http:// or https://" },
  { "url = http:///x", "no host" },
  { "url = http://u:p@h/", "use the keys user and password" },
  { "url = http://h:0/", "a port that is none of 1 to 65535" },
  { "url = http://h:99999/", "a port that is none of 1 to 65535" },
  { "url = http://h:8x/", "a port that is none of 1 to 65535" },
  { "url = http://h h/", "a character in its host" },
  { "url = http://[::1/", "a '[' without ']'" },
  { "url = http://[::1]x/", "something other than a port" },
  { "url = http://h/a b", "percent-encoded" },
  { "url = http://h/ä", "percent-encoded" },
  { "url = http://h/\npassword = x", "user is not given" },
  { "url = http://h/\nuser = a:b", "':'" },
  { "url = http://h/\nproxy = socks://x", "not http://HOST:PORT" },
  { "url = http://h/\nkey = /nowhere", "certificate is not given" },
  { "url = https://h/\nca-file = /nowhere", "cannot use ca-file '/nowhere'" },
  { "url = https://h/\ncertificate = /nowhere", "cannot use certificate '/nowhere'" },
  { "url = http://h/\nsource-addresses = 127.0.0.1; x", "'x' is neither" },
  { "url = http://h/\nredirects = 21", "20" },
};

static const gchar *const bad_requests[][2] = {
  { "method = GE T", "no method of a request" },
  { "method = CONNECT", "no method of a request" },
  { "path = x", "does not begin with '/'" },
  { "path = *", "does not begin with '/'" },
  { "path = /a b", "percent-encoded" },
  { "path = /a#b", "percent-encoded" },
  { "headers = X", "NAME: VALUE" },
  { "headers = X Y: z", "no header name" },
  { "headers = : z", "no header name" },
  { "headers = Content-Length: 7", "follows from the body" },
  { "headers = transfer-encoding: chunked", "follows from the body" },
  { "headers = X: a\rb", "control character" },
  { "body = x\nbody-file = /dev/null", "body is given too" },
  { "body-file = /nowhere/at/all", "No such file" },
  { "body-file = /", "Is a directory" },
};

static void
assert_says (GError *error, const gchar *options, const gchar *text)
{
  if (error == NULL)
    g_test_fail_printf ("'%s' was taken", options);
  else if (strstr (error->message, text) == NULL)
    g_test_fail_printf ("'%s' gave \"%s\", not \"%s\"", options, error->message, text);
}

static void
test_bad_options (void)
{
  g_autoptr (Driver) driver = driver_new ("http", "url = http://h/");

  for (gsize i = 0; i < G_N_ELEMENTS (bad_targets); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (driver_try_new ("http", bad_targets[i][0], &error));
      assert_says (error, bad_targets[i][0], bad_targets[i][1]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (bad_requests); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (driver_request_try_new (driver, bad_requests[i][0], &error));
      assert_says (error, bad_requests[i][0], bad_requests[i][1]);
    }
}

#define ADD_CASES(cases, path, function)                                                           \
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)                                                 \
    {                                                                                              \
      g_autofree gchar *name = g_strconcat ("/http/" path "/", cases[i].name, NULL);               \
                                                                                                   \
      g_test_add_data_func (name, &cases[i], function);                                            \
    }

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_CASES (sent_cases, "sent", test_sent);
  g_test_add_func ("/http/sent/body-file", test_body_file);
  g_test_add_func ("/http/sent/expanded", test_expanded);
  ADD_CASES (status_cases, "status", test_status);
  g_test_add_func ("/http/payload", test_payload);
  g_test_add_func ("/http/packed", test_packed);
  g_test_add_func ("/http/left-packed", test_left_packed);
  ADD_CASES (connection_cases, "connections", test_connections);
  g_test_add_func ("/http/source-addresses", test_source_addresses);
  ADD_CASES (redirect_cases, "redirect", test_redirect);
  g_test_add_func ("/http/redirect/elsewhere", test_redirect_elsewhere);
  g_test_add_func ("/http/cookies", test_cookies);
  g_test_add_func ("/http/proxy", test_proxy);
  g_test_add_func ("/http/bad-options", test_bad_options);
  return g_test_run ();
}
