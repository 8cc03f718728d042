/* SPDX-License-Identifier: MIT
 *
 * Connects to a name with several addresses, one of which may drop what it is sent. GIO's blocking
 * connect would wait minutes for that one, request after request. Here the next address gets its
 * turn after 250 ms (RFC 8305, 8), one after the other, and all sessions pass over a slow address
 * for a minute.
 *
 * GIO offers no such wait, but emits a signal before it connects. So the connect is begun here; GIO
 * then asks for it again, and gets the kernel's answer to ours.
 */
#include "http-route.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

enum {
  PATIENCE_MS = 250,
  MAX_PATIENCE_MS = 4000,
  SLOW_MS = 100, /* a call that ends after so long in a connect has learnt something */
  FORGET_US = 60 * 1000 * 1000
};

void
client_routes_init (ClientRoutes *routes)
{
  g_mutex_init (&routes->lock);
  routes->n_addresses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  routes->slow = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  routes->patience_ms = PATIENCE_MS;
}

void
client_routes_clear (ClientRoutes *routes)
{
  g_hash_table_unref (routes->n_addresses);
  g_hash_table_unref (routes->slow);
  g_mutex_clear (&routes->lock);
}

/* How many addresses @host has; looked up once. */
static guint
count_addresses (ClientRoutes *routes, const gchar *host, GCancellable *cancellable)
{
  gpointer n = NULL;
  gboolean is_known;
  GList *addresses;

  if (g_hostname_is_ip_address (host))
    return 1;
  g_mutex_lock (&routes->lock);
  is_known = g_hash_table_lookup_extended (routes->n_addresses, host, NULL, &n);
  g_mutex_unlock (&routes->lock);
  if (is_known)
    return GPOINTER_TO_UINT (n);
  addresses = g_resolver_lookup_by_name (g_resolver_get_default (), host, cancellable, NULL);
  n = GUINT_TO_POINTER (g_list_length (addresses));
  g_mutex_lock (&routes->lock);
  if (addresses != NULL)
    g_hash_table_insert (routes->n_addresses, g_strdup (host), n);
  g_mutex_unlock (&routes->lock);
  g_resolver_free_addresses (addresses);
  return GPOINTER_TO_UINT (n);
}

static gboolean
is_slow (ClientRoutes *routes, const gchar *address, guint *patience_ms)
{
  const gint64 *until;
  gboolean is;

  g_mutex_lock (&routes->lock);
  until = g_hash_table_lookup (routes->slow, address);
  is = until != NULL && *until > g_get_monotonic_time ();
  *patience_ms = routes->patience_ms;
  g_mutex_unlock (&routes->lock);
  return is;
}

static void
note_slow (ClientRoutes *routes, const gchar *address)
{
  const gint64 until = g_get_monotonic_time () + FORGET_US;

  g_mutex_lock (&routes->lock);
  g_hash_table_insert (routes->slow, g_strdup (address), g_memdup2 (&until, sizeof until));
  g_mutex_unlock (&routes->lock);
}

/* Begins to connect and waits for the outcome, which GIO will ask for. FALSE: none came in time. */
static gboolean
wait_for (GSocket *socket, GSocketAddress *address, guint patience_ms, GCancellable *cancellable,
          gboolean *is_slow)
{
  const gint64 start = g_get_monotonic_time ();
  struct sockaddr_storage native;
  struct pollfd polled[2] = { { .fd = g_socket_get_fd (socket), .events = POLLOUT },
                              { .fd = g_cancellable_get_fd (cancellable), .events = POLLIN } };
  int n;

  *is_slow = FALSE;
  if (!g_socket_address_to_native (address, &native, sizeof native, NULL)
      || connect (polled[0].fd, (const struct sockaddr *)&native,
                  (socklen_t)g_socket_address_get_native_size (address))
             == 0
      || errno != EINPROGRESS)
    {
      g_cancellable_release_fd (cancellable);
      return TRUE; /* GIO gets to know */
    }
  do
    n = poll (polled, 2, (int)patience_ms);
  while (n < 0 && errno == EINTR);
  g_cancellable_release_fd (cancellable);
  *is_slow = polled[0].revents == 0 && g_get_monotonic_time () - start >= SLOW_MS * 1000;
  return polled[0].revents != 0;
}

void
client_route_try (ClientRoutes *routes, ClientRoute *route, const gchar *host,
                  GSocketConnection *connection, GCancellable *cancellable)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree gchar *text = NULL;
  GSocket *socket = g_socket_connection_get_socket (connection);
  gboolean has_been_slow = FALSE, passes;
  guint patience_ms;

  route->is_last = count_addresses (routes, host, cancellable) <= ++route->n_tried;
  if (route->is_last)
    return;
  address = g_socket_connection_get_remote_address (connection, NULL);
  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return;
  text = g_socket_connectable_to_string (G_SOCKET_CONNECTABLE (address));
  passes = is_slow (routes, text, &patience_ms)
           || !wait_for (socket, address, patience_ms, cancellable, &has_been_slow);
  if (has_been_slow)
    note_slow (routes, text);
  if (passes)
    g_socket_close (socket, NULL);
  route->has_passed |= passes;
}

void
client_route_fail (ClientRoutes *routes, ClientRoute *route)
{
  if (!route->has_passed || !route->is_last)
    return;
  g_mutex_lock (&routes->lock);
  g_hash_table_remove_all (routes->slow);
  routes->patience_ms = MIN (routes->patience_ms * 4, MAX_PATIENCE_MS);
  g_mutex_unlock (&routes->lock);
}
