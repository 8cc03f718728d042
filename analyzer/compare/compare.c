/* SPDX-License-Identifier: MIT
 *
 * Decides whether two sides of runs differ. It is pure arithmetic on the runs' values, and prints
 * nothing. Any thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/compare/compare.h"
#include "stats/student.h"

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

/* Which of a run's values is taken: what was measured, or an end of its bracket. */
typedef enum { MEASURED, LEAST, MOST } End;

static double
get_value (const ThrumCompareReplicate *replicate, guint measure, End end)
{
  return end == LEAST  ? replicate->brackets[measure].least
         : end == MOST ? replicate->brackets[measure].most
                       : replicate->values[measure];
}

/* The two sides of a comparison. */
typedef struct {
  const ThrumCompareReplicate *base, *new_;
  guint n_base, n_new;
  End base_end, new_end;
} Sides;

static gboolean
any_at_least (const ThrumCompareReplicate *replicates, guint n, guint measure)
{
  for (guint i = 0; i < n; i++)
    if (isinf (replicates[i].brackets[measure].most))
      return TRUE;
  return FALSE;
}

/* FALSE where a value is not positive, or unknown: it has no logarithm. */
static gboolean
summarize (Side *side, const ThrumCompareReplicate *replicates, guint n, guint measure, End end)
{
  double squares = 0;

  *side = (Side){ .n = n };
  for (guint i = 0; i < n; i++)
    {
      double value = get_value (&replicates[i], measure, end);

      if (!(value > 0) || isinf (value))
        return FALSE;
      side->mean += log (value) / n;
    }
  for (guint i = 0; i < n && n > 1; i++)
    {
      double deviation = log (get_value (&replicates[i], measure, end)) - side->mean;
      squares += deviation * deviation;
    }
  side->variance = n > 1 ? squares / (n - 1) / n : 0;
  return n > 1;
}

