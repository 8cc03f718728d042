/* SPDX-License-Identifier: MIT
 *
 * The http plugin against everything that goes wrong: each way a real server, or the lack of one,
 * fails gives its own token, the session goes on with the next call, and cancel () ends any wait.
 */
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "driver.h"
#include "server.h"

/* ---- What a server may do instead of replying in order ---- */

typedef enum { CLOSE, RESET, HANG, GO_ON } End;

typedef struct {
  const gchar *name;
  const gchar *bytes; /* what it sends */
  gssize n_bytes;     /* -1: a string; beyond it: repeated up to so many */
  End end;
  const gchar *failure;
  gint32 status;
  guint64 received_bytes;
  const gchar *target;
} WrongCase;

#define HEAD "HTTP/1.1 200 OK\r\n"
#define CUT "Connection: close\r\nContent-Length: 10\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

static const WrongCase wrong_cases[] = {
  { "closed-at-once", "", -1, CLOSE, "closed-early", 0 },
  { "reset-at-once", "", -1, RESET, "reset", 0 },
  { "closed-in-head", HEAD "Content-Le", -1, RESET, "reset", 0 },
  { "closed-in-body", HEAD "Content-Length: 10\r\n\r\nabc", -1, CLOSE, "closed-early", 0, 3 },
  { "closed-in-body-announced", HEAD "Connection: close\r\nContent-Length: 10\r\n\r\nabc", -1,
    CLOSE, "closed-early", 0, 3 },
  { "closed-in-body-per-request", HEAD "Content-Length: 10\r\n\r\nabc", -1, CLOSE, "closed-early",
    0, 3, "connection = per-request" },
  { "reset-in-body", HEAD "Content-Length: 10\r\n\r\nabc", -1, RESET, "reset", 0, 3 },
  { "closed-in-chunk", CHUNKED "5\r\nab", -1, CLOSE, "closed-early", 0, 2 },
  { "closed-between-chunks", CHUNKED "3\r\nabc\r\n", -1, CLOSE, "closed-early", 0, 3 },
  { "closed-between-chunks-per-request", CHUNKED "3\r\nabc\r\n", -1, CLOSE, "closed-early", 0, 3,
    "connection = per-request" },
  { "closed-between-chunks-decompressing", CHUNKED "3\r\nabc\r\n", -1, CLOSE, "closed-early", 0, 3,
    "decompress = yes" },
  { "closed-in-chunk-size", CHUNKED "3\r\nabc\r\n5", -1, CLOSE, "closed-early", 0, 3 },
  { "icecast", "ICY 200 OK\r\n\r\nabc", -1, CLOSE, "protocol", 0 },
  { "cut-behind-line", HEAD "X: y\r\n", -1, CLOSE, "closed-early", 0 },
  { "cut-in-line", HEAD "X: y", -1, CLOSE, "closed-early", 0 },
  { "cut-in-status", "HTTP/1.1 200 O", -1, CLOSE, "closed-early", 0 },
  { "cut-after-informational", "HTTP/1.1 103 Early\r\n\r\n" HEAD "X: y\r\n", -1, CLOSE,
    "closed-early", 0 },
  { "no-http", "SSH-2.0-OpenSSH_9.2\r\n\r\n", -1, CLOSE, "protocol", 0 },
  { "no-status", "HTTP/1.1 abc\r\n\r\n", -1, CLOSE, "protocol", 0 },
  { "odd-encoding", HEAD "Transfer-Encoding: gzip\r\n\r\nabc", -1, CLOSE, "protocol", 0 },
  { "endless-head", HEAD "X: 1234567890123456789012345678901234567890\r\n", 1 << 20, HANG,
    "too-large", 0 },
  { "no-gzip-after-all", HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", -1, GO_ON,
    "protocol", 0, 0, "decompress = yes" },
  { "empty-gzip", HEAD "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n", -1, GO_ON, "", 200, 0,
    "decompress = yes" },
  { "cut-identity", HEAD CUT "Content-Encoding: identity\r\n\r\nabc", -1, CLOSE, "closed-early", 0,
    3, "decompress = yes" },
  { "cut-zstd", HEAD CUT "Content-Encoding: zstd\r\n\r\nabc", -1, CLOSE, "closed-early", 0, 3,
    "decompress = yes" },
  { "cut-gzip", HEAD CUT "Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08", -1, CLOSE, "closed-early", 0,
    0, "decompress = yes" },
  { "cut-deflate", HEAD CUT "Content-Encoding: deflate\r\n\r\nx\x9cK", -1, CLOSE, "closed-early", 0,
    0, "decompress = yes" },
  { "cut-unpacked", HEAD CUT "\r\nabc", -1, CLOSE, "closed-early", 0, 3, "decompress = yes" },
  { "cut-trailers", CHUNKED "3\r\nabc\r\n0\r\nX: y\r\n", -1, CLOSE, "closed-early", 0, 3 },
  { "cut-before-trailers", CHUNKED "3\r\nabc\r\n0\r\n", -1, CLOSE, "closed-early", 0, 3 },
  { "odd-chunk-size", CHUNKED "3\r\nabc\r\nxyz\r\nabc\r\n0\r\n\r\n", -1, CLOSE, "protocol", 0, 3 },
  { "two-lengths", HEAD "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", -1, CLOSE, "protocol",
    0 },
  { "length-beside-chunks",
    HEAD "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", -1, CLOSE,
    "protocol", 0 },
  { "same-length-twice", HEAD "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", -1, GO_ON, "",
    200, 3 },
  { "trailers", CHUNKED "3\r\nabc\r\n0\r\nX: y\r\nZ: abc\r\n\r\n", -1, GO_ON, "", 200, 3 },
  { "close-delimited", HEAD "\r\nabc", -1, CLOSE, "", 200, 3 },
  { "chunked", CHUNKED "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", -1, GO_ON, "", 200, 5 },
  { "chunked-and-closed", CHUNKED "3\r\nabc\r\n0\r\n\r\n", -1, CLOSE, "", 200, 3 },
  { "chunked-per-request", CHUNKED "3\r\nabc\r\n0\r\n\r\n", -1, CLOSE, "", 200, 3,
    "connection = per-request" },
  { "informational", "HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" HEAD "Content-Length: 2\r\n\r\nab",
    -1, GO_ON, "", 200, 2 },
  { "http-1.0", "HTTP/1.0 200 OK\r\n\r\nabc", -1, CLOSE, "", 200, 3 },
  { "location-without-redirects",
    "HTTP/1.1 302 Found\r\nLocation: http://\r\n"
    "Content-Length: 0\r\n\r\n",
    -1, GO_ON, "", 302, 0 },
  { "bad-location", "HTTP/1.1 302 Found\r\nLocation: gopher://x/\r\nContent-Length: 0\r\n\r\n", -1,
    GO_ON, "protocol", 302, 0, "redirects = 3" },
};

