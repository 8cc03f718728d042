/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* An HTTP server for tests that shows every byte it was sent and can answer with any, right or
 * wrong. Listens on a free loopback port; a thread per connection. */

typedef struct {
  gchar *head; /* request line and headers as they came, without the blank line */
  gchar *method, *path;
  gchar *body;
  gsize body_bytes;
  guint nth; /* 0-based, on its connection */
} ServerRequest;

typedef struct _Server Server;

/* Answers one request on @stream; FALSE: the connection ends. On the connection's thread. */
typedef gboolean (*ServerHandler) (Server *server, GIOStream *stream, const ServerRequest *request,
                                   gpointer data);

struct _Server {
  GSocket *listener;
  guint16 port;
  GTlsCertificate *certificate; /* (nullable): speaks TLS */
  GTlsAuthenticationMode authentication_mode;
  const gchar *const *protocols; /* (nullable): for ALPN */
  gboolean is_raw; /* does not read before it calls the handler, once, with an empty request */
  ServerHandler handler;
  gpointer data;
  GCancellable *stop;
  GThread *acceptor;
  gint n_connections, n_requests; /* atomic */
};

Server *server_new (ServerHandler handler, gpointer data);
/* The same with TLS, or raw; before server_start (). */
void server_start (Server *server);
Server *server_start_new (ServerHandler handler, gpointer data);

/* Stops and waits for all its threads. */
void server_free (Server *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_free)

/* Sends all of @bytes; a client that has gone is not an error. */
void server_send (Server *server, GIOStream *stream, const void *bytes, gssize n_bytes);

/* A whole reply with Content-Length. @headers (nullable): lines that end in "\r\n". */
void server_reply (Server *server, GIOStream *stream, guint status, const gchar *headers,
                   const void *body, gssize body_bytes);

/* Makes closing @stream send a reset. */
void server_reset (GIOStream *stream);

/* Waits until the server is stopped or the client goes. */
void server_hang (Server *server, GIOStream *stream);

/* The value of header @name in @request, or NULL. (transfer full) */
gchar *server_request_header (const ServerRequest *request, const gchar *name);

G_END_DECLS
