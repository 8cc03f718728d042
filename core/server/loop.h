/* SPDX-License-Identifier: MIT */
#pragma once

#include "server/behaviour.h"
#include "server/due-heap.h"
#include "server/log.h"
#include "server/reply.h"
#include "server/statistics.h"
#include "server/tls.h"

G_BEGIN_DECLS

typedef struct _ThrumConnection ThrumConnection;
typedef struct _ThrumExchange ThrumExchange;

/* What all loops of a server share; immutable while they run. */
typedef struct {
  ThrumBehaviour behaviour;
  ThrumReplyStyle style;
  guint64 close_after;                   /* requests per connection; 0: no limit */
  gboolean spins;                        /* loops look again and again instead of sleeping */
  gint64 idle_ns;                        /* a client may do nothing for so long; 0: for ever */
  ThrumServerTls *tls;                   /* (nullable) */
  ThrumServerLog *log;                   /* (nullable) */
  char *(*statistics) (gpointer server); /* all loops' counts as JSON; (transfer full) */
  gpointer server;
} ThrumServerContext;

/* One event loop: its connections, its clock, its part of the counts. Owned by its thread, but for
 * statistics (read by all) and stop_fd. */
typedef struct {
  const ThrumServerContext *context;
  ThrumStatistics statistics;
  guint stream;      /* this loop's random stream */
  guint64 n_drawn;   /* requests that drew from it */
  guint64 n_cookies; /* visitors that /cookie named */

  int epoll_fd, stop_fd, listen_fd;
  gboolean is_stopping;
  ThrumDue listen_again; /* after descriptors ran out */
  ThrumDue sweep;        /* of idle connections */
  gint64 turn_ns;        /* when this turn began; 0: nobody asks */

  gint64 offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC in this turn */
  gboolean has_offset;

  ThrumDueHeap heap;   /* of connections, by their next reply */
  gint64 free_at_ns;   /* FIFO: when the server is through with what it accepted */
  gint64 latest_ns;    /* FIFO: the latest receipt among those */
  GPtrArray *arrivals; /* FIFO: exchanges of this turn, still to be put in order */
  GPtrArray *ready;    /* FIFO: connections whose exchanges were */

  ThrumConnection *connections; /* open ones */
  ThrumConnection *closed;      /* to be freed at the end of the turn */
  ThrumExchange *spare;         /* for reuse */

  ThrumServerLogLane lane;
  gint64 flushed_ns; /* when the log was last handed over */
  ThrumRequestHead head;
  char *input, *output; /* THRUM_LOOP_BUFFER_BYTES each, of use within one call */
} ThrumServerLoop;

#define THRUM_LOOP_BUFFER_BYTES 65536

/* A loop that accepts from @listen_fd, which it owns. NULL with @error set: no descriptors. */
ThrumServerLoop *thrum_server_loop_new (const ThrumServerContext *context, guint stream,
                                        int listen_fd, GError **error);

/* Serves until thrum_server_loop_stop (), in the thread that is to own the loop. */
void thrum_server_loop_run (ThrumServerLoop *loop);

/* Any thread. */
void thrum_server_loop_stop (ThrumServerLoop *loop);

/* After it ran, or instead. */
void thrum_server_loop_free (ThrumServerLoop *loop);

G_END_DECLS
