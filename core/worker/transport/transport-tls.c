/* SPDX-License-Identifier: MIT
 *
 * TLS by OpenSSL between two slices of bytes. A BIO of our own reads what the loop was given and
 * writes into the loop's buffer. So receive stamps survive, and it works with every loop
 * backend. Knows no socket. All lanes share a context; a connection belongs to one lane.
 */
#include "worker/transport/transport-tls.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct _ThrumTlsContext {
  SSL_CTX *ssl;
  BIO_METHOD *bio;
  gchar *server_name;
  gchar *offered;      /* (nullable): the ALPN names, for people */
  gboolean is_address; /* server_name is an IP address: no SNI, another kind of check */
  gboolean verify, reuse_sessions;
};

struct _ThrumTls {
  SSL *ssl;
  const ThrumTlsContext *context;
  ThrumTlsCache *cache;
  const guint8 *in;
  gsize n_in;
  ThrumOut *out;
  gchar *alpn;
  gchar *reason; /* (nullable): why it failed */
  gboolean failed;
};

static int
bio_read (BIO *bio, char *into, int size)
{
  ThrumTls *tls = BIO_get_data (bio);
  gsize n = MIN (tls->n_in, (gsize)MAX (size, 0));

  BIO_clear_retry_flags (bio);
  if (n == 0)
    {
      BIO_set_retry_read (bio);
      return -1;
    }
  memcpy (into, tls->in, n);
  tls->in += n;
  tls->n_in -= n;
  return (int)n;
}

static int
bio_write (BIO *bio, const char *bytes, int size)
{
  ThrumTls *tls = BIO_get_data (bio);

  BIO_clear_retry_flags (bio);
  if (size <= 0 || tls->out == NULL || !thrum_out_append (tls->out, bytes, (gsize)size))
    return -1;
  return size;
}

