/* SPDX-License-Identifier: MIT
 *
 * A connection that has been made: which calls it has and has room for, and their bytes on the
 * way out. codec-connect.c makes it, codec-decode.c knows what its bytes mean, codec-end.c ends
 * it, codec-load.c decides who uses it. The lane's thread.
 */
#include "worker/codec/codec-connection.h"

/* The most recently used first: few stay warm, and those that are not needed can go idle. */
void
thrum_codec_connection_update (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  ThrumCodecTarget *target = connection->target;
  gboolean belongs = engine->load->is_open && connection->state != THRUM_CONNECTION_DEAD
                     && thrum_codec_connection_has_room (connection);

  if (belongs == connection->is_listed)
    return;
  connection->is_listed = belongs;
  if (belongs)
    {
      connection->less = NULL;
      connection->more = target->available;
      if (target->available != NULL)
        target->available->less = connection;
      target->available = connection;
      return;
    }
  if (connection->less != NULL)
    connection->less->more = connection->more;
  else
    target->available = connection->more;
  if (connection->more != NULL)
    connection->more->less = connection->less;
}

void
thrum_codec_connection_retire (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  ThrumCodecTarget *target = connection->target;

  connection->is_draining = TRUE;
  if (!engine->load->is_open && target->homes[connection->home] == connection)
    target->homes[connection->home] = NULL;
  thrum_codec_connection_update (engine, connection);
  thrum_codec_load_unpark (engine, connection, G_MAXUINT);
}

void
thrum_codec_connection_has_left (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  connection->n_calls--;
  thrum_codec_connection_update (engine, connection);
  if (connection->parked != NULL)
    thrum_codec_load_unpark (engine, connection, 1);
}

/* One that takes no calls yet. */
static ThrumCodecConnection *
make (ThrumCodecTarget *target)
{
  const ThrumCodecTransport *transport = target->transport;
  guint n_calls = transport->calls_per_connection;
  gsize bytes = sizeof (ThrumCodecConnection) + n_calls * sizeof (ThrumCodecCall *);
  ThrumCodecConnection *connection = target->spare;

  if (connection != NULL)
    target->spare = connection->next;
  else
    connection = g_malloc (bytes);
  memset (connection, 0, bytes);
  connection->io.fd = -1;
  connection->target = target;
  connection->idle.kind = THRUM_TIMER_CONNECTION;
  connection->idle.at = G_MAXINT64;
  connection->address = connection->first_address = target->working_address;
  connection->waiting_end = &connection->waiting;
  connection->parked_end = &connection->parked;
  connection->next = target->connections;
  if (target->connections != NULL)
    target->connections->previous = connection;
  target->connections = connection;
  return connection;
}

void
thrum_codec_connection_settle (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                               guint home)
{
  ThrumCodecTarget *target = connection->target;

  connection->limit =
      target->transport->close_after_each ? 1 : target->transport->calls_per_connection;
  connection->home = home;
  if (!engine->load->is_open)
    target->homes[home] = connection;
  thrum_codec_connection_update (engine, connection);
}

ThrumCodecConnection *
thrum_codec_connection_new (ThrumCodecEngine *engine, ThrumCodecTarget *target, guint home)
{
  ThrumCodecConnection *connection = make (target);

  thrum_codec_connection_settle (engine, connection, home);
  return connection;
}

ThrumCodecConnection *
thrum_codec_connection_new_rival (ThrumCodecEngine *engine, ThrumCodecConnection *leader)
{
  ThrumCodecConnection *rival = make (leader->target), **end = &leader->rivals;

  while (*end != NULL)
    end = &(*end)->rival;
  *end = rival;
  rival->runs_for = leader;
  return rival;
}

/* ---- Sending ---- */

/* Makes @connection the one whose bytes are being gathered. */
static void
gather (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  if (engine->dirty == connection)
    return;
  thrum_codec_connection_flush (engine);
  engine->dirty = connection;
}

ThrumOut *
thrum_codec_connection_out (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  gather (engine, connection);
  return connection->tls != NULL ? &engine->plain : thrum_loop_out (engine->loop, &connection->io);
}

ThrumOut *
thrum_codec_connection_raw_out (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  gather (engine, connection);
  return thrum_loop_out (engine->loop, &connection->io);
}

/* The socket has taken all: calls without a reply are done. */
static void
finish_no_reply (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  gint64 now = thrum_codec_now (engine);
  guint n_slots = connection->target->transport->calls_per_connection;

  for (guint i = 0; i < n_slots && connection->n_no_reply > 0; i++)
    {
      ThrumCodecCall *call = connection->calls[i];
      ThrumCodecOutcome outcome = { .done = now, .read = now };

      if (call == NULL || !call->no_reply)
        continue;
      /* With nothing to send, the call was there to connect. */
      if (call->sent_bytes == 0 && call->connected != 0)
        outcome.done = MAX (call->connected, call->secured);
      connection->calls[i] = NULL;
      connection->n_no_reply--;
      thrum_codec_connection_has_left (engine, connection);
      thrum_codec_call_end (engine, call, &outcome);
    }
  if (connection->target->transport->close_after_each && connection->n_calls == 0)
    thrum_codec_connection_end (engine, connection, THRUM_FAILURE_NONE);
}

