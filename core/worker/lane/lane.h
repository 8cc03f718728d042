/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "plan/plan.h"
#include "base/limits.h"
#include "record/region.h"

G_BEGIN_DECLS

/* How to reach a codec plugin's targets: core/worker/codec/codec-shared.h. */
typedef struct _ThrumCodecShared ThrumCodecShared;

/* What all lanes of a worker process share. Immutable while the lanes run, except `stopping`. */
typedef struct {
  const ThrumConfig *config;
  guint worker, n_workers;
  ThrumCodecShared *codec;  /* codec: made by thrum_codec_prepare () */
  ThrumShare share;         /* this worker's share of the users or arrivals of the whole test */
  gint64 t0;                /* ns, CLOCK_MONOTONIC */
  gpointer *targets;        /* the plugins' targets, by config->targets */
  ThrumEndpoint *endpoints; /* codec: by config->targets */
  gpointer *requests;       /* the plugins' requests, by config->requests */
  guint64 most_memory; /* crew: makes no more sessions once this process has more bytes of its own;
                      0: no limit */
  gint stop_fd;        /* eventfd, readable once the run is to end now. Nobody reads it, so it wakes
                      all */
  gint control_fd; /* a socket to the coordinator, for what a lane reports; -1: nobody listens */
  struct _ThrumWatchdog *watchdog; /* session plugin: ends the calls at their deadlines */
  gint stopping;                   /* atomic; 0: go on, 1: cancel what is in flight and return */
} ThrumWorkerShared;

/* One session of a blocking plugin, and the sessions of a worker that share its arrivals:
 * core/worker/session/session.h and session-crew.h. */
typedef struct _ThrumSession ThrumSession;
typedef struct _ThrumCrew ThrumCrew;

/* A share of the schedule, with its ring and its counters. One thread at a time writes to it:
 * its pool thread, or, with a crew, the thread that holds the crew's lock. */
typedef struct {
  ThrumWorkerShared *shared;
  guint index, n_lanes;
  ThrumShare share; /* this lane's share */
  ThrumRing ring;
  ThrumLaneCounters *counters;
  ThrumReasons *reasons; /* the worker's; its lanes share it */
  ThrumOpenSlot *slots;  /* (nullable): NULL if no threshold may end the run */
  guint n_slots;
  ThrumSession *session; /* session plugin, closed model: the user's */
  ThrumCrew *crew;       /* session plugin, open model */
} ThrumLane;

/* Run the lane's whole schedule on the calling thread and record every request. Return when all
 * that was sent has ended: after the duration and the drain, or soon after `stopping`. FALSE
 * with @error set: we failed (a plugin set a GError), and the worker stops. */
gboolean thrum_session_engine_run (ThrumLane *lane, GError **error);
gboolean thrum_codec_engine_run (ThrumLane *lane, GError **error);

/* Session engine: open the lane's first sessions before the worker says that it is ready, and
 * close them, each on the thread that runs it. */
gboolean thrum_session_engine_open (ThrumLane *lane, GError **error);
void thrum_session_engine_close (ThrumLane *lane);

/* Returns whether the run is to end now. Any thread. */
static inline gboolean
thrum_lane_is_stopping (ThrumLane *lane)
{
  return __atomic_load_n (&lane->shared->stopping, __ATOMIC_RELAXED) != 0;
}

/* Returns whether a request intended at that instant counts in no summary. */
static inline gboolean
thrum_lane_is_warm_up (const ThrumLane *lane, gint64 intended)
{
  return intended - lane->shared->t0 < lane->shared->config->load.warm_up_ns;
}

/* Notes that a request to @request has begun and takes @slot. @request is in range, and no other
 * open request has that slot. */
static inline void
thrum_lane_begin (ThrumLane *lane, guint slot, guint request, gint64 intended)
{
  thrum_counter_add (&lane->counters->sent, 1);
  if (slot < lane->n_slots)
    thrum_open_slot_take (&lane->slots[slot], request, intended);
}

/* Notes that the request in @slot has ended. Its record is already in the ring. */
static inline void
thrum_lane_end (ThrumLane *lane, guint slot)
{
  thrum_counter_add (&lane->counters->done, 1);
  if (slot < lane->n_slots)
    thrum_open_slot_leave (&lane->slots[slot]);
}

/* Returns how many lanes worker @worker of @n_workers has, and how many records the ring of each
 * holds: what the load can write in some seconds, as far as CPUs and memory allow
 * (doc/design.md). Session plugins: a lane is a user in the closed model, and the worker's crew
 * in the open one. Codec plugins: a lane is a pool thread. */
typedef struct {
  guint n_lanes;
  guint64 ring_capacity;
  guint n_slots; /* places for open requests in each lane; 0: nobody needs them */
} ThrumLaneLayout;

ThrumLaneLayout thrum_lane_get_layout (const ThrumConfig *config, const ThrumLimits *limits,
                                       guint worker, guint n_workers);

/* Waits until the lane's ring has room for @n more records, and counts the pause. FALSE: the run
 * is to stop. */
gboolean thrum_lane_await_room (ThrumLane *lane, guint64 n);

/* Returns how long a user without a schedule (no interval, no think time) pauses after a request
 * that ended with @failure. @previous is its last such pause. If no connection could be made,
 * that is 10 ms, and twice as long each time up to 1 s; else 0. Without the pause a dead target
 * would be flooded with connects, and results.csv with refusals. Pure. */
gint64 thrum_lane_back_off (gint64 previous, ThrumFailure failure);

/* Applies the core's checks to a reply that has not failed otherwise. A status outside
 * expect-status, or a payload without expect-body, makes it THRUM_FAILURE_CHECK. @failure is
 * what the plugin reported. With an expect-status, that rule replaces THRUM_FAILURE_STATUS. */
ThrumFailure thrum_lane_check (ThrumLane *lane, const ThrumRequestConfig *request, gint32 status,
                               ThrumFailure failure, const void *payload, gsize payload_bytes);

/* Prepares codec targets: resolves names, reads certificates, raises the limit of descriptors
 * and compares it with the plan, and chooses the event loop. Call it when targets and requests
 * are made, before READY. FALSE with @error set: the run cannot start. A name without an address
 * is not an error here: the row of each request says no-address. Call thrum_codec_release ()
 * after the lanes have ended, if at all. Main thread. */
gboolean thrum_codec_prepare (ThrumWorkerShared *shared, GError **error);
void thrum_codec_release (ThrumWorkerShared *shared);

G_END_DECLS
