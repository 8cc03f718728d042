/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A deadline within its owner's struct. Zero-initialized; `kind` is the owner's own, to tell whose
 * it is when it comes due. One thread. */
typedef struct {
  gint64 at;      /* ns; G_MAXINT64: not set */
  guint position; /* in the heap, 1-based; 0: not in it */
  guint kind;
} ThrumTimer;

typedef struct {
  gint64 key; /* <= timer->at */
  ThrumTimer *timer;
} ThrumTimerEntry;

/* All timers of a loop: a 4-ary heap. Putting a deadline off, or clearing it, writes one field: the
 * entry stays under its old key and is put right when that comes up. So a time limit that each
 * request sets anew, and that seldom passes, costs a request nothing but a store. */
typedef struct {
  ThrumTimerEntry *entries;
  guint n_entries, capacity;
} ThrumTimers;

void thrum_timers_clear_all (ThrumTimers *timers);

/* Makes @timer come due at @at (ns), whatever it was set to. */
void thrum_timers_set (ThrumTimers *timers, ThrumTimer *timer, gint64 at);

/* Makes it never come due; it must stay where it is in memory. */
static inline void
thrum_timer_unset (ThrumTimer *timer)
{
  timer->at = G_MAXINT64;
}

/* Forgets it: its memory may go. */
void thrum_timers_remove (ThrumTimers *timers, ThrumTimer *timer);

/* Takes out the earliest timer that is due at @now; NULL if none is. */
ThrumTimer *thrum_timers_pop (ThrumTimers *timers, gint64 now);

/* No timer comes due before this instant; G_MAXINT64: none is set. */
static inline gint64
thrum_timers_next (const ThrumTimers *timers)
{
  return timers->n_entries == 0 ? G_MAXINT64 : timers->entries[0].key;
}

G_END_DECLS
