/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* What a session wants to know of the bytes that come, and libsoup does not tell it. One for all
 * connections of a session; on the session's thread. */
typedef struct {
  guint64 exchange;         /* rises with each request that is sent */
  gboolean wants_continue;  /* the request waits with its body for a 100 */
  gboolean awaits_continue; /* the same, and nothing has come since */
  GTlsConnection *tls;      /* (nullable), borrowed: what the last bytes came through */
  gboolean has_http2;       /* a connection of this session speaks HTTP/2 */
  gboolean is_going_away;   /* the server wants the connection to end with this reply */

  /* The exchange that runs. */
  gboolean is_ended;    /* its stream has ended, though libsoup would read on */
  gboolean is_refused;  /* the server did not look at it: it may be sent again */
  gboolean is_reset;    /* its stream was reset; the connection goes on */
  gboolean has_stopped; /* libsoup wanted to read on, and was not given anything */
  ThrumFailure failure; /* what libsoup's error is to be called, if it is not NONE */
  const gchar *reason;  /* (nullable), static: why */
} ClientWire;

/* Makes this process's connections ones that can be watched. On the main thread; once is enough. */
void client_wire_prepare (void);

/* Watches @connection, TCP's or TLS's, for as long as it lives, which must not be longer than @wire.
 * Of a connection over TLS only that; what lies below it is watched no longer. */
void client_wire_watch (ClientWire *wire, GIOStream *connection);

/* Keeps what the server of @tls, whose handshake is to begin, says first. */
void client_wire_listen (GIOStream *tls);
/* Whether that resumed a session; forgets it. */
gboolean client_wire_is_resumed (GIOStream *tls);

/* Before each request is sent; @wants_continue: with a body that is to wait for a 100. */
void client_wire_begin (ClientWire *wire, gboolean wants_continue);

G_END_DECLS
