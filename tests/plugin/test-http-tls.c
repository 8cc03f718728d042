/* SPDX-License-Identifier: MIT
 *
 * The http plugin over TLS: whom it trusts, what it shows of itself, what a handshake that fails is
 * called, and HTTP/2 against nghttpd where that is installed.
 */
#include <malloc.h>
#include <string.h>
#include <unistd.h>

#include "certificates.h"
#include "driver.h"
#include "server.h"

/* GCC 12's LeakSanitizer crashes while it looks at GLib's idle pool threads, on which handshakes
 * ran. Leaks of the plugin show in its other tests. */
int __lsan_is_turned_off (void);

int
__lsan_is_turned_off (void)
{
  return 1;
}

static Certificates *certificates;

static gboolean
answer (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  server_reply (server, stream, 200, NULL, "secret", -1);
  return strstr (request->head, "Connection: close") == NULL;
}

typedef struct {
  const gchar *name;
  const gchar *certificate; /* the server's */
  const gchar *host;
  const gchar *options; /* with %s for the certificates' folder */
  const gchar *failure;
} TrustCase;

static const TrustCase trust_cases[] = {
  { "good", "good", "127.0.0.1", "ca-file = %s/ca.pem", "" },
  { "good-name", "good", "localhost", "ca-file = %s/ca.pem", "" },
  { "unknown-authority", "good", "127.0.0.1", "verify = yes", "tls-verify" },
  { "wrong-name", "wrong-name", "127.0.0.1", "ca-file = %s/ca.pem", "tls-verify" },
  { "expired", "expired", "127.0.0.1", "ca-file = %s/ca.pem", "tls-verify" },
  { "alone", "alone", "127.0.0.1", "ca-file = %s/ca.pem", "tls-verify" },
  { "alone-trusted", "alone", "127.0.0.1", "ca-file = %s/alone.pem", "" },
  { "not-verified", "wrong-name", "127.0.0.1", "verify = no", "" },
  { "not-verified-expired", "expired", "127.0.0.1", "verify = no", "" },
  { "per-request", "good", "127.0.0.1", "ca-file = %s/ca.pem\nconnection = per-request", "" },
};

static gchar *
make_options (const gchar *host, guint16 port, const gchar *options)
{
  g_auto (GStrv) parts = g_strsplit (options, "%s", -1);
  g_autofree gchar *filled = g_strjoinv (certificates->directory, parts);

  return g_strdup_printf ("url = https://%s:%u/\n%s", host, port, filled);
}

static void
test_trust (gconstpointer data)
{
  const TrustCase *trust = data;
  g_autoptr (Server) server = server_new (answer, NULL);
  g_autofree gchar *options = make_options (trust->host, server->port, trust->options);
  g_autoptr (Driver) driver = driver_new ("http", options);
  const gboolean is_kept = strstr (trust->options, "per-request") == NULL;
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "");

  server->certificate = certificates_load (certificates, trust->certificate);
  server_start (server);
  for (guint i = 0; i < 3; i++)
    {
      const ThrumReply reply = driver_run (session, request, TRUE, NULL);

      driver_assert_failure (&reply, trust->failure);
      if (reply.failure != THRUM_FAILURE_NONE)
        {
          g_assert_cmpint (reply.status, ==, 0);
          g_assert_cmpint (reply.connected_ns, >, 0);
          g_assert_cmpint (reply.secured_ns, ==, 0);
          g_assert_cmpint (server->n_requests, ==, 0);
          continue;
        }
      g_assert_cmpint (reply.status, ==, 200);
      g_assert_cmpmem (reply.payload, reply.payload_bytes, "secret", 6);
      g_assert_cmpuint (reply.connections, ==, i == 0 || !is_kept ? 1 : 0);
      g_assert_cmpint (reply.secured_ns != 0, ==, i == 0 || !is_kept);
      g_assert_cmpint (reply.secured_ns, >=, reply.connected_ns);
    }
}

