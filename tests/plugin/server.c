/* SPDX-License-Identifier: MIT
 *
 * The server of the plugins' tests; see server.h. It parses just what it needs to find a request's
 * end, and knows nothing of what it is asked for: that is the handlers' business.
 */
#include "server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

typedef struct {
  Server *server;
  GSocketConnection *connection;
} Accepted;

void
server_send (Server *server, GIOStream *stream, const void *bytes, gssize n_bytes)
{
  g_output_stream_write_all (g_io_stream_get_output_stream (stream), bytes,
                             n_bytes < 0 ? strlen (bytes) : (gsize)n_bytes, NULL, server->stop,
                             NULL);
}

void
server_reply (Server *server, GIOStream *stream, guint status, const gchar *headers,
              const void *body, gssize body_bytes)
{
  const gsize length = body == NULL ? 0 : body_bytes < 0 ? strlen (body) : (gsize)body_bytes;
  g_autofree gchar *head =
      g_strdup_printf ("HTTP/1.1 %u Whatever\r\n%sContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                       status, headers != NULL ? headers : "", length);

  server_send (server, stream, head, -1);
  if (length > 0)
    server_send (server, stream, body, (gssize)length);
}

static GSocket *
get_socket (GIOStream *stream)
{
  g_autoptr (GIOStream) base = NULL;

  if (G_IS_SOCKET_CONNECTION (stream))
    return g_socket_connection_get_socket (G_SOCKET_CONNECTION (stream));
  g_object_get (stream, "base-io-stream", &base, NULL);
  return g_socket_connection_get_socket (G_SOCKET_CONNECTION (base));
}

void
server_reset (GIOStream *stream)
{
  const struct linger now = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (g_socket_get_fd (get_socket (stream)), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void
server_hang (Server *server, GIOStream *stream)
{
  gchar bytes[256];

  while (g_input_stream_read (g_io_stream_get_input_stream (stream), bytes, sizeof bytes,
                              server->stop, NULL)
         > 0)
    ;
}

gchar *
server_request_header (const ServerRequest *request, const gchar *name)
{
  g_auto (GStrv) lines = g_strsplit (request->head, "\r\n", -1);

  for (gsize i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    {
      gchar *value = strchr (lines[i], ':');

      if (value == NULL)
        continue;
      *value++ = '\0';
      if (g_ascii_strcasecmp (lines[i], name) == 0)
        return g_strdup (g_strstrip (value));
    }
  return NULL;
}

static void
request_clear (ServerRequest *request)
{
  g_free (request->head);
  g_free (request->method);
  g_free (request->path);
  g_free (request->body);
}

/* Reads up to the head's end; what came beyond it stays in @pending. */
static gboolean
read_head (Server *server, GIOStream *stream, GString *pending, gchar **head)
{
  gchar bytes[4096], *end;
  gssize n_read;

  while ((end = strstr (pending->str, "\r\n\r\n")) == NULL)
    {
      n_read = g_input_stream_read (g_io_stream_get_input_stream (stream), bytes, sizeof bytes,
                                    server->stop, NULL);
      if (n_read <= 0)
        return FALSE;
      g_string_append_len (pending, bytes, n_read);
    }
  *head = g_strndup (pending->str, (gsize)(end - pending->str));
  g_string_erase (pending, 0, (gssize)(end - pending->str) + 4);
  return TRUE;
}

static gboolean
read_body (Server *server, GIOStream *stream, GString *pending, ServerRequest *request)
{
  g_autofree gchar *length = server_request_header (request, "Content-Length");
  gsize n_buffered;

  request->body_bytes = length != NULL ? (gsize)g_ascii_strtoull (length, NULL, 10) : 0;
  request->body = g_malloc0 (request->body_bytes + 1);
  n_buffered = MIN (pending->len, request->body_bytes);
  memcpy (request->body, pending->str, n_buffered);
  g_string_erase (pending, 0, (gssize)n_buffered);
  return g_input_stream_read_all (g_io_stream_get_input_stream (stream), request->body + n_buffered,
                                  request->body_bytes - n_buffered, NULL, server->stop, NULL);
}

/* FALSE: there is no further request. */
static gboolean
serve_one (Server *server, GIOStream *stream, GString *pending, guint nth)
{
  ServerRequest request = { .nth = nth };
  gboolean goes_on = FALSE;

  if (read_head (server, stream, pending, &request.head))
    {
      g_auto (GStrv) words = g_strsplit_set (request.head, " \r", 4);

      request.method = g_strdup (words[0]);
      request.path = g_strdup (words[1]);
      if (read_body (server, stream, pending, &request))
        {
          g_atomic_int_inc (&server->n_requests);
          goes_on = server->handler (server, stream, &request, server->data);
        }
    }
  request_clear (&request);
  return goes_on;
}

static gboolean
accept_any_certificate (GTlsConnection *connection, GTlsCertificate *certificate,
                        GTlsCertificateFlags errors, gpointer data)
{
  return TRUE;
}

static GIOStream *
secure (Server *server, GSocketConnection *connection)
{
  GIOStream *stream =
      g_tls_server_connection_new (G_IO_STREAM (connection), server->certificate, NULL);

  g_object_set (stream, "authentication-mode", server->authentication_mode, NULL);
  g_object_set (stream, "advertised-protocols", server->protocols, NULL);
  g_signal_connect (stream, "accept-certificate", G_CALLBACK (accept_any_certificate), NULL);
  return stream;
}

static gpointer
serve (gpointer data)
{
  Accepted *accepted = data;
  Server *server = accepted->server;
  g_autoptr (GIOStream) stream = server->certificate != NULL
                                     ? secure (server, accepted->connection)
                                     : g_object_ref (G_IO_STREAM (accepted->connection));
  g_autoptr (GString) pending = g_string_new (NULL);
  const ServerRequest none = { 0 };

  if (server->is_raw)
    server->handler (server, stream, &none, server->data);
  else
    for (guint nth = 0; serve_one (server, stream, pending, nth); nth++)
      ;
  g_io_stream_close (stream, server->stop, NULL);
  g_object_unref (accepted->connection);
  g_free (accepted);
  return NULL;
}

static gpointer
accept_all (gpointer data)
{
  Server *server = data;
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();
  GSocket *socket;

  while ((socket = g_socket_accept (server->listener, server->stop, NULL)) != NULL)
    {
      Accepted *accepted = g_new0 (Accepted, 1);

      /* A head and a body that are sent apart would wait for each other. */
      g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
      accepted->server = server;
      accepted->connection = g_socket_connection_factory_create_connection (socket);
      g_object_unref (socket);
      g_atomic_int_inc (&server->n_connections);
      g_ptr_array_add (threads, g_thread_new ("connection", serve, accepted));
    }
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (g_ptr_array_index (threads, i));
  return NULL;
}

Server *
server_new (ServerHandler handler, gpointer data)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;
  Server *server = g_new0 (Server, 1);

  server->handler = handler;
  server->data = data;
  server->stop = g_cancellable_new ();
  server->listener =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_socket_set_listen_backlog (server->listener, 4096);
  g_socket_bind (server->listener, any, TRUE, &error);
  g_assert_no_error (error);
  g_socket_listen (server->listener, &error);
  g_assert_no_error (error);
  address = g_socket_get_local_address (server->listener, &error);
  g_assert_no_error (error);
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  return server;
}

void
server_start (Server *server)
{
  server->acceptor = g_thread_new ("acceptor", accept_all, server);
}

Server *
server_start_new (ServerHandler handler, gpointer data)
{
  Server *server = server_new (handler, data);

  server_start (server);
  return server;
}

void
server_free (Server *server)
{
  g_cancellable_cancel (server->stop);
  if (server->acceptor != NULL)
    g_thread_join (server->acceptor);
  g_object_unref (server->listener);
  g_object_unref (server->stop);
  g_clear_object (&server->certificate);
  g_free (server);
}
