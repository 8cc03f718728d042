/* SPDX-License-Identifier: MIT */
#pragma once

#include "stats/percentile.h"
#include "run/tally/run-tally.h"

G_BEGIN_DECLS

/* Whether a run's numbers can be believed. It judges the generator, never the service: a service
 * that fails or is slow makes no run invalid. */
typedef enum {
  THRUM_VERDICT_NONE,     /* too few requests to tell */
  THRUM_VERDICT_VALID,    /* what was measured is the service's doing */
  THRUM_VERDICT_DEGRADED, /* the generator can be seen in the figures: mind the reasons */
  THRUM_VERDICT_INVALID   /* the figures say more of the generator than of the service */
} ThrumVerdictLevel;

/* "VALID". Static. */
const gchar *thrum_verdict_level_name (ThrumVerdictLevel level);

/* What speaks against believing, or what else must be known. */
typedef struct {
  const gchar *signal;     /* "lag": a word that does not change */
  ThrumVerdictLevel level; /* what it makes of the run; VALID: a note */
  gdouble figure, limit;   /* what was seen, and what of it is still good */
  const gchar *unit;       /* of both: "ns", "ratio", "count" */
  gchar *text;             /* what was seen and what to do, a sentence */
} ThrumVerdictReason;

typedef struct {
  ThrumVerdictLevel level;
  GPtrArray *reasons; /* ThrumVerdictReason, the gravest first */
} ThrumVerdict;

/* How the generator did, of the whole run. */
typedef struct {
  gboolean is_open;
  gboolean is_codec;
  gboolean can_spin; /* its event loops sleep while nothing is to do, and need not */
  guint processes, threads, max_in_flight;
  guint n_lanes;             /* among which arrivals and slots are shared out */
  gboolean queues;           /* arrivals wait for a slot */
  gboolean slots_are_capped; /* max_in_flight is a bound of ours, below what the rate may take */
  gboolean
      slots_ran_short; /* and that because workers could not make the sessions that they needed */
  gdouble seconds;
  const ThrumOutcome *all;
  ThrumSample response; /* of all, with what is missing of it */
  guint64 offered, sent, dropped, lost;
  guint64 late; /* had a slot in the duration and were sent after it */
  /* Closed, with a schedule: the pacing or 0, the think time or 0; and for how long lag kept users
   * from their schedules (see ThrumRunTally). */
  gint64 interval_ns, think_time_ns, kept_ns;
  /* Of the workers' hiccups: requests whose service time may hold one for longer than the median of their
   * kind takes, than a tenth of what they took themselves, and than a millisecond, how many there were,
   * and the longest. */
  guint64 touched, n_hiccups;
  gint64 longest_hiccup;
  gdouble stalled; /* the share of the workers' time that lay in hiccups */
  gdouble overrun; /* of that, in those in which more was due than there are slots for */
  gdouble bunched; /* of that, in those after which what had been due was a bunch that matters */
  /* Of the busiest worker: the share of seconds in which what its threads ran or waited for a CPU
   * was 70%, or 90%, and more of what its lanes can run; and the CPU it took of that, in all. */
  gdouble busy_70, busy_90, cpu;
  /* Of all workers: how long threads waited for a CPU, for each request, ns. */
  gdouble run_delay;
  guint64 pauses;
  gint64 pause_ns;
  gdouble fullest_ring;
  gdouble cpu_quota;    /* CPUs' worth of time that our control groups allow; 0: no limit */
  const gchar *problem; /* (nullable): why the run is incomplete */
} ThrumVerdictFigures;

/* Pure: the same figures give the same verdict. (transfer full) */
ThrumVerdict *thrum_verdict_new (const ThrumVerdictFigures *figures);
void thrum_verdict_free (ThrumVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumVerdict, thrum_verdict_free)

/* The reason of that signal; NULL: none. (transfer none) */
const ThrumVerdictReason *thrum_verdict_find (const ThrumVerdict *verdict, const gchar *signal);

/* Whether how much load was offered, and when, is the plan's doing and not the generator's: only then can
 * the service have broken a limit. */
gboolean thrum_verdict_is_trusted (const ThrumVerdict *verdict);

/* How many of the arrivals that were dropped, or never had their turn, it was for lack of the generator
 * that no slot was free: all if its own bound keeps slots short or its CPU was used up, else those that
 * came while a worker stood still for longer than its slots could take them in. Asks nothing of
 * `response`. */
guint64 thrum_verdict_count_own_drops (const ThrumVerdictFigures *figures);

G_END_DECLS
