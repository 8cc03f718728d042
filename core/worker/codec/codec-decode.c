/* SPDX-License-Identifier: MIT
 *
 * Turns bytes into events and events into records: the codec says what the bytes of a connection
 * mean. Sends nothing while a codec decodes: whoever may send next waits in the ready list until
 * the bytes have been handled. The lane's thread.
 */
#include "worker/codec/codec-connection.h"

#define EVENTS_WITHOUT_PROGRESS 100000

static ThrumCodecCall *
find_call (ThrumCodecConnection *connection, guint64 id)
{
  guint slot = id & 0xffff;
  ThrumCodecCall *call;

  if (slot >= connection->target->transport->calls_per_connection)
    return NULL;
  call = connection->calls[slot];
  return call != NULL && call->id == id ? call : NULL;
}

static void
finish (ThrumCodecEngine *engine, ThrumCodecConnection *connection, ThrumCodecCall *call,
        const ThrumEvent *event, ThrumFailure failure)
{
  ThrumCodecOutcome outcome = {
    .status = event->status,
    .failure = failure,
    .bytes = event->data_bytes,
    .done = connection->last_byte_ns,
    .read = connection->last_read_ns,
    .is_stamped = connection->last_is_stamped,
  };

  if (call->first_byte == 0 || call->first_byte == connection->last_byte_ns)
    {
      call->first_byte = connection->last_byte_ns;
      call->first_byte_upper = TRUE;
    }
  /* A reply from before its request: the clock that stamped it is not the one that we read. */
  if (G_UNLIKELY (outcome.is_stamped && outcome.done < call->sent))
    {
      outcome.is_stamped = FALSE;
      outcome.done = outcome.read;
      call->first_byte = outcome.read;
      call->first_byte_upper = TRUE;
    }
  if (!outcome.is_stamped && connection->target->transport->has_stamps)
    thrum_counter_add (&engine->counters->unstamped, 1);
  connection->calls[call->id & 0xffff] = NULL;
  connection->n_no_reply -= call->no_reply;
  connection->has_answered = TRUE;
  if (event->close || connection->target->transport->close_after_each)
    {
      connection->ends_after = TRUE;
      connection->server_ends = event->close && !connection->target->transport->close_after_each;
      thrum_codec_connection_retire (engine, connection);
    }
  thrum_codec_connection_has_left (engine, connection);
  thrum_codec_call_end (engine, call, &outcome);
}

/* Calls after @last were not handled: they go elsewhere. */
static void
drain (ThrumCodecEngine *engine, ThrumCodecConnection *connection, guint64 last)
{
  guint n_slots = connection->target->transport->calls_per_connection;

  thrum_codec_connection_retire (engine, connection);
  for (guint i = 0; i < n_slots; i++)
    {
      ThrumCodecCall *call = connection->calls[i];

      if (call == NULL || call->id <= last)
        continue;
      connection->calls[i] = NULL;
      connection->n_no_reply -= call->no_reply;
      connection->n_calls--;
      if (call->resent < G_MAXUINT8)
        thrum_codec_connection_resend (engine, call);
      else
        thrum_codec_call_fail (engine, call, THRUM_FAILURE_CLOSED_EARLY);
    }
  while (connection->waiting != NULL)
    {
      ThrumCodecCall *call = connection->waiting;

      connection->waiting = call->next;
      connection->n_calls--;
      thrum_codec_connection_resend (engine, call);
    }
  connection->waiting_end = &connection->waiting;
}

static void
limit_calls (ThrumCodecEngine *engine, ThrumCodecConnection *connection, guint limit)
{
  guint most = connection->target->transport->close_after_each
                   ? 1
                   : connection->target->transport->calls_per_connection;

  connection->limit = MIN (limit, most);
  connection->n_calls++;
  thrum_codec_connection_has_left (engine, connection);
  if (thrum_codec_connection_has_room (connection))
    thrum_codec_load_unpark (engine, connection, connection->limit - connection->n_calls);
}

static void
plugin_errs (ThrumCodecEngine *engine, ThrumCodecConnection *connection, const gchar *what)
{
  thrum_codec_fail (engine, g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                                         "cannot decode for target %s: its plugin %s",
                                         connection->target->name, what));
}

