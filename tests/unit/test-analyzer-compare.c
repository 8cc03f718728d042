/* SPDX-License-Identifier: MIT
 *
 * The comparison keeps its level and has its power, on synthetic runs with a stated variation between
 * runs; and its parts against worked examples.
 */
#include <math.h>

#include "analyzer/compare/compare-condition.h"

#define FAMILIES 1000

/* Values without a bracket of their own are certain. */
static void
make_certain (ThrumCompareReplicate *runs, guint n)
{
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
      if (runs[i].brackets[j].most == 0)
        runs[i].brackets[j] = (ThrumBracket){ runs[i].values[j], runs[i].values[j] };
}

static void
compare (ThrumCompareReplicate *base, guint n_base, ThrumCompareReplicate *new_, guint n_new,
         ThrumComparison *results)
{
  make_certain (base, n_base);
  make_certain (new_, n_new);
  thrum_compare (base, n_base, new_, n_new, results);
}

static double
normal (GRand *chance)
{
  return sqrt (-2 * log (1 - g_rand_double (chance))) * cos (2 * G_PI * g_rand_double (chance));
}

/* How many of @n fail where each does by @share on its own. */
static guint
count_failures (GRand *chance, guint n, double share)
{
  guint failures = 0;

  for (double at = 0; share > 0; failures++)
    if ((at += ceil (log (1 - g_rand_double (chance)) / log (1 - share))) > n)
      break;
  return failures;
}

/* A run of 2000 requests: each measure varies by 0.5 of @sd on its own and 0.87 of it with the run as a whole. */
static ThrumCompareReplicate
make_run (GRand *chance, double sd, double factor)
{
  ThrumCompareReplicate run = { 0 };
  double common = normal (chance);

  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    run.values[i] =
        0.01 * (i + 1) * factor * exp (sd * (sqrt (0.75) * common + 0.5 * normal (chance)));
  run.n_rows = 2000;
  run.values[THRUM_COMPARE_FAILURES] =
      count_failures (chance, 2000, run.values[THRUM_COMPARE_FAILURES]) / 2000.0;
  return run;
}

static guint
count_alarms (guint32 seed, guint n_base, guint n_new, double sd, double factor, guint measure)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (seed);
  guint alarms = 0;

  for (guint family = 0; family < FAMILIES; family++)
    {
      ThrumCompareReplicate base[16], new_[16];
      ThrumComparison results[THRUM_N_COMPARE_MEASURES];
      gboolean alarm = FALSE;

      for (guint i = 0; i < n_base; i++)
        base[i] = make_run (chance, sd, 1);
      for (guint i = 0; i < n_new; i++)
        new_[i] = make_run (chance, sd, factor);
      compare (base, n_base, new_, n_new, results);
      for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
        alarm |= results[i].verdict <= THRUM_COMPARE_WORSE
                 && (measure == THRUM_N_COMPARE_MEASURES || i == measure);
      alarms += alarm;
    }
  return alarms;
}

/* A/A: at most 5% of the families may raise any alarm. 1000 families at a true 5% give 50 +- 7; a test
 * that does not hold its level (a plain bootstrap of 5 v 5 has 11.8% for one measure alone) is far off. */
