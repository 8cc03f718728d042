/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "record/batches.h"
#include "record/histogram.h"

G_BEGIN_DECLS

/* A 95% interval of a quantile; a bound that the sample does not support is missing. */
typedef struct {
  gboolean has_low, has_high;
  gint64 low, high;  /* ns */
  guint64 high_rank; /* of the upper bound in the sample, 1-based; 0: none */
} ThrumInterval;

/* The wider of two intervals for quantile @q of what @histogram holds:
 *
 * - by order statistics: ranks l and u with P (Bin (n, q) < l) <= 2.5% and P (Bin (n, q) >= u) <=
 *   2.5%, so near n q +- 1.96 sqrt (n q (1 - q)); exact where the normal approximation is not good
 *   enough. An upper bound exists from n = ln 0.025 / ln q on: p99 368, p99.9 3688, p99.99 36887.
 *   Right if requests were independent.
 * - by time batches: n (q +- t s), s the standard error of the share below the quantile as
 *   the batches show it, t Student's 97.5% point. Right if batches are. @batches hold the same
 *   values.
 *
 * With fewer than 20 batches that hold anything neither bound is supported. */
ThrumInterval thrum_interval_of_quantile (const ThrumHistogram *histogram,
                                          const ThrumBatches *batches, gdouble q);

/* The least number of requests for which quantile @q has a 95% upper bound. Example: 0.99: 368. */
guint64 thrum_interval_get_least (gdouble q);

/* Order statistics alone: the ranks, 1-based; 0: the sample does not support it. */
void thrum_interval_get_ranks (guint64 n, gdouble q, guint64 *low, guint64 *high);

G_END_DECLS