/* Everything but MORE, BROKEN and REPLY. */
static void
take_event (ThrumCodecEngine *engine, ThrumCodecConnection *connection, const ThrumEvent *event)
{
  ThrumCodecCall *call;

  switch (event->type)
    {
    case THRUM_EVENT_READY:
      if (connection->state == THRUM_CONNECTION_GREETING)
        connection->state = THRUM_CONNECTION_OPEN;
      break;
    case THRUM_EVENT_HEAD:
      thrum_codec_decode_note_first (connection, find_call (connection, event->id));
      break;
    case THRUM_EVENT_DATA:
      call = find_call (connection, event->id);
      thrum_codec_decode_note_first (connection, call);
      if (call != NULL && event->data_bytes > 0)
        thrum_codec_call_keep (call, event->data, event->data_bytes);
      break;
    case THRUM_EVENT_LIMIT:
      limit_calls (engine, connection, event->limit);
      break;
    case THRUM_EVENT_DRAIN:
      drain (engine, connection, event->id);
      break;
    default:
      plugin_errs (engine, connection, "reports an event that does not exist");
    }
}

/* Keeps what the codec did not consume. FALSE: too much. */
static gboolean
keep_rest (ThrumCodecConnection *connection, const guint8 *bytes, gsize n_bytes)
{
  GByteArray *kept = connection->unconsumed;

  if (n_bytes > THRUM_UNCONSUMED_MAX)
    return FALSE;
  if (n_bytes == 0)
    {
      g_clear_pointer (&connection->unconsumed, g_byte_array_unref);
      return TRUE;
    }
  if (kept != NULL)
    {
      if (bytes != kept->data)
        g_byte_array_remove_range (kept, 0, (guint)(bytes - kept->data));
      return TRUE;
    }
  connection->unconsumed = g_byte_array_sized_new ((guint)n_bytes);
  g_byte_array_append (connection->unconsumed, bytes, (guint)n_bytes);
  return TRUE;
}

/* What of the bytes given is still to be decoded, and the last that was said of them. */
typedef struct {
  const guint8 *bytes;
  gsize n_bytes;
  ThrumEvent event;
  ThrumCodecCall *held; /* (nullable): answered, if nothing contradicts it */
  ThrumEvent held_event;
} Decoding;

void
thrum_codec_decode_note (ThrumCodecEngine *engine, ThrumFailure failure, const gchar *reason,
                         guint n)
{
  if (G_UNLIKELY (reason != NULL))
    thrum_reasons_add (engine->lane->reasons, failure, reason, n);
}

/* One word of the codec. FALSE: it is not to be believed, and we have failed. */
static gboolean
ask (ThrumCodecEngine *engine, ThrumCodecConnection *connection, Decoding *decoding,
     ThrumCause cause, ThrumOut *out, guint *stuck)
{
  gsize consumed = 0;

  decoding->event = (ThrumEvent){ .size = sizeof decoding->event };
  connection->target->ops->decode (connection->codec, decoding->bytes, decoding->n_bytes, cause,
                                   &consumed, out, &decoding->event);
  if (G_UNLIKELY (consumed > decoding->n_bytes))
    {
      plugin_errs (engine, connection, "consumes more than it was given");
      return FALSE;
    }
  decoding->bytes += consumed;
  decoding->n_bytes -= consumed;
  *stuck = consumed > 0 ? 0 : *stuck + 1;
  if (G_UNLIKELY (*stuck > EVENTS_WITHOUT_PROGRESS))
    {
      plugin_errs (engine, connection, "reports events without end");
      return FALSE;
    }
  return TRUE;
}

/* Bytes that follow the reply to the only open call answer nobody: if the codec finds them broken,
 * so was the exchange. Until it has looked at them the reply is held. */
static void
take_reply (ThrumCodecEngine *engine, ThrumCodecConnection *connection, Decoding *decoding)
{
  ThrumCodecCall *call = find_call (connection, decoding->event.id);

  if (call == NULL)
    return;
  thrum_codec_decode_note (engine, decoding->event.failure, decoding->event.reason, 1);
  if (decoding->n_bytes > 0 && connection->n_calls == 1 && !decoding->event.close)
    {
      decoding->held = call;
      decoding->held_event = decoding->event;
      return;
    }
  finish (engine, connection, call, &decoding->event, decoding->event.failure);
}

