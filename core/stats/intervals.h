/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "stats/batches.h"
#include "stats/histogram.h"

G_BEGIN_DECLS

/* Ranks in a sample, 1-based, whose values bound a quantile with 95% confidence; 0: the sample
 * is too small for that bound. */
typedef struct {
  guint64 low, high;
} ThrumRanks;

/* Returns the ranks for quantile @q of @n independent values: P (Bin (n, q) < low) <= 2.5% and P
 * (Bin (n, q) >= high) <= 2.5%. So they are near n q +- 1.96 sqrt (n q (1 - q)); they are exact
 * where this normal approximation is not good enough. There is an upper rank from n = ln 0.025 /
 * ln q on: p99 from 368, p99.9 from 3688, p99.99 from 36887. */
ThrumRanks thrum_ranks_get (guint64 n, gdouble q);

/* Widens @ranks to n (q +- half), because the share of values up to the quantile is uncertain by
 * @half. */
void thrum_ranks_widen (ThrumRanks *ranks, guint64 n, gdouble q, gdouble half);

/* Widens the @n @ranks, of ascending quantiles, so that they ascend too. A value that bounds a
 * quantile from above also bounds the lower quantiles that have no bound of their own; it works
 * likewise from below. */
void thrum_ranks_order (ThrumRanks *ranks, guint n);

/* A 95% interval of a quantile. A rank of 0 means that there is no bound on that side. */
typedef struct {
  ThrumRanks ranks;
  gint64 low, high; /* ns */
} ThrumInterval;

/* Sets @intervals to the intervals of the ascending @quantiles (0..1) of what @histogram holds.
 * Each is the wider of two:
 *
 *  - by order statistics, which is right if requests were independent;
 *  - by time batches: n (q +- t s). s is the standard error of the share below the quantile, as
 *    the batches show it; t is Student's 97.5% point. This is right if the batches are
 *    independent. @batches hold the same values.
 *
 * Both reach to the ends of their buckets, so that they contain the exact quantile of the rows.
 * With fewer than 20 batches that hold anything there is no bound. */
void thrum_intervals_of_quantiles (const ThrumHistogram *histogram, const ThrumBatches *batches,
                                   const gdouble *quantiles, guint n_quantiles,
                                   ThrumInterval *intervals);

/* Returns the least number of requests for which quantile @q has a 95% upper bound. Example: 368
 * for 0.99. */
guint64 thrum_interval_get_least (gdouble q);

G_END_DECLS
