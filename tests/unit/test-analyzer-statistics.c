/* SPDX-License-Identifier: MIT
 *
 * Textbook statistics against tables, closed forms and worked examples.
 */
#include <math.h>

#include "analyzer/statistics.h"

static void
test_beta (void)
{
  static const double xs[] = { 0.01, 0.3, 0.5, 0.77, 0.99 };

  for (gsize i = 0; i < G_N_ELEMENTS (xs); i++)
    {
      double x = xs[i];

      g_assert_cmpfloat_with_epsilon (thrum_incomplete_beta (1, 1, x), x, 1e-12);
      g_assert_cmpfloat_with_epsilon (thrum_incomplete_beta (3, 1, x), x * x * x, 1e-12);
      g_assert_cmpfloat_with_epsilon (thrum_incomplete_beta (1, 4, x), 1 - pow (1 - x, 4), 1e-12);
      g_assert_cmpfloat_with_epsilon (thrum_incomplete_beta (0.5, 0.5, x),
                                      2 / G_PI * asin (sqrt (x)), 1e-10);
    }
}

/* From any table of Student's t. */
static void
test_t (void)
{
  static const struct {
    double alpha, df, t;
  } cases[] = { { 0.05, 1, 12.7062 }, { 0.05, 4, 2.7764 },    { 0.05, 19, 2.0930 },
                { 0.01, 8, 3.3554 },  { 0.05, 1000, 1.9623 }, { 0.10, 30, 1.6973 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_assert_cmpfloat_with_epsilon (thrum_t_critical (cases[i].alpha, cases[i].df), cases[i].t,
                                      1e-3);
      g_assert_cmpfloat_with_epsilon (thrum_t_two_sided (cases[i].t, cases[i].df), cases[i].alpha,
                                      1e-4);
    }
}

static void
test_ranks (void)
{
  guint64 low, high;

  thrum_quantile_ranks (367, 990000, &low, &high);
  g_assert_cmpuint (high, ==, 0);
  thrum_quantile_ranks (368, 990000, &low, &high);
  g_assert_cmpuint (high, ==, 368);
  thrum_quantile_ranks (3687, 999000, &low, &high);
  g_assert_cmpuint (high, ==, 0);
  thrum_quantile_ranks (3688, 999000, &low, &high);
  g_assert_cmpuint (high, ==, 3688);
  /* n = 1000, p50: 500 -+ 1.96 sqrt (250) = 469.01 .. 530.99. */
  thrum_quantile_ranks (1000, 500000, &low, &high);
  g_assert_cmpuint (low, ==, 469);
  g_assert_cmpuint (high, ==, 532);
  thrum_quantile_ranks (5, 500000, &low, &high);
  g_assert_cmpuint (low, ==, 0);
  thrum_quantile_ranks (0, 500000, &low, &high);
  g_assert_cmpuint (low + high, ==, 0);
}

/* 1 .. 5: mean 3, s = sqrt (2.5), t (4) = 2.7764: half width 1.9633. */
static void
test_batches (void)
{
  const double values[] = { 1, 2, 3, 4, 5 };
  ThrumBounds bounds = thrum_batch_bounds (values, 5, 3);

  g_assert_cmpfloat_with_epsilon (bounds.low, 3 - 1.9633, 1e-3);
  g_assert_cmpfloat_with_epsilon (bounds.high, 3 + 1.9633, 1e-3);
  g_assert_false (thrum_batch_bounds (values, 1, 1).has_low);
}

/* Wilson, 10 of 100: 0.0552 .. 0.1744. */
static void
test_ratio (void)
{
  ThrumBounds bounds = thrum_ratio_bounds (10, 100);

  g_assert_cmpfloat_with_epsilon (bounds.low, 0.0552, 1e-4);
  g_assert_cmpfloat_with_epsilon (bounds.high, 0.1744, 1e-4);
  bounds = thrum_ratio_bounds (0, 100);
  g_assert_cmpfloat (bounds.low, ==, 0);
  g_assert_cmpfloat_with_epsilon (bounds.high, 0.0370, 1e-4);
}

static void
test_mser5 (void)
{
  double values[100];

  for (guint i = 0; i < 100; i++)
    values[i] = 10 + (i * 7919 % 13) / 13.0;
  g_assert_cmpuint (thrum_mser5 (values, 100), <=, 45);
  for (guint i = 0; i < 23; i++)
    values[i] += 50 - 2 * i;
  g_assert_cmpuint (thrum_mser5 (values, 100), >=, 20);
  g_assert_cmpuint (thrum_mser5 (values, 100), <=, 40);
  for (guint i = 0; i < 100; i++)
    values[i] = 3;
  g_assert_cmpuint (thrum_mser5 (values, 100), ==, 0);
  g_assert_cmpuint (thrum_mser5 (values, 4), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/statistics/beta", test_beta);
  g_test_add_func ("/analyzer/statistics/t", test_t);
  g_test_add_func ("/analyzer/statistics/ranks", test_ranks);
  g_test_add_func ("/analyzer/statistics/batches", test_batches);
  g_test_add_func ("/analyzer/statistics/ratio", test_ratio);
  g_test_add_func ("/analyzer/statistics/mser5", test_mser5);
  return g_test_run ();
}
