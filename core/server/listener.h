/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <sys/socket.h>

G_BEGIN_DECLS

#define THRUM_LISTEN_BACKLOG 4096

/* Where the server listens. */
typedef struct {
  struct sockaddr_storage address;
  socklen_t length;
} ThrumListenAddress;

/* "127.0.0.1:0", "[::1]:8080", "localhost:8080" (which is 127.0.0.1) or "unix:/path". No name
 * lookups. FALSE with @error set: none of those, or not a loopback address and not @allow_remote. */
gboolean thrum_listen_address_parse (const char *text, gboolean allow_remote,
                                     ThrumListenAddress *address, GError **error);

/* As parse reads it. (transfer full) */
char *thrum_listen_address_to_string (const ThrumListenAddress *address);

/* 0: a Unix socket. */
guint16 thrum_listen_address_get_port (const ThrumListenAddress *address);

/* A non-blocking listening socket there, backlog 4096, whose connections carry kernel receive stamps
 * and send without delay; or -1. Fills a port of 0 in. With @is_shared further sockets may listen at
 * the same TCP address. A Unix socket's path that nobody listens on any more is taken over. */
int thrum_listen (ThrumListenAddress *address, gboolean is_shared, GError **error);

/* Removes a Unix socket's path. */
void thrum_listen_address_remove (const ThrumListenAddress *address);

G_END_DECLS
