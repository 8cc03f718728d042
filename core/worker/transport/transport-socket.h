/* SPDX-License-Identifier: MIT */
#pragma once

#include "thrum/plugin.h"
#include "net/endpoint.h"

G_BEGIN_DECLS

/* Makes a non-blocking stream socket and starts to connect it to @to, from @from (nullable: any
 * local address). The kernel chooses the port only when connecting, so one address serves as
 * many connections as there are ports for each destination. @wants_stamps asks for kernel
 * receive stamps. Returns the descriptor, or -errno. *@connecting: the connection is not made
 * yet. Any thread. */
gint thrum_socket_connect (const ThrumSocketAddress *to, const ThrumSocketAddress *from,
                           gboolean wants_stamps, gboolean *connecting);

/* Returns a descriptor that keeps receive stamps switched on in the kernel while it is open; -1:
 * there is no such socket. The kernel switches them on with the first socket that asks, but a
 * little later, and off with the last. Open it before the run: then the first replies are
 * stamped too, and connections that come and go do not flip the switch. */
gint thrum_socket_hold_stamps (void);

/* Return which failure @error (errno) is: while a connection is being made, and afterwards. */
ThrumFailure thrum_socket_connect_failure (gint error);
ThrumFailure thrum_socket_failure (gint error);

G_END_DECLS