/* GIO would copy the system's authorities, some 4 MB, for each connection. */
static void
test_memory (gconstpointer data)
{
  g_autoptr (Server) server = server_new (answer, NULL);
  g_autofree gchar *options = make_options ("127.0.0.1", server->port, data);
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverRequest *request = driver_request_new (driver, "");
  gsize before = 0;

  server->certificate = certificates_load (certificates, "good");
  server_start (server);
  for (guint i = 0; i <= 8; i++)
    {
      ThrumReply reply = driver_run (driver_session_new (driver, i), request, FALSE, NULL);

      driver_assert_failure (&reply, "");
      g_assert_cmpuint (reply.connections, ==, 1);
      if (i == 0) /* what is there once */
        before = mallinfo2 ().uordblks + mallinfo2 ().hblkhd;
    }
  g_assert_cmpuint (mallinfo2 ().uordblks + mallinfo2 ().hblkhd, <, before + 8 * (1 << 20));
}

typedef struct {
  const gchar *name, *options, *failure;
} ClientCase;

static const ClientCase client_cases[] = {
  { "given", "certificate = %s/client.pem\nkey = %s/client.key", "" },
  { "in-one-file", "certificate = %s/both.pem", "" },
  { "per-request", "certificate = %s/both.pem\nconnection = per-request", "" },
};

static void
test_client_certificate (gconstpointer data)
{
  const ClientCase *client = data;
  g_autoptr (Server) server = server_new (answer, NULL);
  g_autofree gchar *options = make_options ("127.0.0.1", server->port, client->options);
  g_autofree gchar *trusting = g_strconcat (options, "\nverify = no", NULL);
  g_autoptr (Driver) driver = driver_new ("http", trusting);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "");

  server->certificate = certificates_load (certificates, "good");
  server->authentication_mode = G_TLS_AUTHENTICATION_REQUIRED;
  server_start (server);
  for (guint i = 0; i < 3; i++)
    {
      const ThrumReply reply = driver_run (session, request, FALSE, NULL);

      driver_assert_failure (&reply, client->failure);
    }
}

/* A server that asks for a certificate and gets none ends the handshake; with TLS 1.3 the client
 * may learn of it only after it has sent its request. */
static void
test_no_client_certificate (void)
{
  g_autoptr (Server) server = server_new (answer, NULL);
  g_autofree gchar *options = make_options ("127.0.0.1", server->port, "verify = no");
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  ThrumReply reply;

  server->certificate = certificates_load (certificates, "good");
  server->authentication_mode = G_TLS_AUTHENTICATION_REQUIRED;
  server_start (server);
  reply = driver_run (session, driver_request_new (driver, ""), FALSE, NULL);
  driver_assert_failure (&reply, "tls-failed");
  g_assert_cmpint (server->n_requests, ==, 0);
}

/* One that would like one, but goes on without. */
static void
test_optional_client_certificate (void)
{
  g_autoptr (Server) server = server_new (answer, NULL);
  g_autofree gchar *options = make_options ("127.0.0.1", server->port, "verify = no");
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  ThrumReply reply;

  server->certificate = certificates_load (certificates, "good");
  server->authentication_mode = G_TLS_AUTHENTICATION_REQUESTED;
  server_start (server);
  reply = driver_run (session, driver_request_new (driver, ""), FALSE, NULL);
  driver_assert_failure (&reply, "");
  g_assert_cmpint (server->n_requests, ==, 1);
}

/* A key of another certificate is refused before anything is sent. */
static void
test_wrong_key (void)
{
  static const gchar *const options[] = {
    "certificate = %s/client.pem\nkey = %s/good.key",
    "certificate = %s/good.pem\nkey = %s/both.pem",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autofree gchar *text = make_options ("127.0.0.1", 1, options[i]);
      g_autoptr (GError) error = NULL;

      g_assert_null (driver_try_new ("http", text, &error));
      g_assert_true (g_str_has_prefix (error->message, "key: '"));
      g_assert_nonnull (strstr (error->message, "is not the key of the certificate"));
    }
}

/* Nor does anybody ask for its password. */
static void
test_locked_key (void)
{
  g_autofree gchar *text =
      make_options ("127.0.0.1", 1, "certificate = %s/client.pem\nkey = %s/locked.key");
  g_autoptr (GError) error = NULL;

  g_assert_null (driver_try_new ("http", text, &error));
  g_assert_true (g_str_has_prefix (error->message, "key: cannot use '"));
  g_assert_nonnull (strstr (error->message, "a key without a password"));
}

