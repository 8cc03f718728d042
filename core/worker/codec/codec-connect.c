/* SPDX-License-Identifier: MIT
 *
 * Makes a connection: from which local address, to which of the target's, then TLS, then the
 * codec's greeting. The calls that wait for it are on it already, and fail with it if it cannot
 * be made. If one address takes long to answer, the next ones are tried at the same time: these
 * rivals take no calls until one of them is the first to be connected. The lane's thread.
 */
#include "worker/codec/codec-connection.h"

#include <errno.h>

#include "worker/transport/transport-socket.h"

#define RETRY_NS G_GINT64_CONSTANT (1000000)   /* a Unix socket's backlog is full: try again */
#define RIVAL_NS G_GINT64_CONSTANT (250000000) /* RFC 8305, 5: the connection attempt delay */

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
      ThrumFailure failure = thrum_tls_get_failure (connection->tls);

      thrum_reasons_add (engine->lane->reasons, failure, thrum_tls_get_reason (connection->tls),
                         connection->n_calls);
      thrum_codec_connection_end (engine, connection, failure);
      return FALSE;
    }
  connection->secured_ns = thrum_codec_now (engine);
  thrum_counter_add (&engine->counters->handshakes, 1);
  if (thrum_tls_is_resumed (connection->tls))
    thrum_counter_add (&engine->counters->resumed_handshakes, 1);
  open_codec (engine, connection);
  return TRUE;
}

