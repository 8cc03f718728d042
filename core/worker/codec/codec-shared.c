/* SPDX-License-Identifier: MIT
 *
 * Prepares what a worker's lanes need before the run begins: resolves names, reads certificates,
 * raises the limit of descriptors and compares it with the plan, and chooses the event loop. If
 * one of these fails, the start fails. A name without an address does not: that is the service's
 * failure, in the row of each request. Main thread.
 */
#include "net/transport.h"
#include "base/limits.h"
#include "worker/codec/codec-shared.h"

#include <unistd.h>

#include "net/address.h"
#include "thrum-config.h"
#include "worker/transport/transport-socket.h"

/* (nullable): a transport key's value; NULL where it was not given and has no fallback. */
static const ThrumValue *
get_value (const ThrumTargetConfig *target, ThrumTransportOption option)
{
  const ThrumValue *value;

  if (target->transport.n_values <= (guint)option)
    return NULL;
  value = thrum_value (&target->transport, option);
  return value->is_set || value->string != NULL ? value : NULL;
}

static const gchar *
get_text (const ThrumTargetConfig *target, ThrumTransportOption option)
{
  const ThrumValue *value = get_value (target, option);
  return value != NULL ? value->string : NULL;
}

static gboolean
get_flag (const ThrumTargetConfig *target, ThrumTransportOption option, gboolean otherwise)
{
  const ThrumValue *value = get_value (target, option);
  return value != NULL ? value->integer != 0 : otherwise;
}

static gboolean
prepare_sources (ThrumCodecTransport *transport, const ThrumTargetConfig *target, GError **error)
{
  const gchar *const *list = NULL;

  transport->sources = g_array_new (FALSE, FALSE, sizeof (ThrumSocketAddress));
  if (target->transport.n_values > THRUM_TRANSPORT_SOURCE_ADDRESSES)
    list = thrum_value (&target->transport, THRUM_TRANSPORT_SOURCE_ADDRESSES)->list;
  for (; list != NULL && *list != NULL; list++)
    {
      ThrumSocketAddress address;
      if (!thrum_endpoint_parse_source (*list, &address, error))
        return FALSE;
      g_array_append_val (transport->sources, address);
    }
  return TRUE;
}

/* So many connections in one process may each hold their TLS buffers: 34 MB. */
#define BUFFERED_CONNECTIONS 1000

static gboolean
may_have_many_connections (const ThrumWorkerShared *shared)
{
  const ThrumLoad *load = &shared->config->load;

  return thrum_share_count (shared->share, load->is_open ? load->max_in_flight : load->users)
         > BUFFERED_CONNECTIONS;
}

static gboolean
prepare_tls (ThrumCodecTransport *transport, const ThrumWorkerShared *shared,
             const ThrumTargetConfig *target, const ThrumEndpoint *endpoint, const gchar *host,
             GError **error)
{
  const gchar *name = get_text (target, THRUM_TRANSPORT_SERVER_NAME);
  ThrumTlsOptions options = {
    .files = { .ca_file = get_text (target, THRUM_TRANSPORT_CA_FILE),
               .certificate = get_text (target, THRUM_TRANSPORT_CERTIFICATE),
               .key = get_text (target, THRUM_TRANSPORT_KEY),
               .verify = get_flag (target, THRUM_TRANSPORT_VERIFY, TRUE) },
    .server_name = name != NULL             ? name
                   : endpoint->host != NULL ? endpoint->host
                                            : host,
    .alpn = endpoint->alpn,
    .reuse_sessions = get_flag (target, THRUM_TRANSPORT_SESSION_REUSE, FALSE),
    .release_buffers = may_have_many_connections (shared),
  };
  const ThrumValue *tls = get_value (target, THRUM_TRANSPORT_TLS);

  if (!(tls != NULL && tls->is_set ? tls->integer != 0 : endpoint->tls))
    return TRUE;
  transport->tls = thrum_tls_context_new (&options, error);
  return transport->tls != NULL;
}

