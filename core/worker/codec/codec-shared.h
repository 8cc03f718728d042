/* SPDX-License-Identifier: MIT */
#pragma once

#include "net/endpoint.h"
#include "worker/lane/lane.h"
#include "worker/loop/loop.h"
#include "worker/transport/transport-tls.h"

G_BEGIN_DECLS

/* How to reach a target: its endpoint and transport keys, resolved. Immutable; any thread. */
typedef struct {
  GArray *addresses;    /* ThrumSocketAddress; empty: the name has no address */
  GArray *sources;      /* ThrumSocketAddress; empty: any local address */
  ThrumTlsContext *tls; /* (nullable): NULL for a connection without TLS */
  guint calls_per_connection;
  gboolean close_after_each, awaits_ready;
  gboolean has_stamps; /* the kernel stamps what a socket of that kind receives */
  gint64 resolved_ns;  /* how long the look-up took */
} ThrumCodecTransport;

/* What thrum_codec_prepare () makes for all lanes of a worker. */
struct _ThrumCodecShared {
  guint n_transports; /* by config->targets */
  ThrumCodecTransport *transports;
  const ThrumLoopBackend *backend;
  gint stamp_fd; /* keeps the kernel's receive stamps on: see thrum_socket_hold_stamps () */
};

G_END_DECLS
