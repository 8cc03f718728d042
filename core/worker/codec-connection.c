/* SPDX-License-Identifier: MIT
 *
 * A connection's life: made, secured, greeted, calls encoded onto it, ended. What its bytes mean is
 * codec-decode.c's; who uses it, codec-load.c's. A call that a kept-alive connection lost before
 * any byte of its reply came is sent again once on another one, and its record says so: the server
 * may close an idle connection at any moment, and a new one would have served. The lane's thread.
 */
#include "worker/codec-connection.h"

#include <errno.h>
#include <sys/ioctl.h>

#include "worker/transport-socket.h"

#define RETRY_NS G_GINT64_CONSTANT (1000000) /* a Unix socket's backlog is full: try again */
#define GRACE_NS G_GINT64_CONSTANT (1000000) /* to read what came before the deadline */

/* ---- Where it stands ---- */

/* Keeps the open model's list of connections with room, the most recently used first. */
static void
update_available (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
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
  update_available (engine, connection);
  thrum_codec_load_unpark (engine, connection, G_MAXUINT);
}

void
thrum_codec_connection_has_left (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  connection->n_calls--;
  update_available (engine, connection);
  if (connection->parked != NULL)
    thrum_codec_load_unpark (engine, connection, 1);
}

ThrumCodecConnection *
thrum_codec_connection_new (ThrumCodecEngine *engine, ThrumCodecTarget *target, guint home)
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
  connection->limit = transport->close_after_each ? 1 : n_calls;
  connection->home = home;
  connection->address = target->working_address;
  connection->waiting_end = &connection->waiting;
  connection->parked_end = &connection->parked;
  connection->next = target->connections;
  if (target->connections != NULL)
    target->connections->previous = connection;
  target->connections = connection;
  if (!engine->load->is_open)
    target->homes[home] = connection;
  update_available (engine, connection);
  return connection;
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
  gsize before = out->used;
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
  if (result != THRUM_ENCODE_SENT && result != THRUM_ENCODE_NO_REPLY)
    {
      thrum_codec_fail (engine, error != NULL
                                    ? error
                                    : g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                                                   "cannot encode a call of request %s: its plugin "
                                                   "gives no reason",
                                                   config->name));
      return FALSE;
    }
  connection->sequence++;
  connection->calls[slot] = call;
  call->id = plugin_call.id;
  call->sent_bytes = (guint32)(out->used - before);
  if (result == THRUM_ENCODE_NO_REPLY)
    {
      call->no_reply = TRUE;
      connection->n_no_reply++;
    }
  return TRUE;
}

static void
append_waiting (ThrumCodecConnection *connection, ThrumCodecCall *call)
{
  call->next = NULL;
  *connection->waiting_end = call;
  connection->waiting_end = &call->next;
}

static ThrumCodecCall *
take_waiting (ThrumCodecConnection *connection)
{
  ThrumCodecCall *call = connection->waiting;

  connection->waiting = call->next;
  if (connection->waiting == NULL)
    connection->waiting_end = &connection->waiting;
  return call;
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
      connection->waiting = call->next;
      if (connection->waiting == NULL)
        connection->waiting_end = &connection->waiting;
      call->next = NULL;
    }
}

static void start_connecting (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

void
thrum_codec_connection_take (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                             ThrumCodecCall *call)
{
  connection->n_calls++;
  update_available (engine, connection);
  if (G_LIKELY (connection->state == THRUM_CONNECTION_OPEN && connection->waiting == NULL
                && encode (engine, connection, call)))
    return;
  append_waiting (connection, call);
  if (connection->state == THRUM_CONNECTION_CONNECTING && connection->io.fd < 0)
    start_connecting (engine, connection);
}

/* ---- Connecting ---- */

static void
open_codec (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  ThrumCodecTarget *target = connection->target;
  ThrumConnInfo info = {
    .size = sizeof info,
    .alpn = connection->tls != NULL ? thrum_tls_get_alpn (connection->tls) : NULL,
    .tls = connection->tls != NULL,
    .worker = engine->lane->shared->worker,
    .number = engine->n_connections++,
  };
  GError *error = NULL;

  connection->codec = target->ops->open (target->plugin, &info,
                                         thrum_codec_connection_out (engine, connection), &error);
  if (connection->codec == NULL)
    {
      thrum_codec_fail (engine, error != NULL
                                    ? error
                                    : g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED,
                                                   "cannot open a connection to target %s: its "
                                                   "plugin gives no reason",
                                                   target->name));
      return;
    }
  connection->state =
      target->transport->awaits_ready ? THRUM_CONNECTION_GREETING : THRUM_CONNECTION_OPEN;
  thrum_codec_connection_encode_waiting (engine, connection);
}

gboolean
thrum_codec_connection_secure (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  ThrumOut *out = thrum_codec_connection_raw_out (engine, connection);
  ThrumTlsResult result = thrum_tls_handshake (connection->tls, out);

  if (result == THRUM_TLS_MORE)
    return FALSE;
  if (result != THRUM_TLS_OK)
    {
      thrum_codec_connection_end (engine, connection, thrum_tls_get_failure (connection->tls));
      return FALSE;
    }
  connection->secured_ns = thrum_codec_now (engine);
  open_codec (engine, connection);
  return TRUE;
}