static gboolean
prepare_transport (ThrumCodecTransport *transport, const ThrumWorkerShared *shared,
                   const ThrumTargetConfig *target, const ThrumEndpoint *endpoint, GError **error)
{
  const gchar *address = get_text (target, THRUM_TRANSPORT_ADDRESS);
  const ThrumValue *connection = get_value (target, THRUM_TRANSPORT_CONNECTION);
  g_autofree gchar *host = g_strdup (endpoint->host);
  guint16 port = endpoint->port;

  if (address != NULL)
    {
      g_clear_pointer (&host, g_free);
      if (!thrum_address_parse (address, &host, &port, error))
        return FALSE;
    }
  if (host == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                   "cannot reach target %s: neither its plugin nor `address` says where it is",
                   target->name);
      return FALSE;
    }

  transport->addresses = thrum_endpoint_resolve (host, port, error);
  if (transport->addresses == NULL)
    return FALSE;
  transport->has_stamps = host[0] != '/';
  transport->awaits_ready = endpoint->awaits_ready;
  transport->close_after_each = connection != NULL && connection->is_set
                                    ? connection->integer == THRUM_CONNECTION_PER_REQUEST
                                    : endpoint->close_after_each;
  /* Calls that wait for a connection of one call's would make many users one. */
  transport->calls_per_connection =
      transport->close_after_each ? 1 : CLAMP (endpoint->calls_per_connection, 1, 65535);
  return prepare_sources (transport, target, error)
         && prepare_tls (transport, shared, target, endpoint, host, error);
}

/* A closed model needs its users' connections all at once; an open one only when it is overloaded,
 * and then `no-port` says so in the rows. */
static gboolean
check_descriptors (ThrumWorkerShared *shared, const ThrumCodecShared *codec, GError **error)
{
  const ThrumLoad *load = &shared->config->load;
  guint64 limit = thrum_limits_raise_open_files (0);
  guint64 users = thrum_share_count (shared->share, load->users), needed = THRUM_OTHER_DESCRIPTORS;

  if (load->is_open)
    return TRUE;
  for (guint i = 0; i < codec->n_transports; i++)
    {
      guint shared_by = codec->transports[i].calls_per_connection;
      needed += (users + shared_by - 1) / shared_by;
    }
  if (needed <= limit)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
               "cannot hold %" G_GUINT64_FORMAT
               " connections in one process: the limit is %" G_GUINT64_FORMAT
               " descriptors; use more processes or raise it (ulimit -n)",
               needed - THRUM_OTHER_DESCRIPTORS, limit);
  return FALSE;
}

static void
free_shared (ThrumCodecShared *codec)
{
  for (guint i = 0; i < codec->n_transports; i++)
    {
      ThrumCodecTransport *transport = &codec->transports[i];
      g_clear_pointer (&transport->addresses, g_array_unref);
      g_clear_pointer (&transport->sources, g_array_unref);
      g_clear_pointer (&transport->tls, thrum_tls_context_free);
    }
  if (codec->stamp_fd >= 0)
    close (codec->stamp_fd);
  g_free (codec->transports);
  g_free (codec);
}

/* The event loop that [load] engine asks for. auto is epoll: io_uring costs a little less CPU with
 * some hundred connections, more with thousands, and under full load its sends wait for each other
 * (doc/codec-engine.md). Where the kernel forbids io_uring, or thrum was built without it, epoll
 * serves, and the first worker says so. */
static const ThrumLoopBackend *
choose_backend (ThrumWorkerShared *shared)
{
  g_autofree gchar *why = NULL;

  if (shared->config->load.engine != THRUM_ENGINE_IO_URING)
    return &thrum_loop_epoll;
#ifdef THRUM_HAS_IO_URING
  {
    g_autoptr (GError) error = NULL;
    ThrumLoop *loop = thrum_loop_new (&thrum_loop_uring, NULL, NULL, &error);

    if (loop != NULL)
      {
        thrum_loop_free (loop);
        return &thrum_loop_uring;
      }
    why = g_strdup (error->message);
  }
#else
  why = g_strdup ("cannot use io_uring: built without it");
#endif
  if (shared->worker == 0)
    g_printerr ("thrum: %s; epoll serves instead\n", why);
  return &thrum_loop_epoll;
}

gboolean
thrum_codec_prepare (ThrumWorkerShared *shared, GError **error)
{
  ThrumCodecShared *codec = g_new0 (ThrumCodecShared, 1);

  codec->n_transports = shared->config->targets->len;
  codec->transports = g_new0 (ThrumCodecTransport, codec->n_transports);
  codec->backend = choose_backend (shared);
  codec->stamp_fd = thrum_socket_hold_stamps ();
  for (guint i = 0; i < codec->n_transports; i++)
    if (!prepare_transport (&codec->transports[i], shared, shared->config->targets->pdata[i],
                            &shared->endpoints[i], error))
      {
        free_shared (codec);
        return FALSE;
      }
  if (!check_descriptors (shared, codec, error))
    {
      free_shared (codec);
      return FALSE;
    }
  shared->codec = codec;
  return TRUE;
}

void
thrum_codec_release (ThrumWorkerShared *shared)
{
  g_clear_pointer (&shared->codec, free_shared);
}