/* OpenSSL's variable holds for this plugin, too; ca-file goes before it. */
static void
test_ssl_cert_file (void)
{
  g_autofree gchar *path = certificates_path (certificates, "ca.pem");
  g_autoptr (Server) server = server_new (answer, NULL);
  g_autofree gchar *trusting = make_options ("127.0.0.1", server->port, "");
  g_autofree gchar *other = make_options ("127.0.0.1", server->port, "ca-file = %s/alone.pem");
  g_autoptr (Driver) driver = NULL, strict = NULL, by_folder = NULL;
  g_autofree gchar *folder = NULL, *hashed = NULL;
  g_autoptr (GError) error = NULL;
  ThrumReply reply;

  server->certificate = certificates_load (certificates, "good");
  server_start (server);
  g_setenv ("SSL_CERT_FILE", path, TRUE);
  driver = driver_new ("http", trusting);
  strict = driver_new ("http", other);
  g_setenv ("SSL_CERT_FILE", "/nowhere", TRUE);
  g_assert_null (driver_try_new ("http", trusting, &error));
  g_assert_nonnull (strstr (error->message, "SSL_CERT_FILE: cannot use '/nowhere'"));
  g_unsetenv ("SSL_CERT_FILE");
  folder = g_dir_make_tmp ("thrum-XXXXXX", NULL);
  hashed = g_build_filename (folder, "0a1b2c3d.0", NULL);
  g_assert_cmpint (symlink (path, hashed), ==, 0);
  g_setenv ("SSL_CERT_DIR", folder, TRUE);
  by_folder = driver_new ("http", trusting);
  g_unsetenv ("SSL_CERT_DIR");
  unlink (hashed);
  rmdir (folder);
  reply = driver_run (driver_session_new (by_folder, 0), driver_request_new (by_folder, ""), FALSE,
                      NULL);
  driver_assert_failure (&reply, "");
  reply = driver_run (driver_session_new (driver, 0), driver_request_new (driver, ""), FALSE, NULL);
  driver_assert_failure (&reply, "");
  reply = driver_run (driver_session_new (strict, 0), driver_request_new (strict, ""), FALSE, NULL);
  driver_assert_failure (&reply, "tls-verify");
}

/* ---- A handshake that is none ---- */

typedef enum { GARBAGE, CLOSED, RESET, PLAIN_HTTP, HANGING } NoTls;

static gboolean
answer_without_tls (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  gchar bytes[4096];

  g_input_stream_read (g_io_stream_get_input_stream (stream), bytes, sizeof bytes, server->stop,
                       NULL);
  switch ((NoTls)GPOINTER_TO_INT (data))
    {
    case GARBAGE:
      server_send (server, stream, "\x16\x03\x03garbage, surely garbage", -1);
      break;
    case PLAIN_HTTP:
      server_reply (server, stream, 400, NULL, "plain", -1);
      break;
    case RESET:
      server_reset (stream);
      break;
    case HANGING:
      server_hang (server, stream);
      break;
    case CLOSED:
      break;
    }
  return FALSE;
}

static void
test_no_tls (gconstpointer data)
{
  g_autoptr (Server) server = server_new (answer_without_tls, (gpointer)data);
  g_autofree gchar *options = make_options ("127.0.0.1", server->port, "verify = no");
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "");

  server->is_raw = TRUE;
  server_start (server);
  for (guint i = 0; i < 2; i++)
    {
      const gboolean hangs = GPOINTER_TO_INT (data) == HANGING;
      const ThrumReply reply = hangs ? driver_run_cancelled (session, request, 20)
                                     : driver_run (session, request, FALSE, NULL);

      driver_assert_failure (&reply, hangs ? "cancelled" : "tls-failed");
      g_assert_cmpint (reply.connected_ns, >, 0);
      g_assert_cmpint (reply.secured_ns, ==, 0);
    }
}

/* ---- Cut without TLS's own word of the end ---- */

typedef struct {
  const gchar *name, *bytes;
  gboolean says_so; /* close_notify */
  gboolean resets;
  const gchar *failure;
} CutCase;

