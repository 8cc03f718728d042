/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a process has learnt of the addresses of a target's names. Any thread. */
typedef struct {
  GMutex lock;
  GHashTable *n_addresses; /* of each name */
  GHashTable *slow;        /* an address: a gint64, until when it is passed over, monotonic us */
  guint patience_ms;       /* for one that is not the last */
} ClientRoutes;

void client_routes_init (ClientRoutes *routes);
void client_routes_clear (ClientRoutes *routes);

/* One attempt to connect. One thread. */
typedef struct {
  guint n_tried;
  gboolean is_last;    /* no address is left after this one */
  gboolean has_passed; /* at least one address was passed over */
} ClientRoute;

/* Begins to connect @connection to the next address of @host, waits a little for it, and closes the
 * connection if it is not made, so that the next address gets its turn. The last address has no
 * such limit. */
void client_route_try (ClientRoutes *routes, ClientRoute *route, const gchar *host,
                       GSocketConnection *connection, GCancellable *cancellable);

/* Notes that connecting failed. If the last address was tried, those that were passed over get more
 * time the next time. */
void client_route_fail (ClientRoutes *routes, ClientRoute *route);

G_END_DECLS