static long
bio_ctrl (BIO *bio, int command, long number, void *pointer)
{
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *
bio_method_new (void)
{
  BIO_METHOD *method = BIO_meth_new (BIO_get_new_index () | BIO_TYPE_SOURCE_SINK, "thrum");

  BIO_meth_set_read (method, bio_read);
  BIO_meth_set_write (method, bio_write);
  BIO_meth_set_ctrl (method, bio_ctrl);
  return method;
}

/* The session a server hands out (with TLS 1.3 after the handshake) replaces the lane's last. */
static int
keep_session (SSL *ssl, SSL_SESSION *session)
{
  ThrumTls *tls = SSL_get_app_data (ssl);

  if (tls == NULL || tls->cache == NULL)
    return 0;
  thrum_tls_cache_clear (tls->cache);
  tls->cache->session = session;
  return 1;
}

static gboolean
set_alpn (SSL_CTX *ssl, const gchar *const *alpn, GError **error)
{
  g_autoptr (GByteArray) wire = g_byte_array_new ();

  for (; alpn != NULL && *alpn != NULL; alpn++)
    {
      gsize length = strlen (*alpn);
      guint8 prefix = (guint8)length;

      if (length == 0 || length > 255)
        return thrum_tls_files_fail (error, "an ALPN name", *alpn);
      g_byte_array_append (wire, &prefix, 1);
      g_byte_array_append (wire, (const guint8 *)*alpn, (guint)length);
    }
  if (wire->len > 0 && SSL_CTX_set_alpn_protos (ssl, wire->data, wire->len) != 0)
    return thrum_tls_files_fail (error, "the list of ALPN names", NULL);
  return TRUE;
}

/* The name (nullable) as certificates have it: in ASCII, and of an IPv6 address without the zone, which is
 * this machine's own. (transfer full) */
static gchar *
name_for_peer (const gchar *name)
{
  const gchar *zone = name != NULL && name[0] != '/' ? strchr (name, '%') : NULL;
  gchar *ascii = NULL;

  if (zone != NULL)
    return g_strndup (name, (gsize)(zone - name));
  if (name != NULL && !g_str_is_ascii (name))
    ascii = g_hostname_to_ascii (name);
  return ascii != NULL ? ascii : g_strdup (name);
}

ThrumTlsContext *
thrum_tls_context_new (const ThrumTlsOptions *options, GError **error)
{
  g_autoptr (ThrumTlsContext) context = g_new0 (ThrumTlsContext, 1);
  const gchar *culprit;

  ERR_clear_error ();
  context->ssl = SSL_CTX_new (TLS_client_method ());
  context->bio = bio_method_new ();
  context->server_name = name_for_peer (options->server_name);
  context->is_address =
      context->server_name != NULL && g_hostname_is_ip_address (context->server_name);
  context->verify = options->files.verify;
  context->reuse_sessions = options->reuse_sessions;
  if (context->ssl == NULL)
    {
      thrum_tls_files_fail (error, "OpenSSL", NULL);
      return NULL;
    }

  SSL_CTX_set_min_proto_version (context->ssl, TLS1_2_VERSION);
  SSL_CTX_set_read_ahead (context->ssl, 1);
  SSL_CTX_set_mode (context->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE
                                      | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                      | (options->release_buffers ? SSL_MODE_RELEASE_BUFFERS : 0));
  SSL_CTX_set_verify (context->ssl, options->files.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE,
                      NULL);
  if (options->reuse_sessions)
    {
      SSL_CTX_set_session_cache_mode (context->ssl,
                                      SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
      SSL_CTX_sess_set_new_cb (context->ssl, keep_session);
    }
  else
    SSL_CTX_set_session_cache_mode (context->ssl, SSL_SESS_CACHE_OFF);
  if (options->alpn != NULL)
    context->offered = g_strjoinv (", ", (gchar **)options->alpn);
  if (!thrum_tls_files_load (&options->files, context->ssl, &culprit, error)
      || !set_alpn (context->ssl, options->alpn, error))
    return NULL;
  return g_steal_pointer (&context);
}

void
thrum_tls_context_free (ThrumTlsContext *context)
{
  if (context == NULL)
    return;
  SSL_CTX_free (context->ssl);
  BIO_meth_free (context->bio);
  g_free (context->server_name);
  g_free (context->offered);
  g_free (context);
}

void
thrum_tls_cache_clear (ThrumTlsCache *cache)
{
  if (cache->session != NULL)
    SSL_SESSION_free (cache->session);
  cache->session = NULL;
}

static gboolean
name_peer (ThrumTls *tls, ThrumTlsContext *context)
{
  if (context->server_name == NULL || context->server_name[0] == '/')
    return TRUE;
  if (!context->is_address && SSL_set_tlsext_host_name (tls->ssl, context->server_name) != 1)
    return FALSE;
  if (!context->verify)
    return TRUE;
  if (context->is_address)
    return X509_VERIFY_PARAM_set1_ip_asc (SSL_get0_param (tls->ssl), context->server_name) == 1;
  return SSL_set1_host (tls->ssl, context->server_name) == 1;
}

ThrumTls *
thrum_tls_new (ThrumTlsContext *context, ThrumTlsCache *cache)
{
  ThrumTls *tls = g_new0 (ThrumTls, 1);
  BIO *bio = BIO_new (context->bio);

  tls->ssl = SSL_new (context->ssl);
  tls->context = context;
  tls->cache = context->reuse_sessions ? cache : NULL;
  if (tls->ssl == NULL || bio == NULL || !name_peer (tls, context))
    {
      BIO_free (bio);
      thrum_tls_free (tls);
      return NULL;
    }
  BIO_set_data (bio, tls);
  BIO_set_init (bio, 1);
  SSL_set_bio (tls->ssl, bio, bio);
  SSL_set_app_data (tls->ssl, tls);
  SSL_set_connect_state (tls->ssl);
  if (tls->cache != NULL && tls->cache->session != NULL)
    SSL_set_session (tls->ssl, tls->cache->session);
  return tls;
}

void
thrum_tls_free (ThrumTls *tls)
{
  if (tls == NULL)
    return;
  SSL_free (tls->ssl);
  g_free (tls->alpn);
  g_free (tls->reason);
  g_free (tls);
}

void
thrum_tls_feed (ThrumTls *tls, const guint8 *bytes, gsize n_bytes)
{
  tls->in = bytes;
  tls->n_in = n_bytes;
}

/* What a failure of OpenSSL's means to who runs a test. (transfer full) */
static gchar *
describe (ThrumTls *tls, unsigned long code)
{
  const gchar *reason = ERR_reason_error_string (code);

  if (thrum_tls_get_failure (tls) == THRUM_FAILURE_TLS_VERIFY)
    return g_strdup_printf ("the certificate is refused: %s",
                            X509_verify_cert_error_string (SSL_get_verify_result (tls->ssl)));
  switch (ERR_GET_REASON (code))
    {
    case SSL_AD_REASON_OFFSET + TLS1_AD_NO_APPLICATION_PROTOCOL:
      return thrum_tls_describe_refused_alpn (tls);
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
      return g_strdup ("what the server answers is not TLS");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      return g_strdup ("the server does not speak TLS 1.2 or 1.3");
    default:
      return g_strdup_printf ("OpenSSL says: %s", reason != NULL ? reason : "no reason");
    }
}

static ThrumTlsResult
judge (ThrumTls *tls, int rc)
{
  switch (SSL_get_error (tls->ssl, rc))
    {
    case SSL_ERROR_WANT_READ:
      return THRUM_TLS_MORE;
    case SSL_ERROR_ZERO_RETURN:
      return THRUM_TLS_END;
    default:
      tls->failed = TRUE;
      g_free (tls->reason);
      tls->reason = describe (tls, ERR_peek_error ());
      ERR_clear_error ();
      return THRUM_TLS_FAILED;
    }
}

ThrumTlsResult
thrum_tls_handshake (ThrumTls *tls, ThrumOut *out)
{
  const unsigned char *alpn = NULL;
  unsigned int length = 0;
  int rc;

  tls->out = out;
  ERR_clear_error ();
  rc = SSL_do_handshake (tls->ssl);
  tls->out = NULL;
  if (rc != 1)
    return judge (tls, rc);
  SSL_get0_alpn_selected (tls->ssl, &alpn, &length);
  if (alpn != NULL)
    tls->alpn = g_strndup ((const gchar *)alpn, length);
  return THRUM_TLS_OK;
}

/* SSL_get_error () looks at the thread's queue of errors, too. It is empty before each call of these
 * two: whoever fails clears it, which costs as much as 2% of a request's CPU when all do. */
ThrumTlsResult
thrum_tls_read (ThrumTls *tls, guint8 *buffer, gsize capacity, gsize *n_bytes, ThrumOut *out)
{
  int rc;

  tls->out = out;
  rc = SSL_read_ex (tls->ssl, buffer, capacity, n_bytes);
  tls->out = NULL;
  return rc == 1 ? THRUM_TLS_OK : judge (tls, rc);
}

gboolean
thrum_tls_has_more (ThrumTls *tls)
{
  return tls->n_in > 0 || SSL_has_pending (tls->ssl) == 1;
}

gboolean
thrum_tls_write (ThrumTls *tls, const guint8 *bytes, gsize n_bytes, ThrumOut *out)
{
  gboolean written = TRUE;

  tls->out = out;
  for (gsize at = 0, n; written && at < n_bytes; at += n)
    {
      written = SSL_write_ex (tls->ssl, bytes + at, n_bytes - at, &n) == 1;
      if (!written)
        n = 0;
    }
  tls->out = NULL;
  if (!written)
    ERR_clear_error ();
  return written;
}

void
thrum_tls_shutdown (ThrumTls *tls, ThrumOut *out)
{
  if (tls->failed || !SSL_is_init_finished (tls->ssl))
    return;
  tls->out = out;
  (void)SSL_shutdown (tls->ssl);
  tls->out = NULL;
  ERR_clear_error ();
}

const gchar *
thrum_tls_get_alpn (ThrumTls *tls)
{
  return tls->alpn;
}

const gchar *
thrum_tls_get_reason (ThrumTls *tls)
{
  return tls->reason;
}

gchar *
thrum_tls_describe_refused_alpn (ThrumTls *tls)
{
  const gchar *offered = tls->context->offered;

  if (offered == NULL || tls->alpn != NULL)
    return NULL;
  return g_strdup_printf ("the server takes none of the protocols offered (%s)%s", offered,
                          strstr (offered, "http/1.1") != NULL
                              ? "; if it speaks HTTP/2 alone: plugin = http, http2 = yes"
                              : "");
}

gboolean
thrum_tls_is_resumed (ThrumTls *tls)
{
  return SSL_session_reused (tls->ssl) == 1;
}

ThrumFailure
thrum_tls_get_failure (ThrumTls *tls)
{
  if (!SSL_is_init_finished (tls->ssl) && SSL_get_verify_mode (tls->ssl) != SSL_VERIFY_NONE
      && SSL_get_verify_result (tls->ssl) != X509_V_OK)
    return THRUM_FAILURE_TLS_VERIFY;
  return THRUM_FAILURE_TLS_FAILED;
}
