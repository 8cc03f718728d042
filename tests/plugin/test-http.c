/* SPDX-License-Identifier: MIT
 *
 * The http plugin against a server that shows what it was sent: requests, payloads, options.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "http-fixture.h"

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
  { "own-encoding",
    "decompress = yes",
    "headers = Accept-Encoding: br",
    { "Accept-Encoding: br" },
    { "gzip" } },
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
  HttpFixture fixture = { 0 };
  ThrumReply reply;
  g_auto (GStrv) lines = NULL;

  http_fixture_set_up (&fixture, sent->target);
  reply = http_fixture_run (&fixture, sent->request);
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
  http_fixture_tear_down (&fixture);
}

static void
test_body_file (void)
{
  static const gchar bytes[] = "zero\0one\nend";
  HttpFixture fixture = { 0 };
  g_autofree gchar *path = NULL, *options = NULL;
  ThrumReply reply;
  gint fd = g_file_open_tmp ("thrum-body-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, bytes, sizeof bytes, NULL));
  http_fixture_set_up (&fixture, "");
  options = g_strdup_printf ("body-file = %s", path);
  reply = http_fixture_run (&fixture, options);
  driver_assert_failure (&reply, "");
  g_assert_cmpmem (fixture.seen.body, fixture.seen.body_bytes, bytes, sizeof bytes);
  http_fixture_tear_down (&fixture);
  g_unlink (path);
}

/* A call's own values, as templates expand to. */
static void
test_expanded (void)
{
  HttpFixture fixture = { 0 };
  DriverRequest *request, *other;
  ThrumReply reply;

  http_fixture_set_up (&fixture, "");
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
  http_fixture_tear_down (&fixture);
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
  HttpFixture fixture = { 0 };
  DriverRequest *request;
  gint n_resent = 0;

  http_fixture_set_up (&fixture, "");
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
  http_fixture_tear_down (&fixture);
}

static void
test_payload (void)
{
  HttpFixture fixture = { 0 };
  DriverRequest *request;
  ThrumReply reply;

  http_fixture_set_up (&fixture, "");
  request = driver_request_new (fixture.driver, "");
  reply = driver_run (fixture.session, request, TRUE, NULL);
  g_assert_cmpmem (reply.payload, reply.payload_bytes, "hello", 5);
  reply = driver_run (fixture.session, request, TRUE, NULL);
  g_assert_cmpmem (reply.payload, reply.payload_bytes, "hello", 5);
  reply = driver_run (fixture.session, request, FALSE, NULL);
  g_assert_null (reply.payload);
  http_fixture_tear_down (&fixture);
}

typedef struct {
  const gchar *name, *path;
  const gchar *failure;
  guint64 bytes; /* if it is a success */
  gboolean keeps;
} PackedCase;

static const PackedCase packed_cases[] = {
  { "whole", "/packed", "", 100000 },
  { "kept", "/packed", "", 100000, TRUE },
  { "two-members", "/packed/twice", "", 100008 },
  { "garbled", "/packed/garbled", "protocol" },
  { "wrong-sum", "/packed/wrong-sum", "protocol" },
  { "short", "/packed/short", "protocol" },
  { "longer", "/packed/longer", "protocol" },
  { "bomb", "/packed/bomb", "too-large", 0, TRUE },
  { "bomb-not-kept", "/packed/bomb", "", 65 << 20 },
};

static void
test_packed (gconstpointer data)
{
  const PackedCase *packed = data;
  HttpFixture fixture = { 0 };
  g_autofree gchar *options = g_strdup_printf ("path = %s", packed->path);
  DriverRequest *request, *good;

  http_fixture_set_up (&fixture, "decompress = yes");
  request = driver_request_new (fixture.driver, options);
  good = driver_request_new (fixture.driver, "path = /packed");
  for (guint i = 0; i < 2; i++)
    {
      ThrumReply reply = driver_run (fixture.session, request, packed->keeps, NULL);

      driver_assert_failure (&reply, packed->failure);
      g_assert_cmpint (reply.status, ==, *packed->failure == '\0' ? 200 : 0);
      if (reply.status == 200)
        g_assert_cmpuint (reply.received_bytes, ==, packed->bytes);
      if (reply.status == 200 && packed->keeps)
        g_assert_cmpmem ((const gchar *)reply.payload + 49998, 5, "aabaa", 5);
      reply = driver_run (fixture.session, good, FALSE, NULL);
      driver_assert_failure (&reply, "");
      g_assert_cmpuint (reply.received_bytes, ==, 100000);
    }
  http_fixture_tear_down (&fixture);
}

static void
test_left_packed (void)
{
  HttpFixture fixture = { 0 };
  ThrumReply reply;

  http_fixture_set_up (&fixture, "");
  reply = http_fixture_run (&fixture, "path = /packed/garbled");
  driver_assert_failure (&reply, "");
  g_assert_cmpuint (reply.received_bytes, >, 0);
  g_assert_cmpuint (reply.received_bytes, <, 4096);
  http_fixture_tear_down (&fixture);
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
  { "url = http://h/\npassword = x", "password: is of no use without user" },
  { "url = http://h/\nuser = a:b", "':'" },
  { "url = http://h/\nproxy = socks://x", "not http://HOST:PORT" },
  { "url = http://h/\nproxy = http://u:p@", "proxy: it is not http://USER:PASSWORD@HOST:PORT" },
  { "url = http://h/\nproxy = http://u%3av:p@h", "proxy: its user name has a ':'" },
  { "url = http://h/\nkey = /nowhere", "key: is of no use without certificate" },
  { "url = https://h/\nca-file = /nowhere", "ca-file: cannot use '/nowhere'" },
  { "url = https://h/\ncertificate = /nowhere", "certificate: cannot use '/nowhere'" },
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
  { "body = x\nbody-file = /dev/null", "body-file: cannot stand beside body" },
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_CASES (sent_cases, "/http/sent", test_sent);
  g_test_add_func ("/http/sent/body-file", test_body_file);
  g_test_add_func ("/http/sent/expanded", test_expanded);
  ADD_CASES (status_cases, "/http/status", test_status);
  g_test_add_func ("/http/payload", test_payload);
  ADD_CASES (packed_cases, "/http/packed", test_packed);
  g_test_add_func ("/http/left-packed", test_left_packed);
  g_test_add_func ("/http/bad-options", test_bad_options);
  return g_test_run ();
}