static gboolean
answer_wrongly (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  const WrongCase *wrong = data;

  if (g_str_equal (request->path, "/good"))
    {
      server_reply (server, stream, 200, NULL, "good", -1);
      return TRUE;
    }
  server_send (server, stream, wrong->bytes, -1);
  for (gssize sent = 0; sent < wrong->n_bytes; sent += (gssize)strlen (wrong->bytes + 17))
    server_send (server, stream, wrong->bytes + 17, -1);
  switch (wrong->end)
    {
    case RESET:
      /* Once the client has read what came: a reset may overtake data. */
      g_usleep (20000);
      server_reset (stream);
      return FALSE;
    case HANG:
      server_hang (server, stream);
      return FALSE;
    case GO_ON:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
test_wrong (gconstpointer data)
{
  const WrongCase *wrong = data;
  g_autoptr (Server) server = server_start_new (answer_wrongly, (gpointer)data);
  g_autofree gchar *options = g_strdup_printf ("url = http://127.0.0.1:%u/\n%s", server->port,
                                               wrong->target != NULL ? wrong->target : "");
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *bad = driver_request_new (driver, ""), *good;

  good = driver_request_new (driver, "path = /good");
  for (guint i = 0; i < 3; i++)
    {
      ThrumReply reply = driver_run (session, bad, i == 1, NULL);

      driver_assert_failure (&reply, wrong->failure);
      g_assert_cmpint (reply.status, ==, wrong->status);
      g_assert_cmpuint (reply.received_bytes, ==, wrong->received_bytes);
      reply = driver_run (session, good, TRUE, NULL);
      driver_assert_failure (&reply, "");
      g_assert_cmpmem (reply.payload, reply.payload_bytes, "good", 4);
    }
}

/* ---- No connection at all ---- */

static guint16
get_refusing_port (void)
{
  g_autoptr (Server) server = server_start_new (answer_wrongly, NULL);

  return server->port;
}

static ThrumReply
run_once (const gchar *options)
{
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);

  return driver_run (session, driver_request_new (driver, ""), FALSE, NULL);
}

static void
test_refused (void)
{
  g_autofree gchar *options = g_strdup_printf ("url = http://127.0.0.1:%u/", get_refusing_port ());
  const ThrumReply reply = run_once (options);

  driver_assert_failure (&reply, "connect-refused");
  g_assert_cmpint (reply.status, ==, 0);
  g_assert_cmpint (reply.connected_ns, ==, 0);
  g_assert_cmpint (reply.first_byte_ns, ==, 0);
  g_assert_cmpuint (reply.connections, ==, 0);
}

static void
test_refused_proxy (void)
{
  g_autofree gchar *options = g_strdup_printf (
      "url = http://127.0.0.1:1/\nproxy = http://127.0.0.1:%u", get_refusing_port ());
  const ThrumReply reply = run_once (options);

  driver_assert_failure (&reply, "connect-refused");
}

/* A name longer than any can be needs no name server to be unknown. */
static void
test_no_address (void)
{
  g_autofree gchar *label = g_strnfill (70, 'a');
  g_autofree gchar *options = g_strdup_printf ("url = http://%s.invalid/", label);
  const ThrumReply reply = run_once (options);

  driver_assert_failure (&reply, "no-address");
}

static void
test_no_local_address (void)
{
  g_autoptr (Server) server = server_start_new (answer_wrongly, (gpointer)&wrong_cases[0]);
  g_autofree gchar *options = g_strdup_printf (
      "url = http://127.0.0.1:%u/good\nsource-addresses = 192.0.2.1", server->port);
  const ThrumReply reply = run_once (options);

  driver_assert_failure (&reply, "no-port");
}

static void
test_no_descriptor (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (Server) server = server_start_new (answer_wrongly, (gpointer)&wrong_cases[0]);
      g_autofree gchar *options = g_strdup_printf ("url = http://127.0.0.1:%u/good", server->port);
      g_autoptr (Driver) driver = driver_new ("http", options);
      DriverSession *session = driver_session_new (driver, 0);
      DriverRequest *request = driver_request_new (driver, "");
      struct rlimit limit;
      ThrumReply reply = driver_run (session, request, FALSE, NULL); /* all is loaded */
      const ThrumUser user = { .size = sizeof user };
      g_autoptr (GError) error = NULL;

      driver_assert_failure (&reply, "");
      g_ptr_array_set_size (driver->sessions, 0);
      session = driver_session_new (driver, 0);
      getrlimit (RLIMIT_NOFILE, &limit);
      limit.rlim_cur = 3;
      setrlimit (RLIMIT_NOFILE, &limit);
      reply = driver_run (session, request, FALSE, NULL);
      driver_assert_failure (&reply, "no-port");
      g_assert_null (driver->plugin->session->open (driver->target, &user, &error));
      g_assert_nonnull (strstr (error->message, "Too many open files"));
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
      reply = driver_run (session, request, FALSE, NULL);
      driver_assert_failure (&reply, "");
      return;
    }
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

/* ---- A kept connection that has died ---- */

/* Answers the first request of a connection and closes without a word on the second. */
static gboolean
answer_once (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  if (request->nth > 0)
    return FALSE;
  server_reply (server, stream, 200, NULL, "once", -1);
  return TRUE;
}

static void
test_resent (void)
{
  g_autoptr (Server) server = server_start_new (answer_once, NULL);
  g_autofree gchar *options = g_strdup_printf ("url = http://127.0.0.1:%u/", server->port);
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *get = driver_request_new (driver, "");
  DriverRequest *put = driver_request_new (driver, "method = PUT\nbody = abc");
  DriverRequest *post = driver_request_new (driver, "body = abc");
  ThrumReply reply = driver_run (session, get, FALSE, NULL);

  g_assert_cmpuint (reply.resent, ==, 0);
  reply = driver_run (session, get, FALSE, NULL);
  driver_assert_failure (&reply, "");
  g_assert_cmpuint (reply.resent, ==, 1);
  g_assert_cmpuint (reply.connections, ==, 1);
  g_assert_cmpint (server->n_requests, ==, 3);
  /* With its body. */
  reply = driver_run (session, put, FALSE, NULL);
  driver_assert_failure (&reply, "");
  g_assert_cmpuint (reply.resent, ==, 1);
  g_assert_cmpint (server->n_requests, ==, 5);
  /* A POST is not repeated: it may have been done. */
  reply = driver_run (session, post, FALSE, NULL);
  driver_assert_failure (&reply, "closed-early");
  g_assert_cmpuint (reply.resent, ==, 0);
  g_assert_cmpint (server->n_requests, ==, 6);
}

/* The server drops idle connections between two calls: that is no failure and no resend. */
static gboolean
answer_and_close (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  server_reply (server, stream, 200, NULL, "once", -1);
  return FALSE;
}

static void
test_reconnects (void)
{
  g_autoptr (Server) server = server_start_new (answer_and_close, NULL);
  g_autofree gchar *options = g_strdup_printf ("url = http://127.0.0.1:%u/", server->port);
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *post = driver_request_new (driver, "body = abc");

  for (guint i = 0; i < 3; i++)
    {
      const ThrumReply reply = driver_run (session, post, FALSE, NULL);

      driver_assert_failure (&reply, "");
      g_assert_cmpuint (reply.connections, ==, 1);
      g_assert_cmpuint (reply.resent, ==, 0);
      g_usleep (20000); /* for the end to arrive */
    }
  g_assert_cmpint (server->n_requests, ==, 3);
}

/* ---- cancel () ---- */

static const WrongCase hanging_cases[] = {
  { "before-head", "", -1, HANG, "cancelled", 0 },
  { "in-head", HEAD "X: ", -1, HANG, "cancelled", 0 },
  { "in-body", HEAD "Content-Length: 10\r\n\r\nabc", -1, HANG, "cancelled", 0, 3 },
  { "in-chunks", CHUNKED "3\r\nabc\r\n", -1, HANG, "cancelled", 0, 3 },
};

static void
test_cancel (gconstpointer data)
{
  const WrongCase *hanging = data;
  g_autoptr (Server) server = server_start_new (answer_wrongly, (gpointer)data);
  g_autofree gchar *options = g_strdup_printf ("url = http://127.0.0.1:%u/", server->port);
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *hang = driver_request_new (driver, "");
  DriverRequest *good = driver_request_new (driver, "path = /good");

  for (guint i = 0; i < 3; i++)
    {
      ThrumReply reply = driver_run_cancelled (session, hang, 10);

      driver_assert_failure (&reply, "cancelled");
      g_assert_cmpint (reply.status, ==, 0);
      g_assert_cmpuint (reply.received_bytes, <=, hanging->received_bytes);
      driver->plugin->session->cancel (session->session); /* too early: forgotten */
      reply = driver_run (session, good, FALSE, NULL);
      driver_assert_failure (&reply, "");
    }
}

/* A listener whose queue is full drops what comes: connecting hangs. */
static void
test_cancel_connecting (void)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0), address = NULL;
  g_autoptr (GSocket) listener =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GPtrArray) fillers = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree gchar *options = NULL;
  g_autoptr (Driver) driver = NULL;
  ThrumReply reply;

  g_assert_true (g_socket_bind (listener, any, FALSE, NULL));
  g_socket_set_listen_backlog (listener, 0);
  g_assert_true (g_socket_listen (listener, NULL));
  address = g_socket_get_local_address (listener, NULL);
  for (guint i = 0; i < 4; i++)
    {
      GSocket *filler =
          g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

      g_socket_set_blocking (filler, FALSE);
      g_socket_connect (filler, address, NULL, NULL);
      g_ptr_array_add (fillers, filler);
    }
  options = g_strdup_printf ("url = http://127.0.0.1:%u/",
                             g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  driver = driver_new ("http", options);
  reply =
      driver_run_cancelled (driver_session_new (driver, 0), driver_request_new (driver, ""), 20);
  driver_assert_failure (&reply, "cancelled");
  g_assert_cmpint (reply.connected_ns, ==, 0);
}

