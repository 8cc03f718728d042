/* SPDX-License-Identifier: MIT
 *
 * Whether two sides of runs differ. Pure arithmetic on the runs' values; prints nothing. Any thread.
 */
#include <math.h>

#include "analyzer/compare.h"
#include "record/student.h"

#define EQUIVALENCE 0.05
#define EQUIVALENCE_OF_SHARES 0.01

const char *const thrum_compare_measures[THRUM_N_COMPARE_MEASURES] = {
#define ROW(symbol, name) name,
  THRUM_COMPARE_MEASURES (ROW)
#undef ROW
};

const char *
thrum_compare_verdict_name (guint measure, ThrumCompareVerdict verdict)
{
  static const char *const names[] = { "faster", "slower", "no difference shown", "inconclusive" };

  if (measure == THRUM_COMPARE_FAILURES && verdict <= THRUM_COMPARE_WORSE)
    return verdict == THRUM_COMPARE_WORSE ? "more" : "fewer";
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

/* Shares as they are; a block of time without rows has none. */
static gboolean
summarize_shares (Side *side, const ThrumCompareReplicate *replicates, guint n, guint64 *n_rows)
{
  double squares = 0;

  *side = (Side){ 0 };
  *n_rows = 0;
  for (guint i = 0; i < n; i++)
    if (replicates[i].n_rows > 0)
      {
        side->n++;
        side->mean += replicates[i].values[THRUM_COMPARE_FAILURES];
        *n_rows += replicates[i].n_rows;
      }
  if (side->n < 2)
    return FALSE;
  side->mean /= side->n;
  for (guint i = 0; i < n; i++)
    if (replicates[i].n_rows > 0)
      {
        double deviation = replicates[i].values[THRUM_COMPARE_FAILURES] - side->mean;
        squares += deviation * deviation;
      }
  side->variance = squares / (side->n - 1) / side->n;
  return TRUE;
}

static void
compare_means (ThrumComparison *result, const Side *base, const Side *new_)
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
  result->base = base->mean;
  result->new = new_->mean;
  result->change = difference;
  result->low = difference - half;
  result->high = difference + half;
  if (variance > 0)
    result->p = thrum_t_two_sided (difference / sqrt (variance), df);
  else
    result->p = fabs (difference) < 1e-12 ? 1 : 0;
}

static void
compare_logarithms (ThrumComparison *result, const ThrumCompareReplicate *base, guint n_base,
                    const ThrumCompareReplicate *new_, guint n_new, guint measure)
{
  Side one, two;

  if (!summarize (&one, base, n_base, measure) || !summarize (&two, new_, n_new, measure))
    return;
  compare_means (result, &one, &two);
  result->base = exp (result->base);
  result->new = exp (result->new);
  result->change = exp (result->change);
  result->low = exp (result->low);
  result->high = exp (result->high);
}

/* The least variance is that of independent requests of the share that both sides have together, by
 * Agresti and Caffo (2000) with one failure and one success a side more than there were, so that none in
 * 100 is not known to be none in a million. Example: 0 of 2000 on both sides is a share of 2 / 4004, and
 * a variance of 2.5e-7 a side: with 9 degrees of freedom and more within 0.2 points. */
static void
compare_shares (ThrumComparison *result, const ThrumCompareReplicate *base, guint n_base,
                const ThrumCompareReplicate *new_, guint n_new)
{
  Side one, two;
  guint64 n_one, n_two;

  if (!summarize_shares (&one, base, n_base, &n_one)
      || !summarize_shares (&two, new_, n_new, &n_two))
    return;

  double n[] = { (double)n_one, (double)n_two };
  double share = (one.mean * n[0] + two.mean * n[1] + 2) / (n[0] + n[1] + 4);
  one.variance = MAX (one.variance, share * (1 - share) / n[0]);
  two.variance = MAX (two.variance, share * (1 - share) / n[1]);
  compare_means (result, &one, &two);
  result->low = MAX (result->low, -1);
  result->high = MIN (result->high, 1);
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
  if ((result->new_at_least && result->verdict != THRUM_COMPARE_WORSE)
      || (result->base_at_least && result->verdict != THRUM_COMPARE_BETTER))
    result->verdict = THRUM_COMPARE_INCONCLUSIVE;
  if (result->new_at_least)
    result->high = NAN;
  if (result->base_at_least)
    result->low = NAN;
}

static void
judge (ThrumComparison *result, guint measure)
{
  gboolean is_share = measure == THRUM_COMPARE_FAILURES;
  double none = is_share ? 0 : 1;
  double room = is_share ? EQUIVALENCE_OF_SHARES : EQUIVALENCE;

  if (!result->possible)
    result->verdict = THRUM_COMPARE_INCONCLUSIVE;
  else if (result->p_adjusted <= THRUM_COMPARE_LEVEL)
    result->verdict = (result->change > none) == (measure == THRUM_COMPARE_THROUGHPUT)
                          ? THRUM_COMPARE_BETTER
                          : THRUM_COMPARE_WORSE;
  else
    result->verdict = result->low > none - room && result->high < none + room
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
      results[i] = (ThrumComparison){ .p = 1,
                                      .p_adjusted = 1,
                                      .base_at_least = any_at_least (base, n_base, i),
                                      .new_at_least = any_at_least (new_, n_new, i) };
      if (i == THRUM_COMPARE_FAILURES)
        compare_shares (&results[i], base, n_base, new_, n_new);
      else
        compare_logarithms (&results[i], base, n_base, new_, n_new, i);
    }
  adjust (results);
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    judge (&results[i], i);
}
