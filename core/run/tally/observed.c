/* SPDX-License-Identifier: MIT
 *
 * Turns a worker's observation of itself into figures. Bounds what a wild write may have
 * changed, instead of believing it. Main thread.
 */
#include "run/tally/observed.h"

#include <string.h>

ThrumObserved
thrum_observed_of (const ThrumObservation *observation, const ThrumHiccups *hiccups)
{
  ThrumObserved observed = { .n_hiccups = thrum_hiccups_get_count (hiccups),
                             .hiccups_ns = thrum_hiccups_get_total (hiccups),
                             .longest_hiccup_ns = thrum_hiccups_get_longest (hiccups),
                             .ticks = observation->ticks,
                             .tick_ns = observation->tick_ns,
                             .wall_ns = MAX (observation->wall_ns, 0),
                             .cpu_ns = observation->cpu_ns,
                             .spin_ns = observation->spin_ns,
                             .run_delay_ns = observation->run_delay_ns,
                             .observer_cpu_ns = observation->observer_cpu_ns,
                             .capacity = observation->capacity };

  memcpy (observed.load_bins, observation->load_bins, sizeof observed.load_bins);
  memcpy (observed.hiccups_by_length, thrum_hiccups_get_by_length (hiccups),
          sizeof observed.hiccups_by_length);
  return observed;
}

gdouble
thrum_observed_get_stalled (const ThrumObserved *observed, gint64 length)
{
  gint64 stalled = 0;

  for (guint i = length > 0 ? thrum_hiccup_length_bin (length) + 1 : 0; i < THRUM_N_HICCUP_LENGTHS;
       i++)
    stalled += observed->hiccups_by_length[i];
  return observed->wall_ns > 0 ? (gdouble)stalled / (gdouble)observed->wall_ns : 0;
}

gdouble
thrum_observed_get_busy (const ThrumObserved *observed, guint tenths)
{
  guint64 all = 0, busy = 0;

  for (guint i = 0; i < THRUM_N_LOAD_BINS; i++)
    {
      all += observed->load_bins[i];
      busy += i >= tenths ? observed->load_bins[i] : 0;
    }
  return all > 0 ? (gdouble)busy / (gdouble)all : 0;
}

gdouble
thrum_observed_get_cpu (const ThrumObserved *observed)
{
  gdouble most = (gdouble)observed->wall_ns * (gdouble)observed->capacity;

  return most > 0 ? (gdouble)observed->cpu_ns / most : 0;
}
