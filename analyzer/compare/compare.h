/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* Compares two sides, each of one or several runs. The replicate is the run, not the request:
 * within a run requests depend on one another, and runs differ for reasons of their own. If a side
 * has only one run, blocks of its time stand in for runs. Blocks show nothing of the difference
 * between runs, so the report says that such a comparison is weaker.
 *
 * For each measure the logarithms of the runs' values are compared by Welch's t test. Holm's
 * step-down over the measures keeps false alarms, in a family of comparisons where nothing differs,
 * to at most 5%. Intervals are of the ratio NEW / BASE, simultaneous at Bonferroni's level.
 *
 * For failures the shares themselves are compared, since a share may be 0. Welch's t test is used
 * here, too, but the variance is at least what as many independent requests would have. Runs that
 * fail a few times each often agree by chance: 1 of 2000 and 1 of 2000 against 2 and 2 is not
 * certain.
 *
 * Each value has a bracket; the generator's own part is one reason for it. The comparison is also
 * done for the least change that the brackets leave (NEW's least against BASE's most) and for the
 * greatest, and a difference is shown only if it holds for all three. If a value could be any
 * larger, its side cannot be shown to be faster. Example: NEW's p99 is a timeout of 1 s and BASE's
 * is 2 s; the ratio of 0.5 says nothing. */

/* The chance of a false alarm in the whole family. */
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
  THRUM_COMPARE_NO_DIFFERENCE, /* not shown; the interval is within +-5% or +-1 point */
  THRUM_COMPARE_INCONCLUSIVE   /* not shown; a difference that large could hide in the interval */
} ThrumCompareVerdict;

/* Returns "faster" or "slower", for example; for failures "fewer" or "more". */
const char *thrum_compare_verdict_name (guint measure, ThrumCompareVerdict verdict);

typedef struct {
  gboolean possible;      /* each side has at least two values, and all have a logarithm */
  gboolean base_at_least; /* it could be any larger: requests timed out, were lost or not sent */
  gboolean new_at_least;
  double
      base; /* geometric means of the sides' values, s or 1/s; of failures the means of shares; the
                  runs' own figures after thrum_compare_by_whole () */
  double new;
  double change; /* new / base; for failures new - base as a share, 0.01 is one point */
  double low;    /* interval of the change; NAN where a bracket leaves an end unknown */
  double high;
  double least_change; /* by the brackets; NAN: unknown */
  double most_change;
  gboolean could_be_less; /* the brackets show a decrease, or nobody knows */
  gboolean could_be_more; /* the same of an increase */
  gboolean contradicts;   /* the blocks show what the whole runs' figures do not have */
  double p;               /* of the t test */
  double p_adjusted;      /* by Holm */
  ThrumCompareVerdict verdict;
} ThrumComparison;

/* The values of all measures for one replicate. */
typedef struct {
  double values[THRUM_N_COMPARE_MEASURES];
  ThrumBracket
      brackets[THRUM_N_COMPARE_MEASURES]; /* least <= value <= most; HUGE_VAL: nobody knows */
  guint64 n_rows;                         /* 0: there is no share of failures */
} ThrumCompareReplicate;

/* Compares the two sides. @results has THRUM_N_COMPARE_MEASURES elements. Any thread. */
void thrum_compare (const ThrumCompareReplicate *base, guint n_base,
                    const ThrumCompareReplicate *new_, guint n_new, ThrumComparison *results);

/* Makes @results of the blocks of one run a side agree with the whole runs @base and @new_. The
 * figures and the change become those of the whole runs; each interval widens until it holds them
 * with their brackets; a difference that the whole runs do not have is dropped. Any thread. */
void thrum_compare_by_whole (const ThrumCompareReplicate *base, const ThrumCompareReplicate *new_,
                             ThrumComparison *results);

/* Return a run as a replicate; and cut its time into at most @max blocks, each a replicate
 * (quantiles to the precision of the histogram), and return how many blocks there are. */
ThrumCompareReplicate thrum_compare_replicate_of (const ThrumAnalysis *run);
guint thrum_compare_blocks_of (const ThrumAnalysis *run, ThrumCompareReplicate *blocks, guint max);

G_END_DECLS
