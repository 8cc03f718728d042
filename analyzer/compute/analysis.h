/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/input/scan.h"
#include "analyzer/compute/scatter.h"
#include "analyzer/compute/statistics.h"
#include "analyzer/compute/tally.h"
#include "stats/bracket.h"

G_BEGIN_DECLS

/* The quantiles of every table, type 1: the value of rank ceil (n q). */
#define THRUM_QUANTILES(X)                                                                         \
  X (P50, "p50", 500000)                                                                           \
  X (P90, "p90", 900000)                                                                           \
  X (P95, "p95", 950000)                                                                           \
  X (P99, "p99", 990000)                                                                           \
  X (P999, "p99.9", 999000)

enum {
#define THRUM_QUANTILE_ENUM(symbol, name, per_million) THRUM_QUANTILE_##symbol,
  THRUM_QUANTILES (THRUM_QUANTILE_ENUM)
#undef THRUM_QUANTILE_ENUM
      THRUM_N_QUANTILES
};

typedef struct {
  const char *name;
  guint per_million;
} ThrumQuantileName;

extern const ThrumQuantileName thrum_quantiles[THRUM_N_QUANTILES];

/* An order statistic. */
typedef struct {
  gint64 value; /* units */
  /* units: what the value could be, given requests that timed out, were unfinished, dropped or
   * lost; G_MAXINT64: nobody knows. */
  gint64 most;
  gboolean at_least; /* the value is a lower bound: @most is larger */
} ThrumQuantile;

/* The response times (or service times) of some rows. All 0 where @n is 0. */
typedef struct {
  guint64 n;
  guint64 n_censored; /* of @n, requests given up: they timed out or were unfinished */
  double mean;        /* s */
  double sd;          /* s, n - 1 */
  gint64 min;         /* units */
  gint64 max;
  gboolean is_incomplete; /* mean and max are lower bounds: a row has no time, or was given up */
  ThrumQuantile quantiles[THRUM_N_QUANTILES];
} ThrumLatency;

/* The quantiles that thresholds are on: the usual ones first, in their order, then the others asked
 * for. */
#define THRUM_MAX_ASKED 32

/* The brackets that hold the service's own times, s; HUGE_VAL: nobody knows. All 0 if no row has a
 * time. */
typedef struct {
  double values[THRUM_MAX_ASKED]; /* as measured */
  ThrumBracket quantiles[THRUM_MAX_ASKED];
  ThrumBracket mean;
  ThrumBracket max;
} ThrumTimeBrackets;

/* The figures of some rows: those of an interval, of a request, or all. */
typedef struct {
  char *name; /* of a request; NULL otherwise */
  guint64 n_rows;
  guint64 n_failures;
  guint64 n_intended; /* requests that the schedule began here; 0 for requests */
  guint64 n_bytes;
  guint64 n_answered; /* requests whose reply came while requests were sent: rates count these */
  guint64 answered_bytes;
  double sum_all_rows; /* s */
  double mean_all_rows;
  double time_in_system; /* s, of an interval: the sum of the time requests spent in it */
  ThrumLatency latency;
  ThrumLatency ok; /* successes alone; not for intervals */
  /* Not set for intervals: the requests that are missing, and the brackets that these and lag
   * leave. */
  guint64 n_no_port;
  guint64 dropped;
  guint64 own_dropped; /* of these, dropped for lack of the generator, as no-port failures are */
  guint64 lost;
  guint64 missing; /* rows of requests that were done, which are not in the file */
  ThrumTimeBrackets brackets;
} ThrumSummary;

/* Counts how often a kind of failure, or a status, occurred, and in which intervals. */
typedef struct {
  char *name;
  guint64 n;
  guint64 *per_interval; /* (owned) n_intervals of them */
} ThrumOccurrence;

/* What the rows say of the service that answered: 95% intervals. Each is the wider of two: one
 * assumes that requests are independent, the other that batches of time are (requests are not). */
