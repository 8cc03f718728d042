/* SPDX-License-Identifier: MIT
 *
 * Textbook statistics against tables, closed forms and worked examples.
 */
#include <math.h>

#include "analyzer/compute/statistics.h"

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
  g_test_add_func ("/analyzer/statistics/batches", test_batches);
  g_test_add_func ("/analyzer/statistics/ratio", test_ratio);
  g_test_add_func ("/analyzer/statistics/mser5", test_mser5);
  return g_test_run ();
}
