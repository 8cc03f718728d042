/* SPDX-License-Identifier: MIT
 *
 * Ends a connection, or a call's time on it, and decides what becomes of the calls.
 *
 * A kept-alive connection may lose a repeatable call before any byte of its reply came. That
 * call is sent again, once, on another connection, and its record says so: the server may close
 * an idle connection at any moment, and a new one would have served. A reset is not such a
 * close: the server says nothing before it, so it may mean this very call. The lane's thread.
 */
#include "worker/codec/codec-connection.h"

#include <sys/ioctl.h>

#define GRACE_NS G_GINT64_CONSTANT (1000000) /* to read what came before the deadline */

static gboolean
may_resend (ThrumCodecEngine *engine, ThrumCodecConnection *connection, ThrumCodecCall *call,
            ThrumFailure failure)
{
  if (engine->is_ending || !call->is_repeatable || call->resent > 0 || call->is_answered
      || connection->unconsumed != NULL)
    return FALSE;
  if (failure == THRUM_FAILURE_NONE)
    return TRUE;
  return connection->has_answered && !connection->was_reset
         && (failure == THRUM_FAILURE_RESET || failure == THRUM_FAILURE_CLOSED_EARLY);
}

void
thrum_codec_connection_resend (ThrumCodecEngine *engine, ThrumCodecCall *call)
{
  if (call->id != 0)
    {
      call->resent++;
      thrum_counter_add (&engine->counters->resent, 1);
    }
  call->id = 0;
  call->connection = NULL;
  call->first_byte = 0;
  call->next = NULL;
  *engine->resend_end = call;
  engine->resend_end = &call->next;
}

/* Every call still on it fails or goes elsewhere. */
static void
drop_calls (ThrumCodecEngine *engine, ThrumCodecConnection *connection, ThrumFailure failure)
{
  guint n_slots = connection->target->transport->calls_per_connection;
  ThrumFailure told = failure == THRUM_FAILURE_NONE ? THRUM_FAILURE_CLOSED_EARLY : failure;

  for (guint i = 0; i < n_slots && connection->n_calls > 0; i++)
    {
      ThrumCodecCall *call = connection->calls[i];

      if (call == NULL)
        continue;
      connection->calls[i] = NULL;
      connection->n_calls--;
      if (may_resend (engine, connection, call, failure))
        thrum_codec_connection_resend (engine, call);
      else
        thrum_codec_call_fail (engine, call, told);
    }
  while (connection->waiting != NULL)
    {
      ThrumCodecCall *call = thrum_codec_connection_take_waiting (connection);

      connection->n_calls--;
      /* Never encoded: if the connection once stood, it is no failure to try another. */
      if (connection->has_answered && !engine->is_ending)
        thrum_codec_connection_resend (engine, call);
      else
        thrum_codec_call_fail (engine, call, told);
    }
}

/* Frees what it holds beside its calls, and says goodbye if there is someone to hear it. */
static void
shut_down (ThrumCodecEngine *engine, ThrumCodecConnection *connection, gboolean in_order)
{
  if (connection->codec != NULL)
    {
      ThrumOut *out = thrum_codec_connection_out (engine, connection);
      gsize before = thrum_out_length (out);

      connection->target->ops->close (connection->codec, out);
      connection->codec = NULL;
      if (!in_order
          && out->n_lent == 0) /* else nothing was appended: that would have been copied */
        out->used = before;
    }
  if (connection->tls != NULL && in_order)
    {
      thrum_codec_connection_flush (engine);
      thrum_tls_shutdown (connection->tls, thrum_codec_connection_raw_out (engine, connection));
    }
  if (engine->dirty == connection)
    thrum_codec_connection_flush (engine);
  g_clear_pointer (&connection->tls, thrum_tls_free);
  g_clear_pointer (&connection->unconsumed, g_byte_array_unref);
  thrum_timers_remove (&engine->timers, &connection->idle);
}

