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

/* All stream addresses of @host, in the order the resolver prefers, but IPv6 and IPv4 by turns; a @host that begins with '/'
 * is a Unix socket's path; one in other letters than ASCII's is looked up as IDNA has it. Blocks; any thread. (transfer full): an array of ThrumSocketAddress,
 * empty when the name has no address; NULL with @error set when it can never have one (a path too
 * long for a socket address). */
GArray *thrum_endpoint_resolve (const gchar *host, guint16 port, GError **error);

/* The address @text names, without a look-up, with port 0: one to bind to. FALSE with @error set
 * when it is not an address of this machine. */
gboolean
thrum_endpoint_parse_source (const gchar *text, ThrumSocketAddress *address, GError **error);

G_END_DECLS
