/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "plan/plan.h"
#include "record/region.h"

G_BEGIN_DECLS

/* How a codec plugin's targets are reached: core/worker/codec-shared.h. */
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
  gint stop_fd;  /* eventfd; readable once the run is to end now. Never read: it wakes all */
  gint stopping; /* atomic; 0: go on, 1: cancel what is in flight and return */
} ThrumWorkerShared;

/* One pool thread: its own schedule share, ring and counters. One thread writes it. */
typedef struct {
  ThrumWorkerShared *shared;
  guint index, n_lanes;
  ThrumShare share; /* of this lane */
  ThrumRing ring;
  ThrumLaneCounters *counters;
} ThrumLane;

/* An engine runs its lane's whole schedule on the calling thread, records every request, and
 * returns when all it sent has ended: after the duration and the drain, or soon after `stopping`.
 * FALSE with @error set: we failed (a plugin's GError); the worker stops. */
gboolean thrum_session_engine_run (ThrumLane *lane, GError **error);
gboolean thrum_codec_engine_run (ThrumLane *lane, GError **error);

/* Waits for room for @n more records in the lane's ring, counting the pause. FALSE: the run is to
 * stop. */
gboolean thrum_lane_await_room (ThrumLane *lane, guint64 n);

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
