/* SPDX-License-Identifier: MIT
 *
 * TLS under the codec engine, against OpenSSL's server in a thread, with certificates made for the
 * test: trust, names, client certificates, ALPN, resumption, and what is no TLS at all.
 */
#include <sys/socket.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/transport.h"
#include "test-codec-engine-support.h"

/* ---- Certificates ---- */

typedef struct {
  gchar *folder, *ca, *server, *client; /* PEM files; the last two hold certificate and key */
} Files;

static Files files;

static void
add_extension (X509 *certificate, X509 *issuer, int nid, const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;

  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  g_assert_nonnull (extension);
  X509_add_ext (certificate, extension, -1);
  X509_EXTENSION_free (extension);
}

/* A certificate for @name, signed by @issuer_key, or by itself; written to @path with its key. */
static X509 *
make_certificate (const gchar *name, const gchar *alternatives, X509 *issuer, EVP_PKEY *issuer_key,
                  EVP_PKEY **key, const gchar *path)
{
  X509 *certificate = X509_new ();
  X509_NAME *subject = X509_get_subject_name (certificate);
  FILE *file = fopen (path, "w");
  static long serial = 1;

  *key = EVP_EC_gen ("P-256");
  X509_set_version (certificate, 2);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial++);
  X509_gmtime_adj (X509_getm_notBefore (certificate), -3600);
  X509_gmtime_adj (X509_getm_notAfter (certificate), 24 * 3600);
  X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_ASC, (const guchar *)name, -1, -1, 0);
  X509_set_issuer_name (certificate, X509_get_subject_name (issuer != NULL ? issuer : certificate));
  X509_set_pubkey (certificate, *key);
  if (issuer == NULL)
    add_extension (certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  if (alternatives != NULL)
    add_extension (certificate, issuer, NID_subject_alt_name, alternatives);
  X509_sign (certificate, issuer_key != NULL ? issuer_key : *key, EVP_sha256 ());
  PEM_write_X509 (file, certificate);
  PEM_write_PrivateKey (file, *key, NULL, NULL, 0, NULL, NULL);
  fclose (file);
  return certificate;
}

static void
make_files (void)
{
  EVP_PKEY *ca_key, *server_key, *client_key;
  X509 *ca, *server, *client;

  files.folder = g_dir_make_tmp ("thrum-XXXXXX", NULL);
  files.ca = g_build_filename (files.folder, "ca.pem", NULL);
  files.server = g_build_filename (files.folder, "server.pem", NULL);
  files.client = g_build_filename (files.folder, "client.pem", NULL);
  ca = make_certificate ("test authority", NULL, NULL, NULL, &ca_key, files.ca);
  server = make_certificate ("server", "DNS:good.test,IP:127.0.0.1", ca, ca_key, &server_key,
                             files.server);
  client = make_certificate ("client", NULL, ca, ca_key, &client_key, files.client);
  X509_free (ca);
  X509_free (server);
  X509_free (client);
  EVP_PKEY_free (ca_key);
  EVP_PKEY_free (server_key);
  EVP_PKEY_free (client_key);
}

static void
remove_files (void)
{
  g_unlink (files.ca);
  g_unlink (files.server);
  g_unlink (files.client);
  g_rmdir (files.folder);
  g_free (files.ca);
  g_free (files.server);
  g_free (files.client);
  g_free (files.folder);
}

/* ---- The server ---- */

typedef struct {
  SSL_CTX *ssl;
  gsize reply_bytes; /* how long a reply's line is */
  gint n_resumed;    /* atomic */
  gint n_named;      /* atomic: connections that asked for good.test */
  gboolean is_cut;   /* closes without close_notify */
} Tls;

static int
choose_alpn (SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *in,
             unsigned int in_length, void *data)
{
  static const guchar spoken[] = "\x04line";

  return SSL_select_next_proto ((unsigned char **)out, length, spoken, 5, in, in_length)
                 == OPENSSL_NPN_NEGOTIATED
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_NOACK;
}