static void
has_connected (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  ThrumCodecTarget *target = connection->target;

  connection->connected_ns = thrum_codec_now (engine);
  target->working_address = connection->address;
  thrum_counter_add (&engine->counters->connections, 1);
  if (target->n_lost > 0)
    {
      target->n_lost--;
      thrum_counter_add (&engine->counters->reconnects, 1);
    }
  if (target->transport->tls == NULL)
    {
      open_codec (engine, connection);
      return;
    }
  connection->state = THRUM_CONNECTION_SECURING;
  connection->tls = thrum_tls_new (target->transport->tls, &target->sessions);
  if (connection->tls == NULL)
    thrum_codec_connection_end (engine, connection, THRUM_FAILURE_TLS_FAILED);
  else
    thrum_codec_connection_secure (engine, connection);
}

/* A descriptor on the way to the connection's address, from each local address in turn until one
 * has a free port; or -errno. */
static gint
try_sources (ThrumCodecTarget *target, const ThrumSocketAddress *to, gboolean *connecting)
{
  const ThrumCodecTransport *transport = target->transport;
  gint fd = -EADDRNOTAVAIL;

  if (transport->sources->len == 0)
    return thrum_socket_connect (to, NULL, transport->has_stamps, connecting);
  for (guint i = 0; i < transport->sources->len && fd == -EADDRNOTAVAIL; i++)
    {
      const ThrumSocketAddress *from = &g_array_index (
          transport->sources, ThrumSocketAddress, target->next_source++ % transport->sources->len);

      if (from->u.any.sa_family == to->u.any.sa_family)
        fd = thrum_socket_connect (to, from, transport->has_stamps, connecting);
    }
  return fd;
}

/* TRUE: another of the target's addresses is tried instead. */
static gboolean
next_address (ThrumCodecConnection *connection)
{
  guint n_addresses = connection->target->transport->addresses->len;

  if (connection->tries + 1 >= n_addresses)
    return FALSE;
  connection->tries++;
  connection->address = (connection->address + 1) % n_addresses;
  return TRUE;
}

static void
start_connecting (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  const ThrumCodecTransport *transport = connection->target->transport;
  gboolean connecting = FALSE;
  gint fd;

  if (transport->addresses->len == 0)
    {
      thrum_codec_connection_end (engine, connection, THRUM_FAILURE_NO_ADDRESS);
      return;
    }
  do
    fd =
        try_sources (connection->target,
                     &g_array_index (transport->addresses, ThrumSocketAddress, connection->address),
                     &connecting);
  while (fd < 0 && fd != -EAGAIN && next_address (connection));

  if (fd == -EAGAIN)
    {
      thrum_timers_set (&engine->timers, &connection->idle, engine->now + RETRY_NS);
      return;
    }
  if (fd >= 0)
    {
      gint error;

      connection->io.fd = fd;
      connection->io.connecting = connecting;
      error = thrum_loop_add (engine->loop, &connection->io);
      fd = error != 0 ? -error : fd;
    }
  if (fd < 0)
    thrum_codec_connection_end (engine, connection, thrum_socket_connect_failure (-fd));
  else if (!connecting)
    has_connected (engine, connection);
}

/* Another connection takes over what waits for this one, towards the next address. */
static void
pass_on (ThrumCodecEngine *engine, ThrumCodecConnection *from)
{
  ThrumCodecConnection *to = thrum_codec_connection_new (engine, from->target, from->home);

  to->address = from->address;
  to->tries = from->tries;
  while (from->waiting != NULL)
    {
      ThrumCodecCall *call = take_waiting (from);

      call->connection = to;
      append_waiting (to, call);
      to->n_calls++;
    }
  from->n_calls = 0;
  update_available (engine, to);
  thrum_codec_connection_end (engine, from, THRUM_FAILURE_NONE);
  start_connecting (engine, to);
}

static void
on_connected (gpointer owner, ThrumIo *io, gint error)
{
  ThrumCodecEngine *engine = owner;
  ThrumCodecConnection *connection = (ThrumCodecConnection *)io;

  if (error == 0)
    has_connected (engine, connection);
  else if (next_address (connection))
    pass_on (engine, connection);
  else
    thrum_codec_connection_end (engine, connection, thrum_socket_connect_failure (error));
}

/* ---- Ending ---- */

static gboolean
may_resend (ThrumCodecEngine *engine, ThrumCodecConnection *connection, ThrumCodecCall *call,
            ThrumFailure failure)
{
  if (engine->is_ending || call->resent > 0 || call->is_answered || call->no_reply
      || connection->unconsumed != NULL)
    return FALSE;
  if (failure == THRUM_FAILURE_NONE)
    return TRUE;
  return connection->has_answered
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
      ThrumCodecCall *call = take_waiting (connection);

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
      gsize before = out->used;

      connection->target->ops->close (connection->codec, out);
      connection->codec = NULL;
      if (!in_order)
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

static void
on_released (gpointer owner, ThrumIo *io)
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
  thrum_codec_connection_has_left (engine, connection);
  thrum_codec_call_fail (engine, call, THRUM_FAILURE_TIMEOUT);
  if (verdict == THRUM_CANCEL_CLOSE
      || (connection->state != THRUM_CONNECTION_OPEN && connection->n_calls == 0))
    thrum_codec_connection_end (engine, connection, THRUM_FAILURE_NONE);
}

void
thrum_codec_connection_idle (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  if (connection->state == THRUM_CONNECTION_CONNECTING)
    start_connecting (engine, connection);
  else
    thrum_codec_decode_idle (engine, connection);
}

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
  .connected = on_connected,
  .received = thrum_codec_decode_received,
  .ended = thrum_codec_decode_ended,
  .drained = on_drained,
  .released = on_released,
  .coming = on_coming,
  .between = thrum_codec_engine_between,
};
