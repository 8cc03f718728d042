/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A deadline, as a member of its owner's struct. Zero-initialized. `kind` belongs to the owner:
 * it says what kind of owner a timer that comes due has. One thread. */
typedef struct {
  gint64 at;      /* ns; G_MAXINT64: not set */
  guint position; /* in the heap, 1-based; 0: not in it */
  guint kind;
} ThrumTimer;

typedef struct {
  gint64 key; /* <= timer->at */
  ThrumTimer *timer;
} ThrumTimerEntry;

/* All timers of a loop, in a 4-ary heap. To put a deadline off, or to clear it, writes one
 * field: the entry stays under its old key and is corrected when that key comes up. So a time
 * limit that each request sets anew, and that seldom passes, costs a request one store. */
typedef struct {
  ThrumTimerEntry *entries;
  guint n_entries, capacity;
} ThrumTimers;

void thrum_timers_clear_all (ThrumTimers *timers);

/* Makes @timer come due at @at (ns), whatever it was set to before. */
void thrum_timers_set (ThrumTimers *timers, ThrumTimer *timer, gint64 at);

/* Makes it never come due. It must stay where it is in memory. */
static inline void
thrum_timer_unset (ThrumTimer *timer)
{
  timer->at = G_MAXINT64;
}

/* Removes it from the heap, so that its memory can be freed. */
void thrum_timers_remove (ThrumTimers *timers, ThrumTimer *timer);

/* Takes out the earliest timer that is due at @now. NULL: none is due. */
ThrumTimer *thrum_timers_pop (ThrumTimers *timers, gint64 now);

/* Returns an instant before which no timer comes due; G_MAXINT64: none is set. */
static inline gint64
thrum_timers_next (const ThrumTimers *timers)
{
  return timers->n_entries == 0 ? G_MAXINT64 : timers->entries[0].key;
}

G_END_DECLS
