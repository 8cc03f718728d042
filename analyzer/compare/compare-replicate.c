/* SPDX-License-Identifier: MIT
 *
 * Takes the values that are compared from a run, or from its blocks of time. Any thread.
 */
#include <math.h>

#include "analyzer/compare/compare.h"
#include "analyzer/judge/measures.h"

static double
share (guint64 part, guint64 whole)
{
  return whole > 0 ? (double)part / (double)whole : 0;
}

static void
set_measured (ThrumCompareReplicate *replicate, guint measure, ThrumMeasured measured)
{
  replicate->values[measure] = measured.value;
  /* Where all that waited were given up, it took at least as long as they waited. */
  replicate->brackets[measure].least = MIN (measured.bracket.least, measured.value);
  replicate->brackets[measure].most = MAX (measured.bracket.most, measured.value);
}

ThrumCompareReplicate
thrum_compare_replicate_of (const ThrumAnalysis *run)
{
  ThrumCompareReplicate replicate = { .n_rows = run->total.n_rows };

  set_measured (&replicate, THRUM_COMPARE_THROUGHPUT,
                thrum_measure (run, &run->total, THRUM_MEASURED_RATE, 0));
  set_measured (&replicate, THRUM_COMPARE_FAILURES,
                thrum_measure (run, &run->total, THRUM_MEASURED_FAILURES, 0));
  set_measured (&replicate, THRUM_COMPARE_MEAN,
                thrum_measure (run, &run->total, THRUM_MEASURED_MEAN, 0));
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    set_measured (&replicate, THRUM_COMPARE_P50 + i,
                  thrum_measure (run, &run->total, THRUM_MEASURED_QUANTILE, run->asked[i]));
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

/* The block has the run's bracket in proportion; but for what was given up, dropped or lost each has its
 * own. */
static void
set_bracket (ThrumCompareReplicate *block, const ThrumCompareReplicate *whole, guint measure,
             gboolean is_unknown)
{
  double value = block->values[measure], of = whole->values[measure];
  ThrumBracket bracket = whole->brackets[measure];

  block->brackets[measure].least = of > 0 ? value * bracket.least / of : value;
  block->brackets[measure].most = is_unknown                        ? HUGE_VAL
                                  : of > 0 && !isinf (bracket.most) ? value * bracket.most / of
                                                                    : value;
}

static void
fill_block (ThrumCompareReplicate *block, const ThrumAnalysis *run,
            const ThrumCompareReplicate *whole, guint first, guint end)
{
  ThrumDistribution latency = { .shape = thrum_bucket_shape_coarse };
  guint64 n_failures = 0, n_answered = 0, unseen;

  *block = (ThrumCompareReplicate){ 0 };
  for (guint i = first; i < end; i++)
    if (run->tally->slices[i] != NULL)
      {
        block->n_rows += run->tally->slices[i]->n_rows;
        n_answered += run->tally->slices[i]->n_rows - run->tally->slices[i]->n_unanswered;
        n_failures += run->tally->slices[i]->n_failures;
        thrum_distribution_merge (&latency, &run->tally->slices[i]->latency);
      }
  block->values[THRUM_COMPARE_THROUGHPUT] =
      (double)n_answered / ((end - first) * (double)run->pass->slice_width / run->units);
  set_bracket (block, whole, THRUM_COMPARE_THROUGHPUT,
               isinf (whole->brackets[THRUM_COMPARE_THROUGHPUT].most));
  block->values[THRUM_COMPARE_FAILURES] = share (n_failures, block->n_rows);
  set_bracket (block, whole, THRUM_COMPARE_FAILURES, FALSE);
  /* Of what was never seen nobody knows when: each block has its share. */
  unseen = (guint64)ceil ((double)(run->n_unseen + run->total.n_no_port) * (double)latency.n
                          / (double)MAX (run->total.latency.n, 1));
  block->values[THRUM_COMPARE_MEAN] = thrum_distribution_mean (&latency, run->units);
  set_bracket (block, whole, THRUM_COMPARE_MEAN, latency.n_censored > 0 || unseen > 0);
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      guint64 rank = thrum_quantile_rank (latency.n, thrum_quantiles[i].per_million);

      block->values[THRUM_COMPARE_P50 + i] = middle_of (&latency, rank) / run->units;
      set_bracket (block, whole, THRUM_COMPARE_P50 + i, could_be_larger (&latency, rank, unseen));
    }
  thrum_distribution_clear (&latency);
}

guint
thrum_compare_blocks_of (const ThrumAnalysis *run, ThrumCompareReplicate *blocks, guint max)
{
  ThrumCompareReplicate whole = thrum_compare_replicate_of (run);
  double width = (double)run->pass->slice_width / run->units;
  guint first = (guint)ceil (run->cut / width - 1e-9);
  /* Not the drain, in which nothing was sent. */
  guint end = MIN ((guint)floor ((run->cut + run->seconds) / width + 1e-9), run->tally->n_slices);

  if (end <= first || end - first < max)
    return 0;
  for (guint i = 0; i < max; i++)
    fill_block (&blocks[i], run, &whole, first + (end - first) * i / max,
                first + (end - first) * (i + 1) / max);
  return max;
}
