/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "run/tally/cohorts.h"
#include "stats/batches.h"
#include "stats/histogram.h"
#include "record/record.h"
#include "record/region.h"

G_BEGIN_DECLS

#define THRUM_RUN_TALLY_STATUSES 600

/* What became of a set of requests. Durations in histograms, ns. Requests intended before the
 * warm-up's end are in none of it but `warm_up`. */
typedef struct {
  guint64 rows;    /* all below but warm_up */
  guint64 warm_up; /* recorded, left out */
  guint64 ok;
  guint64 failed; /* but for the next two */
  guint64 timed_out;
  guint64 unfinished;
  guint64
      answered; /* of ok and failed: a reply came, by the duration's end as results.csv has it */
  guint64 late; /* had their slot before the duration's end, and were sent after it */
  guint64 failures[THRUM_N_FAILURES];
  guint64 statuses[THRUM_RUN_TALLY_STATUSES];
  GHashTable *other_statuses; /* GINT_TO_POINTER (status) -> count, as pointers; bounded */
  guint64 crowded_out;        /* rows whose status found no place there any more */
  guint64 received_bytes, sent_bytes;
  guint64 answered_bytes, asked_bytes; /* of these, of the answered */
  ThrumHistogram *response; /* what got a reply, timed out or was unfinished: what a user waited */
  ThrumHistogram *service;  /* the same requests, from sent */
  ThrumHistogram *success;  /* response of the successes alone */
  ThrumHistogram *response_less_lag; /* the same requests: slot wait + service, without our part */
  /* Of response, service and response_less_lag, those that lasted that long only because we stopped
   * waiting: they timed out or were unfinished. NULL: none. */
  ThrumHistogram *response_censored, *service_censored, *response_less_lag_censored;
  /* Both by batches of the time intended. NULL: not asked for. */
  ThrumBatches *response_batches, *service_batches;
  ThrumHistogram *hiccups; /* of each request that a hiccup of its worker touched, the longest time
                              within one; NULL: none */
} ThrumOutcome;

/* A second of the run, by completion. */
typedef struct {
  guint64 done, failed;     /* rows whose elapsed is in this second */
  guint64 offered, dropped; /* arrivals in this second, as sampled */
  guint64 users;            /* the most at once, as sampled */
} ThrumSecond;

/* Sums of every lane's live counters. */
typedef struct {
  ThrumLaneCounters sum;
  gdouble fullest_ring; /* 0..1: the most that any ring was seen filled */
} ThrumDrainCounters;

/* Everything counted of a run, from drained records. One writer (the drain thread) under a lock of
 * the drain's. */
typedef struct {
  guint n_requests;
  ThrumOutcome *requests;       /* by the config's requests */
  ThrumHistogram *lag;          /* sent - slot */
  ThrumHistogram *slot_wait;    /* slot - intended */
  ThrumHistogram *client_delay; /* read - done, of those with a kernel stamp */
  ThrumHistogram *progress;     /* response since the last progress line */
  guint64 progress_rows;
  guint64 unstamped;       /* rows whose done is the program's clock */
  GArray *timeline;        /* ThrumSecond */
  guint64 warm_up_dropped; /* arrivals dropped before the warm-up's end, to a drain's round */
  gint64 t0, warm_up_ns, duration_ns;
  gint64 interval_ns; /* the closed model's pacing; 0: none */
  /* For how long lag kept users from what the schedule had them do next, ns: the lag itself after a
   * think time; with pacing what of it was longer than the rest of the interval. Lag of up to a
   * millisecond does not count. Means nothing in the open model, where no request waits for another. */
  gint64 kept_ns;
  /* (nullable), by requests: as requests, since it was last taken; `answered` has the warm-up's, too. */
  ThrumOutcome *window;
  ThrumCohorts *cohorts; /* (nullable) */
} ThrumRunTally;

/* @load: what the run was to do; it is copied from. */
ThrumRunTally *thrum_run_tally_new (guint n_requests, const ThrumLoad *load);
void thrum_run_tally_free (ThrumRunTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRunTally, thrum_run_tally_free)

/* From now on keeps a window and cohorts, too, which those of @thresholds (ThrumThreshold, borrowed) that
 * may end the run are judged by. */
void thrum_run_tally_watch (ThrumRunTally *tally, GPtrArray *thresholds);

/* Counts one record, whose request and failure are in range. */
void thrum_run_tally_add (ThrumRunTally *tally, const ThrumRecord *record);

/* A request to @request, in range, that has been or will be counted, was within a hiccup of its
 * worker for @overlap_ns. */
void thrum_run_tally_add_hiccup (ThrumRunTally *tally, guint request, gint64 overlap_ns);

/* What the requests came to since the last such call, by requests, and begins anew. NULL without a
 * window. (transfer full): thrum_outcomes_free () */
ThrumOutcome *thrum_run_tally_take_window (ThrumRunTally *tally);
void thrum_outcomes_free (ThrumOutcome *outcomes, guint n_outcomes);

/* The second at @elapsed_ns, the timeline grown as needed. (transfer none) until the next call;
 * NULL beyond 48 hours. */
ThrumSecond *thrum_run_tally_get_second (ThrumRunTally *tally, gint64 elapsed_ns);

/* All requests' outcomes in one. (transfer full) */
ThrumOutcome *thrum_run_tally_sum (const ThrumRunTally *tally);
ThrumOutcome *thrum_outcomes_sum (const ThrumOutcome *outcomes, guint n_outcomes);
void thrum_outcome_free (ThrumOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumOutcome, thrum_outcome_free)

/* How often a status came. */
typedef struct {
  gint32 status; /* 0: there was none */
  guint64 count;
} ThrumStatusCount;

/* Returns the at most @most frequent statuses (ThrumStatusCount) by number, 0 last, and in *@rest how
 * many rows had another one. (transfer full) */
GArray *thrum_outcome_get_statuses (const ThrumOutcome *outcome, guint most, guint64 *rest);

/* As many as a document lists. */
#define THRUM_MOST_STATUSES 100

/* failed + timed out + unfinished. */
guint64 thrum_outcome_get_failures (const ThrumOutcome *outcome);

G_END_DECLS
