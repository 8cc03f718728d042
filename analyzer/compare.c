/* SPDX-License-Identifier: MIT
 *
 * Whether two sides of runs differ. Pure arithmetic on the runs' values; prints nothing. Any thread.
 */
#include <math.h>

#include "analyzer/compare.h"
#include "record/student.h"

#define LEVEL 0.05
#define EQUIVALENCE 0.05

const char *const thrum_compare_measures[THRUM_N_COMPARE_MEASURES] = {
#define ROW(symbol, name) name,
  THRUM_COMPARE_MEASURES (ROW)
#undef ROW
};

const char *
thrum_compare_verdict_name (ThrumCompareVerdict verdict)
{
  static const char *const names[] = { "faster", "slower", "no difference shown", "inconclusive" };

  return names[verdict];
}

typedef struct {
  guint n;
  double mean;
  double variance; /* of the mean */
} Side;

/* FALSE where a value is not positive: it has no logarithm. */
static gboolean
summarize (Side *side, const ThrumCompareReplicate *replicates, guint n, guint measure)
{
  double squares = 0;

  *side = (Side){ .n = n };
  for (guint i = 0; i < n; i++)
    {
      if (!(replicates[i].values[measure] > 0))
        return FALSE;
      side->mean += log (replicates[i].values[measure]) / n;
    }
  for (guint i = 0; i < n && n > 1; i++)
    {
      double deviation = log (replicates[i].values[measure]) - side->mean;
      squares += deviation * deviation;
    }
  side->variance = n > 1 ? squares / (n - 1) / n : 0;
  return n > 1;
}

static void
compare_measure (ThrumComparison *result, const Side *base, const Side *new_)
{
  double variance = base->variance + new_->variance;
  double difference = new_->mean - base->mean;
  /* Welch and Satterthwaite; equal values on both sides leave nothing to doubt. */
  double df = variance > 0 ? variance * variance
                                 / (base->variance * base->variance / (base->n - 1)
                                    + new_->variance * new_->variance / (new_->n - 1))
                           : base->n + new_->n - 2;
  double half = thrum_t_critical (LEVEL / THRUM_N_COMPARE_MEASURES, df) * sqrt (variance);

  result->possible = TRUE;
  result->base = exp (base->mean);
  result->new = exp (new_->mean);
  result->ratio = exp (difference);
  result->low = exp (difference - half);
  result->high = exp (difference + half);
  if (variance > 0)
    result->p = thrum_t_two_sided (difference / sqrt (variance), df);
  else
    result->p = fabs (difference) < 1e-12 ? 1 : 0;
}

/* Holm: the k-th smallest p (from 0) times the number of those not smaller, never decreasing. */
static void
adjust (ThrumComparison *results)
{
  guint order[THRUM_N_COMPARE_MEASURES];
  guint n = 0;
  double last = 0;

  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    if (results[i].possible)
      {
        guint place = n++;

        for (; place > 0 && results[order[place - 1]].p > results[i].p; place--)
          order[place] = order[place - 1];
        order[place] = i;
      }
  for (guint k = 0; k < n; k++)
    {
      last = MAX (last, MIN (results[order[k]].p * (n - k), 1));
      results[order[k]].p_adjusted = last;
    }
}

static void
judge (ThrumComparison *result, gboolean more_is_better)
{
  if (!result->possible)
    result->verdict = THRUM_COMPARE_INCONCLUSIVE;
  else if (result->p_adjusted <= LEVEL)
    result->verdict =
        (result->ratio > 1) == more_is_better ? THRUM_COMPARE_FASTER : THRUM_COMPARE_SLOWER;
  else
    result->verdict = result->low > 1 - EQUIVALENCE && result->high < 1 + EQUIVALENCE
                          ? THRUM_COMPARE_NO_DIFFERENCE
                          : THRUM_COMPARE_INCONCLUSIVE;
}

void
thrum_compare (const ThrumCompareReplicate *base, guint n_base, const ThrumCompareReplicate *new_,
               guint n_new, ThrumComparison *results)
{
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      Side one, two;
      gboolean good = summarize (&one, base, n_base, i);

      results[i] = (ThrumComparison){ .p = 1, .p_adjusted = 1 };
      good = summarize (&two, new_, n_new, i) && good;
      if (good)
        compare_measure (&results[i], &one, &two);
    }
  adjust (results);
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    judge (&results[i], i == THRUM_COMPARE_THROUGHPUT);
}

/* ---- Replicates ---------------------------------------------------------------------------- */

ThrumCompareReplicate
thrum_compare_replicate_of (const ThrumAnalysis *run)
{
  ThrumCompareReplicate replicate;
  double time = run->extent - run->cut;

  replicate.values[THRUM_COMPARE_THROUGHPUT] = time > 0 ? (double)run->total.n_rows / time : 0;
  replicate.values[THRUM_COMPARE_MEAN] = run->total.latency.mean;
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    replicate.values[THRUM_COMPARE_P50 + i] =
        (double)run->total.latency.quantiles[i].value / run->units;
  return replicate;
}

static void
fill_block (ThrumCompareReplicate *block, const ThrumAnalysis *run, guint first, guint end)
{
  ThrumDistribution latency = { .shape = thrum_bucket_shape_coarse };
  guint64 n_rows = 0;

  for (guint i = first; i < end; i++)
    if (run->tally->slices[i] != NULL)
      {
        n_rows += run->tally->slices[i]->n_rows;
        thrum_distribution_merge (&latency, &run->tally->slices[i]->latency);
      }
  block->values[THRUM_COMPARE_THROUGHPUT] =
      (double)n_rows / ((end - first) * (double)run->pass->slice_width / run->units);
  block->values[THRUM_COMPARE_MEAN] = thrum_distribution_mean (&latency, run->units);
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      ThrumBucketRank found = thrum_distribution_find (
          &latency, thrum_quantile_rank (latency.n, thrum_quantiles[i].per_million));
      block->values[THRUM_COMPARE_P50 + i] =
          ((double)found.low + (double)(found.width - 1) / 2) / run->units;
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
