/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "record/observation.h"
#include "record/reasons.h"
#include "record/ring.h"

G_BEGIN_DECLS

/* A lane's live counters. The lane alone writes them (relaxed stores), and the coordinator reads
 * them. In flight = sent - done. offered = sent + dropped + what waits in the queue. */
typedef struct {
  guint64 offered __attribute__ ((aligned (64))); /* arrivals that the schedule asked for */
  guint64 sent;                                   /* requests begun; each gets one row */
  guint64 done;    /* requests ended, in whatever way; their rows are in the ring */
  guint64 dropped; /* arrivals that found no free slot and were never sent */
  guint64 pauses;  /* how often the lane waited for room in its ring */
  guint64 pause_ns;
  guint64 resent; /* hidden resends */
  guint64 redirects;
  guint64 connections;        /* connections opened */
  guint64 reconnects;         /* connections that replaced one that had ended too early */
  guint64 users;              /* virtual users that run now */
  guint64 unstamped;          /* replies without a kernel stamp, where the engine asks for them */
  guint64 regex_limits;       /* expect-body checks that reached the backtracking limit */
  guint64 spin_ns;            /* how long the lane looked for something to do and found nothing */
  guint64 handshakes;         /* TLS handshakes that succeeded */
  guint64 resumed_handshakes; /* how many of these resumed a session */
} ThrumLaneCounters;

/* Adds to a counter of the calling lane. */
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

/* A place for one open request. A lane has as many places as it may have open requests. A reader
 * learns from them about requests that have no row yet. */
typedef struct {
  gint64 intended;
  guint64 taken; /* the request's index + 1; 0: free */
} ThrumOpenSlot;

static inline void
thrum_open_slot_take (ThrumOpenSlot *slot, guint request, gint64 intended)
{
  __atomic_store_n (&slot->intended, intended, __ATOMIC_RELAXED);
  __atomic_store_n (&slot->taken, request + G_GUINT64_CONSTANT (1), __ATOMIC_RELEASE);
}

static inline void
thrum_open_slot_leave (ThrumOpenSlot *slot)
{
  __atomic_store_n (&slot->taken, 0, __ATOMIC_RELEASE);
}

/* Reads a place. FALSE: it is free. If another request takes the place at the same time, the
 * result is one of the two. */
static inline gboolean
thrum_open_slot_get (const ThrumOpenSlot *slot, guint *request, gint64 *intended)
{
  guint64 taken = __atomic_load_n (&slot->taken, __ATOMIC_ACQUIRE);

  *request = (guint)(taken - 1);
  *intended = __atomic_load_n (&slot->intended, __ATOMIC_RELAXED);
  return taken > 0;
}

/* One worker's shared memory, a memfd. It holds what the worker observes of itself and, for each
 * lane, the counters and the ring. */
typedef struct _ThrumRegion ThrumRegion;

/* Coordinator: makes a region of @n_lanes rings of @capacity records (a power of two), with
 * @n_slots places for open requests each. It is sealed against resizing and prefaulted. NULL
 * with @error set (G_FILE_ERROR): there is no memory. */
ThrumRegion *thrum_region_new (guint n_lanes, guint64 capacity, guint n_slots, GError **error);

/* Worker: maps what descriptor @fd holds; takes @fd. NULL with @error set: it is not a region of
 * this version. */
ThrumRegion *thrum_region_open (gint fd, GError **error);

void thrum_region_free (ThrumRegion *region);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRegion, thrum_region_free)

gint thrum_region_get_fd (ThrumRegion *region);
guint thrum_region_get_n_lanes (ThrumRegion *region);
ThrumLaneCounters *thrum_region_get_counters (ThrumRegion *region, guint lane);

/* Returns the places of lane @lane, which alone writes them. NULL: it has none. */
ThrumOpenSlot *thrum_region_get_slots (ThrumRegion *region, guint lane);
guint thrum_region_get_n_slots (ThrumRegion *region);

ThrumObservation *thrum_region_get_observation (ThrumRegion *region);

/* Returns why requests of this worker failed, as far as reasons were given. */
ThrumReasons *thrum_region_get_reasons (ThrumRegion *region);

/* Makes a view of lane @lane's ring for one side. */
void thrum_region_init_ring (ThrumRegion *region, guint lane, ThrumRing *ring);

G_END_DECLS
