/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a worker process sees of itself, in its shared memory: how late it wakes, how much CPU it
 * takes and how long it waits for one. Written by the worker's observer thread alone; read by the
 * coordinator, which believes nothing that makes no sense: a plugin's wild write may have hit it. */

/* A time in which the worker's ticker should have woken and did not: [from, until), ns of the clock.
 * What is shorter than a millisecond is no hiccup: every machine wakes so late now and then. */
typedef struct {
  gint64 from, until;
} ThrumHiccup;

#define THRUM_HICCUP_LEAST_NS G_GINT64_CONSTANT (1000000)
#define THRUM_N_HICCUPS 128

/* How busy the worker was, second by second: bin i counts the seconds in which the time that its
 * threads ran or waited to run was i tenths of what its lanes could run; the last bin: all of it. */
#define THRUM_N_LOAD_BINS 11

typedef struct {
  guint64 n_hiccups __attribute__ ((aligned (64))); /* ever written; release, after the hiccup */
  gint64 watched_until; /* every hiccup that began before this has been written; release */
  guint64 ticks;
  gint64 tick_ns;                       /* their period, as it now is */
  ThrumHiccup hiccups[THRUM_N_HICCUPS]; /* number k at k mod THRUM_N_HICCUPS */

  gint64 wall_ns;       /* that the following sums are of: from t0 on, at most the duration */
  guint64 cpu_ns;       /* of all threads but the observer, but for `spin_ns` */
  guint64 spin_ns;      /* CPU in which event loops looked for something to do, and found nothing */
  guint64 run_delay_ns; /* that they waited for a CPU; 0, too, where the kernel does not tell */
  guint64 observer_cpu_ns;
  guint64 capacity; /* lanes, at most the CPUs */
  guint64 load_bins[THRUM_N_LOAD_BINS];
} ThrumObservation;

G_END_DECLS
