/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "record/record.h"

G_BEGIN_DECLS

/* A single-producer, single-consumer ring of records in shared memory. The head is written by the
 * lane (release, after the record), the tail by the coordinator; each on its own cache line. Counts
 * run from 0 and never wrap (64 bits). Capacity is a power of two. */
typedef struct {
  guint64 head __attribute__ ((aligned (64))); /* records ever written */
  guint64 tail __attribute__ ((aligned (64))); /* records ever taken */
} ThrumRingShared;

/* One side's view; not shared, one thread. */
typedef struct {
  ThrumRingShared *shared;
  ThrumRecord *records;
  guint64 capacity;
  guint64 position; /* this side's own count */
  guint64 other;    /* the other side's count as last seen */
} ThrumRing;

void
thrum_ring_init (ThrumRing *ring, ThrumRingShared *shared, ThrumRecord *records, guint64 capacity);

/* Producer: room for how many more records, at least up to @wanted when there is that much. */
guint64 thrum_ring_room (ThrumRing *ring, guint64 wanted);

/* Producer: the next free record, to be filled in place, then published. There must be room. */
ThrumRecord *thrum_ring_next (ThrumRing *ring);
void thrum_ring_publish (ThrumRing *ring);

/* Consumer: copies up to @n records out, oldest first; returns how many. A head that a wild write
 * has spoilt (behind the tail, or more than the capacity ahead) yields 0 and sets *@corrupt. */
gsize thrum_ring_take (ThrumRing *ring, ThrumRecord *into, gsize n, gboolean *corrupt);

G_END_DECLS
