/* SPDX-License-Identifier: MIT */
#pragma once

#include "thrum/plugin.h"
#include "net/endpoint.h"

G_BEGIN_DECLS

/* Makes a non-blocking stream socket and starts to connect it to @to, from @from (nullable: any
 * local address; the port is chosen only when connecting, so that one address serves as many
 * connections as there are ports for each destination). @wants_stamps asks for kernel receive
 * stamps. Returns the descriptor, or -errno; *@connecting: the end is still to come. Any thread. */
gint thrum_socket_connect (const ThrumSocketAddress *to, const ThrumSocketAddress *from,
                           gboolean wants_stamps, gboolean *connecting);

/* A descriptor that, while it is open, keeps receive stamps switched on in the kernel. It switches
 * them on with the first socket that asks, but a little later, and off with the last: held open from
 * before the run, the first replies are stamped too, and connections that come and go flip no
 * switch. -1: no such socket. */
gint thrum_socket_hold_stamps (void);

/* What kind of failure @error (errno) is while a connection is being made, and afterwards. */
ThrumFailure thrum_socket_connect_failure (gint error);
ThrumFailure thrum_socket_failure (gint error);

G_END_DECLS