void
thrum_codec_connection_flush (ThrumCodecEngine *engine)
{
  ThrumCodecConnection *connection = engine->dirty;

  if (connection == NULL)
    return;
  engine->dirty = NULL;
  if (connection->tls != NULL && engine->plain.used > 0)
    {
      thrum_tls_write (connection->tls, engine->plain.data, engine->plain.used,
                       thrum_loop_out (engine->loop, &connection->io));
      engine->plain.used = 0;
    }
  connection->io.is_awaited = connection->n_no_reply > 0;
  if (thrum_loop_flush (engine->loop, &connection->io) && connection->n_no_reply > 0
      && connection->state != THRUM_CONNECTION_DEAD)
    finish_no_reply (engine, connection);
}

static void
on_drained (gpointer owner, ThrumIo *io)
{
  ThrumCodecConnection *connection = (ThrumCodecConnection *)io;

  if (connection->n_no_reply > 0)
    finish_no_reply (owner, connection);
}

/* ---- Calls onto it ---- */

static guint
free_slot (const ThrumCodecConnection *connection, guint n_slots)
{
  guint at = (guint)((connection->sequence + 1) % n_slots);

  while (connection->calls[at] != NULL)
    at = at + 1 == n_slots ? 0 : at + 1;
  return at;
}

/* FALSE: the codec takes no call now, or we failed. */
static gboolean
encode (ThrumCodecEngine *engine, ThrumCodecConnection *connection, ThrumCodecCall *call)
{
  ThrumCodecTarget *target = connection->target;
  guint n_slots = target->transport->calls_per_connection;
  guint slot = n_slots == 1 ? 0 : free_slot (connection, n_slots);
  const ThrumRequestConfig *config = engine->config->requests->pdata[call->request];
  ThrumCall plugin_call = {
    .size = sizeof plugin_call,
    .wants_payload = config->expect_body != NULL,
    .id = (connection->sequence + 1) << 16 | slot,
    .deadline_ns = call->deadline.at,
  };
  ThrumOut *out = thrum_codec_connection_out (engine, connection);
  gsize before = thrum_out_length (out);
  GError *error = NULL;
  ThrumEncode result;

  if (call->was_refused)
    call->slot = call->sent = thrum_codec_now (engine);
  result = target->ops->encode (connection->codec, engine->lane->shared->requests[call->request],
                                &plugin_call, out, &error);
  if (result == THRUM_ENCODE_FULL)
    {
      call->was_refused = TRUE;
      return FALSE;
    }
  if (result != THRUM_ENCODE_SENT && result != THRUM_ENCODE_REPEATABLE
      && result != THRUM_ENCODE_NO_REPLY)
    {
      thrum_codec_fail (engine, error != NULL
                                    ? error
                                    : g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                                                   "cannot encode a call of request %s: its plugin "
                                                   "gives no reason",
                                                   config->name));
      return FALSE;
    }
  if (G_UNLIKELY (out->idle_ns > 0))
    {
      thrum_timers_set (&engine->timers, &connection->idle, engine->now + out->idle_ns);
      out->idle_ns = 0;
    }
  connection->sequence++;
  connection->calls[slot] = call;
  call->id = plugin_call.id;
  call->is_repeatable = result == THRUM_ENCODE_REPEATABLE;
  call->sent_bytes = (guint32)(thrum_out_length (out) - before);
  if (result == THRUM_ENCODE_NO_REPLY)
    {
      call->no_reply = TRUE;
      connection->n_no_reply++;
    }
  return TRUE;
}

void
thrum_codec_connection_encode_waiting (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  while (connection->waiting != NULL && connection->state == THRUM_CONNECTION_OPEN
         && !connection->is_draining)
    {
      ThrumCodecCall *call = connection->waiting;

      if (call->sent <= connection->connected_ns)
        {
          call->connected = connection->connected_ns;
          call->secured = connection->secured_ns;
        }
      if (!encode (engine, connection, call))
        return;
      thrum_codec_connection_take_waiting (connection);
    }
}

void
thrum_codec_connection_take (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                             ThrumCodecCall *call)
{
  connection->n_calls++;
  thrum_codec_connection_update (engine, connection);
  if (G_LIKELY (connection->state == THRUM_CONNECTION_OPEN && connection->waiting == NULL
                && encode (engine, connection, call)))
    return;
  thrum_codec_connection_append_waiting (connection, call);
  if (connection->state == THRUM_CONNECTION_CONNECTING && connection->io.fd < 0)
    thrum_codec_connection_start (engine, connection);
}

/* ---- What the loop tells ---- */

#define LINE 64

static inline void
fetch (gconstpointer from, gsize n_bytes)
{
  for (gsize at = 0; at < n_bytes; at += LINE)
    __builtin_prefetch ((const guint8 *)from + at, 1);
}

/* With thousands of connections hardly any of their state is in the cache when its turn comes. */
static void
on_coming (gpointer owner, ThrumIo *io, gboolean far)
{
  ThrumCodecEngine *engine = owner;
  ThrumCodecConnection *connection = (ThrumCodecConnection *)io;

  if (far)
    {
      fetch (connection, sizeof *connection + sizeof connection->calls[0]);
      return;
    }
  if (connection->calls[0] != NULL)
    fetch (connection->calls[0], sizeof (ThrumCodecCall));
  if (connection->codec != NULL)
    fetch (connection->codec, 4 * LINE);
  if (connection->home < engine->n_users)
    fetch (&engine->users[connection->home], sizeof (ThrumCodecUser));
}

const ThrumLoopEvents thrum_codec_connection_events = {
  .connected = thrum_codec_connection_connected,
  .received = thrum_codec_receive_bytes,
  .ended = thrum_codec_receive_end,
  .drained = on_drained,
  .released = thrum_codec_connection_released,
  .coming = on_coming,
  .between = thrum_codec_engine_between,
};