typedef struct {
  guint n_batches; /* 0: too few slices of time; intervals then assume independent requests */
  ThrumBounds mean;
  ThrumBounds quantiles[THRUM_N_QUANTILES]; /* s */
  /* TRUE where too many timed out for an upper bound: nobody knows how long those would have
   * taken. */
  gboolean high_unknown[THRUM_N_QUANTILES];
  ThrumBounds throughput; /* 1/s */
  ThrumBounds failure_ratio;
  double warm_up;      /* s at the start that MSER-5 proposes to leave out; 0: nothing */
  double mean_without; /* s, of the rest */
  double apdex;        /* -1: nobody asked */
} ThrumFindings;

typedef struct {
  double interval;     /* s; 0: chosen */
  guint jobs;          /* threads; at least 1 */
  double cut;          /* s: leave out what was intended before this; 0: leave out nothing */
  double apdex;        /* s; 0: not wanted */
  const double *asked; /* (nullable) quantiles beside the usual ones, 0 < q < 1 */
  guint n_asked;
  gboolean want_rows; /* scatter: points or pixels */
} ThrumAnalysisOptions;

/* Everything that is known of one test. Main thread; immutable once it is made. */
typedef struct {
  guint n_digits;
  double units; /* a second */
  gint64 interval_width;
  guint n_intervals;
  guint64 slices_per_interval;
  guint slices_per_step; /* for findings: about 100 to 300 steps in all, for any interval */
  double extent;         /* s: the last completion, or, if longer, how long requests were sent */
  gboolean has_service;
  gboolean has_request;
  gboolean has_bytes;
  gboolean has_status;
  gboolean has_lag;
  double seconds; /* the divisor of rates: how long requests were sent, without the cut */
  double asked[THRUM_MAX_ASKED]; /* quantiles */
  guint n_asked;
  ThrumSummary total;
  ThrumLatency service;
  ThrumFindings findings;
  double cut;       /* s; 0: nothing was left out */
  guint64 n_unseen; /* requests dropped or lost: they have no row, and could have taken any time */
  guint64 n_lost;   /* of these, requests that were sent: failures without a row */
  guint64 n_own_dropped; /* of these, requests dropped for lack of the generator */
  guint64 n_done;        /* requests of runs that had an end, with or without a row; 0: not known */
  gboolean is_untrusted; /* a run's load was not as intended, through the generator's fault */
  ThrumSummary *intervals; /* n_intervals of them; those wholly before the cut are empty */
  GPtrArray *requests;     /* ThrumSummary, by name; empty where rows carry none */
  GPtrArray *journeys; /* ThrumSummary; journeys are made of requests, so no total counts them */
  GPtrArray *kinds;    /* ThrumOccurrence, most frequent first */
  GPtrArray *statuses; /* ThrumOccurrence, by code */
  ThrumTally *tally;   /* the whole, by slice */
  ThrumTallyPass *pass;
  ThrumDistribution all; /* response times, for curves */
  ThrumScatter *scatter; /* (nullable) */
  ThrumScanFaults faults;
  guint n_request_names; /* names in the files, if there are more than are told apart; else 0 */
  guint n_kind_names;
  gint64 zero;       /* t0 in units since 1970; G_MAXINT64: unknown */
  gboolean from_run; /* thrum wrote the rows: it knows what it did */
  ThrumNames *request_names;
  ThrumNames *kind_names;
  const ThrumRunInfo *info; /* (nullable) (unowned) of the first file */
} ThrumAnalysis;

/* Analyzes @files as one test. Returns NULL and @error if a file cannot be read, or if the interval
 * makes too many rows. (transfer full) */
ThrumAnalysis *thrum_analysis_new (ThrumScanFile *files, guint n_files,
                                   const ThrumAnalysisOptions *options, GError **error);
void thrum_analysis_free (ThrumAnalysis *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumAnalysis, thrum_analysis_free)

/* Returns the index of @quantile among those asked for, or -1 if it was not asked for. */
gint thrum_analysis_find_asked (const ThrumAnalysis *self, double quantile);

/* Returns @summary's replies per second, computed as the run itself computes them. */
double thrum_analysis_get_rate (const ThrumAnalysis *self, const ThrumSummary *summary);

/* Returns the first interval that was not left out as a whole, or n_intervals if there is no such
 * interval. */
guint thrum_analysis_get_first (const ThrumAnalysis *self);

G_END_DECLS
