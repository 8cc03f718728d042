/* SPDX-License-Identifier: MIT
 *
 * The deadlines of one event loop, in a lazy 4-ary heap. A request makes no system call for them
 * and, if its deadline is only ever put off, moves nothing in the heap. Reads no clock; the
 * loop's thread.
 */
#include "worker/loop/loop-timer.h"

#define ARITY 4

static inline void
place (ThrumTimers *timers, guint at, ThrumTimerEntry entry)
{
  timers->entries[at] = entry;
  entry.timer->position = at + 1;
}

static void
sift_up (ThrumTimers *timers, guint at, ThrumTimerEntry entry)
{
  while (at > 0)
    {
      guint parent = (at - 1) / ARITY;
      if (timers->entries[parent].key <= entry.key)
        break;
      place (timers, at, timers->entries[parent]);
      at = parent;
    }
  place (timers, at, entry);
}

static void
sift_down (ThrumTimers *timers, guint at, ThrumTimerEntry entry)
{
  for (;;)
    {
      guint first = at * ARITY + 1, end = MIN (first + ARITY, timers->n_entries), least = first;

      if (first >= timers->n_entries)
        break;
      for (guint i = first + 1; i < end; i++)
        if (timers->entries[i].key < timers->entries[least].key)
          least = i;
      if (timers->entries[least].key >= entry.key)
        break;
      place (timers, at, timers->entries[least]);
      at = least;
    }
  place (timers, at, entry);
}

/* Takes the entry at @at out and closes the gap. */
static void
take_out (ThrumTimers *timers, guint at)
{
  ThrumTimerEntry last;

  timers->entries[at].timer->position = 0;
  last = timers->entries[--timers->n_entries];
  if (at == timers->n_entries)
    return;
  if (at > 0 && timers->entries[(at - 1) / ARITY].key > last.key)
    sift_up (timers, at, last);
  else
    sift_down (timers, at, last);
}

void
thrum_timers_clear_all (ThrumTimers *timers)
{
  for (guint i = 0; i < timers->n_entries; i++)
    timers->entries[i].timer->position = 0;
  g_clear_pointer (&timers->entries, g_free);
  timers->n_entries = timers->capacity = 0;
}

void
thrum_timers_set (ThrumTimers *timers, ThrumTimer *timer, gint64 at)
{
  timer->at = at;
  if (timer->position > 0)
    {
      if (at < timers->entries[timer->position - 1].key)
        sift_up (timers, timer->position - 1, (ThrumTimerEntry){ at, timer });
      return;
    }

  if (timers->n_entries == timers->capacity)
    {
      timers->capacity = MAX (64, 2 * timers->capacity);
      timers->entries = g_renew (ThrumTimerEntry, timers->entries, timers->capacity);
    }
  timers->n_entries++;
  sift_up (timers, timers->n_entries - 1, (ThrumTimerEntry){ at, timer });
}

void
thrum_timers_remove (ThrumTimers *timers, ThrumTimer *timer)
{
  if (timer->position > 0)
    take_out (timers, timer->position - 1);
  timer->at = G_MAXINT64;
}

ThrumTimer *
thrum_timers_pop (ThrumTimers *timers, gint64 now)
{
  while (timers->n_entries > 0 && timers->entries[0].key <= now)
    {
      ThrumTimer *timer = timers->entries[0].timer;

      if (timer->at <= now)
        {
          take_out (timers, 0);
          return timer;
        }
      if (timer->at == G_MAXINT64)
        take_out (timers, 0);
      else
        sift_down (timers, 0, (ThrumTimerEntry){ timer->at, timer });
    }
  return NULL;
}
