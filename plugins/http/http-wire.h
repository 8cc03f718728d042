/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

/* What a session must know of the bytes that come, and libsoup does not report. One for all
 * connections of a session; on the session's thread. */
typedef struct {
  guint64 exchange;         /* rises with each request that is sent */
  gboolean wants_continue;  /* the request waits with its body for a 100 */
  gboolean awaits_continue; /* the same, and nothing has come since */
  GTlsConnection *tls;      /* (nullable), borrowed: what the last bytes came through */
  gboolean has_http2;       /* a connection of this session speaks HTTP/2 */
  gboolean is_going_away;   /* the server wants the connection to end with this reply */

  /* The exchange that is under way. */
  gboolean is_ended;    /* its stream has ended, though libsoup would read on */
  gboolean is_refused;  /* the server did not look at it: it may be sent again */
  gboolean is_reset;    /* its stream was reset; the connection goes on */
  gboolean has_stopped; /* libsoup wanted to read on, and was not given anything */
  ThrumFailure failure; /* the kind of libsoup's error, if it is not NONE */
  const gchar *reason;  /* (nullable), static: why */
} ClientWire;

/* Makes it possible to watch this process's connections. On the main thread; once is enough. */
void client_wire_prepare (void);

/* Watches @connection, TCP's or TLS's, for as long as it lives; @wire must live longer. Of a
 * connection over TLS it watches only the TLS connection; the one below is no longer watched. */
void client_wire_watch (ClientWire *wire, GIOStream *connection);

/* Keeps the first bytes that the server of @tls sends. Call it before the handshake. */
void client_wire_listen (GIOStream *tls);
/* Reports whether that handshake resumed a session, and forgets it. */
gboolean client_wire_is_resumed (GIOStream *tls);

/* Call this before each request is sent. @wants_continue: it has a body that must wait for a
 * 100. */
void client_wire_begin (ClientWire *wire, gboolean wants_continue);

G_END_DECLS
