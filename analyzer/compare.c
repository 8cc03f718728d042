/* SPDX-License-Identifier: MIT
 *
 * Whether two sides of runs differ. Pure arithmetic on the runs' values; prints nothing. Any thread.
 */
#include <math.h>

#include "analyzer/compare.h"
#include "record/student.h"

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

static gboolean
any_at_least (const ThrumCompareReplicate *replicates, guint n, guint measure)
{
  for (guint i = 0; i < n; i++)
    if (replicates[i].at_least[measure])
      return TRUE;
  return FALSE;
}

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
  double half =
      thrum_t_critical (THRUM_COMPARE_LEVEL / THRUM_N_COMPARE_MEASURES, df) * sqrt (variance);

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

/* Nobody knows how far above a lower bound the value is: what would need it to be no larger cannot be
 * said. Nor can an end of the interval that it could move. */
static void
bound (ThrumComparison *result)
{
  if ((result->new_at_least && result->verdict != THRUM_COMPARE_SLOWER)
      || (result->base_at_least && result->verdict != THRUM_COMPARE_FASTER))
    result->verdict = THRUM_COMPARE_INCONCLUSIVE;
  if (result->new_at_least)
    result->high = NAN;
  if (result->base_at_least)
    result->low = NAN;
}

static void
judge (ThrumComparison *result, gboolean more_is_better)
{
  if (!result->possible)
    result->verdict = THRUM_COMPARE_INCONCLUSIVE;
  else if (result->p_adjusted <= THRUM_COMPARE_LEVEL)
    result->verdict =
        (result->ratio > 1) == more_is_better ? THRUM_COMPARE_FASTER : THRUM_COMPARE_SLOWER;
  else
    result->verdict = result->low > 1 - EQUIVALENCE && result->high < 1 + EQUIVALENCE
                          ? THRUM_COMPARE_NO_DIFFERENCE
                          : THRUM_COMPARE_INCONCLUSIVE;
  bound (result);
}

void
thrum_compare (const ThrumCompareReplicate *base, guint n_base, const ThrumCompareReplicate *new_,
               guint n_new, ThrumComparison *results)
{
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      Side one, two;
      gboolean good = summarize (&one, base, n_base, i);

      results[i] = (ThrumComparison){ .p = 1,
                                      .p_adjusted = 1,
                                      .base_at_least = any_at_least (base, n_base, i),
                                      .new_at_least = any_at_least (new_, n_new, i) };
      good = summarize (&two, new_, n_new, i) && good;
      if (good)
        compare_measure (&results[i], &one, &two);
    }
  adjust (results);
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    judge (&results[i], i == THRUM_COMPARE_THROUGHPUT);
}