static void
has_connected (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  ThrumCodecTarget *target = connection->target;

  connection->connected_ns = thrum_codec_now (engine);
  target->working_address = connection->address;
  target->has_worked = TRUE;
  thrum_timer_unset (&connection->idle);
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

/* What is told if none of the addresses can be connected to: what was said of the one that last could
 * be. Where none ever could, a refusal: somebody was there. */
static void
note_error (ThrumCodecConnection *connection, gint error)
{
  if (connection->error == 0 || (error == ECONNREFUSED && !connection->target->has_worked))
    connection->error = error;
}

static gboolean
has_next_address (const ThrumCodecConnection *connection)
{
  return connection->tries + 1 < connection->target->transport->addresses->len;
}

/* A descriptor on the way to the next of its addresses, whose number is *@address; -1: there is none
 * left. */
static gint
try_next_address (ThrumCodecConnection *connection, guint *address, gboolean *connecting)
{
  const GArray *addresses = connection->target->transport->addresses;
  gint fd = -1;

  while (fd < 0 && has_next_address (connection))
    {
      *address = (connection->first_address + ++connection->tries) % addresses->len;
      fd = try_sources (connection->target,
                        &g_array_index (addresses, ThrumSocketAddress, *address), connecting);
      if (fd < 0)
        note_error (connection, -fd);
    }
  return fd;
}

static void
await_rival (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  if (has_next_address (connection))
    thrum_timers_set (&engine->timers, &connection->idle, engine->now + RIVAL_NS);
}

/* RFC 8305 (happy eyeballs): the next address is tried beside those that have not answered yet; the
 * first that does serves. NULL: there is none left to be tried. */
static ThrumCodecConnection *
add_rival (ThrumCodecEngine *engine, ThrumCodecConnection *leader)
{
  ThrumCodecConnection *rival;
  gboolean connecting;
  guint address = 0;
  gint fd, error;

  while ((fd = try_next_address (leader, &address, &connecting)) >= 0)
    {
      rival = thrum_codec_connection_new_rival (engine, leader);
      rival->address = address;
      rival->io.fd = fd;
      rival->io.connecting = TRUE; /* if it stands already, the loop says so at once */
      error = thrum_loop_add (engine->loop, &rival->io);
      if (error == 0)
        {
          await_rival (engine, leader);
          return rival;
        }
      note_error (leader, error);
      thrum_codec_connection_end (engine, rival, THRUM_FAILURE_NONE);
    }
  return NULL;
}

void
thrum_codec_connection_race (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  add_rival (engine, connection);
}

void
thrum_codec_connection_leave_race (ThrumCodecConnection *rival)
{
  ThrumCodecConnection **at;

  if (rival->runs_for == NULL)
    return;
  for (at = &rival->runs_for->rivals; *at != rival; at = &(*at)->rival)
    continue;
  *at = rival->rival;
  rival->rival = rival->runs_for = NULL;
}

/* @to takes over what waits for @from, the other attempts included, and @from ends. */
static void
hand_over (ThrumCodecEngine *engine, ThrumCodecConnection *from, ThrumCodecConnection *to)
{
  thrum_codec_connection_leave_race (to);
  to->first_address = from->first_address;
  to->tries = from->tries;
  to->error = from->error;
  to->rivals = g_steal_pointer (&from->rivals);
  for (ThrumCodecConnection *rival = to->rivals; rival != NULL; rival = rival->rival)
    rival->runs_for = to;
  while (from->waiting != NULL)
    {
      ThrumCodecCall *call = thrum_codec_connection_take_waiting (from);

      call->connection = to;
      thrum_codec_connection_append_waiting (to, call);
      to->n_calls++;
    }
  from->n_calls = 0;
  thrum_codec_connection_settle (engine, to, from->home);
  thrum_codec_connection_end (engine, from, THRUM_FAILURE_NONE);
}

void
thrum_codec_connection_start (ThrumCodecEngine *engine, ThrumCodecConnection *connection)
{
  const ThrumCodecTransport *transport = connection->target->transport;
  gboolean connecting = FALSE;
  gint fd;

  if (transport->addresses->len == 0)
    {
      thrum_codec_connection_end (engine, connection, THRUM_FAILURE_NO_ADDRESS);
      return;
    }
  fd = try_sources (connection->target,
                    &g_array_index (transport->addresses, ThrumSocketAddress, connection->address),
                    &connecting);
  if (fd == -EAGAIN)
    {
      thrum_timers_set (&engine->timers, &connection->idle, engine->now + RETRY_NS);
      return;
    }
  if (fd < 0)
    {
      note_error (connection, -fd);
      fd = try_next_address (connection, &connection->address, &connecting);
    }
  if (fd >= 0)
    {
      gint error;

      connection->io.fd = fd;
      connection->io.connecting = connecting;
      error = thrum_loop_add (engine->loop, &connection->io);
      if (error != 0)
        {
          note_error (connection, error);
          fd = -1;
        }
    }
  if (fd < 0)
    thrum_codec_connection_end (engine, connection,
                                thrum_socket_connect_failure (connection->error));
  else if (!connecting)
    has_connected (engine, connection);
  else
    await_rival (engine, connection);
}

/* It can't be connected. Whoever tries beside it goes on, and the next address is tried at once. */
static void
has_failed (ThrumCodecEngine *engine, ThrumCodecConnection *connection, gint error)
{
  ThrumCodecConnection *leader = connection->runs_for, *rival;

  if (leader != NULL)
    {
      note_error (leader, error);
      thrum_codec_connection_end (engine, connection, THRUM_FAILURE_NONE);
      add_rival (engine, leader);
      return;
    }
  note_error (connection, error);
  add_rival (engine, connection);
  rival = connection->rivals;
  if (rival != NULL)
    {
      hand_over (engine, connection, rival);
      await_rival (engine, rival);
    }
  else
    thrum_codec_connection_end (engine, connection,
                                thrum_socket_connect_failure (connection->error));
}

void
thrum_codec_connection_connected (gpointer owner, ThrumIo *io, gint error)
{
  ThrumCodecEngine *engine = owner;
  ThrumCodecConnection *connection = (ThrumCodecConnection *)io;

  if (error != 0)
    {
      has_failed (engine, connection, error);
      return;
    }
  if (connection->runs_for != NULL)
    hand_over (engine, connection->runs_for, connection);
  while (connection->rivals != NULL)
    thrum_codec_connection_end (engine, connection->rivals, THRUM_FAILURE_NONE);
  has_connected (engine, connection);
}
