/* SPDX-License-Identifier: MIT */
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <gio/gio.h>

G_BEGIN_DECLS

/* A socket address with its length, ready for bind () and connect (). */
typedef struct {
  socklen_t length;
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un path;
  } u;
} ThrumSocketAddress;

/* Returns all stream addresses of @host, in the resolver's order, except that IPv6 and IPv4
 * alternate. A @host that begins with '/' is the path of a Unix socket. A name with letters
 * beyond ASCII is looked up by the rules of IDNA. Blocks; any thread.
 *
 * (transfer full): an array of ThrumSocketAddress, empty when the name has no address. NULL with
 * @error set: it can never have one (the path is too long for a socket address). */
GArray *thrum_endpoint_resolve (const gchar *host, guint16 port, GError **error);

/* Sets @address to what @text names, without a look-up and with port 0, to bind to. FALSE with
 * @error set: it is not an address of this machine. */
gboolean
thrum_endpoint_parse_source (const gchar *text, ThrumSocketAddress *address, GError **error);

G_END_DECLS
