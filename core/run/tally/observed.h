/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/tally/hiccups.h"

G_BEGIN_DECLS

/* What one worker observed of itself. Known once the worker has gone. */
typedef struct {
  guint64 n_hiccups;
  gint64 hiccups_ns, longest_hiccup_ns;
  gint64 hiccups_by_length[THRUM_N_HICCUP_LENGTHS]; /* ns, of hiccups_ns */
  guint64 ticks;
  gint64 tick_ns; /* the ticker's period at the end */
  gint64 wall_ns;
  guint64 cpu_ns, spin_ns, run_delay_ns, observer_cpu_ns, capacity;
  guint64 load_bins[THRUM_N_LOAD_BINS];
} ThrumObserved;

/* Returns what @observation came to. Main thread, once the drain has ended. */
ThrumObserved thrum_observed_of (const ThrumObservation *observation, const ThrumHiccups *hiccups);

/* Returns the share of the worker's time that lay in hiccups longer than @length; 0 without a
 * reading. */
gdouble thrum_observed_get_stalled (const ThrumObserved *observed, gint64 length);

/* Returns the share of its seconds in which the load was @tenths tenths or more; 0 without any
 * second. */
gdouble thrum_observed_get_busy (const ThrumObserved *observed, guint tenths);

/* Returns the share that it took of the CPU its lanes could have; 0 without a reading. */
gdouble thrum_observed_get_cpu (const ThrumObserved *observed);

G_END_DECLS
