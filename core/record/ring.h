/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "record/record.h"

G_BEGIN_DECLS

/* A ring of records in shared memory, for one producer and one consumer. The lane writes the
 * head (release, after the record), the coordinator writes the tail; each has its own cache
 * line. The counts run from 0 and never wrap (64 bits). The capacity is a power of two. */
typedef struct {
  guint64 head __attribute__ ((aligned (64))); /* records ever written */
  guint64 tail __attribute__ ((aligned (64))); /* records ever taken */
} ThrumRingShared;

/* One side's view. Not shared; one thread. */
typedef struct {
  ThrumRingShared *shared;
  ThrumRecord *records;
  guint64 capacity;
  guint64 position; /* this side's own count */
  guint64 other;    /* the other side's count as last seen */
} ThrumRing;

void
thrum_ring_init (ThrumRing *ring, ThrumRingShared *shared, ThrumRecord *records, guint64 capacity);

/* Producer: returns for how many more records there is room. The result may be low, but reaches
 * at least @wanted if there is that much room. */
guint64 thrum_ring_room (ThrumRing *ring, guint64 wanted);

/* Producer: returns the next free record, to be filled in place and then published. There must
 * be room. */
ThrumRecord *thrum_ring_next (ThrumRing *ring);
void thrum_ring_publish (ThrumRing *ring);

/* Consumer: copies out at most @n records, the oldest first, and returns how many. A wild write
 * may have spoilt the head, so that it is behind the tail, or ahead by more than the capacity.
 * Then it returns 0 and sets *@corrupt. */
gsize thrum_ring_take (ThrumRing *ring, ThrumRecord *into, gsize n, gboolean *corrupt);

G_END_DECLS
