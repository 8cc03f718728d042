/* SPDX-License-Identifier: MIT
 *
 * Runs one virtual user: a SoupSession of its own under a main context of its own. One thread uses
 * it, because libsoup 3.2 hangs timers on the calling thread's context. It sends one message object
 * per request again and again.
 *
 * It refuses to know schedules, deadlines and checks. Everything runs on the session's thread
 * except cancel (), which any thread may call and which touches only the cancellable.
 */
#include "http-session.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void
receive (ClientSession *session, SoupMessage *message, GInputStream *stream, const ThrumCall *call)
{
  ThrumReply *reply = session->reply;

  reply->failure =
      client_body_read (&session->body, &session->wire, message, stream, session->cancellable,
                        call->wants_payload, &reply->received_bytes);
  reply->done_ns = session->host->now ();
  if (reply->failure != THRUM_FAILURE_NONE)
    {
      reply->reason = session->wire.reason;
      /* Closing would read what is left, however long that takes. */
      g_cancellable_cancel (session->cancellable);
      return;
    }
  reply->status = (int32_t)soup_message_get_status (message);
  if (reply->status >= 400)
    reply->failure = THRUM_FAILURE_STATUS;
  if (call->wants_payload)
    {
      reply->payload = session->body.kept->data;
      reply->payload_bytes = session->body.kept->len;
    }
}

/* ---- A call ---- */

/* A kept connection of HTTP/2 may have ended since: libsoup looks only at those of HTTP/1. */
static void
begin (ClientSession *session, SoupMessage *message)
{
  const gboolean expects = client_message_expects_continue (message);

  session->has_sent_body = !expects || session->sent_body == NULL;
  client_wire_begin (&session->wire, expects);
  if (!session->wire.has_http2)
    return;
  client_soup_turn (session);
  if (!session->wire.is_going_away)
    return;
  client_soup_renew (session);
  client_wire_begin (&session->wire, expects);
}

/* Why no reply came, for people; (nullable), valid until the next call. */
static const gchar *
explain (ClientSession *session, const GError *error)
{
  if (session->wire.reason != NULL || error->domain != G_TLS_ERROR)
    return session->wire.reason;
  if (strstr (error->message, "application protocol") != NULL
      && g_getenv ("SOUP_FORCE_HTTP1") != NULL)
    return "the server takes no HTTP/1.1 over TLS; http2 = yes offers HTTP/2";
  g_free (session->why);
  session->why = g_strdup (error->message);
  return session->why;
}

/* Sends @message once and takes in its reply. FALSE: the server has not looked at it. */
static gboolean
try_once (ClientSession *session, SoupMessage *message, const ThrumCall *call)
{
  ThrumReply *reply = session->reply;
  ClientWire *wire = &session->wire;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) error = NULL;

  begin (session, message);
  session->stage = CLIENT_CONNECTED;
  if (session->sent_body != NULL)
    soup_message_set_request_body_from_bytes (message, NULL, session->sent_body);
  stream = soup_session_send (session->soup, message, session->cancellable, &error);
  if (stream != NULL)
    {
      reply->first_byte_ns = session->host->now ();
      receive (session, message, stream, call);
      /* A server that answered before it had the body still waits for it (RFC 9110, 10.1.1): the
       * connection is of no use, and libsoup would wait for a second reply on it. */
      g_input_stream_close (
          stream, session->has_sent_body ? session->cancellable : session->cancelled, NULL);
    }
  else
    {
      reply->done_ns = session->host->now ();
      reply->failure = client_failure (error, session->stage);
      if (session->stage == CLIENT_CONNECTING)
        client_route_fail (session->target->routes, &session->route);
      if (wire->failure != THRUM_FAILURE_NONE && reply->failure != THRUM_FAILURE_CANCELLED)
        reply->failure = wire->failure;
      if (reply->failure != THRUM_FAILURE_CANCELLED)
        reply->reason = explain (session, error);
    }
  /* A stream that was reset leaves the connection good, if libsoup has not read beyond it. */
  if (wire->has_http2
      && (wire->is_going_away || session->target->makes_new_connections
          || (reply->status == 0 && !(wire->is_reset && (stream != NULL || !wire->has_stopped)))))
    session->is_stale = TRUE;
  return reply->status != 0 || !wire->is_refused || reply->failure == THRUM_FAILURE_CANCELLED;
}

/* Sends @message and takes in its reply. What the server says it has not looked at is sent once
 * more, whatever its method is (RFC 9113, 8.7). */
static void
exchange (ClientSession *session, SoupMessage *message, const ThrumCall *call)
{
  ThrumReply *reply = session->reply;

  reply->received_bytes = 0;
  if (session->sent_body != NULL)
    reply->sent_bytes += g_bytes_get_size (session->sent_body);
  if (!try_once (session, message, call))
    {
      reply->resent++;
      reply->failure = THRUM_FAILURE_NONE;
      reply->reason = NULL;
      client_soup_renew (session);
      session->is_stale = FALSE;
      if (!try_once (session, message, call) && reply->failure == THRUM_FAILURE_OTHER)
        reply->failure = THRUM_FAILURE_RESET;
    }
}