static gpointer
cancel_wildly (gpointer data)
{
  DriverSession *session = data;

  while (!g_atomic_pointer_compare_and_exchange (&session->driver->sessions->pdata[0], NULL, NULL))
    {
      session->driver->plugin->session->cancel (session->session);
      g_usleep (50);
    }
  return NULL;
}

/* Cancels at every moment of many calls: each ends as cancelled or whole, none hangs or crashes. */
static void
test_cancel_anytime (void)
{
  g_autoptr (Server) server = server_start_new (answer_wrongly, (gpointer)&hanging_cases[0]);
  g_autofree gchar *options = g_strdup_printf ("url = http://127.0.0.1:%u/good", server->port);
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *good = driver_request_new (driver, "");
  GThread *thread = g_thread_new ("canceller", cancel_wildly, session);
  gpointer owned = driver->sessions->pdata[0];

  for (guint i = 0; i < 500; i++)
    {
      const ThrumReply reply = driver_run (session, good, FALSE, NULL);

      if (reply.status == 0)
        driver_assert_failure (&reply, "cancelled");
      else
        driver_assert_failure (&reply, "");
    }
  g_atomic_pointer_set (&driver->sessions->pdata[0], NULL); /* the sign to stop */
  g_thread_join (thread);
  driver->sessions->pdata[0] = owned;
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
  ADD_CASES (wrong_cases, "wrong", test_wrong);
  g_test_add_func ("/http/refused", test_refused);
  g_test_add_func ("/http/refused-proxy", test_refused_proxy);
  g_test_add_func ("/http/no-address", test_no_address);
  g_test_add_func ("/http/no-local-address", test_no_local_address);
  g_test_add_func ("/http/no-descriptor", test_no_descriptor);
  g_test_add_func ("/http/resent", test_resent);
  g_test_add_func ("/http/reconnects", test_reconnects);
  ADD_CASES (hanging_cases, "cancel", test_cancel);
  g_test_add_func ("/http/cancel/connecting", test_cancel_connecting);
  g_test_add_func ("/http/cancel/anytime", test_cancel_anytime);
  return g_test_run ();
}
