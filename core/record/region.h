/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "record/observation.h"
#include "record/ring.h"

G_BEGIN_DECLS

/* A lane's live counters: written by its lane alone (relaxed stores), read by the coordinator.
 * In flight = sent - done. offered = sent + dropped + what queues. */
typedef struct {
  guint64 offered __attribute__ ((aligned (64))); /* arrivals the schedule asked for */
  guint64 sent;                                   /* requests begun; each gets one row */
  guint64 done;    /* requests ended, however; their rows are in the ring */
  guint64 dropped; /* arrivals without a free slot: never sent */
  guint64 pauses;  /* times the lane waited for room in its ring */
  guint64 pause_ns;
  guint64 resent; /* hidden resends */
  guint64 redirects;
  guint64 connections; /* connections opened */
  guint64
      reconnects; /* connections opened in place of one that ended while it was free or with a failure */
  guint64 users;        /* virtual users now running */
  guint64 unstamped;    /* replies without a kernel stamp, where the engine asks for them */
  guint64 regex_limits; /* expect-body checks that reached the backtracking limit */
  guint64 spin_ns;      /* that the lane looked for something to do, and there was nothing */
  guint64 reserved[2];
} ThrumLaneCounters;

/* Adds to a counter of one's own lane. */
static inline void
thrum_counter_add (guint64 *counter, guint64 n)
{
  __atomic_store_n (counter, *counter + n, __ATOMIC_RELAXED);
}

static inline void
thrum_counter_set (guint64 *counter, guint64 n)
{
  __atomic_store_n (counter, n, __ATOMIC_RELAXED);
}

static inline guint64
thrum_counter_get (const guint64 *counter)
{
  return __atomic_load_n (counter, __ATOMIC_RELAXED);
}

/* One worker's shared memory: a memfd of what it observes of itself and of lanes, each its counters
 * and its ring. */
typedef struct _ThrumRegion ThrumRegion;

/* Coordinator: makes a region of @n_lanes rings of @capacity records (a power of two), sealed
 * against resizing and prefaulted. With @n_requests each lane counts what it begins by so many
 * requests, too. NULL with @error set (G_FILE_ERROR) when there is no memory. */
ThrumRegion *thrum_region_new (guint n_lanes, guint64 capacity, guint n_requests, GError **error);

/* Worker: maps what descriptor @fd holds; takes @fd. NULL with @error set when it is no region of
 * this version. */
ThrumRegion *thrum_region_open (gint fd, GError **error);

void thrum_region_free (ThrumRegion *region);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRegion, thrum_region_free)

gint thrum_region_get_fd (ThrumRegion *region);
guint thrum_region_get_n_lanes (ThrumRegion *region);
ThrumLaneCounters *thrum_region_get_counters (ThrumRegion *region, guint lane);

/* Of `sent`, what was intended after the warm-up, by requests: counters as those above. NULL: not
 * counted. */
guint64 *thrum_region_get_begun (ThrumRegion *region, guint lane);

ThrumObservation *thrum_region_get_observation (ThrumRegion *region);

/* A view of lane @lane's ring for one side. */
void thrum_region_init_ring (ThrumRegion *region, guint lane, ThrumRing *ring);

G_END_DECLS
