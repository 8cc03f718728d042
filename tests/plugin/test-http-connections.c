/* SPDX-License-Identifier: MIT
 *
 * The http plugin's way to a server: connections, redirects, cookies, a proxy.
 */
#include <netinet/in.h>
#include <string.h>

#include "http-fixture.h"

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
  HttpFixture fixture = { 0 };
  DriverRequest *request;
  gint n_counted = 0;

  http_fixture_set_up (&fixture, wanted->target);
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
  http_fixture_tear_down (&fixture);
}

/* Replies after which a server keeps the connection: so does the client. */
typedef struct {
  const gchar *name, *method, *reply;
  guint64 bytes;
} KeptCase;

static const KeptCase kept_cases[] = {
  { "204", "GET", "HTTP/1.1 204 No Content\r\n\r\n" },
  { "204-post", "POST", "HTTP/1.1 204 No Content\r\n\r\n" },
  { "304", "GET", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n" },
  { "head", "HEAD", "HTTP/1.1 200 OK\r\n\r\n" },
  { "head-chunked", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" },
  { "head-length", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" },
  { "trailer", "GET",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n", 3 },
  { "trailers", "GET",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X, Y\r\n\r\n"
    "3\r\nabc\r\n0\r\nX: 1\r\nY: 2\r\nZ: 3\r\n\r\n",
    3 },
  { "no-trailers", "GET",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 3 },
};

static gboolean
answer_literally (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  const KeptCase *kept = data;

  server_send (server, stream, kept->reply, -1);
  return TRUE;
}

static void
test_kept (gconstpointer data)
{
  const KeptCase *kept = data;

  for (guint packs = 0; packs < 2; packs++)
    {
      g_autoptr (Server) server = server_start_new (answer_literally, (gpointer)data);
      g_autofree gchar *target = g_strdup_printf ("url = http://127.0.0.1:%u/\ndecompress = %s",
                                                  server->port, packs ? "yes" : "no");
      g_autofree gchar *options = g_strdup_printf ("method = %s", kept->method);
      g_autoptr (Driver) driver = driver_new ("http", target);
      DriverSession *session = driver_session_new (driver, 0);
      DriverRequest *request = driver_request_new (driver, options);

      for (guint i = 0; i < 10; i++)
        {
          const ThrumReply reply = driver_run (session, request, FALSE, NULL);

          driver_assert_failure (&reply, "");
          g_assert_cmpuint (reply.received_bytes, ==, kept->bytes);
          g_assert_cmpuint (reply.resent, ==, 0);
        }
      g_assert_cmpint (server->n_connections, ==, 1);
      g_assert_cmpint (server->n_requests, ==, 10);
    }
}

static void
test_source_addresses (void)
{
  HttpFixture fixture = { 0 };
  ThrumReply reply;

  http_fixture_set_up (&fixture, "source-addresses = 127.0.0.2; 127.0.0.3");
  reply = http_fixture_run (&fixture, "");
  driver_assert_failure (&reply, "");
  http_fixture_tear_down (&fixture);
}

/* ---- Addresses ---- */

/* A listener of ::1 whose queue is full: it drops what comes. NULL: no IPv6 here. */
static GSocket *
make_dropper (guint16 port, GPtrArray *fillers)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, port);
  g_autoptr (GSocket) listener =
      g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  if (listener == NULL)
    return NULL;
  g_socket_set_option (listener, IPPROTO_IPV6, IPV6_V6ONLY, 1, NULL);
  g_socket_set_listen_backlog (listener, 0);
  if (!g_socket_bind (listener, address, FALSE, NULL) || !g_socket_listen (listener, NULL))
    return NULL;
  for (guint i = 0; i < 4; i++)
    {
      GSocket *filler =
          g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

      g_socket_set_blocking (filler, FALSE);
      g_socket_connect (filler, address, NULL, NULL);
      g_ptr_array_add (fillers, filler);
    }
  return g_steal_pointer (&listener);
}

static gboolean
answer_once (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  server_reply (server, stream, 200, NULL, "hello", -1);
  return strstr (request->head, "Connection: close") == NULL;
}

/* localhost is ::1, which drops what comes, and 127.0.0.1. */
static void
test_dead_address (gconstpointer data)
{
  const gboolean is_impatient = GPOINTER_TO_INT (data);
  g_autoptr (Server) server = server_start_new (answer_once, NULL);
  g_autoptr (GPtrArray) fillers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GSocket) dropper = make_dropper (server->port, fillers);
  g_autofree gchar *target =
      g_strdup_printf ("url = http://localhost:%u/\nconnection = per-request", server->port);
  g_autoptr (Driver) driver = driver_new ("http", target);
  DriverRequest *request = driver_request_new (driver, "");
  gint64 start;

  if (dropper == NULL)
    {
      g_test_skip ("no IPv6 here");
      return;
    }
  /* What the first one learns holds for all. */
  if (is_impatient)
    {
      const ThrumReply reply = driver_run_cancelled (driver_session_new (driver, 9), request, 150);

      driver_assert_failure (&reply, "cancelled");
    }
  start = g_get_monotonic_time ();
  for (guint user = 0; user < 3; user++)
    {
      DriverSession *session = driver_session_new (driver, user);

      for (guint i = 0; i < 5; i++)
        {
          const ThrumReply reply = driver_run (session, request, FALSE, NULL);

          driver_assert_failure (&reply, "");
          g_assert_cmpuint (reply.connections, ==, 1);
          if (is_impatient || user + i > 0)
            g_assert_cmpint (reply.connected_ns - reply.resolved_ns, <, 240 * 1000 * 1000);
        }
    }
  g_assert_cmpint (server->n_connections, ==, 15);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 60 * 1000 * 1000);
}