static const CutCase cut_cases[] = {
  { "before-head", "", FALSE, FALSE, "closed-early" },
  { "in-head", "HTTP/1.1 200 OK\r\nX: y", FALSE, FALSE, "closed-early" },
  { "behind-line", "HTTP/1.1 200 OK\r\n", FALSE, FALSE, "closed-early" },
  { "in-head-in-order", "HTTP/1.1 200 OK\r\nX: y", TRUE, FALSE, "closed-early" },
  { "in-head-by-reset", "HTTP/1.1 200 OK\r\nX: y", FALSE, TRUE, "reset" },
  { "in-body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", FALSE, FALSE, "closed-early" },
  { "body-by-end", "HTTP/1.1 200 OK\r\n\r\nabc", FALSE, FALSE, "closed-early" },
  { "body-by-end-in-order", "HTTP/1.1 200 OK\r\n\r\nabc", TRUE, FALSE, "" },
  { "body-by-length", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", FALSE, FALSE, "" },
};

static gboolean
answer_and_cut (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  const CutCase *cut = data;
  g_autoptr (GIOStream) base = NULL;

  server_send (server, stream, cut->bytes, -1);
  if (cut->says_so)
    return FALSE;
  if (cut->resets)
    {
      g_usleep (20000);
      server_reset (stream);
    }
  g_object_get (stream, "base-io-stream", &base, NULL);
  g_io_stream_close (base, NULL, NULL);
  return FALSE;
}

static void
test_cut (gconstpointer data)
{
  const CutCase *cut = data;
  g_autoptr (Server) server = server_new (answer_and_cut, (gpointer)data);
  g_autofree gchar *options = make_options ("127.0.0.1", server->port, "ca-file = %s/ca.pem");
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "body = x");

  server->certificate = certificates_load (certificates, "good");
  server_start (server);
  for (guint i = 0; i < 3; i++)
    {
      const ThrumReply reply = driver_run (session, request, FALSE, NULL);

      driver_assert_failure (&reply, cut->failure);
      g_assert_cmpint (reply.status, ==, *cut->failure == '\0' ? 200 : 0);
      g_usleep (5000);
    }
}

/* ---- Through a proxy ---- */

/* A proxy that takes every tunnel to lead to itself: what comes through it is TLS again. */
static gboolean
answer_tunnel (Server *server, GIOStream *stream, const ServerRequest *request, gpointer data)
{
  g_autoptr (GTlsCertificate) certificate = certificates_load (certificates, "good");
  g_autoptr (GIOStream) tunnel = NULL;
  gchar bytes[4096] = "";
  gssize n_read;

  if (!g_str_equal (request->method, "CONNECT"))
    return FALSE;
  g_assert_cmpstr (request->path, ==, "127.0.0.1:1");
  g_assert_nonnull (strstr (request->head, "\r\nProxy-Authorization: Basic dTpw"));
  server_send (server, stream, "HTTP/1.1 200 Go on\r\n\r\n", -1);
  tunnel = g_tls_server_connection_new (stream, certificate, NULL);
  n_read = g_input_stream_read (g_io_stream_get_input_stream (tunnel), bytes, sizeof bytes - 1,
                                server->stop, NULL);
  g_assert_null (strstr (bytes, "Proxy-Authorization"));
  if (n_read > 0 && g_str_has_prefix (bytes, "GET / HTTP/1.1\r\n"))
    server_reply (server, tunnel, 200, NULL, "through", -1);
  g_io_stream_close (tunnel, NULL, NULL);
  return FALSE;
}

static void
test_tunnel (void)
{
  g_autoptr (Server) server = server_start_new (answer_tunnel, NULL);
  g_autofree gchar *proxy =
      g_strdup_printf ("ca-file = %%s/ca.pem\nproxy = http://u:p@127.0.0.1:%u", server->port);
  g_autofree gchar *options = make_options ("127.0.0.1", 1, proxy);
  g_autoptr (Driver) driver = driver_new ("http", options);
  DriverSession *session = driver_session_new (driver, 0);
  DriverRequest *request = driver_request_new (driver, "");

  for (guint i = 0; i < 2; i++)
    {
      const ThrumReply reply = driver_run (session, request, TRUE, NULL);

      driver_assert_failure (&reply, "");
      g_assert_cmpmem (reply.payload, reply.payload_bytes, "through", 7);
      g_assert_cmpuint (reply.connections, ==, 1);
      g_assert_cmpint (reply.secured_ns, >, 0);
      g_usleep (20000);
    }
}

/* ---- HTTP/2 ---- */

