/* SPDX-License-Identifier: MIT
 *
 * Bytes from sockets with the kernel's receive stamps, in the clear and through TLS. OpenSSL's own
 * socket BIO would drop the stamps, so sessions read through one of ours. Refuses to know what the
 * bytes mean. A session runs in its connection's thread.
 */
#include "server/tls.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "server/certificate.h"

struct _ThrumServerTls {
  SSL_CTX *context;
  BIO_METHOD *method;
};

struct _ThrumTlsSession {
  SSL *ssl;
  int fd;
  gint64 stamp_ns; /* of the last receive */
  gboolean has_ended, wants_write;
};

gssize
thrum_receive (int fd, void *bytes, gsize length, gint64 *stamp_ns)
{
  /* scm_timestamping holds three timespecs, the software stamp first. */
  union {
    struct cmsghdr align;
    char bytes[CMSG_SPACE (sizeof (struct scm_timestamping))];
  } control;
  struct iovec vector = { bytes, length };
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  gssize n = recvmsg (fd, &message, 0);

  *stamp_ns = 0;
  if (n <= 0)
    return n;
  for (struct cmsghdr *c = CMSG_FIRSTHDR (&message); c != NULL; c = CMSG_NXTHDR (&message, c))
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
      {
        struct scm_timestamping stamps;

        memcpy (&stamps, CMSG_DATA (c), sizeof stamps);
        *stamp_ns = (gint64)stamps.ts[0].tv_sec * 1000000000 + stamps.ts[0].tv_nsec;
      }
  return n;
}

/* ---- A BIO around the socket of a session ---- */

static int
read_socket (BIO *bio, char *bytes, int length)
{
  ThrumTlsSession *session = BIO_get_data (bio);
  gint64 stamp_ns;
  gssize n = thrum_receive (session->fd, bytes, length, &stamp_ns);

  BIO_clear_retry_flags (bio);
  if (n > 0)
    session->stamp_ns = stamp_ns;
  else if (n == 0)
    session->has_ended = TRUE;
  else if (errno == EAGAIN || errno == EINTR)
    BIO_set_retry_read (bio);
  return n;
}

static int
write_socket (BIO *bio, const char *bytes, int length)
{
  ThrumTlsSession *session = BIO_get_data (bio);
  gssize n = send (session->fd, bytes, length, MSG_NOSIGNAL);

  BIO_clear_retry_flags (bio);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    BIO_set_retry_write (bio);
  return n;
}

static long
control_socket (BIO *bio, int command, long number, void *pointer)
{
  return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
make_method (void)
{
  BIO_METHOD *method = BIO_meth_new (BIO_get_new_index () | BIO_TYPE_SOURCE_SINK, "stamped socket");

  BIO_meth_set_read (method, read_socket);
  BIO_meth_set_write (method, write_socket);
  BIO_meth_set_ctrl (method, control_socket);
  return method;
}

/* ---- The server's settings ---- */

static int
select_protocol (SSL *ssl, const unsigned char **chosen, unsigned char *chosen_length,
                 const unsigned char *offered, unsigned int offered_length, void *data)
{
  static const unsigned char spoken[] = "\x08http/1.1";
  unsigned char *match;

  if (SSL_select_next_proto (&match, chosen_length, spoken, sizeof spoken - 1, offered,
                             offered_length)
      != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *chosen = match;
  return SSL_TLSEXT_ERR_OK;
}

/* OpenSSL's reason for the last failure. */
static void
set_error (GError **error, const char *what, const char *file)
{
  const char *reason = ERR_reason_error_string (ERR_peek_last_error ());

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot use %s %s: %s", what,
               file != NULL ? file : "of its own", reason != NULL ? reason : "not readable");
  ERR_clear_error ();
}

ThrumServerTls *
thrum_server_tls_new (const char *certificate_file, const char *key_file, GError **error)
{
  ThrumServerTls *tls = g_new0 (ThrumServerTls, 1);
  SSL_CTX *context = SSL_CTX_new (TLS_server_method ());

  tls->context = context;
  tls->method = make_method ();
  SSL_CTX_set_mode (context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                                 | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead (context, 1);
  SSL_CTX_set_alpn_select_cb (context, select_protocol, NULL);
  if (certificate_file == NULL)
    {
      if (thrum_certificate_use_own (context))
        return tls;
      set_error (error, "certificate", NULL);
    }
  else if (SSL_CTX_use_certificate_chain_file (context, certificate_file) != 1)
    set_error (error, "certificate", certificate_file);
  else if (SSL_CTX_use_PrivateKey_file (context, key_file, SSL_FILETYPE_PEM) != 1)
    set_error (error, "key", key_file);
  else
    return tls;
  thrum_server_tls_free (tls);
  return NULL;
}

void
thrum_server_tls_free (ThrumServerTls *tls)
{
  SSL_CTX_free (tls->context);
  BIO_meth_free (tls->method);
  g_free (tls);
}

/* ---- Sessions ---- */

ThrumTlsSession *
thrum_tls_session_new (ThrumServerTls *tls, int fd)
{
  ThrumTlsSession *session = g_new0 (ThrumTlsSession, 1);
  BIO *bio = BIO_new (tls->method);

  session->fd = fd;
  BIO_set_data (bio, session);
  BIO_set_init (bio, 1);
  session->ssl = SSL_new (tls->context);
  SSL_set_bio (session->ssl, bio, bio);
  SSL_set_accept_state (session->ssl);
  return session;
}

void
thrum_tls_session_free (ThrumTlsSession *session)
{
  SSL_free (session->ssl);
  g_free (session);
}

/* What a result of 0 or less means, in errno's terms. */
static gssize
explain (ThrumTlsSession *session, int result)
{
  switch (SSL_get_error (session->ssl, result))
    {
    case SSL_ERROR_WANT_READ:
      errno = EAGAIN;
      return -1;
    case SSL_ERROR_WANT_WRITE:
      session->wants_write = TRUE;
      errno = EAGAIN;
      return -1;
    case SSL_ERROR_ZERO_RETURN:
      return 0;
    default:
      ERR_clear_error ();
      if (session->has_ended)
        return 0;
      errno = EPROTO;
      return -1;
    }
}

gssize
thrum_tls_session_receive (ThrumTlsSession *session, void *bytes, gsize length, gint64 *stamp_ns)
{
  int n;

  session->wants_write = FALSE;
  ERR_clear_error ();
  n = SSL_read (session->ssl, bytes, MIN (length, G_MAXINT));
  *stamp_ns = session->stamp_ns;
  return n > 0 ? n : explain (session, n);
}

gssize
thrum_tls_session_send (ThrumTlsSession *session, const void *bytes, gsize length)
{
  int n;

  session->wants_write = FALSE;
  ERR_clear_error ();
  n = SSL_write (session->ssl, bytes, MIN (length, G_MAXINT));
  if (n > 0)
    return n;
  /* The end of the peer's stream is no success for a writer. */
  if (explain (session, n) == 0)
    errno = EPIPE;
  return -1;
}

gboolean
thrum_tls_session_has_pending (ThrumTlsSession *session)
{
  return SSL_has_pending (session->ssl);
}

gboolean
thrum_tls_session_wants_write (ThrumTlsSession *session)
{
  return session->wants_write;
}

void
thrum_tls_session_shut_down (ThrumTlsSession *session)
{
  /* In the middle of a handshake there is nothing to end, and OpenSSL says so. */
  SSL_shutdown (session->ssl);
  ERR_clear_error ();
}
