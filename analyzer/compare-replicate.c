/* SPDX-License-Identifier: MIT
 *
 * What is compared: a run's values, or those of its blocks of time. Any thread.
 */
#include <math.h>

#include "analyzer/compare.h"

static double
share (guint64 part, guint64 whole)
{
  return whole > 0 ? (double)part / (double)whole : 0;
}

ThrumCompareReplicate
thrum_compare_replicate_of (const ThrumAnalysis *run)
{
  ThrumCompareReplicate replicate = { 0 };
  double time = run->extent - run->cut;

  replicate.values[THRUM_COMPARE_THROUGHPUT] = time > 0 ? (double)run->total.n_rows / time : 0;
  replicate.n_rows = run->total.n_rows;
  replicate.values[THRUM_COMPARE_FAILURES] = share (run->total.n_failures, run->total.n_rows);
  replicate.values[THRUM_COMPARE_MEAN] = run->total.latency.mean;
  replicate.at_least[THRUM_COMPARE_MEAN] = run->total.latency.is_incomplete;
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      const ThrumQuantile *quantile = &run->total.latency.quantiles[i];

      replicate.values[THRUM_COMPARE_P50 + i] = (double)quantile->value / run->units;
      replicate.at_least[THRUM_COMPARE_P50 + i] = quantile->at_least;
    }
  return replicate;
}

static double
middle_of (const ThrumDistribution *d, guint64 rank)
{
  ThrumBucketRank found = thrum_distribution_find (d, rank);

  return (double)found.low + (double)(found.width - 1) / 2;
}

/* As ThrumDoubt has it, to the precision of the histogram: whether the value of @rank could be larger,
 * were the @unseen and those that were given up as slow as can be. */
static gboolean
could_be_larger (const ThrumDistribution *d, guint64 rank, guint64 unseen)
{
  guint64 least = rank + (guint64)ceil ((double)rank * (double)unseen / (double)MAX (d->n, 1));
  guint64 most = least + d->n_censored;

  if (d->n == 0 || most == rank)
    return FALSE;
  if (least > d->n)
    return TRUE;
  if (d->n_censored == 0)
    return middle_of (d, least) > middle_of (d, rank);

  ThrumBucketRank found = thrum_distribution_find (d, least);
  if (found.low + found.width <= d->min_censored)
    return middle_of (d, least) > middle_of (d, rank);
  return most > d->n || middle_of (d, most) > middle_of (d, rank);
}

static void
fill_block (ThrumCompareReplicate *block, const ThrumAnalysis *run, guint first, guint end)
{
  ThrumDistribution latency = { .shape = thrum_bucket_shape_coarse };
  guint64 n_failures = 0, unseen;

  *block = (ThrumCompareReplicate){ 0 };
  for (guint i = first; i < end; i++)
    if (run->tally->slices[i] != NULL)
      {
        block->n_rows += run->tally->slices[i]->n_rows;
        n_failures += run->tally->slices[i]->n_failures;
        thrum_distribution_merge (&latency, &run->tally->slices[i]->latency);
      }
  block->values[THRUM_COMPARE_THROUGHPUT] =
      (double)block->n_rows / ((end - first) * (double)run->pass->slice_width / run->units);
  block->values[THRUM_COMPARE_FAILURES] = share (n_failures, block->n_rows);
  /* Of what was never seen nobody knows when: each block has its share. */
  unseen = (guint64)ceil ((double)run->n_unseen * (double)latency.n
                          / (double)MAX (run->total.latency.n, 1));
  block->at_least[THRUM_COMPARE_MEAN] = latency.n_censored > 0 || unseen > 0;
  block->values[THRUM_COMPARE_MEAN] = thrum_distribution_mean (&latency, run->units);
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      guint64 rank = thrum_quantile_rank (latency.n, thrum_quantiles[i].per_million);

      block->values[THRUM_COMPARE_P50 + i] = middle_of (&latency, rank) / run->units;
      block->at_least[THRUM_COMPARE_P50 + i] = could_be_larger (&latency, rank, unseen);
    }
  thrum_distribution_clear (&latency);
}

guint
thrum_compare_blocks_of (const ThrumAnalysis *run, ThrumCompareReplicate *blocks, guint max)
{
  double width = (double)run->pass->slice_width / run->units;
  guint first = (guint)ceil (run->cut / width - 1e-9);
  guint end = MIN ((guint)floor (run->extent / width + 1e-9), run->tally->n_slices);

  if (end <= first || end - first < max)
    return 0;
  for (guint i = 0; i < max; i++)
    fill_block (&blocks[i], run, first + (end - first) * i / max,
                first + (end - first) * (i + 1) / max);
  return max;
}