/* An nghttpd on a free port, or NULL where there is none. */
static GSubprocess *
start_nghttpd (guint16 *port)
{
  g_autofree gchar *program = g_find_program_in_path ("nghttpd");
  g_autofree gchar *key = certificates_path (certificates, "good.key");
  g_autofree gchar *certificate = certificates_path (certificates, "good.pem");
  g_autofree gchar *port_text = NULL, *root = NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GSubprocess *process;

  if (program == NULL)
    return NULL;
  {
    g_autoptr (Server) probe = server_new (answer, NULL);

    *port = probe->port;
  }
  port_text = g_strdup_printf ("%u", *port);
  root = g_strdup_printf ("--htdocs=%s", certificates->directory);
  process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, NULL,
                        program, "--address=127.0.0.1", root, port_text, key, certificate, NULL);
  g_assert_nonnull (process);
  for (guint i = 0; i < 1000; i++)
    {
      g_autoptr (GSocketConnection) connection =
          g_socket_client_connect_to_host (client, "127.0.0.1", *port, NULL, NULL);

      if (connection != NULL)
        return process;
      g_usleep (10000);
    }
  g_error ("nghttpd does not listen");
}

static void
test_http2 (void)
{
  g_autofree gchar *program = g_find_program_in_path ("nghttpd");

  if (g_test_subprocess ())
    {
      guint16 port = 0;
      g_autoptr (GSubprocess) nghttpd = start_nghttpd (&port);
      g_autofree gchar *options =
          make_options ("127.0.0.1", port, "ca-file = %s/ca.pem\nhttp2 = yes");
      g_autoptr (Driver) driver = driver_new ("http", options);
      DriverSession *session = driver_session_new (driver, 0);
      DriverRequest *good = driver_request_new (driver, "path = /good.pem");
      DriverRequest *missing = driver_request_new (driver, "path = /nowhere");

      for (guint i = 0; i < 3; i++)
        {
          ThrumReply reply = driver_run (session, good, TRUE, NULL);

          driver_assert_failure (&reply, "");
          g_assert_cmpint (reply.status, ==, 200);
          g_assert_true (g_str_has_prefix (reply.payload, "-----BEGIN CERTIFICATE"));
          g_assert_cmpuint (reply.connections, ==, i == 0);
          reply = driver_run (session, missing, FALSE, NULL);
          driver_assert_failure (&reply, "status");
          g_assert_cmpint (reply.status, ==, 404);
        }
      g_subprocess_force_exit (nghttpd);
      return;
    }
  if (program == NULL)
    {
      g_test_skip ("no nghttpd");
      return;
    }
  /* A process of its own: http2 = no of another target holds for the process. */
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
}

#define ADD_CASES(cases, path, function)                                                           \
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)                                                 \
    {                                                                                              \
      g_autofree gchar *name = g_strconcat ("/http/tls/" path "/", cases[i].name, NULL);           \
                                                                                                   \
      g_test_add_data_func (name, &cases[i], function);                                            \
    }

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  if (g_test_subprocess ())
    g_unsetenv ("SOUP_FORCE_HTTP1"); /* of the parent's other tests */
  certificates = certificates_new ();
  ADD_CASES (trust_cases, "trust", test_trust);
  ADD_CASES (client_cases, "client-certificate", test_client_certificate);
  g_test_add_func ("/http/tls/client-certificate/missing", test_no_client_certificate);
  g_test_add_func ("/http/tls/client-certificate/optional", test_optional_client_certificate);
  g_test_add_func ("/http/tls/client-certificate/wrong-key", test_wrong_key);
  g_test_add_func ("/http/tls/client-certificate/locked-key", test_locked_key);
  g_test_add_func ("/http/tls/trust/ssl-cert-file", test_ssl_cert_file);
  g_test_add_data_func ("/http/tls/garbage", GINT_TO_POINTER (GARBAGE), test_no_tls);
  g_test_add_data_func ("/http/tls/closed", GINT_TO_POINTER (CLOSED), test_no_tls);
  g_test_add_data_func ("/http/tls/reset", GINT_TO_POINTER (RESET), test_no_tls);
  g_test_add_data_func ("/http/tls/plain-http", GINT_TO_POINTER (PLAIN_HTTP), test_no_tls);
  g_test_add_data_func ("/http/tls/hanging", GINT_TO_POINTER (HANGING), test_no_tls);
  ADD_CASES (cut_cases, "cut", test_cut);
  g_test_add_data_func ("/http/tls/memory/ca-file", "ca-file = %s/ca.pem", test_memory);
  g_test_add_data_func ("/http/tls/memory/not-verified", "verify = no", test_memory);
  g_test_add_func ("/http/tls/tunnel", test_tunnel);
  g_test_add_func ("/http/tls/http2", test_http2);
  result = g_test_run ();
  certificates_free (certificates);
  return result;
}
