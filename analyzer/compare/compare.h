/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* Comparing two sides, each of one or several runs. The replicate is the run, not the request: within
 * a run requests depend on one another, and runs differ for reasons of their own. With only one run a
 * side its blocks of time stand in for runs, which knows nothing of the difference between runs and is
 * said to be weaker.
 *
 * For each measure the logarithms of the runs' values are compared by Welch's t; with Holm's step-down
 * over the measures a family of comparisons where nothing differs gives a false alarm in at most 5%.
 * Intervals are of the ratio NEW / BASE, simultaneous at Bonferroni's level.
 *
 * Of failures the shares themselves are compared, since a share may be 0: by Welch's t, too, but with no
 * less variance than as many independent requests would have. Runs that fail a few times each often agree
 * by chance: 1 of 2000 and 1 of 2000 against 2 and 2 is no certainty.
 *
 * Each value has a bracket, of which the generator's own part is one reason: the comparison is done for
 * the least change that the brackets leave (NEW's least against BASE's most) and for the greatest, too, and
 * a difference is shown only if it holds for all three. Where a value could be any larger, NEW cannot be
 * faster by it, nor BASE be the faster one. Example: NEW's p99 is a timeout of 1 s and BASE's is 2 s; the
 * ratio of 0.5 says nothing. */

/* The chance of a false alarm, of the family. */
#define THRUM_COMPARE_LEVEL 0.05

#define THRUM_COMPARE_MEASURES(X)                                                                  \
  X (THROUGHPUT, "throughput")                                                                     \
  X (FAILURES, "failures")                                                                         \
  X (MEAN, "mean")                                                                                 \
  X (P50, "p50")                                                                                   \
  X (P90, "p90")                                                                                   \
  X (P95, "p95")                                                                                   \
  X (P99, "p99")                                                                                   \
  X (P999, "p99.9")

enum {
#define THRUM_COMPARE_ENUM(symbol, name) THRUM_COMPARE_##symbol,
  THRUM_COMPARE_MEASURES (THRUM_COMPARE_ENUM)
#undef THRUM_COMPARE_ENUM
      THRUM_N_COMPARE_MEASURES
};

extern const char *const thrum_compare_measures[THRUM_N_COMPARE_MEASURES];

typedef enum {
  THRUM_COMPARE_BETTER,        /* NEW has less time, more throughput or fewer failures */
  THRUM_COMPARE_WORSE,         /* NEW has more of it, or less throughput */
  THRUM_COMPARE_NO_DIFFERENCE, /* none shown, and the interval is within +-5% or +-1 point */
  THRUM_COMPARE_INCONCLUSIVE   /* none shown, but one of so much could hide in the interval */
} ThrumCompareVerdict;

/* "faster", "slower"; of failures "fewer", "more". */
const char *thrum_compare_verdict_name (guint measure, ThrumCompareVerdict verdict);

typedef struct {
  gboolean possible;      /* there are at least two values a side, and all have a logarithm */
  gboolean base_at_least; /* it could be any larger: requests timed out, were lost or not sent */
  gboolean new_at_least;
  double
      base; /* geometric means of the sides' values, s or 1/s; of failures the means of shares; the
                  runs' own figures after thrum_compare_by_whole () */
  double new;
  double change; /* new / base; of failures new - base, as a share: 0.01 is one point of percent */
  double low;    /* interval of the change; NAN where a bracket leaves an end unknown */
  double high;
  double least_change; /* by the brackets; NAN: unknown */
  double most_change;
  gboolean could_be_less; /* by the brackets a decrease, or an increase, is shown or nobody knows */
  gboolean could_be_more;
  gboolean contradicts; /* the blocks show what the whole runs' figures do not have */
  double p;             /* of the t test */
  double p_adjusted;    /* by Holm */
  ThrumCompareVerdict verdict;
} ThrumComparison;

/* The values of one measure on one side. */
typedef struct {
  double values[THRUM_N_COMPARE_MEASURES];
  ThrumBracket
      brackets[THRUM_N_COMPARE_MEASURES]; /* least <= value <= most; HUGE_VAL: nobody knows */
  guint64 n_rows;                         /* 0: it has no share of failures */
} ThrumCompareReplicate;

/* Compares; @results has THRUM_N_COMPARE_MEASURES elements. Any thread. */
void thrum_compare (const ThrumCompareReplicate *base, guint n_base,
                    const ThrumCompareReplicate *new_, guint n_new, ThrumComparison *results);

/* Takes @results of the blocks of one run a side: the figures and the change become those of the whole
 * runs, @base and @new_, the intervals as wide as to hold them with their brackets, and no difference is
 * left that the whole runs do not have. Any thread. */
void thrum_compare_by_whole (const ThrumCompareReplicate *base, const ThrumCompareReplicate *new_,
                             ThrumComparison *results);

/* A run as a replicate; and its time cut into at most @max blocks, each a replicate (quantiles to the
 * precision of the histogram). Returns how many. */
ThrumCompareReplicate thrum_compare_replicate_of (const ThrumAnalysis *run);
guint thrum_compare_blocks_of (const ThrumAnalysis *run, ThrumCompareReplicate *blocks, guint max);

G_END_DECLS
