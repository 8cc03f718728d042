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

/* What became of a set of requests. Durations are in histograms, in ns. Requests intended before
 * the warm-up's end count in `warm_up` alone. */
typedef struct {
  guint64 rows;    /* all that is counted below, except warm_up */
  guint64 warm_up; /* recorded before the warm-up's end, and left out of the rest */
  guint64 ok;
  guint64 failed; /* failed, except those of the next two fields */
  guint64 timed_out;
  guint64 unfinished;
  guint64 answered; /* the part of ok and failed that got a reply by the end of the duration, as
                   results.csv has it */
  guint64 late;     /* had their slot before the end of the duration, and were sent after it */
  guint64 failures[THRUM_N_FAILURES];
  guint64 statuses[THRUM_RUN_TALLY_STATUSES];
  GHashTable *other_statuses; /* GINT_TO_POINTER (status) -> count, as pointers; bounded */
  guint64 crowded_out;        /* rows whose status did not find a place there any more */
  guint64 received_bytes, sent_bytes;
  guint64 answered_bytes, asked_bytes; /* the bytes of these rows, and of those that were
                                          answered */
  ThrumHistogram *response; /* requests that got a reply, timed out or were unfinished: what a
                               user waited */
  ThrumHistogram *service;  /* the same requests, counted from sent */
  ThrumHistogram *success;  /* the response of the successes alone */
  ThrumHistogram *response_less_lag; /* the same requests: slot wait + service, without our own
                                        part */
  /* The part of response, service and response_less_lag that lasted only as long as we waited:
   * requests that timed out or were unfinished. NULL: there are none. */
  ThrumHistogram *response_censored, *service_censored, *response_less_lag_censored;
  /* Response and service by batches of the intended time. NULL: nobody asked for it. */
  ThrumBatches *response_batches, *service_batches;
  ThrumHistogram *hiccups; /* for each request that a hiccup of its worker touched, the longest
                              time within one; NULL: there are none */
} ThrumOutcome;

/* A second of the run. Requests count by when they completed. */
typedef struct {
  guint64 done, failed;     /* rows whose elapsed is in this second */
  guint64 offered, dropped; /* arrivals in this second, as sampled */
  guint64 users;            /* the most users at once, as sampled */
} ThrumSecond;

/* The sums of all lanes' live counters. */
typedef struct {
  ThrumLaneCounters sum;
  gdouble fullest_ring; /* 0..1: the highest filling of any ring that was seen */
} ThrumDrainCounters;

/* Everything that is counted of a run, from drained records. The drain thread alone writes to
 * it, under the drain's lock. */
typedef struct {
  guint n_requests;
  ThrumOutcome *requests;       /* by the config's requests */
  ThrumHistogram *lag;          /* sent - slot */
  ThrumHistogram *slot_wait;    /* slot - intended */
  ThrumHistogram *client_delay; /* read - done, of the requests with a kernel stamp */
  ThrumHistogram *progress;     /* the response since the last progress line */
  guint64 progress_rows;
  guint64 unstamped;       /* rows whose done was read from the program's clock */
  GArray *timeline;        /* ThrumSecond */
  guint64 warm_up_dropped; /* arrivals dropped before the warm-up's end, exact to one round of
                              the drain */
  gint64 t0, warm_up_ns, duration_ns;
  gint64 interval_ns; /* the closed model's pacing; 0: none */
  /* For how long lag kept users from what their schedule had them do next, in ns. After a think
   * time that is the lag itself. With pacing it is how much longer the lag was than the rest of
   * the interval. Lag of up to a millisecond does not count. Means nothing in the open model,
   * where no request waits for another. */
  gint64 kept_ns;
  /* (nullable), by request: what has come since it was last taken. Its `answered` counts the
   * warm-up too. */
  ThrumOutcome *window;
  ThrumCohorts *cohorts; /* (nullable) */
} ThrumRunTally;

/* Makes a tally. @load is what the run is to do; it is copied from. */
ThrumRunTally *thrum_run_tally_new (guint n_requests, const ThrumLoad *load);
void thrum_run_tally_free (ThrumRunTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRunTally, thrum_run_tally_free)

/* Keeps, from now on, the window and the cohorts that judge those of @thresholds
 * (ThrumThreshold, borrowed) that may end the run. */
void thrum_run_tally_watch (ThrumRunTally *tally, GPtrArray *thresholds);

/* Counts one record. Its request and failure must be in range. */
void thrum_run_tally_add (ThrumRunTally *tally, const ThrumRecord *record);

/* Counts that a request to @request lay within a hiccup of its worker for @overlap_ns. @request
 * must be in range. The request itself has been counted or will be. */
void thrum_run_tally_add_hiccup (ThrumRunTally *tally, guint request, gint64 overlap_ns);

/* Returns what the requests came to since the last such call, by request, and begins a new
 * window. NULL: there is no window. (transfer full): thrum_outcomes_free () */
ThrumOutcome *thrum_run_tally_take_window (ThrumRunTally *tally);
void thrum_outcomes_free (ThrumOutcome *outcomes, guint n_outcomes);

/* Returns the second at @elapsed_ns. Grows the timeline as needed. Valid until the next call;
 * NULL beyond 48 hours. (transfer none) */
ThrumSecond *thrum_run_tally_get_second (ThrumRunTally *tally, gint64 elapsed_ns);

/* Return the outcomes of all requests in one. (transfer full) */
ThrumOutcome *thrum_run_tally_sum (const ThrumRunTally *tally);
ThrumOutcome *thrum_outcomes_sum (const ThrumOutcome *outcomes, guint n_outcomes);
void thrum_outcome_free (ThrumOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumOutcome, thrum_outcome_free)

/* How often a status came. */
typedef struct {
  gint32 status; /* 0: there was no status */
  guint64 count;
} ThrumStatusCount;

/* Returns the @most most frequent statuses, or fewer (ThrumStatusCount), by number, 0 last. Sets
 * *@rest to how many rows had another status. (transfer full) */
GArray *thrum_outcome_get_statuses (const ThrumOutcome *outcome, guint most, guint64 *rest);

/* The most statuses that a document lists. */
#define THRUM_MOST_STATUSES 100

/* Returns failed + timed out + unfinished. */
guint64 thrum_outcome_get_failures (const ThrumOutcome *outcome);

G_END_DECLS