/* Shares as they are; a block of time without rows has none. */
static gboolean
summarize_shares (Side *side, const ThrumCompareReplicate *replicates, guint n, End end,
                  guint64 *n_rows)
{
  double squares = 0;

  *side = (Side){ 0 };
  *n_rows = 0;
  for (guint i = 0; i < n; i++)
    if (replicates[i].n_rows > 0)
      {
        side->n++;
        side->mean += get_value (&replicates[i], THRUM_COMPARE_FAILURES, end);
        *n_rows += replicates[i].n_rows;
      }
  if (side->n < 2)
    return FALSE;
  side->mean /= side->n;
  for (guint i = 0; i < n; i++)
    if (replicates[i].n_rows > 0)
      {
        double deviation = get_value (&replicates[i], THRUM_COMPARE_FAILURES, end) - side->mean;
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
compare_logarithms (ThrumComparison *result, const Sides *sides, guint measure)
{
  Side one, two;

  if (!summarize (&one, sides->base, sides->n_base, measure, sides->base_end)
      || !summarize (&two, sides->new_, sides->n_new, measure, sides->new_end))
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
compare_shares (ThrumComparison *result, const Sides *sides)
{
  Side one, two;
  guint64 n_one, n_two;

  if (!summarize_shares (&one, sides->base, sides->n_base, sides->base_end, &n_one)
      || !summarize_shares (&two, sides->new_, sides->n_new, sides->new_end, &n_two))
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

/* All measures by one end of each side: a family of comparisons. */
static void
compare_ends (Sides sides, End base_end, End new_end, ThrumComparison *results)
{
  sides.base_end = base_end;
  sides.new_end = new_end;
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      results[i] = (ThrumComparison){ .p = 1, .p_adjusted = 1 };
      if (i == THRUM_COMPARE_FAILURES)
        compare_shares (&results[i], &sides);
      else
        compare_logarithms (&results[i], &sides, i);
    }
  adjust (results);
}

/* Reports whether no value has a bracket, so that there is only one comparison. */
static gboolean
is_certain (const ThrumCompareReplicate *replicates, guint n)
{
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
      if (replicates[i].brackets[j].least != replicates[i].values[j]
          || replicates[i].brackets[j].most != replicates[i].values[j])
        return FALSE;
  return TRUE;
}

static gboolean
is_shown (const ThrumComparison *result)
{
  return result->possible && result->p_adjusted <= THRUM_COMPARE_LEVEL;
}

/* @least and @most: the least and the greatest change that the brackets leave. A difference is shown if
 * it is by these, too; that there is none, if neither leaves room for one. */
static void
judge (ThrumComparison *result, const ThrumComparison *least, const ThrumComparison *most,
       guint measure)
{
  gboolean is_share = measure == THRUM_COMPARE_FAILURES;
  gboolean is_throughput = measure == THRUM_COMPARE_THROUGHPUT;
  double none = is_share ? 0 : 1;
  double room = is_share ? EQUIVALENCE_OF_SHARES : EQUIVALENCE;

  result->verdict = THRUM_COMPARE_INCONCLUSIVE;
  if (!result->possible)
    return;
  result->low = least->possible ? MIN (result->low, least->low) : NAN;
  result->high = most->possible ? MAX (result->high, most->high) : NAN;
  result->least_change = least->possible ? MIN (result->change, least->change) : NAN;
  result->most_change = most->possible ? MAX (result->change, most->change) : NAN;
  result->could_be_less = !least->possible || (is_shown (least) && least->change < none);
  result->could_be_more = !most->possible || (is_shown (most) && most->change > none);
  if (is_shown (result) && result->change > none && is_shown (least) && least->change > none)
    result->verdict = is_throughput ? THRUM_COMPARE_BETTER : THRUM_COMPARE_WORSE;
  else if (is_shown (result) && result->change < none && is_shown (most) && most->change < none)
    result->verdict = is_throughput ? THRUM_COMPARE_WORSE : THRUM_COMPARE_BETTER;
  else if (!is_shown (result) && result->low > none - room && result->high < none + room)
    result->verdict = THRUM_COMPARE_NO_DIFFERENCE;
}

void
thrum_compare (const ThrumCompareReplicate *base, guint n_base, const ThrumCompareReplicate *new_,
               guint n_new, ThrumComparison *results)
{
  Sides sides = { .base = base, .new_ = new_, .n_base = n_base, .n_new = n_new };
  ThrumComparison least[THRUM_N_COMPARE_MEASURES], most[THRUM_N_COMPARE_MEASURES];

  compare_ends (sides, MEASURED, MEASURED, results);
  if (is_certain (base, n_base) && is_certain (new_, n_new))
    {
      memcpy (least, results, sizeof least);
      memcpy (most, results, sizeof most);
    }
  else
    {
      compare_ends (sides, MOST, LEAST, least);
      compare_ends (sides, LEAST, MOST, most);
    }
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      results[i].base_at_least = any_at_least (base, n_base, i);
      results[i].new_at_least = any_at_least (new_, n_new, i);
      judge (&results[i], &least[i], &most[i], i);
    }
}

/* By how much @to differs from @from; NAN where nobody knows. */
static double
get_change (guint measure, double from, double to)
{
  double change = measure == THRUM_COMPARE_FAILURES ? to - from : to / from;

  return isfinite (change) ? change : NAN;
}

/* NAN, which is unknown, stays so. */
static double
lower_of (double a, double b)
{
  return isnan (a) || isnan (b) ? NAN : MIN (a, b);
}

static double
higher_of (double a, double b)
{
  return isnan (a) || isnan (b) ? NAN : MAX (a, b);
}

static void
hold_against_whole (ThrumComparison *result, double least, double most, guint measure)
{
  gboolean is_share = measure == THRUM_COMPARE_FAILURES;
  gboolean is_worse = result->verdict == THRUM_COMPARE_WORSE;
  gboolean is_more = is_worse == (measure != THRUM_COMPARE_THROUGHPUT);
  double none = is_share ? 0 : 1;
  double room = is_share ? EQUIVALENCE_OF_SHARES : EQUIVALENCE;

  result->low = lower_of (result->low, least);
  result->high = higher_of (result->high, most);
  result->least_change = lower_of (result->least_change, least);
  result->most_change = higher_of (result->most_change, most);
  if (result->verdict == THRUM_COMPARE_NO_DIFFERENCE)
    result->contradicts = !(result->low > none - room && result->high < none + room);
  else if (result->verdict != THRUM_COMPARE_INCONCLUSIVE)
    {
      result->contradicts = is_more ? !(least > none) : !(most < none);
      result->could_be_less |= result->contradicts && is_more;
      result->could_be_more |= result->contradicts && !is_more;
    }
  if (result->contradicts)
    result->verdict = THRUM_COMPARE_INCONCLUSIVE;
}

void
thrum_compare_by_whole (const ThrumCompareReplicate *base, const ThrumCompareReplicate *new_,
                        ThrumComparison *results)
{
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      ThrumBracket one = base->brackets[i], two = new_->brackets[i];

      if (!results[i].possible)
        continue;
      results[i].base = base->values[i];
      results[i].new = new_->values[i];
      results[i].change = get_change (i, base->values[i], new_->values[i]);
      hold_against_whole (&results[i], isinf (one.most) ? NAN : get_change (i, one.most, two.least),
                          get_change (i, one.least, two.most), i);
    }
}
