/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "stats/batches.h"
#include "stats/histogram.h"

G_BEGIN_DECLS

/* Ranks in a sample, 1-based, whose values bound a quantile by 95%; 0: the sample does not support it. */
typedef struct {
  guint64 low, high;
} ThrumRanks;

/* Those of quantile @q of @n independent values: P (Bin (n, q) < low) <= 2.5% and P (Bin (n, q) >= high)
 * <= 2.5%, so near n q +- 1.96 sqrt (n q (1 - q)); exact where the normal approximation is not good
 * enough. There is an upper one from n = ln 0.025 / ln q on: p99 368, p99.9 3688, p99.99 36887. */
ThrumRanks thrum_ranks_get (guint64 n, gdouble q);

/* Widens @ranks to n (q +- half), where the share of values up to the quantile is uncertain by @half. */
void thrum_ranks_widen (ThrumRanks *ranks, guint64 n, gdouble q, gdouble half);

/* Has the @n @ranks, of ascending quantiles, ascend, too, by widening them; what bounds a quantile from
 * above bounds the lower ones that have no bound, and so from below. */
void thrum_ranks_order (ThrumRanks *ranks, guint n);

/* A 95% interval of a quantile; a rank that is 0 says that the bound is not supported. */
typedef struct {
  ThrumRanks ranks;
  gint64 low, high; /* ns */
} ThrumInterval;

/* The @intervals of the ascending @quantiles (0..1) of what @histogram holds, each the wider of two:
 *
 * - by order statistics, right if requests were independent;
 * - by time batches: n (q +- t s), s the standard error of the share below the quantile as
 *   the batches show it, t Student's 97.5% point. Right if batches are. @batches hold the same
 *   values.
 *
 * Both reach to the ends of their buckets, so that they hold what the rows' own quantile is. With fewer
 * than 20 batches that hold anything no bound is supported. */
void thrum_intervals_of_quantiles (const ThrumHistogram *histogram, const ThrumBatches *batches,
                                   const gdouble *quantiles, guint n_quantiles,
                                   ThrumInterval *intervals);

/* The least number of requests for which quantile @q has a 95% upper bound. Example: 0.99: 368. */
guint64 thrum_interval_get_least (gdouble q);

G_END_DECLS
