/* SPDX-License-Identifier: MIT */
#pragma once

#include "stats/percentile.h"
#include "run/tally/run-tally.h"

G_BEGIN_DECLS

/* Says whether a run's numbers can be believed. It judges the generator, never the service: a
 * run is not invalid because the service fails or is slow. */
typedef enum {
  THRUM_VERDICT_NONE,     /* there were too few requests to judge */
  THRUM_VERDICT_VALID,    /* what was measured is the service's doing */
  THRUM_VERDICT_DEGRADED, /* the generator shows in the figures: read the reasons */
  THRUM_VERDICT_INVALID   /* the figures say more about the generator than about the service */
} ThrumVerdictLevel;

/* Returns the level's name: "VALID". Static. */
const gchar *thrum_verdict_level_name (ThrumVerdictLevel level);

/* A reason not to believe the figures, or something else that must be known. */
typedef struct {
  const gchar *signal;     /* "lag": a word that does not change */
  ThrumVerdictLevel level; /* the level that it gives the run; VALID: it is a note */
  gdouble figure, limit;   /* what was seen, and how much of that is still good */
  const gchar *unit;       /* of both: "ns", "ratio", "count" */
  gchar *text;             /* a sentence: what was seen, and what to do */
} ThrumVerdictReason;

typedef struct {
  ThrumVerdictLevel level;
  GPtrArray *reasons; /* ThrumVerdictReason, the gravest first */
} ThrumVerdict;

/* How the generator did over the whole run. */
typedef struct {
  gboolean is_open;
  gboolean is_codec;
  gboolean can_spin; /* its event loops sleep while they have nothing to do, and could spin
                        instead */
  guint processes, threads, max_in_flight;
  guint n_lanes;             /* the lanes that share the arrivals and slots */
  gboolean queues;           /* arrivals wait for a slot */
  gboolean slots_are_capped; /* one of our own bounds made max_in_flight less than the rate may
                                need */
  gboolean
      slots_ran_short; /* that was because workers could not make the sessions that they needed */
  gdouble seconds;
  const ThrumOutcome *all;
  ThrumSample response; /* of all requests, with what is missing of it */
  guint64 offered, sent, dropped, lost;
  guint64 late; /* requests whose slot was within the duration and that were sent after its end */
  /* Closed model with a schedule: the pacing or 0, the think time or 0, and for how long lag
   * kept users from their schedules (see ThrumRunTally). */
  gint64 interval_ns, think_time_ns, kept_ns;
  /* The workers' hiccups. @touched counts the requests that a hiccup may have slowed: their
   * service time may hold one that is longer than the median of their kind, than a tenth of
   * their own service time, and than a millisecond. Then come how many hiccups there were, and
   * the longest. */
  guint64 touched, n_hiccups;
  gint64 longest_hiccup;
  gdouble stalled; /* the share of the workers' time that lay in hiccups */
  gdouble overrun; /* the part of that in hiccups during which more came due than there are slots
                      for */
  gdouble bunched; /* the part of that in hiccups after which what had come due made a bunch that
                      matters */
  /* Of the busiest worker: the share of seconds in which its threads ran, or waited for a CPU,
   * for 70% (or 90%) or more of what its lanes can run; and how much CPU it took of that over
   * the whole run. */
  gdouble busy_70, busy_90, cpu;
  /* Of all workers: how long threads waited for a CPU, in ns per request. */
  gdouble run_delay;
  guint64 pauses;
  gint64 pause_ns;
  gdouble fullest_ring;
  gdouble cpu_quota;    /* how many CPUs' worth of time our control groups allow; 0: no limit */
  const gchar *problem; /* (nullable): why the run is incomplete */
} ThrumVerdictFigures;

/* Judges @figures. Pure: the same figures give the same verdict. (transfer full) */
ThrumVerdict *thrum_verdict_new (const ThrumVerdictFigures *figures);
void thrum_verdict_free (ThrumVerdict *verdict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumVerdict, thrum_verdict_free)

/* Returns the reason with that signal; NULL: there is none. (transfer none) */
const ThrumVerdictReason *thrum_verdict_find (const ThrumVerdict *verdict, const gchar *signal);

/* Returns whether the plan, and not the generator, decided how much load was offered and when.
 * Only then can the service have broken a limit. */
gboolean thrum_verdict_is_trusted (const ThrumVerdict *verdict);

/* Returns how many arrivals found no slot because of the generator, among those that were
 * dropped or never had their turn. If its own bound keeps slots short, or its CPU was used up,
 * that is all of them. Otherwise it is those that came while a worker stood still for longer
 * than its slots could take them in. Does not read `response`. */
guint64 thrum_verdict_count_own_drops (const ThrumVerdictFigures *figures);

G_END_DECLS
