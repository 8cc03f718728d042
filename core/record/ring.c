/* SPDX-License-Identifier: MIT
 *
 * The ring between a lane (producer) and the coordinator's drain thread (consumer). Each side
 * keeps a private copy of the other's count, and looks at the shared one only when the copy runs
 * out. So the cache line changes hands once a batch, not once a record. Knows nothing of files
 * or time.
 */
#include "record/ring.h"

void
thrum_ring_init (ThrumRing *ring, ThrumRingShared *shared, ThrumRecord *records, guint64 capacity)
{
  g_assert (capacity > 0 && (capacity & (capacity - 1)) == 0);
  *ring = (ThrumRing){ .shared = shared, .records = records, .capacity = capacity };
}

guint64
thrum_ring_room (ThrumRing *ring, guint64 wanted)
{
  guint64 room = ring->capacity - (ring->position - ring->other);

  if (room < wanted)
    {
      ring->other = __atomic_load_n (&ring->shared->tail, __ATOMIC_ACQUIRE);
      room = ring->capacity - (ring->position - ring->other);
    }
  return room;
}

ThrumRecord *
thrum_ring_next (ThrumRing *ring)
{
  return &ring->records[ring->position & (ring->capacity - 1)];
}

void
thrum_ring_publish (ThrumRing *ring)
{
  ThrumRecord *record = thrum_ring_next (ring);

  record->check = THRUM_RECORD_CHECK ^ record->user;
  ring->position++;
  __atomic_store_n (&ring->shared->head, ring->position, __ATOMIC_RELEASE);
}

gsize
thrum_ring_take (ThrumRing *ring, ThrumRecord *into, gsize n, gboolean *corrupt)
{
  guint64 head = __atomic_load_n (&ring->shared->head, __ATOMIC_ACQUIRE);
  guint64 filled = head - ring->position;

  if (filled > ring->capacity)
    {
      *corrupt = TRUE;
      return 0;
    }

  n = MIN (n, filled);
  for (gsize done = 0; done < n;)
    {
      guint64 at = (ring->position + done) & (ring->capacity - 1);
      gsize run = MIN (n - done, ring->capacity - at);
      memcpy (into + done, ring->records + at, run * sizeof *into);
      done += run;
    }
  ring->position += n;
  __atomic_store_n (&ring->shared->tail, ring->position, __ATOMIC_RELEASE);
  return n;
}
