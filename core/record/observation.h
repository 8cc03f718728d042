/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a worker process observes of itself: how late it wakes, how much CPU it takes, and how
 * long it waits for one. It is in the worker's shared memory. The worker's observer thread alone
 * writes it. The coordinator reads it, and believes nothing that makes no sense, because a
 * plugin's wild write may have hit it. */

/* A time in which the worker's ticker should have woken and did not: [from, until), in ns of the
 * clock. A shorter time than a millisecond is not a hiccup: every machine wakes that late now
 * and then. */
typedef struct {
  gint64 from, until;
} ThrumHiccup;

#define THRUM_HICCUP_LEAST_NS G_GINT64_CONSTANT (1000000)
#define THRUM_N_HICCUPS 128

/* How busy the worker was, second by second. A second counts in bin i if the time that its
 * threads ran or waited to run was i tenths of what its lanes could run; the last bin means all
 * of it. */
#define THRUM_N_LOAD_BINS 11

typedef struct {
  guint64 n_hiccups __attribute__ ((aligned (64))); /* hiccups ever written; release, after the
                                                       hiccup */
  gint64 watched_until; /* every hiccup that began before this has been written; release */
  guint64 ticks;
  gint64 tick_ns;                       /* the ticker's period now */
  ThrumHiccup hiccups[THRUM_N_HICCUPS]; /* number k at k mod THRUM_N_HICCUPS */

  gint64 wall_ns;       /* the time that the following sums cover: from t0 on, at most the
                           duration */
  guint64 cpu_ns;       /* CPU of all threads except the observer, without `spin_ns` */
  guint64 spin_ns;      /* CPU with which event loops looked for something to do and found
                           nothing */
  guint64 run_delay_ns; /* how long they waited for a CPU; also 0 where the kernel does not
                           report it */
  guint64 observer_cpu_ns;
  guint64 capacity; /* how many CPUs the lanes can use: their number, at most the CPUs */
  guint64 load_bins[THRUM_N_LOAD_BINS];
} ThrumObservation;

G_END_DECLS