static void
tls_init (Tls *tls, gboolean wants_client, int version)
{
  tls->ssl = SSL_CTX_new (TLS_server_method ());
  tls->reply_bytes = 7;
  SSL_CTX_use_certificate_chain_file (tls->ssl, files.server);
  SSL_CTX_use_PrivateKey_file (tls->ssl, files.server, SSL_FILETYPE_PEM);
  SSL_CTX_set_max_proto_version (tls->ssl, version);
  SSL_CTX_set_session_id_context (tls->ssl, (const guchar *)"thrum", 5);
  SSL_CTX_set_alpn_select_cb (tls->ssl, choose_alpn, NULL);
  if (!wants_client)
    return;
  SSL_CTX_load_verify_file (tls->ssl, files.ca);
  SSL_CTX_set_verify (tls->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static void
answer_by_tls (Server *server, gint fd, guint nth)
{
  Tls *tls = server->data;
  SSL *ssl = SSL_new (tls->ssl);
  g_autofree gchar *reply = g_strnfill (tls->reply_bytes, 'x');
  gchar byte;

  memcpy (reply, "200 ", 4);
  reply[tls->reply_bytes - 1] = '\n';
  SSL_set_fd (ssl, fd);
  if (SSL_accept (ssl) == 1)
    {
      const char *name = SSL_get_servername (ssl, TLSEXT_NAMETYPE_host_name);

      g_atomic_int_add (&tls->n_resumed, SSL_session_reused (ssl));
      g_atomic_int_add (&tls->n_named, g_strcmp0 (name, "good.test") == 0);
      while (SSL_read (ssl, &byte, 1) == 1)
        if (byte == '\n' && SSL_write (ssl, reply, (int)tls->reply_bytes) <= 0)
          break;
      SSL_shutdown (ssl);
    }
  SSL_free (ssl);
}

/* ---- The tests ---- */

static Run *
tls_run_new (guint16 port)
{
  Run *run = run_new (port);

  run->endpoint.tls = TRUE;
  run->config.load.users = 2;
  run_set_text (run, THRUM_TRANSPORT_CA_FILE, files.ca);
  return run;
}

/* Runs it; TLS 1.3 tells some refusals only after the handshake, so pacing keeps rows few. */
static void
go (Run *run, ThrumFailure expected)
{
  if (expected != THRUM_FAILURE_NONE)
    run->config.load.interval_ns = 50000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, >, 0);
  g_assert_cmpuint (run_count (run, expected), ==, run->records->len);
}

static void
test_trusted (gconstpointer version)
{
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;
  guint stamped = 0;

  tls_init (&tls, FALSE, GPOINTER_TO_INT (version));
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run->least = 100;
  go (run, THRUM_FAILURE_NONE);
  g_assert_cmpint (run_record (run, 0)->secured, >, run_record (run, 0)->connected);
  for (guint i = 0; i < run->records->len; i++)
    stamped += (run_record (run, i)->flags & THRUM_RECORD_KERNEL_DONE) != 0;
  g_assert_cmpuint (stamped, >, 0);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

static void
test_server_name (void)
{
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run_set_text (run, THRUM_TRANSPORT_SERVER_NAME, "good.test");
  go (run, THRUM_FAILURE_NONE);
  g_assert_cmpint (g_atomic_int_get (&tls.n_named), ==, 2);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

static void
test_wrong_name (void)
{
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run_set_text (run, THRUM_TRANSPORT_SERVER_NAME, "other.test");
  go (run, THRUM_FAILURE_TLS_VERIFY);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

static void
test_untrusted (void)
{
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run_set_text (run, THRUM_TRANSPORT_CA_FILE, files.client);
  go (run, THRUM_FAILURE_TLS_VERIFY);
  g_assert_cmpuint (run_count_reason (run, THRUM_FAILURE_TLS_VERIFY, "certificate is refused: "),
                    ==, run->records->len);
  g_assert_cmpuint (run->counters.handshakes, ==, 0);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

/* A folder as `openssl rehash` makes it. (transfer full) */
static gchar *
make_hashed_folder (gchar **link)
{
  FILE *file = fopen (files.ca, "r");
  X509 *ca = PEM_read_X509 (file, NULL, NULL, NULL);
  gchar *folder = g_dir_make_tmp ("thrum-XXXXXX", NULL);

  *link = g_strdup_printf ("%s/%08lx.0", folder, X509_subject_name_hash (ca));
  g_assert_cmpint (symlink (files.ca, *link), ==, 0);
  X509_free (ca);
  fclose (file);
  return folder;
}

/* Without ca-file, the environment names whom to trust, as for the http plugin. */
static void
test_environment (void)
{
  g_autofree gchar *link = NULL;
  g_autofree gchar *folder = make_hashed_folder (&link);
  const struct {
    const gchar *name, *value;
    ThrumFailure failure;
  } variables[] = {
    { "SSL_CERT_FILE", files.ca, THRUM_FAILURE_NONE },
    { "SSL_CERT_FILE", files.client, THRUM_FAILURE_TLS_VERIFY },
    { "SSL_CERT_DIR", folder, THRUM_FAILURE_NONE },
  };
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    {
      g_autoptr (Run) run = tls_run_new (server->port);

      g_setenv (variables[i].name, variables[i].value, TRUE);
      run_set_text (run, THRUM_TRANSPORT_CA_FILE, NULL);
      go (run, variables[i].failure);
      g_unsetenv (variables[i].name);
    }
  g_unlink (link);
  g_rmdir (folder);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

static void
test_bad_environment (void)
{
  g_autoptr (Run) run = tls_run_new (1);

  run_set_text (run, THRUM_TRANSPORT_CA_FILE, NULL);
  g_setenv ("SSL_CERT_FILE", "/nonexistent.pem", TRUE);
  g_assert_false (run_go (run));
  g_unsetenv ("SSL_CERT_FILE");
  g_assert_nonnull (strstr (run->error->message, "SSL_CERT_FILE /nonexistent.pem"));
}

static void
test_unverified (void)
{
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run_set_text (run, THRUM_TRANSPORT_CA_FILE, NULL);
  run_set_text (run, THRUM_TRANSPORT_SERVER_NAME, "other.test");
  run_set_flag (run, THRUM_TRANSPORT_VERIFY, FALSE);
  go (run, THRUM_FAILURE_NONE);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

static void
test_client_certificate (gconstpointer data)
{
  gboolean has_one = GPOINTER_TO_INT (data);
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, TRUE, 0);
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  if (has_one)
    run_set_text (run, THRUM_TRANSPORT_CERTIFICATE, files.client);
  go (run, has_one ? THRUM_FAILURE_NONE : THRUM_FAILURE_TLS_FAILED);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

static void
test_sessions (gconstpointer data)
{
  gboolean reuse = GPOINTER_TO_INT (data);
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run->endpoint.close_after_each = TRUE;
  run->least = 10;
  run_set_flag (run, THRUM_TRANSPORT_SESSION_REUSE, reuse);
  go (run, THRUM_FAILURE_NONE);
  g_assert_cmpuint (run->counters.connections, ==, run->records->len);
  g_assert_cmpuint (run->counters.handshakes, ==, run->records->len);
  g_assert_cmpuint (run->counters.resumed_handshakes > 0, ==, reuse);
  if (run->counters.handshakes == (guint64)g_atomic_int_get (&server->n_accepted))
    g_assert_cmpuint (run->counters.resumed_handshakes, ==, g_atomic_int_get (&tls.n_resumed));
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

/* A reply of many records, and requests that share its connection. */
static void
test_large (void)
{
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  tls.reply_bytes = 300000;
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run->config.load.users = 6;
  run->endpoint.calls_per_connection = 3;
  go (run, THRUM_FAILURE_NONE);
  g_assert_cmpuint (run->counters.connections, ==, 2);
  g_assert_cmpuint (run_record (run, 0)->received_bytes, ==, 300000);
  g_assert_cmpint (run_record (run, 0)->first_byte, <=, run_record (run, 0)->done);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

/* A reply that ends with the connection, with TLS's word of its end or cut off without. */
static void
answer_until_end (Server *server, gint fd, guint nth)
{
  const Tls *tls = server->data;
  SSL *ssl = SSL_new (tls->ssl);
  gchar line[64];

  SSL_set_fd (ssl, fd);
  if (SSL_accept (ssl) == 1 && SSL_read (ssl, line, sizeof line) > 0)
    {
      SSL_write (ssl, "200 half", 8);
      if (!tls->is_cut)
        SSL_shutdown (ssl);
    }
  SSL_free (ssl);
}

static void
test_until_end (gconstpointer is_cut)
{
  Tls tls = { .is_cut = GPOINTER_TO_INT (is_cut) };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_until_end, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run->line.until_end = TRUE;
  run->least = 2;
  go (run, tls.is_cut ? THRUM_FAILURE_CLOSED_EARLY : THRUM_FAILURE_NONE);
  g_assert_cmpuint (run_count_reason (run, THRUM_FAILURE_CLOSED_EARLY, "close_notify"), ==,
                    tls.is_cut ? run->records->len : 0);
  g_assert_cmpint (run_record (run, 0)->status, ==, tls.is_cut ? 0 : 200);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

/* Answers once; the next reply is no TLS. */
static void
answer_and_break (Server *server, gint fd, guint nth)
{
  SSL *ssl = SSL_new (((Tls *)server->data)->ssl);
  gchar line[64];

  SSL_set_fd (ssl, fd);
  if (SSL_accept (ssl) == 1 && SSL_read (ssl, line, sizeof line) > 0
      && SSL_write (ssl, "200 ok\n", 7) > 0 && SSL_read (ssl, line, sizeof line) > 0)
    server_write (fd, "this is no record of TLS at all");
  SSL_free (ssl);
}

/* Such a connection had come to be: that is no failed handshake, which would be no latency. */
static void
test_broken_later (void)
{
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_and_break, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run->config.load.users = 1;
  run->config.load.interval_ns = 20000000;
  run->least = 4;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_CLOSED_EARLY), >, 0);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_CLOSED_EARLY)
                        + run_count (run, THRUM_FAILURE_NONE),
                    ==, run->records->len);
  g_assert_cmpuint (run_count_reason (run, THRUM_FAILURE_CLOSED_EARLY, "TLS"), ==,
                    run_count (run, THRUM_FAILURE_CLOSED_EARLY));
  g_assert_cmpuint (run->counters.resent, ==, 0);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

/* A server that speaks other protocols only says so by an alert, or closes. */
static int
refuse_alpn (SSL *ssl, const unsigned char **out, unsigned char *length, const unsigned char *in,
             unsigned int in_length, void *data)
{
  return ((Tls *)data)->is_cut ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void
close_after_handshake (Server *server, gint fd, guint nth)
{
  SSL *ssl = SSL_new (((Tls *)server->data)->ssl);
  gchar line[64];

  SSL_set_fd (ssl, fd);
  if (SSL_accept (ssl) == 1 && SSL_read (ssl, line, sizeof line) > 0)
    SSL_shutdown (ssl);
  SSL_free (ssl);
}

static void
test_other_protocol (gconstpointer closes)
{
  static const char *const offered[] = { "http/1.1", NULL };
  Tls tls = { .is_cut = GPOINTER_TO_INT (closes) };
  const ThrumFailure failure = closes ? THRUM_FAILURE_CLOSED_EARLY : THRUM_FAILURE_TLS_FAILED;
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  SSL_CTX_set_alpn_select_cb (tls.ssl, refuse_alpn, &tls);
  server = server_new (close_after_handshake, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run->endpoint.alpn = offered;
  go (run, failure);
  g_assert_cmpuint (run_count_reason (run, failure, "(http/1.1); if it speaks HTTP/2 alone"), ==,
                    run->records->len);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

static gchar *seen_alpn;

static void *
open_noting_alpn (void *target, const ThrumConnInfo *info, ThrumOut *out, GError **error)
{
  g_assert_true (info->tls);
  g_free (seen_alpn);
  seen_alpn = g_strdup (info->alpn);
  return line_codec.open (target, info, out, error);
}

static void
test_alpn (void)
{
  static const char *const offered[] = { "other", "line", NULL };
  ThrumCodecOps codec = line_codec;
  Tls tls = { 0 };
  g_autoptr (Server) server = NULL;
  g_autoptr (Run) run = NULL;

  tls_init (&tls, FALSE, 0);
  server = server_new (answer_by_tls, &tls, SERVER_V4);
  run = tls_run_new (server->port);
  run->endpoint.alpn = offered;
  codec.open = open_noting_alpn;
  run->plugin.codec = &codec;
  go (run, THRUM_FAILURE_NONE);
  g_assert_cmpstr (seen_alpn, ==, "line");
  g_clear_pointer (&seen_alpn, g_free);
  g_clear_pointer (&server, server_free);
  SSL_CTX_free (tls.ssl);
}

/* ---- No TLS at all ---- */

static void
speak_plain (Server *server, gint fd, guint nth)
{
  server_write (fd, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  g_usleep (20000);
}

static void
close_at_hello (Server *server, gint fd, guint nth)
{
  gchar byte;

  (void)recv (fd, &byte, 1, MSG_PEEK);
  while (recv (fd, &byte, 1, MSG_DONTWAIT) == 1)
    continue;
}

static void
stay_silent (Server *server, gint fd, guint nth)
{
  gchar bytes[4096];

  while (recv (fd, bytes, sizeof bytes, 0) > 0)
    continue;
}

static void
test_garbage (void)
{
  g_autoptr (Server) server = server_new (speak_plain, NULL, SERVER_V4);
  g_autoptr (Run) run = tls_run_new (server->port);

  go (run, THRUM_FAILURE_TLS_FAILED);
  g_assert_cmpuint (run_count_reason (run, THRUM_FAILURE_TLS_FAILED, "is not TLS"), ==,
                    run->records->len);
}

static void
test_closed_at_hello (void)
{
  g_autoptr (Server) server = server_new (close_at_hello, NULL, SERVER_V4);
  g_autoptr (Run) run = tls_run_new (server->port);

  go (run, THRUM_FAILURE_TLS_FAILED);
}

static void
test_silent (void)
{
  g_autoptr (Server) server = server_new (stay_silent, NULL, SERVER_V4);
  g_autoptr (Run) run = tls_run_new (server->port);

  run->requests[0].timeout_ns = 40000000;
  go (run, THRUM_FAILURE_TIMEOUT);
}

static void
test_bad_files (void)
{
  const ThrumTransportOption options[] = { THRUM_TRANSPORT_CA_FILE, THRUM_TRANSPORT_CERTIFICATE };

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      g_autoptr (Run) run = tls_run_new (1);

      run_set_text (run, options[i], "/nonexistent.pem");
      g_assert_false (run_go (run));
      g_assert_nonnull (strstr (run->error->message, "/nonexistent.pem"));
    }
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  make_files ();
  g_test_add_data_func ("/codec-tls/trusted-1.3", GINT_TO_POINTER (TLS1_3_VERSION), test_trusted);
  g_test_add_data_func ("/codec-tls/trusted-1.2", GINT_TO_POINTER (TLS1_2_VERSION), test_trusted);
  g_test_add_func ("/codec-tls/server-name", test_server_name);
  g_test_add_func ("/codec-tls/wrong-name", test_wrong_name);
  g_test_add_func ("/codec-tls/untrusted", test_untrusted);
  g_test_add_func ("/codec-tls/environment", test_environment);
  g_test_add_func ("/codec-tls/bad-environment", test_bad_environment);
  g_test_add_func ("/codec-tls/unverified", test_unverified);
  g_test_add_data_func ("/codec-tls/client-certificate", GINT_TO_POINTER (TRUE),
                        test_client_certificate);
  g_test_add_data_func ("/codec-tls/no-client-certificate", GINT_TO_POINTER (FALSE),
                        test_client_certificate);
  g_test_add_data_func ("/codec-tls/sessions-reused", GINT_TO_POINTER (TRUE), test_sessions);
  g_test_add_data_func ("/codec-tls/sessions-new", GINT_TO_POINTER (FALSE), test_sessions);
  g_test_add_func ("/codec-tls/large", test_large);
  g_test_add_func ("/codec-tls/alpn", test_alpn);
  g_test_add_data_func ("/codec-tls/until-end", GINT_TO_POINTER (FALSE), test_until_end);
  g_test_add_data_func ("/codec-tls/until-end-cut", GINT_TO_POINTER (TRUE), test_until_end);
  g_test_add_func ("/codec-tls/broken-later", test_broken_later);
  g_test_add_data_func ("/codec-tls/other-protocol-alert", GINT_TO_POINTER (FALSE),
                        test_other_protocol);
  g_test_add_data_func ("/codec-tls/other-protocol-closes", GINT_TO_POINTER (TRUE),
                        test_other_protocol);
  g_test_add_func ("/codec-tls/garbage", test_garbage);
  g_test_add_func ("/codec-tls/closed-at-hello", test_closed_at_hello);
  g_test_add_func ("/codec-tls/silent", test_silent);
  g_test_add_func ("/codec-tls/bad-files", test_bad_files);
  result = g_test_run ();
  remove_files ();
  return result;
}
