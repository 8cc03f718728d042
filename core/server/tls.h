/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A socket's receive stamp: CLOCK_REALTIME in ns; 0: there was none. */

/* recv () that reads the kernel's stamp of the last byte too. Errors as recv () has them. */
gssize thrum_receive (int fd, void *bytes, gsize length, gint64 *stamp_ns);

/* A server's certificate and settings; any thread. */
typedef struct _ThrumServerTls ThrumServerTls;

/* @certificate_file (nullable): a certificate of its own making then, and no key file. */
ThrumServerTls *
thrum_server_tls_new (const char *certificate_file, const char *key_file, GError **error);
void thrum_server_tls_free (ThrumServerTls *tls);

/* The server's side of TLS on one socket; one thread. It does not own the socket. */
typedef struct _ThrumTlsSession ThrumTlsSession;

ThrumTlsSession *thrum_tls_session_new (ThrumServerTls *tls, int fd);
void thrum_tls_session_free (ThrumTlsSession *session);

/* As recv () and send (): -1 with errno EAGAIN, or EPROTO where the peer does not speak TLS. The
 * handshake happens within. *@stamp_ns is of the last byte that came from the socket. */
gssize
thrum_tls_session_receive (ThrumTlsSession *session, void *bytes, gsize length, gint64 *stamp_ns);
gssize thrum_tls_session_send (ThrumTlsSession *session, const void *bytes, gsize length);

/* Whether it holds bytes that epoll knows nothing of. */
gboolean thrum_tls_session_has_pending (ThrumTlsSession *session);

/* Whether it waits for the socket to take bytes, whatever the caller wants. */
gboolean thrum_tls_session_wants_write (ThrumTlsSession *session);

/* Tells the peer that no more comes. */
void thrum_tls_session_shut_down (ThrumTlsSession *session);

G_END_DECLS