/* ---- Expect ---- */

typedef enum { IGNORES, AGREES, REFUSES } Continue;

static gboolean
answer_expecting (Server *server, GIOStream *stream, const ServerRequest *none, gpointer data)
{
  gchar bytes[4096];
  gsize n_bytes = 0;

  while (n_bytes < sizeof bytes - 1)
    {
      const gssize n_read =
          g_input_stream_read (g_io_stream_get_input_stream (stream), bytes + n_bytes,
                               sizeof bytes - 1 - n_bytes, server->stop, NULL);
      gchar *end;

      if (n_read <= 0)
        return FALSE;
      n_bytes += (gsize)n_read;
      bytes[n_bytes] = '\0';
      end = strstr (bytes, "\r\n\r\n");
      if (end == NULL)
        continue;
      if (g_str_equal (end, "\r\n\r\n") && GPOINTER_TO_INT (data) == REFUSES)
        {
          /* And still waits for the body, as many do. */
          server_reply (server, stream, 417, NULL, "no", -1);
        }
      if (g_str_equal (end, "\r\n\r\n") && GPOINTER_TO_INT (data) == AGREES)
        server_send (server, stream, "HTTP/1.1 100 Continue\r\n\r\n", -1);
      if (!g_str_has_suffix (end, "xyz"))
        continue;
      server_reply (server, stream, 200, NULL, "yes", -1);
      n_bytes = 0;
    }
  return FALSE;
}

static void
test_expect (gconstpointer data)
{
  g_autoptr (Server) server = server_new (answer_expecting, (gpointer)data);
  g_autofree gchar *target = g_strdup_printf ("url = http://127.0.0.1:%u/", server->port);
  g_autoptr (Driver) driver = driver_new ("http", target);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request =
      driver_request_new (driver, "body = xyz\nheaders = Expect: 100-continue");

  server->is_raw = TRUE;
  server_start (server);
  for (guint i = 0; i < 2; i++)
    {
      const gint64 start = g_get_monotonic_time ();
      const ThrumReply reply = driver_run (session, request, FALSE, NULL);

      driver_assert_failure (&reply, GPOINTER_TO_INT (data) == REFUSES ? "status" : "");
      g_assert_cmpuint (reply.connections, ==, i == 0 || GPOINTER_TO_INT (data) == REFUSES);
      if (GPOINTER_TO_INT (data) == IGNORES)
        g_assert_cmpint (g_get_monotonic_time () - start, >=, 990000);
    }
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
  HttpFixture fixture = { 0 };
  DriverRequest *request;

  http_fixture_set_up (&fixture, wanted->target);
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
  http_fixture_tear_down (&fixture);
}

/* Another host gets no password that was meant for the target. */
static void
test_redirect_elsewhere (void)
{
  HttpFixture fixture = { 0 };
  ThrumReply reply;
  g_autofree gchar *host = NULL;

  http_fixture_set_up (&fixture, "redirects = 3\nuser = u\npassword = p");
  reply = http_fixture_run (&fixture, "path = /redirect/0");
  driver_assert_failure (&reply, "");
  g_assert_nonnull (strstr (fixture.seen.head, "Authorization: Basic"));
  reply = http_fixture_run (&fixture, "path = /elsewhere");
  driver_assert_failure (&reply, "");
  host = g_strdup_printf ("Host: localhost:%u", fixture.server->port);
  g_assert_nonnull (strstr (fixture.seen.head, host));
  g_assert_null (strstr (fixture.seen.head, "Authorization"));
  http_fixture_tear_down (&fixture);
}

/* Nor any header that may be a secret, nor a body. */
static void
test_redirect_secrets (void)
{
  static const gchar options[] =
      "path = /elsewhere\nheaders = Authorization: a-secret; Proxy-Authorization: b-secret; "
      "X-Api-Key: c-secret; X-Auth-Token: d-secret; Cookie: e-secret; X-Whatever: f-secret; "
      "Accept: text/plain";
  HttpFixture fixture = { 0 };
  ThrumReply reply;

  http_fixture_set_up (&fixture, "redirects = 3");
  reply = http_fixture_run (&fixture, options);
  driver_assert_failure (&reply, "");
  g_assert_cmpuint (reply.redirects, ==, 1);
  g_assert_true (g_str_has_prefix (fixture.seen.head, "GET /end "));
  g_assert_null (strstr (fixture.seen.head, "secret"));
  g_assert_nonnull (strstr (fixture.seen.head, "Accept: text/plain"));
  reply = http_fixture_run (&fixture, "path = /elsewhere/307\nbody = secret");
  driver_assert_failure (&reply, "redirects");
  g_assert_cmpint (reply.status, ==, 307);
  g_assert_true (g_str_has_prefix (fixture.seen.head, "POST /elsewhere/307 "));
  http_fixture_tear_down (&fixture);
}

