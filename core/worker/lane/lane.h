/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "plan/plan.h"
#include "base/limits.h"
#include "record/region.h"

G_BEGIN_DECLS

/* How a codec plugin's targets are reached: core/worker/codec/codec-shared.h. */
typedef struct _ThrumCodecShared ThrumCodecShared;

/* What all lanes of a worker process share. Immutable while the lanes run, but for `stopping`. */
typedef struct {
  const ThrumConfig *config;
  guint worker, n_workers;
  ThrumCodecShared *codec;  /* codec: by thrum_codec_prepare () */
  ThrumShare share;         /* this worker's, of the users or arrivals of the whole test */
  gint64 t0;                /* ns, CLOCK_MONOTONIC */
  gpointer *targets;        /* the plugin's, by config->targets */
  ThrumEndpoint *endpoints; /* codec: by config->targets */
  gpointer *requests;       /* the plugin's, by config->requests */
  guint64
      most_memory; /* crew: bytes of this process's own beyond which it makes no more sessions; 0: none */
  gint stop_fd;    /* eventfd; readable once the run is to end now. Never read: it wakes all */
  gint control_fd; /* to the coordinator, for what a lane has to say; -1: nobody listens */
  struct _ThrumWatchdog *watchdog; /* session plugin: ends calls at their deadlines */
  gint stopping;                   /* atomic; 0: go on, 1: cancel what is in flight and return */
} ThrumWorkerShared;

/* One session of a blocking plugin, and those of a worker that share its arrivals: core/worker/session/session.h
 * and session-crew.h. */
typedef struct _ThrumSession ThrumSession;
typedef struct _ThrumCrew ThrumCrew;

/* A schedule's share with its ring and counters. One thread at a time writes it: its pool thread; with a
 * crew, whoever holds that one's lock. */
typedef struct {
  ThrumWorkerShared *shared;
  guint index, n_lanes;
  ThrumShare share; /* of this lane */
  ThrumRing ring;
  ThrumLaneCounters *counters;
  ThrumReasons *reasons; /* the worker's, shared by its lanes */
  ThrumOpenSlot *slots;  /* (nullable): no threshold may end the run */
  guint n_slots;
  ThrumSession *session; /* session plugin, closed model: the user's */
  ThrumCrew *crew;       /* session plugin, open model */
} ThrumLane;

/* An engine runs its lane's whole schedule on the calling thread, records every request, and
 * returns when all it sent has ended: after the duration and the drain, or soon after `stopping`.
 * FALSE with @error set: we failed (a plugin's GError); the worker stops. */
gboolean thrum_session_engine_run (ThrumLane *lane, GError **error);
gboolean thrum_codec_engine_run (ThrumLane *lane, GError **error);

/* Session: opens the lane's first sessions, before the worker says that it is ready, on the threads
 * that will run them; and closes them there. */
gboolean thrum_session_engine_open (ThrumLane *lane, GError **error);
void thrum_session_engine_close (ThrumLane *lane);

/* Whether the run is to end now. Any thread. */
static inline gboolean
thrum_lane_is_stopping (ThrumLane *lane)
{
  return __atomic_load_n (&lane->shared->stopping, __ATOMIC_RELAXED) != 0;
}

/* Whether what is intended then counts in no summary. */
static inline gboolean
thrum_lane_is_warm_up (const ThrumLane *lane, gint64 intended)
{
  return intended - lane->shared->t0 < lane->shared->config->load.warm_up_ns;
}

/* A request to @request, in range, has begun, and takes @slot: no other that is open has it. */
static inline void
thrum_lane_begin (ThrumLane *lane, guint slot, guint request, gint64 intended)
{
  thrum_counter_add (&lane->counters->sent, 1);
  if (slot < lane->n_slots)
    thrum_open_slot_take (&lane->slots[slot], request, intended);
}

/* It has ended, and its record is in the ring. */
static inline void
thrum_lane_end (ThrumLane *lane, guint slot)
{
  thrum_counter_add (&lane->counters->done, 1);
  if (slot < lane->n_slots)
    thrum_open_slot_leave (&lane->slots[slot]);
}

/* How many lanes worker @worker of @n_workers has, and how many records each one's ring holds: what the
 * load can write in some seconds, as CPUs and memory allow (doc/design.md). Session: a lane is a user in
 * the closed model, the worker's crew in the open one. Codec: a lane is a pool thread. */
typedef struct {
  guint n_lanes;
  guint64 ring_capacity;
  guint n_slots; /* places for open requests in each lane; 0: nobody asks for them */
} ThrumLaneLayout;

ThrumLaneLayout thrum_lane_get_layout (const ThrumConfig *config, const ThrumLimits *limits,
                                       guint worker, guint n_workers);

/* Waits for room for @n more records in the lane's ring, counting the pause. FALSE: the run is to
 * stop. */
gboolean thrum_lane_await_room (ThrumLane *lane, guint64 n);

/* How long a user without a schedule (no interval, no think time) pauses after a request that ended
 * by @failure, when its last such pause was @previous: 10 ms where no connection came to be, twice as
 * long each time up to 1 s; else 0. Without it a dead target would be hammered with connects, and
 * results.csv filled with refusals. Pure. */
gint64 thrum_lane_back_off (gint64 previous, ThrumFailure failure);

/* The core's checks on a reply that has not failed otherwise: a status outside expect-status or a
 * payload without expect-body makes it THRUM_FAILURE_CHECK. @failure is what the plugin said; with
 * an expect-status, THRUM_FAILURE_STATUS gives way to it. */
ThrumFailure thrum_lane_check (ThrumLane *lane, const ThrumRequestConfig *request, gint32 status,
                               ThrumFailure failure, const void *payload, gsize payload_bytes);

/* Codec: before READY, once targets and requests are made: resolves names, reads certificates,
 * raises the limit of descriptors and holds it against the plan, chooses the event loop. FALSE with
 * @error set: the run cannot start. A name without an address is no error here: each request's row
 * says no-address. thrum_codec_release () after the lanes have ended, if at all. Main thread. */
gboolean thrum_codec_prepare (ThrumWorkerShared *shared, GError **error);
void thrum_codec_release (ThrumWorkerShared *shared);

G_END_DECLS
