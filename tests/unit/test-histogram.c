/* SPDX-License-Identifier: MIT
 *
 * The histogram: exact where it says so, within its stated bound elsewhere.
 */
#include "stats/histogram.h"

static void
test_empty (void)
{
  g_autoptr (ThrumHistogram) h = thrum_histogram_new ();

  g_assert_cmpuint (thrum_histogram_get_count (h), ==, 0);
  g_assert_cmpint (thrum_histogram_get_quantile (h, 0.99), ==, 0);
  g_assert_cmpint (thrum_histogram_get_max (h), ==, 0);
  g_assert_cmpfloat (thrum_histogram_get_mean (h), ==, 0);
}

static void
test_exact_ranks (void)
{
  g_autoptr (ThrumHistogram) h = thrum_histogram_new ();

  for (gint64 ns = 100; ns >= 1; ns--)
    thrum_histogram_add (h, ns);
  g_assert_cmpint (thrum_histogram_get_quantile (h, 0), ==, 1);
  g_assert_cmpint (thrum_histogram_get_quantile (h, 0.5), ==, 50);
  g_assert_cmpint (thrum_histogram_get_quantile (h, 0.99), ==, 99);
  g_assert_cmpint (thrum_histogram_get_quantile (h, 0.991), ==, 100);
  g_assert_cmpint (thrum_histogram_get_quantile (h, 1), ==, 100);
  g_assert_cmpfloat (thrum_histogram_get_mean (h), ==, 50.5);
}

static void
test_bound (void)
{
  /* One value alone: every quantile is that value, since it never leaves [min, max]. */
  for (gint64 ns = 1; ns < G_GINT64_CONSTANT (1) << 41; ns = ns * 3 + 1)
    {
      g_autoptr (ThrumHistogram) h = thrum_histogram_new ();
      gint64 quantile;

      thrum_histogram_add (h, ns);
      g_assert_cmpint (thrum_histogram_get_quantile (h, 0.5), ==, ns);

      /* Among others, within the bound, and the bound below 0.4%. */
      thrum_histogram_add (h, 0);
      thrum_histogram_add (h, G_MAXINT64);
      quantile = thrum_histogram_get_quantile (h, 0.5);
      g_assert_cmpint (ABS (quantile - ns), <=, thrum_histogram_get_error (ns));
      g_assert_cmpfloat ((gdouble)thrum_histogram_get_error (ns), <=, 0.004 * (gdouble)ns);
    }
}

static void
test_extremes (void)
{
  g_autoptr (ThrumHistogram) h = thrum_histogram_new ();

  thrum_histogram_add (h, -5);
  thrum_histogram_add (h, G_MAXINT64);
  g_assert_cmpint (thrum_histogram_get_min (h), ==, 0);
  g_assert_cmpint (thrum_histogram_get_max (h), ==, G_MAXINT64);
  g_assert_cmpint (thrum_histogram_get_quantile (h, 1), ==, G_MAXINT64);
}

static void
test_merge (void)
{
  g_autoptr (ThrumHistogram) a = thrum_histogram_new ();
  g_autoptr (ThrumHistogram) b = thrum_histogram_new ();
  g_autoptr (ThrumHistogram) all = thrum_histogram_new ();

  for (gint64 i = 0; i < 10000; i++)
    {
      gint64 ns = (i * 7919) % 1000003 * 131;
      thrum_histogram_add (i % 3 == 0 ? a : b, ns);
      thrum_histogram_add (all, ns);
    }
  thrum_histogram_merge (a, b);
  g_assert_cmpuint (thrum_histogram_get_count (a), ==, 10000);
  for (gdouble q = 0; q <= 1; q += 0.01)
    g_assert_cmpint (thrum_histogram_get_quantile (a, q), ==,
                     thrum_histogram_get_quantile (all, q));
  g_assert_cmpfloat (thrum_histogram_get_mean (a), ==, thrum_histogram_get_mean (all));

  thrum_histogram_clear (a);
  g_assert_cmpuint (thrum_histogram_get_count (a), ==, 0);
  thrum_histogram_merge (b, a);
  thrum_histogram_merge (a, b);
  g_assert_cmpint (thrum_histogram_get_min (a), ==, thrum_histogram_get_min (b));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/histogram/empty", test_empty);
  g_test_add_func ("/histogram/exact-ranks", test_exact_ranks);
  g_test_add_func ("/histogram/bound", test_bound);
  g_test_add_func ("/histogram/extremes", test_extremes);
  g_test_add_func ("/histogram/merge", test_merge);
  return g_test_run ();
}