/* ---- Users ---- */

static void
test_cookies (void)
{
  HttpFixture fixture = { 0 };
  DriverRequest *get, *set;
  DriverSession *other;

  http_fixture_set_up (&fixture, "cookies = yes");
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
  http_fixture_tear_down (&fixture);
}

/* The jar is bounded: the oldest go, and what is too long is not taken. */
static void
test_cookies_bounded (void)
{
  HttpFixture fixture = { 0 };
  g_autofree gchar *huge = g_strnfill (5000, 'h');
  g_autofree gchar *huge_path = g_strdup_printf ("path = /cookie/%s", huge);
  DriverRequest *get;
  guint n_sent = 0;

  http_fixture_set_up (&fixture, "cookies = yes");
  get = driver_request_new (fixture.driver, "path = /");
  for (guint i = 0; i < 300; i++)
    {
      g_autofree gchar *path = g_strdup_printf ("path = /cookie/n%u", i);

      http_fixture_run (&fixture, path);
    }
  http_fixture_run (&fixture, huge_path);
  driver_run (fixture.session, get, FALSE, NULL);
  for (const gchar *at = fixture.seen.head; (at = strstr (at, "=v")) != NULL; at++)
    n_sent++;
  g_assert_cmpuint (n_sent, ==, 200);
  g_assert_null (strstr (fixture.seen.head, "n99=v"));
  g_assert_nonnull (strstr (fixture.seen.head, "n100=v"));
  g_assert_nonnull (strstr (fixture.seen.head, "n299=v"));
  g_assert_null (strstr (fixture.seen.head, "hhhh"));
  http_fixture_tear_down (&fixture);
}

/* The proxy is told the name and password that its URL holds, percent-decoded. */
static void
test_proxy_password (void)
{
  HttpFixture fixture = { 0 };
  g_autoptr (Driver) driver = NULL;
  g_autofree gchar *options = NULL;
  ThrumReply reply;

  http_fixture_set_up (&fixture, "");
  options = g_strdup_printf (
      "url = http://nowhere.invalid:81/x\nproxy = http://Aladdin:open%%20sesame@127.0.0.1:%u",
      fixture.server->port);
  driver = driver_new ("http", options);
  reply = driver_run (driver_session_new (driver, 0), driver_request_new (driver, ""), FALSE, NULL);
  driver_assert_failure (&reply, "");
  g_assert_nonnull (
      strstr (fixture.seen.head, "Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
  http_fixture_tear_down (&fixture);
}

static void
test_proxy (void)
{
  HttpFixture fixture = { 0 };
  g_autoptr (Driver) driver = NULL;
  DriverRequest *request;
  g_autofree gchar *options = NULL;
  DriverSession *session;
  ThrumReply reply;

  http_fixture_set_up (&fixture, "");
  options = g_strdup_printf ("url = http://nowhere.invalid:81/x\nproxy = http://127.0.0.1:%u",
                             fixture.server->port);
  driver = driver_new ("http", options);
  request = driver_request_new (driver, "");
  session = driver_session_new (driver, 0);
  reply = driver_run (session, request, FALSE, NULL);
  driver_assert_failure (&reply, "");
  g_assert_true (
      g_str_has_prefix (fixture.seen.head, "GET http://nowhere.invalid:81/x HTTP/1.1\r\n"));
  http_fixture_tear_down (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_CASES (connection_cases, "/http-connections/made", test_connections);
  ADD_CASES (kept_cases, "/http-connections/kept", test_kept);
  g_test_add_func ("/http-connections/source-addresses", test_source_addresses);
  g_test_add_data_func ("/http-connections/dead-address", GINT_TO_POINTER (FALSE),
                        test_dead_address);
  g_test_add_data_func ("/http-connections/dead-address/impatient", GINT_TO_POINTER (TRUE),
                        test_dead_address);
  g_test_add_data_func ("/http-connections/expect/ignored", GINT_TO_POINTER (IGNORES), test_expect);
  g_test_add_data_func ("/http-connections/expect/agreed", GINT_TO_POINTER (AGREES), test_expect);
  g_test_add_data_func ("/http-connections/expect/refused", GINT_TO_POINTER (REFUSES), test_expect);
  ADD_CASES (redirect_cases, "/http-connections/redirect", test_redirect);
  g_test_add_func ("/http-connections/redirect/elsewhere", test_redirect_elsewhere);
  g_test_add_func ("/http-connections/redirect/secrets", test_redirect_secrets);
  g_test_add_func ("/http-connections/cookies", test_cookies);
  g_test_add_func ("/http-connections/cookies/bounded", test_cookies_bounded);
  g_test_add_func ("/http-connections/proxy/password", test_proxy_password);
  g_test_add_func ("/http-connections/proxy", test_proxy);
  return g_test_run ();
}
