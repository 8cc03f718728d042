/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What a process has learnt of the addresses of a target's names. Any thread. */
typedef struct {
  GMutex lock;
  GHashTable *n_addresses; /* of a name */
  GHashTable *slow;        /* an address: a gint64, until when it is passed over, monotonic us */
  guint patience_ms;       /* for one that is not the last */
} ClientRoutes;

void client_routes_init (ClientRoutes *routes);
void client_routes_clear (ClientRoutes *routes);

/* One connect. One thread. */
typedef struct {
  guint n_tried;
  gboolean is_last;    /* none is left */
  gboolean has_passed; /* over one address at least */
} ClientRoute;

/* @connection is about to connect to the next address of @host: waits a little for it to come about,
 * and closes it if it does not, so that the next address has its turn. The last one has all the time
 * there is. */
void client_route_try (ClientRoutes *routes, ClientRoute *route, const gchar *host,
                       GSocketConnection *connection, GCancellable *cancellable);

/* Connecting failed. If the last address was tried, those that were passed over have more time the
 * next time. */
void client_route_fail (ClientRoutes *routes, ClientRoute *route);

G_END_DECLS
