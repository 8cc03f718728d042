/* SPDX-License-Identifier: MIT
 *
 * The comparison keeps its level and has its power, on synthetic runs with a stated variation between
 * runs; and its parts against worked examples.
 */
#include <math.h>

#include "analyzer/compare-condition.h"

#define FAMILIES 1000

static double
normal (GRand *chance)
{
  return sqrt (-2 * log (1 - g_rand_double (chance))) * cos (2 * G_PI * g_rand_double (chance));
}

/* A run: each measure varies by 0.5 of @sd on its own and 0.87 of it with the run as a whole. */
static ThrumCompareReplicate
make_run (GRand *chance, double sd, double factor)
{
  ThrumCompareReplicate run = { 0 };
  double common = normal (chance);

  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    run.values[i] =
        0.01 * (i + 1) * factor * exp (sd * (sqrt (0.75) * common + 0.5 * normal (chance)));
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
      thrum_compare (base, n_base, new_, n_new, results);
      for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
        alarm |= results[i].verdict <= THRUM_COMPARE_SLOWER
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

/* A true +2% is found in at least 90% where runs vary by 0.5% and there are 5 a side. */
static void
test_power (void)
{
  guint found = count_alarms (7, 5, 5, 0.005, 1.02, THRUM_COMPARE_P99);

  g_test_message ("+2%% at a run-to-run sd of 0.5%%: found in %u of %u", found, FAMILIES);
  g_assert_cmpuint (found, >=, FAMILIES * 9 / 10);
}

/* Logarithms 0, 0.1, 0.2 and 0.4, 0.5, 0.6: difference 0.4, standard error sqrt (2 x 0.01 / 3), t 4.899
 * with 4 degrees of freedom: p 0.00805. */
static void
test_worked_example (void)
{
  ThrumCompareReplicate base[3] = { 0 }, new_[3] = { 0 };
  ThrumComparison results[THRUM_N_COMPARE_MEASURES];

  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
      {
        base[i].values[j] = exp (0.1 * i);
        new_[i].values[j] = exp (0.4 + 0.1 * i);
      }
  thrum_compare (base, 3, new_, 3, results);
  for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
    {
      g_assert_cmpfloat_with_epsilon (results[j].ratio, exp (0.4), 1e-9);
      g_assert_cmpfloat_with_epsilon (results[j].p, 0.00805, 1e-4);
      g_assert_cmpfloat_with_epsilon (results[j].p_adjusted, 7 * results[j].p, 1e-9);
      g_assert_cmpint (results[j].verdict, ==, THRUM_COMPARE_INCONCLUSIVE);
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
    { 1.5, 0.001, THRUM_COMPARE_FASTER, THRUM_COMPARE_SLOWER },
    { 0.5, 0.001, THRUM_COMPARE_SLOWER, THRUM_COMPARE_FASTER },
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
            base[k].values[j] = 1 + cases[i].spread * k;
            new_[k].values[j] = cases[i].factor * (1 + cases[i].spread * k);
          }
      thrum_compare (base, 5, new_, 5, results);
      g_assert_cmpint (results[THRUM_COMPARE_THROUGHPUT].verdict, ==, cases[i].throughput);
      g_assert_cmpint (results[THRUM_COMPARE_P99].verdict, ==, cases[i].time);
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
    { 1.5, FALSE, FALSE, THRUM_COMPARE_SLOWER },
    { 1.5, FALSE, TRUE, THRUM_COMPARE_SLOWER },
    { 1.5, TRUE, FALSE, THRUM_COMPARE_INCONCLUSIVE },
    { 1.5, TRUE, TRUE, THRUM_COMPARE_INCONCLUSIVE },
    { 0.5, FALSE, TRUE, THRUM_COMPARE_INCONCLUSIVE },
    { 0.5, TRUE, FALSE, THRUM_COMPARE_FASTER },
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
      base[3].at_least[THRUM_COMPARE_P99] = cases[i].base;
      new_[4].at_least[THRUM_COMPARE_P99] = cases[i].new_;
      thrum_compare (base, 5, new_, 5, results);
      g_assert_cmpint (results[THRUM_COMPARE_P99].verdict, ==, cases[i].verdict);
      g_assert_cmpint (results[THRUM_COMPARE_P99].base_at_least, ==, cases[i].base);
      g_assert_cmpint (results[THRUM_COMPARE_P99].new_at_least, ==, cases[i].new_);
      g_assert_cmpint (isnan (results[THRUM_COMPARE_P99].low) != 0, ==, cases[i].base);
      g_assert_cmpint (isnan (results[THRUM_COMPARE_P99].high) != 0, ==, cases[i].new_);
      g_assert_false (results[THRUM_COMPARE_P95].new_at_least);
      g_assert_cmpint (results[THRUM_COMPARE_P95].verdict, !=, THRUM_COMPARE_INCONCLUSIVE);
    }
}

/* No time, or one run: nothing can be said. */
static void
test_impossible (void)
{
  ThrumCompareReplicate base[2] = { 0 }, new_[2] = { 0 };
  ThrumComparison results[THRUM_N_COMPARE_MEASURES];

  thrum_compare (base, 2, new_, 2, results);
  g_assert_false (results[0].possible);
  g_assert_cmpint (results[0].verdict, ==, THRUM_COMPARE_INCONCLUSIVE);
  base[0].values[0] = new_[0].values[0] = 1;
  thrum_compare (base, 1, new_, 1, results);
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
                { "p98 slower than 5%", -1, 0 },
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
  g_test_add_func ("/analyzer/compare/power", test_power);
  g_test_add_func ("/analyzer/compare/worked-example", test_worked_example);
  g_test_add_func ("/analyzer/compare/verdicts", test_verdicts);
  g_test_add_func ("/analyzer/compare/lower-bounds", test_lower_bounds);
  g_test_add_func ("/analyzer/compare/impossible", test_impossible);
  g_test_add_func ("/analyzer/compare/conditions", test_conditions);
  return g_test_run ();
}
