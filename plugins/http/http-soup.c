/* SPDX-License-Identifier: MIT
 *
 * Handles libsoup's side of a session: makes its SoupSession, stripped down to what a load client
 * needs; renews it when its connections are of no more use; and takes in what libsoup reports of
 * connections while it sends. Each step of that is an instant of the reply. On the session's
 * thread.
 */
#include "http-session.h"

/* ---- What libsoup tells while it sends ---- */

/* libsoup's own way to answer a server that asks for a certificate waits for this thread's main
 * context, which a blocking handshake never turns: it would hang, and be it only asked for. */
static void
present (const ClientTarget *target, GTlsConnection *connection)
{
  g_tls_connection_set_interaction (connection, NULL);
  if (target->certificate != NULL)
    g_tls_connection_set_certificate (connection, target->certificate);
}

/* Whom a connection for @message is made to. */
static const gchar *
get_host (ClientSession *session, SoupMessage *message)
{
  return session->target->proxy_host != NULL ? session->target->proxy_host
                                             : g_uri_get_host (soup_message_get_uri (message));
}

static void
on_network_event (SoupMessage *message, GSocketClientEvent event, GIOStream *stream, gpointer data)
{
  ClientSession *session = data;
  ThrumReply *reply = session->reply;

  switch (event)
    {
    case G_SOCKET_CLIENT_RESOLVING:
      session->stage = CLIENT_CONNECTING;
      session->route = (ClientRoute){ 0 };
      break;
    case G_SOCKET_CLIENT_CONNECTING:
      session->stage = CLIENT_CONNECTING;
      client_route_try (session->target->routes, &session->route, get_host (session, message),
                        G_SOCKET_CONNECTION (stream), session->cancellable);
      break;
    case G_SOCKET_CLIENT_RESOLVED:
      reply->resolved_ns = session->host->now ();
      break;
    case G_SOCKET_CLIENT_CONNECTED:
      reply->connected_ns = session->host->now ();
      reply->secured_ns = 0;
      reply->connections++;
      session->stage = CLIENT_CONNECTED;
      client_wire_watch (&session->wire, stream);
      break;
    case G_SOCKET_CLIENT_TLS_HANDSHAKING:
      session->stage = CLIENT_HANDSHAKING;
      client_wire_watch (&session->wire, stream);
      if (session->target->reuses_sessions)
        client_wire_listen (stream);
      session->shaking = stream;
      present (session->target, G_TLS_CONNECTION (stream));
      break;
    case G_SOCKET_CLIENT_TLS_HANDSHAKED:
      reply->secured_ns = session->host->now ();
      reply->handshakes++;
      if (session->target->reuses_sessions && client_wire_is_resumed (session->shaking))
        reply->resumed_handshakes++;
      session->stage = CLIENT_CONNECTED;
      break;
    default:
      break;
    }
}

/* A kept connection turned out to be dead: libsoup is about to send the message anew, and has
 * dropped its body. */
static void
on_restarted (SoupMessage *message, gpointer data)
{
  ClientSession *session = data;

  session->reply->resent++;
  if (session->sent_body != NULL)
    soup_message_set_request_body_from_bytes (message, NULL, session->sent_body);
}

static gboolean
on_accept_certificate (SoupMessage *message, GTlsCertificate *certificate,
                       GTlsCertificateFlags errors, gpointer data)
{
  return TRUE; /* connected with verify = no only */
}

static void
on_wrote_body (SoupMessage *message, gpointer data)
{
  ClientSession *session = data;

  session->has_sent_body = TRUE;
}

void
client_soup_watch (ClientSession *session, SoupMessage *message)
{
  g_signal_connect (message, "network-event", G_CALLBACK (on_network_event), session);
  g_signal_connect (message, "restarted", G_CALLBACK (on_restarted), session);
  if (client_message_expects_continue (message))
    g_signal_connect (message, "wrote-body", G_CALLBACK (on_wrote_body), session);
  if (!session->target->is_verified)
    g_signal_connect (message, "accept-certificate", G_CALLBACK (on_accept_certificate), NULL);
}

/* ---- Its session ---- */

/* What opens a tunnel is libsoup's own message: the place to tell the proxy who we are. */
static void
on_queued (SoupSession *soup, SoupMessage *message, gpointer data)
{
  const ClientTarget *target = data;

  if (soup_message_get_method (message) == SOUP_METHOD_CONNECT)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Proxy-Authorization",
                                  target->proxy_authorization);
}

SoupSession *
client_soup_new (ClientSession *session)
{
  const ClientTarget *target = session->target;
  /* Connections: one in use, others left idle by redirects; at the limit libsoup closes idle ones.
   * Without idle timeout a keep-alive costs no timer; deadlines are the core's. */
  SoupSession *soup =
      soup_session_new_with_options ("max-conns", 4, "max-conns-per-host", 4, "timeout", 0,
                                     "idle-timeout", 0, "local-address", session->source, NULL);

  soup_session_remove_feature_by_type (soup, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (soup, SOUP_TYPE_CONTENT_SNIFFER);
  soup_session_remove_feature_by_type (soup, SOUP_TYPE_CONTENT_DECODER);
  if (session->cookies.jar != NULL)
    soup_session_add_feature (soup, SOUP_SESSION_FEATURE (session->cookies.jar));
  soup_session_set_proxy_resolver (soup, target->proxy);
  if (target->proxy_authorization != NULL)
    g_signal_connect (soup, "request-queued", G_CALLBACK (on_queued), (gpointer)target);
  soup_session_set_tls_database (soup, target->trust);
  return soup;
}

void
client_soup_turn (ClientSession *session)
{
  for (guint i = 0; i < 1000 && g_main_context_iteration (session->context, FALSE); i++)
    ;
}

/* libsoup counts connections that it has given up over HTTP/2 as open until their sockets have had a
 * turn of the main context. */
void
client_soup_renew (ClientSession *session)
{
  soup_session_abort (session->soup);
  client_soup_turn (session);
  g_object_unref (session->soup);
  session->soup = client_soup_new (session);
  session->wire.has_http2 = session->wire.is_going_away = FALSE;
}