static void
test_level (void)
{
  static const struct {
    guint n_base, n_new;
    double sd;
  } cases[] = { { 5, 5, 0.05 }, { 5, 5, 0.2 },    { 3, 3, 0.05 },
                { 2, 2, 0.05 }, { 10, 10, 0.05 }, { 4, 8, 0.05 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint alarms = count_alarms (1, cases[i].n_base, cases[i].n_new, cases[i].sd, 1,
                                   THRUM_N_COMPARE_MEASURES);

      g_test_message ("%u v %u runs, sd %g: %u of %u families", cases[i].n_base, cases[i].n_new,
                      cases[i].sd, alarms, FAMILIES);
      g_assert_cmpuint (alarms, <=, FAMILIES / 20);
    }
}

/* The same of failures alone, without the other measures' part in the family: rare and frequent, of
 * independent requests and of runs that have bad days. What few failures there are often agree by chance. */
static void
test_level_of_shares (void)
{
  static const struct {
    guint runs, rows_base, rows_new;
    double share, sd;
  } cases[] = { { 2, 2000, 2000, 0, 0 },      { 2, 2000, 2000, 0.0005, 0 },
                { 2, 2000, 200, 0.0005, 0 },  { 2, 2000, 2000, 0.01, 1 },
                { 3, 2000, 2000, 0.002, 0 },  { 5, 2000, 2000, 0.0002, 0 },
                { 5, 2000, 2000, 0.01, 0 },   { 5, 2000, 2000, 0.01, 1 },
                { 5, 200, 200, 0.3, 0.2 },    { 10, 2000, 500, 0.003, 0 },
                { 10, 1000, 1000, 0.01, 0.3 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GRand) chance = g_rand_new_with_seed (3);
      guint alarms = 0;

      for (guint family = 0; family < FAMILIES; family++)
        {
          ThrumCompareReplicate sides[2][16] = { 0 };
          ThrumComparison results[THRUM_N_COMPARE_MEASURES];

          for (guint j = 0; j < 2 * cases[i].runs; j++)
            {
              ThrumCompareReplicate *run = &sides[j % 2][j / 2];
              double share = MIN (cases[i].share * exp (cases[i].sd * normal (chance)), 0.9);

              run->n_rows = j % 2 == 0 ? cases[i].rows_base : cases[i].rows_new;
              run->values[THRUM_COMPARE_FAILURES] =
                  count_failures (chance, (guint)run->n_rows, share) / (double)run->n_rows;
            }
          compare (sides[0], cases[i].runs, sides[1], cases[i].runs, results);
          g_assert_false (results[THRUM_COMPARE_MEAN].possible);
          alarms += results[THRUM_COMPARE_FAILURES].verdict <= THRUM_COMPARE_WORSE;
        }
      g_test_message ("%u runs of %u v %u requests, share %g, sd %g: %u of %u", cases[i].runs,
                      cases[i].rows_base, cases[i].rows_new, cases[i].share, cases[i].sd, alarms,
                      FAMILIES);
      g_assert_cmpuint (alarms, <=, FAMILIES * 65 / 1000); /* 5% and two standard errors */
    }
}

/* A true +2% is found in at least 90% where runs vary by 0.5% and there are 5 a side. */
static void
test_power (void)
{
  guint found = count_alarms (7, 5, 5, 0.005, 1.02, THRUM_COMPARE_P99);

  g_test_message ("+2%% at a run-to-run sd of 0.5%%: found in %u of %u", found, FAMILIES);
  g_assert_cmpuint (found, >=, FAMILIES * 9 / 10);
}

/* Logarithms 0, 0.1, 0.2 and 0.4, 0.5, 0.6: difference 0.4, standard error sqrt (2 x 0.01 / 3), t 4.899
 * with 4 degrees of freedom: p 0.00805. Shares 0.10, 0.11, 0.12 and 0.20, 0.21, 0.22: t 12.25, p
 * 1 - sqrt (150 / 154) (1 + 2 / 154) = 0.000255, the least of the eight. */
static void
test_worked_example (void)
{
  ThrumCompareReplicate base[3] = { 0 }, new_[3] = { 0 };
  ThrumComparison results[THRUM_N_COMPARE_MEASURES];

  for (guint i = 0; i < 3; i++)
    {
      for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
        {
          base[i].values[j] = exp (0.1 * i);
          new_[i].values[j] = exp (0.4 + 0.1 * i);
        }
      base[i].values[THRUM_COMPARE_FAILURES] = 0.1 + 0.01 * i;
      new_[i].values[THRUM_COMPARE_FAILURES] = 0.2 + 0.01 * i;
      base[i].n_rows = new_[i].n_rows = 1000000;
    }
  compare (base, 3, new_, 3, results);
  for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
    if (j != THRUM_COMPARE_FAILURES)
      {
        g_assert_cmpfloat_with_epsilon (results[j].change, exp (0.4), 1e-9);
        g_assert_cmpfloat_with_epsilon (results[j].p, 0.00805, 1e-4);
        g_assert_cmpfloat_with_epsilon (results[j].p_adjusted, 7 * results[j].p, 1e-9);
        g_assert_cmpint (results[j].verdict, ==, THRUM_COMPARE_INCONCLUSIVE);
      }
  const ThrumComparison *failures = &results[THRUM_COMPARE_FAILURES];
  g_assert_cmpfloat_with_epsilon (failures->change, 0.1, 1e-9);
  g_assert_cmpfloat_with_epsilon (failures->p, 0.000255, 1e-6);
  g_assert_cmpfloat_with_epsilon (failures->p_adjusted, 8 * failures->p, 1e-9);
  g_assert_cmpint (failures->verdict, ==, THRUM_COMPARE_WORSE);
}

/* 1 and 1 of 2000, 2 and 2: the pool with one failure and one success a side more is 8 of 8004, the
 * variance 0.0009985 / 4000 a side, t 0.7076 with 2 degrees of freedom, p 1 - t / sqrt (t^2 + 2). And a
 * share of 0 on both sides, of how many requests it may be. */
static void
test_shares (void)
{
  static const struct {
    double base, new_;
    guint64 n_rows;
    double p;
    ThrumCompareVerdict verdict;
  } cases[] = { { 0.0005, 0.001, 2000, 0.5527, THRUM_COMPARE_NO_DIFFERENCE },
                { 0, 0, 2000, 1, THRUM_COMPARE_NO_DIFFERENCE },
                { 0, 0, 50, 1, THRUM_COMPARE_INCONCLUSIVE },
                { 0, 0.9, 2000, 0, THRUM_COMPARE_WORSE },
                { 1, 0, 2000, 0, THRUM_COMPARE_BETTER },
                { 1, 1, 2000, 1, THRUM_COMPARE_NO_DIFFERENCE } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumCompareReplicate base[3] = { 0 }, new_[3] = { 0 };
      ThrumComparison results[THRUM_N_COMPARE_MEASURES];
      const ThrumComparison *failures = &results[THRUM_COMPARE_FAILURES];

      for (guint j = 0; j < 2; j++)
        {
          base[j].values[THRUM_COMPARE_FAILURES] = cases[i].base;
          new_[j].values[THRUM_COMPARE_FAILURES] = cases[i].new_;
          base[j].n_rows = new_[j].n_rows = cases[i].n_rows;
        }
      /* A block of time without rows has no share. */
      compare (base, 3, new_, 3, results);
      g_assert_true (failures->possible);
      g_assert_cmpfloat_with_epsilon (failures->change, cases[i].new_ - cases[i].base, 1e-12);
      g_assert_cmpfloat_with_epsilon (failures->p, cases[i].p, 1e-3);
      g_assert_cmpint (failures->verdict, ==, cases[i].verdict);
      g_assert_cmpfloat (failures->low, >=, -1);
      g_assert_cmpfloat (failures->high, <=, 1);
      g_assert_cmpfloat (failures->low, <, failures->high);
    }
}

static void
test_verdicts (void)
{
  static const struct {
    double factor;
    double spread;
    ThrumCompareVerdict throughput, time;
  } cases[] = {
    { 1.5, 0.001, THRUM_COMPARE_BETTER, THRUM_COMPARE_WORSE },
    { 0.5, 0.001, THRUM_COMPARE_WORSE, THRUM_COMPARE_BETTER },
    { 1, 0.001, THRUM_COMPARE_NO_DIFFERENCE, THRUM_COMPARE_NO_DIFFERENCE },
    { 1, 0.3, THRUM_COMPARE_INCONCLUSIVE, THRUM_COMPARE_INCONCLUSIVE },
    { 1, 0, THRUM_COMPARE_NO_DIFFERENCE, THRUM_COMPARE_NO_DIFFERENCE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumCompareReplicate base[5] = { 0 }, new_[5] = { 0 };
      ThrumComparison results[THRUM_N_COMPARE_MEASURES];

      for (guint k = 0; k < 5; k++)
        for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
          {
            double scale = j == THRUM_COMPARE_FAILURES ? 0.1 : 1;

            base[k].values[j] = scale * (1 + cases[i].spread * k);
            new_[k].values[j] = scale * cases[i].factor * (1 + cases[i].spread * k);
            base[k].n_rows = new_[k].n_rows = 1000000;
          }
      compare (base, 5, new_, 5, results);
      g_assert_cmpint (results[THRUM_COMPARE_THROUGHPUT].verdict, ==, cases[i].throughput);
      g_assert_cmpint (results[THRUM_COMPARE_P99].verdict, ==, cases[i].time);
      g_assert_cmpint (results[THRUM_COMPARE_FAILURES].verdict, ==, cases[i].time);
    }
}

/* A lower bound may be any larger: what would need it to be no larger is not said. */
static void
test_lower_bounds (void)
{
  static const struct {
    double factor;
    gboolean base, new_;
    ThrumCompareVerdict verdict;
  } cases[] = {
    { 1.5, FALSE, FALSE, THRUM_COMPARE_WORSE },
    { 1.5, FALSE, TRUE, THRUM_COMPARE_WORSE },
    { 1.5, TRUE, FALSE, THRUM_COMPARE_INCONCLUSIVE },
    { 1.5, TRUE, TRUE, THRUM_COMPARE_INCONCLUSIVE },
    { 0.5, FALSE, TRUE, THRUM_COMPARE_INCONCLUSIVE },
    { 0.5, TRUE, FALSE, THRUM_COMPARE_BETTER },
    { 0.5, TRUE, TRUE, THRUM_COMPARE_INCONCLUSIVE },
    { 1, FALSE, TRUE, THRUM_COMPARE_INCONCLUSIVE },
    { 1, TRUE, FALSE, THRUM_COMPARE_INCONCLUSIVE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumCompareReplicate base[5] = { 0 }, new_[5] = { 0 };
      ThrumComparison results[THRUM_N_COMPARE_MEASURES];

      for (guint k = 0; k < 5; k++)
        for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
          {
            base[k].values[j] = 1 + 0.001 * k;
            new_[k].values[j] = cases[i].factor * (1 + 0.001 * k);
          }
      /* One of the runs is enough; other measures are as they were. */
      if (cases[i].base)
        base[3].brackets[THRUM_COMPARE_P99] =
            (ThrumBracket){ base[3].values[THRUM_COMPARE_P99], HUGE_VAL };
      if (cases[i].new_)
        new_[4].brackets[THRUM_COMPARE_P99] =
            (ThrumBracket){ new_[4].values[THRUM_COMPARE_P99], HUGE_VAL };
      compare (base, 5, new_, 5, results);
      g_assert_cmpint (results[THRUM_COMPARE_P99].verdict, ==, cases[i].verdict);
      g_assert_cmpint (results[THRUM_COMPARE_P99].base_at_least, ==, cases[i].base);
      g_assert_cmpint (results[THRUM_COMPARE_P99].new_at_least, ==, cases[i].new_);
      g_assert_cmpint (isnan (results[THRUM_COMPARE_P99].low) != 0, ==, cases[i].base);
      g_assert_cmpint (isnan (results[THRUM_COMPARE_P99].high) != 0, ==, cases[i].new_);
      g_assert_false (results[THRUM_COMPARE_P95].new_at_least);
      g_assert_cmpint (results[THRUM_COMPARE_P95].verdict, !=, THRUM_COMPARE_INCONCLUSIVE);
    }
}

/* A difference is shown if it holds whatever of the brackets is true; a condition is undecided where it
 * need not. BASE measured 1 s; @least and @most are of NEW, which measured @value. */
static void
test_brackets (void)
{
  static const struct {
    double value, least, most, base_least, base_most;
    ThrumCompareVerdict verdict;
    ThrumJudgement judgement; /* of p99 slower than 5% */
  } cases[] = {
    { 1.5, 1.4, 1.5, 1, 1, THRUM_COMPARE_WORSE, THRUM_JUDGEMENT_FAILED },
    { 1.5, 1.0, 1.5, 1, 1, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_UNDECIDED },
    { 1.5, 1.04, 1.5, 1, 1, THRUM_COMPARE_WORSE, THRUM_JUDGEMENT_UNDECIDED },
    { 1.5, 0.9, HUGE_VAL, 1, 1, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_UNDECIDED },
    { 1.0, 1.0, 1.0, 0.5, 1, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_UNDECIDED },
    { 1.0, 0.99, 1.02, 0.99, 1.02, THRUM_COMPARE_NO_DIFFERENCE, THRUM_JUDGEMENT_PASSED },
    { 1.0, 0.8, 1.0, 1, 1, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_PASSED },
    { 0.5, 0.4, 0.6, 0.9, 1, THRUM_COMPARE_BETTER, THRUM_JUDGEMENT_PASSED },
    { 0.5, 0.4, 1.0, 1, 1, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_PASSED },
    { 0.5, 0.4, HUGE_VAL, 1, 1, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_UNDECIDED },
  };
  ThrumCompareCondition condition = { .measure = THRUM_COMPARE_P99, .limit = 0.05 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumCompareReplicate base[5] = { 0 }, new_[5] = { 0 };
      ThrumCompareOutcome outcome = { 0 };

      for (guint k = 0; k < 5; k++)
        for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
          {
            double scale = 1 + 0.001 * k;

            base[k].values[j] = scale;
            base[k].brackets[j] =
                (ThrumBracket){ scale * cases[i].base_least, scale * cases[i].base_most };
            new_[k].values[j] = scale * cases[i].value;
            new_[k].brackets[j] = (ThrumBracket){ scale * cases[i].least, scale * cases[i].most };
          }
      thrum_compare (base, 5, new_, 5, outcome.results);
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (outcome.results[THRUM_COMPARE_P99].verdict, ==, cases[i].verdict);
      ThrumCheckResult *check = thrum_compare_condition_check (&condition, &outcome);
      g_assert_cmpint (check->judgement, ==, cases[i].judgement);
      thrum_check_result_free (check);
    }
}

static ThrumCompareSide
make_side (const double *blocks, guint n, double value, ThrumBracket bracket)
{
  ThrumCompareSide side = { .replicates =
                                g_array_new (FALSE, FALSE, sizeof (ThrumCompareReplicate)),
                            .blocks = g_array_new (FALSE, FALSE, sizeof (ThrumCompareReplicate)) };
  ThrumCompareReplicate whole = { .n_rows = 1000 };

  for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
    {
      whole.values[j] = value;
      whole.brackets[j] = bracket;
    }
  g_array_append_val (side.replicates, whole);
  for (guint i = 0; i < n; i++)
    {
      ThrumCompareReplicate block = { .n_rows = 100 };

      for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
        block.values[j] = blocks[i] * (1 + 0.001 * i);
      make_certain (&block, 1);
      g_array_append_val (side.blocks, block);
    }
  return side;
}

/* One run a side: its blocks stand in for runs, but the figures are the run's own, and no difference is
 * shown that these do not have. A stop of 0.8 s of 2 s makes the p99 766 ms, and that of one block. */
static void
test_one_run (void)
{
  static const double even[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
  static const double stopped[] = { .02, .02, .02, .02, .02, .02, .02, 7, .02, .02 };
  static const double slower[] = { 2, 2, 2, 2, 2, 2, 2, 2, 2, 2 };
  static const struct {
    const double *blocks;
    double value;
    ThrumBracket bracket;
    ThrumCompareVerdict verdict;
    ThrumJudgement judgement;
  } cases[] = {
    { stopped, 12, { 12, 12 }, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_UNDECIDED },
    { stopped, 12, { 0.1, 12 }, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_UNDECIDED },
    { stopped, 0.5, { 0.1, 0.9 }, THRUM_COMPARE_BETTER, THRUM_JUDGEMENT_PASSED },
    { slower, 2, { 2, 2 }, THRUM_COMPARE_WORSE, THRUM_JUDGEMENT_FAILED },
    { slower, 1.04, { 1.04, 2 }, THRUM_COMPARE_WORSE, THRUM_JUDGEMENT_UNDECIDED },
    { slower, 0.9, { 0.9, 0.9 }, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_UNDECIDED },
    { even, 1.01, { 1.01, 1.01 }, THRUM_COMPARE_NO_DIFFERENCE, THRUM_JUDGEMENT_PASSED },
    { even, 3, { 3, 3 }, THRUM_COMPARE_INCONCLUSIVE, THRUM_JUDGEMENT_PASSED },
  };
  ThrumCompareCondition condition = { .measure = THRUM_COMPARE_P99, .limit = 0.05 };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumCompareSide base = make_side (even, 10, 1, (ThrumBracket){ 1, 1 });
      ThrumCompareSide new_ = make_side (cases[i].blocks, 10, cases[i].value, cases[i].bracket);
      ThrumCompareOutcome outcome = { 0 };
      const ThrumComparison *result = &outcome.results[THRUM_COMPARE_P99];

      thrum_compare_sides (&outcome, &base, &new_);
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_true (outcome.by_blocks && result->possible);
      g_assert_cmpfloat (result->base, ==, 1);
      g_assert_cmpfloat (result->new, ==, cases[i].value);
      g_assert_cmpfloat (result->change, ==, cases[i].value);
      g_assert_true (result->low <= cases[i].bracket.least
                     && result->high >= cases[i].bracket.most);
      g_assert_cmpint (result->verdict, ==, cases[i].verdict);
      ThrumCheckResult *check = thrum_compare_condition_check (&condition, &outcome);
      g_assert_cmpint (check->judgement, ==, cases[i].judgement);
      thrum_check_result_free (check);
      for (guint k = 0; k < 2; k++)
        {
          g_array_unref (k == 0 ? base.replicates : new_.replicates);
          g_array_unref (k == 0 ? base.blocks : new_.blocks);
        }
    }
}

/* No time, or one run: nothing can be said. */
static void
test_impossible (void)
{
  ThrumCompareReplicate base[2] = { 0 }, new_[2] = { 0 };
  ThrumComparison results[THRUM_N_COMPARE_MEASURES];

  compare (base, 2, new_, 2, results);
  g_assert_false (results[0].possible);
  g_assert_cmpint (results[0].verdict, ==, THRUM_COMPARE_INCONCLUSIVE);
  base[0].values[0] = new_[0].values[0] = 1;
  compare (base, 1, new_, 1, results);
  g_assert_false (results[0].possible);
}

static void
test_conditions (void)
{
  static const struct {
    const char *text;
    int measure; /* -1: refused */
    double limit;
  } cases[] = { { "p99 slower than 5%", THRUM_COMPARE_P99, 0.05 },
                { " p99.9  slower than 0.5 % ", THRUM_COMPARE_P999, 0.005 },
                { "throughput lower than 2%", THRUM_COMPARE_THROUGHPUT, 0.02 },
                { "failures higher than 1%", THRUM_COMPARE_FAILURES, 0.01 },
                { "failures worse than 0%", THRUM_COMPARE_FAILURES, 0 },
                { "p98 slower than 5%", -1, 0 },
                { "p99 lower than 5%", -1, 0 },
                { "failures lower than 1%", -1, 0 },
                { "failures slower than 1%", -1, 0 },
                { "throughput higher than 2%", -1, 0 },
                { "p99 slower than 5", -1, 0 },
                { "p99 faster than 5%", -1, 0 },
                { "", -1, 0 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumCompareCondition condition;
      g_autoptr (GError) error = NULL;
      gboolean good = thrum_compare_condition_parse (&condition, cases[i].text, &error);

      g_assert_cmpint (good, ==, cases[i].measure >= 0);
      if (!good)
        continue;
      g_assert_cmpint ((int)condition.measure, ==, cases[i].measure);
      g_assert_cmpfloat_with_epsilon (condition.limit, cases[i].limit, 1e-12);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/compare/level", test_level);
  g_test_add_func ("/analyzer/compare/level-of-shares", test_level_of_shares);
  g_test_add_func ("/analyzer/compare/power", test_power);
  g_test_add_func ("/analyzer/compare/worked-example", test_worked_example);
  g_test_add_func ("/analyzer/compare/shares", test_shares);
  g_test_add_func ("/analyzer/compare/verdicts", test_verdicts);
  g_test_add_func ("/analyzer/compare/lower-bounds", test_lower_bounds);
  g_test_add_func ("/analyzer/compare/brackets", test_brackets);
  g_test_add_func ("/analyzer/compare/one-run", test_one_run);
  g_test_add_func ("/analyzer/compare/impossible", test_impossible);
  g_test_add_func ("/analyzer/compare/conditions", test_conditions);
  return g_test_run ();
}