void
thrum_codec_connection_end (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                            ThrumFailure failure)
{
  ThrumCodecTarget *target = connection->target;

  if (connection->state == THRUM_CONNECTION_DEAD)
    return;
  if (connection->server_ends && connection->connected_ns != 0)
    target->n_lost++;
  connection->state = THRUM_CONNECTION_DEAD;
  thrum_codec_connection_leave_race (connection);
  while (connection->rivals != NULL)
    thrum_codec_connection_end (engine, connection->rivals, THRUM_FAILURE_NONE);
  thrum_codec_connection_retire (engine, connection);
  if (connection->previous != NULL)
    connection->previous->next = connection->next;
  else
    target->connections = connection->next;
  if (connection->next != NULL)
    connection->next->previous = connection->previous;

  drop_calls (engine, connection, failure);
  shut_down (engine, connection, !connection->server_ends && connection->connected_ns != 0);
  if (connection->io.fd >= 0)
    thrum_loop_close (engine->loop, &connection->io);
  else
    {
      connection->next = target->spare;
      target->spare = connection;
    }
}

void
thrum_codec_connection_released (gpointer owner, ThrumIo *io)
{
  ThrumCodecConnection *connection = (ThrumCodecConnection *)io;

  connection->next = connection->target->spare;
  connection->target->spare = connection;
}

/* ---- Time ---- */

static void
remove_waiting (ThrumCodecConnection *connection, ThrumCodecCall *call)
{
  ThrumCodecCall **at = &connection->waiting;

  while (*at != call)
    at = &(*at)->next;
  *at = call->next;
  if (*at == NULL)
    connection->waiting_end = at;
}

/* Bytes lie unread in the socket: if they are the reply, its stamp says whether it was in time. */
static gboolean
has_unread (const ThrumCodecConnection *connection)
{
  gint n_bytes = 0;

  return connection->io.fd >= 0 && ioctl (connection->io.fd, FIONREAD, &n_bytes) == 0
         && n_bytes > 0;
}

/* A reply that ends by silence may have ended in time: that is known once the silence has lasted long
 * enough, and the last byte's stamp then says whether it has. */
static gboolean
awaits_silence (ThrumCodecEngine *engine, const ThrumCodecConnection *connection,
                const ThrumCodecCall *call)
{
  return connection->idle.at != G_MAXINT64 && connection->idle.at + GRACE_NS > engine->now
         && connection->state == THRUM_CONNECTION_OPEN && call->is_answered
         && connection->target->transport->calls_per_connection == 1
         && connection->last_byte_ns <= thrum_codec_call_get_deadline (engine, call);
}

/* Who asks next begins with another address than that which has not answered: a time limit may be
 * shorter than the wait before a second one is tried. */
static void
forsake_address (ThrumCodecConnection *connection)
{
  ThrumCodecTarget *target = connection->target;

  if (connection->io.fd >= 0 && target->working_address == connection->first_address)
    target->working_address = (target->working_address + 1) % target->transport->addresses->len;
}

void
thrum_codec_connection_time_out (ThrumCodecEngine *engine, ThrumCodecCall *call)
{
  ThrumCodecConnection *connection = call->connection;
  const ThrumCodecOps *ops = connection->target->ops;
  guint64 id = call->id;
  ThrumCancel verdict = THRUM_CANCEL_KEEP;

  if (!call->has_grace && has_unread (connection))
    {
      call->has_grace = TRUE;
      thrum_timers_set (&engine->timers, &call->deadline, engine->now + GRACE_NS);
      return;
    }
  if (awaits_silence (engine, connection, call))
    {
      thrum_timers_set (&engine->timers, &call->deadline, connection->idle.at + GRACE_NS);
      return;
    }
  if (id == 0)
    remove_waiting (connection, call);
  else
    {
      connection->calls[id & 0xffff] = NULL;
      connection->n_no_reply -= call->no_reply;
      verdict = ops->cancel == NULL ? THRUM_CANCEL_CLOSE
                                    : ops->cancel (connection->codec, id,
                                                   thrum_codec_connection_out (engine, connection));
    }
  if (connection->state == THRUM_CONNECTION_CONNECTING)
    forsake_address (connection);
  thrum_codec_connection_has_left (engine, connection);
  thrum_codec_call_fail (engine, call, THRUM_FAILURE_TIMEOUT);
  if (verdict == THRUM_CANCEL_CLOSE
      || (connection->state != THRUM_CONNECTION_OPEN && connection->n_calls == 0))
    thrum_codec_connection_end (engine, connection, THRUM_FAILURE_NONE);
}

void
thrum_codec_connection_idle (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  if (connection->state == THRUM_CONNECTION_CONNECTING && connection->io.fd < 0)
    thrum_codec_connection_start (engine, connection);
  else if (connection->state == THRUM_CONNECTION_CONNECTING)
    thrum_codec_connection_race (engine, connection);
  else
    thrum_codec_receive_idle (engine, connection);
}
