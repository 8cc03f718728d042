/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { THRUM_SERVICE_CONSTANT, THRUM_SERVICE_EXPONENTIAL } ThrumServiceKind;

/* How the server behaves, so that its response times are known in closed form. Zero-initialized: it
 * answers at once. Immutable while the server runs; any thread. Times in ns. */
typedef struct {
  ThrumServiceKind service;
  gint64 mean_ns; /* of the service time */

  gdouble slow_share; /* 0..1: of requests that take slow_ns instead, independently */
  gint64 slow_ns;

  /* While CLOCK_MONOTONIC is in [phase + i Q, phase + i Q + P) for a whole i, the server is frozen:
   * P freeze_ns, Q freeze_period_ns. freeze_ns 0: never. */
  gint64 freeze_ns, freeze_period_ns, freeze_phase_ns;

  gboolean is_fifo; /* one server, first in first out; else each request is served at once */

  /* Shares of requests that meet each fate; their sum is at most 1. */
  gdouble reset_share, hang_share, error_share;
  guint error_status;

  guint64 seed;
} ThrumBehaviour;

typedef enum {
  THRUM_FATE_ANSWER, /* the reply that was asked for */
  THRUM_FATE_ERROR,  /* error_status instead */
  THRUM_FATE_RESET,  /* the connection is reset when the reply is due */
  THRUM_FATE_HANG    /* no reply ever; the queue, if any, is not entered */
} ThrumFate;

/* Request @number's own draws in random stream @stream (each thread has one). Pure: the same
 * arguments give the same result, in any order. */
gint64 thrum_behaviour_service (const ThrumBehaviour *behaviour, guint64 stream, guint64 number);
ThrumFate thrum_behaviour_fate (const ThrumBehaviour *behaviour, guint64 stream, guint64 number);

/* @time_ns, or the end of the freeze that it falls into.
 * Example: P = 250 ms, Q = 2 s, phase 0: 2.1 s gives 2.25 s; 2.25 s itself. */
gint64 thrum_behaviour_thaw (const ThrumBehaviour *behaviour, gint64 time_ns);

/* When work of @service_ns that begins at @start_ns ends, freezes suspending it.
 * Example as above: 200 ms of work begun at 1.9 s ends at 2.35 s. */
gint64 thrum_behaviour_work (const ThrumBehaviour *behaviour, gint64 start_ns, gint64 service_ns);

/* When the reply to a request received at @receive_ns is due. Without a queue: receive + service,
 * thawed (freeze A). With one (freeze B and the queues): work that starts at max (receive,
 * *@free_at_ns), and *@free_at_ns moves on to its end, so call in the order of receipt. Begin with
 * *@free_at_ns = 0. Depends on receipts alone, never on when replies really went out, so a late
 * timer delays one reply and no other. */
gint64 thrum_behaviour_due (const ThrumBehaviour *behaviour, gint64 *free_at_ns, gint64 receive_ns,
                            gint64 service_ns);

G_END_DECLS