static void
release_held (ThrumCodecEngine *engine, ThrumCodecConnection *connection, Decoding *decoding)
{
  gboolean is_broken =
      decoding->event.type == THRUM_EVENT_BROKEN && decoding->event.failure != THRUM_FAILURE_NONE;
  ThrumCodecCall *call = g_steal_pointer (&decoding->held);

  if (is_broken)
    thrum_codec_decode_note (engine, decoding->event.failure, decoding->event.reason, 1);
  finish (engine, connection, call, &decoding->held_event,
          is_broken ? decoding->event.failure : decoding->held_event.failure);
}

/* Asks until the codec wants more, or the connection is through. */
static void
ask_all (ThrumCodecEngine *engine, ThrumCodecConnection *connection, Decoding *decoding,
         ThrumCause cause)
{
  ThrumOut *out = thrum_codec_connection_out (engine, connection);
  gsize before = out->used;
  guint stuck = 0;

  while (ask (engine, connection, decoding, cause, out, &stuck))
    {
      /* A part of the call that was sent later is the call's, too. */
      if (G_UNLIKELY (out->used > before) && connection->n_calls == 1
          && connection->calls[0] != NULL)
        connection->calls[0]->sent_bytes += (guint32)(out->used - before);
      before = out->used;
      if (G_UNLIKELY (decoding->held != NULL))
        release_held (engine, connection, decoding);
      switch (decoding->event.type)
        {
        case THRUM_EVENT_MORE:
        case THRUM_EVENT_BROKEN:
          return;
        case THRUM_EVENT_REPLY:
          take_reply (engine, connection, decoding);
          if (decoding->event.close)
            return;
          break;
        default:
          take_event (engine, connection, &decoding->event);
        }
      if (G_UNLIKELY (engine->error != NULL))
        return;
    }
}

/* What the last word makes of the connection. FALSE: it has ended. */
static gboolean
conclude (ThrumCodecEngine *engine, ThrumCodecConnection *connection, const Decoding *decoding)
{
  const ThrumEvent *event = &decoding->event;

  if (event->type == THRUM_EVENT_BROKEN)
    {
      ThrumFailure failure =
          event->failure != THRUM_FAILURE_NONE ? event->failure : THRUM_FAILURE_PROTOCOL;

      connection->server_ends = TRUE;
      thrum_codec_decode_note (engine, failure, event->reason, connection->n_calls);
      thrum_codec_connection_end (engine, connection, failure);
      return FALSE;
    }
  if (connection->ends_after || (connection->is_draining && connection->n_calls == 0))
    {
      /* Calls still on it were sent before the server said so: they go elsewhere. */
      thrum_codec_connection_end (engine, connection, THRUM_FAILURE_NONE);
      return FALSE;
    }
  if (!keep_rest (connection, decoding->bytes, decoding->n_bytes))
    {
      connection->server_ends = TRUE;
      thrum_codec_decode_note (engine, THRUM_FAILURE_TOO_LARGE,
                               "more than 1 MiB came that could not be decoded yet",
                               connection->n_calls);
      thrum_codec_connection_end (engine, connection, THRUM_FAILURE_TOO_LARGE);
      return FALSE;
    }
  if (event->idle_ns > 0)
    thrum_timers_set (&engine->timers, &connection->idle,
                      connection->last_read_ns + event->idle_ns);
  else
    thrum_timer_unset (&connection->idle);
  return TRUE;
}

gboolean
thrum_codec_decode (ThrumCodecEngine *engine, ThrumCodecConnection *connection, const guint8 *bytes,
                    gsize n_bytes, ThrumCause cause)
{
  Decoding decoding; /* its events are set before they are read */

  decoding.bytes = bytes;
  decoding.n_bytes = n_bytes;
  decoding.held = NULL;
  if (connection->unconsumed != NULL)
    {
      g_byte_array_append (connection->unconsumed, bytes, (guint)n_bytes);
      decoding.bytes = connection->unconsumed->data;
      decoding.n_bytes = connection->unconsumed->len;
    }
  ask_all (engine, connection, &decoding, cause);
  return conclude (engine, connection, &decoding);
}