/* Follows redirects for as long as the last reply is one. */
static void
follow (ClientSession *session, SoupMessage *first, const ThrumCall *call)
{
  ThrumReply *reply = session->reply;
  g_autoptr (SoupMessage) message = g_object_ref (first);

  while (reply->failure == THRUM_FAILURE_NONE && client_message_is_redirected (message))
    {
      ThrumFailure problem = THRUM_FAILURE_NONE;
      gboolean keeps_body = FALSE;
      SoupMessage *next;

      if (reply->redirects >= session->target->max_redirects)
        {
          reply->failure = THRUM_FAILURE_TOO_MANY_REDIRECTS;
          break;
        }
      next = client_message_new_redirected (session->request, message, &keeps_body, &problem);
      if (next == NULL)
        {
          reply->failure = problem;
          break;
        }
      reply->redirects++;
      reply->status = 0;
      if (!keeps_body)
        session->sent_body = NULL;
      g_object_unref (message);
      message = next;
      client_soup_watch (session, message);
      exchange (session, message, call);
    }
}

/* FALSE: the message object is not to be used again, a failure may have changed it. */
static gboolean
call_with (ClientSession *session, const ClientRequest *request, SoupMessage *message,
           const ThrumCall *call)
{
  session->request = request;
  session->sent_body = request->body;
  exchange (session, message, call);
  if (session->reply->status == 0)
    return FALSE;
  if (session->target->max_redirects > 0)
    follow (session, message, call);
  return TRUE;
}

static SoupMessage **
get_message_slot (ClientSession *session, guint index)
{
  if (index >= session->messages->len)
    g_ptr_array_set_size (session->messages, (gint)index + 1);
  return (SoupMessage **)&session->messages->pdata[index];
}

/* The values hold for every call: so does the message. */
static void
call_again (ClientSession *session, const ClientRequest *request, const ThrumCall *call)
{
  SoupMessage **slot = get_message_slot (session, request->index);

  if (*slot == NULL)
    {
      *slot = client_message_new (request);
      client_soup_watch (session, *slot);
    }
  if (!call_with (session, request, *slot, call))
    g_clear_object (slot);
}

static gboolean
call_expanded (ClientSession *session, const ClientRequest *request, const ThrumCall *call,
               GError **error)
{
  g_autoptr (SoupMessage) message = NULL;
  ClientRequest expanded;

  if (!client_request_init (&expanded, session->target, request, call->values, error))
    return FALSE;
  message = client_message_new (&expanded);
  client_soup_watch (session, message);
  call_with (session, &expanded, message, call);
  session->sent_body = NULL;
  g_clear_object (&message); /* it has the body */
  client_request_clear (&expanded);
  return TRUE;
}

/* ---- The operations ---- */

static bool
session_run (void *data, void *request, const ThrumCall *call, ThrumReply *reply, GError **error)
{
  ClientSession *session = data;
  gboolean is_good = TRUE;

  if (g_cancellable_is_cancelled (session->cancellable))
    g_cancellable_reset (session->cancellable);
  session->reply = reply;
  g_main_context_push_thread_default (session->context);
  if (call->values == NULL)
    call_again (session, request, call);
  else
    is_good = call_expanded (session, request, call, error);
  if (session->cookies.jar != NULL)
    client_cookies_trim (&session->cookies);
  if (session->is_stale)
    client_soup_renew (session);
  session->is_stale = FALSE;
  g_main_context_pop_thread_default (session->context);
  return is_good;
}

static void
session_cancel (void *data)
{
  ClientSession *session = data;

  g_cancellable_cancel (session->cancellable);
}

/* GLib ends the process when it cannot make a wake-up; so look first. */
static gboolean
has_descriptors (void)
{
  const int first = eventfd (0, EFD_CLOEXEC), second = eventfd (0, EFD_CLOEXEC);
  const gboolean has = first >= 0 && second >= 0;
  const int problem = errno;

  if (first >= 0)
    close (first);
  if (second >= 0)
    close (second);
  errno = problem;
  return has;
}

static void *
session_open (void *data, const ThrumUser *user, GError **error)
{
  const ClientTarget *target = data;
  ClientSession *session;

  if (!has_descriptors ())
    {
      target->host->set_error (error, "cannot open a session: %s", g_strerror (errno));
      return NULL;
    }
  session = g_new0 (ClientSession, 1);
  session->target = target;
  session->host = target->host;
  client_body_init (&session->body, target->decompresses);
  if (target->keeps_cookies)
    client_cookies_init (&session->cookies);
  session->messages = g_ptr_array_new ();
  if (target->sources->len > 0)
    session->source = g_ptr_array_index (target->sources, user->number % target->sources->len);
  session->context = g_main_context_new ();
  session->cancelled = g_cancellable_new ();
  g_cancellable_cancel (session->cancelled);
  session->cancellable = g_cancellable_new ();
  g_cancellable_get_fd (session->cancellable); /* kept: else made and closed at each wait */
  g_main_context_push_thread_default (session->context);
  session->soup = client_soup_new (session);
  g_main_context_pop_thread_default (session->context);
  return session;
}

static void
session_close (void *data)
{
  ClientSession *session = data;

  g_main_context_push_thread_default (session->context);
  for (guint i = 0; i < session->messages->len; i++)
    g_clear_object (&session->messages->pdata[i]);
  g_ptr_array_unref (session->messages);
  soup_session_abort (session->soup);
  client_soup_turn (session);
  g_object_unref (session->soup);
  g_main_context_pop_thread_default (session->context);
  g_cancellable_release_fd (session->cancellable);
  g_object_unref (session->cancellable);
  g_object_unref (session->cancelled);
  g_main_context_unref (session->context);
  client_body_clear (&session->body);
  g_free (session->why);
  client_cookies_clear (&session->cookies);
  g_free (session);
}

const ThrumSessionOps client_session_ops = {
  .open = session_open,
  .run = session_run,
  .cancel = session_cancel,
  .close = session_close,
};
