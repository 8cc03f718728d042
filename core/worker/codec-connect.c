/* SPDX-License-Identifier: MIT
 *
 * How a connection comes to stand: from which local address, to which of the target's, then TLS,
 * then the codec's greeting. Calls that wait for it are on it already; if it does not come to be
 * they fail with it. The lane's thread.
 */
#include "worker/codec-connection.h"

#include <errno.h>

#include "worker/transport-socket.h"

#define RETRY_NS G_GINT64_CONSTANT (1000000) /* a Unix socket's backlog is full: try again */

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
      ThrumCodecCall *call = thrum_codec_connection_take_waiting (from);

      call->connection = to;
      thrum_codec_connection_append_waiting (to, call);
      to->n_calls++;
    }
  from->n_calls = 0;
  thrum_codec_connection_update (engine, to);
  thrum_codec_connection_end (engine, from, THRUM_FAILURE_NONE);
  thrum_codec_connection_start (engine, to);
}

void
thrum_codec_connection_connected (gpointer owner, ThrumIo *io, gint error)
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
