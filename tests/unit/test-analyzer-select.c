/* SPDX-License-Identifier: MIT
 *
 * Buckets, sums and exact selection: against closed forms, and against sorting.
 */
#include <math.h>
#include <stdlib.h>

#include "analyzer/compute/select.h"

static const ThrumBucketShape *const shapes[] = { &thrum_bucket_shape_finest,
                                                  &thrum_bucket_shape_fine,
                                                  &thrum_bucket_shape_middle,
                                                  &thrum_bucket_shape_coarse };

static void
test_buckets (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
    {
      ThrumBucketShape shape = *shapes[s];
      guint n = thrum_bucket_count (shape);

      /* They tile all of the integers, in order. */
      for (guint i = 0; i < n; i++)
        {
          gint64 low = thrum_bucket_low (shape, i);
          gint64 width = thrum_bucket_width (shape, i);

          g_assert_cmpuint (thrum_bucket_of (shape, low), ==, i);
          g_assert_cmpuint (thrum_bucket_of (shape, low + width - 1), ==, i);
          if (i + 1 < n)
            g_assert_cmpint (low + width, ==, thrum_bucket_low (shape, i + 1));
        }
      g_assert_cmpuint (thrum_bucket_of (shape, G_MAXINT64), ==, n - 1);
    }
  g_assert_cmpint (thrum_bucket_low (thrum_bucket_shape_finest,
                                     thrum_bucket_of (thrum_bucket_shape_finest, 300000)),
                   ==, 299904);
}

static void
test_ranks (void)
{
  static const struct {
    guint64 n;
    guint per_million;
    guint64 rank;
  } cases[] = {
    { 1000, 990000, 990 },
    { 100, 990000, 99 },
    { 101, 990000, 100 },
    { 1, 500000, 1 },
    { 2, 500000, 1 },
    { 3, 500000, 2 },
    { 12, 999000, 12 },
    { 0, 500000, 1 },
    { G_GUINT64_CONSTANT (20000000000), 999999, 19999980000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (thrum_quantile_rank (cases[i].n, cases[i].per_million), ==, cases[i].rank);
}

/* 1 .. n: mean (n + 1) / 2, variance n (n + 1) / 12. */
static void
test_moments (void)
{
  ThrumDistribution d = { .shape = thrum_bucket_shape_fine };
  const gint64 n = 100000, offset = G_GINT64_CONSTANT (100000000000000);

  for (gint64 i = 1; i <= n; i++)
    thrum_distribution_add (&d, offset + i);
  g_assert_cmpfloat_with_epsilon (thrum_distribution_sd (&d),
                                  sqrt ((double)n * (double)(n + 1) / 12), 1e-6);
  g_assert_cmpfloat (thrum_distribution_mean (&d, 1), ==, (double)offset + 50000.5);
  g_assert_cmpint (d.min, ==, offset + 1);
  g_assert_cmpint (d.max, ==, offset + n);
  thrum_distribution_clear (&d);
}

static void
test_subtract (void)
{
  ThrumDistribution all = { .shape = thrum_bucket_shape_coarse };
  ThrumDistribution part = { .shape = thrum_bucket_shape_fine };

  for (gint64 i = 0; i < 1000; i++)
    {
      thrum_distribution_add (&all, i * i);
      if (i % 3 == 0)
        thrum_distribution_add (&part, i * i);
    }
  thrum_distribution_subtract (&all, &part);
  g_assert_cmpuint (all.n, ==, 666);
  g_assert_cmpuint (thrum_distribution_count_below (&all, G_MAXINT64), ==, 666);
  thrum_distribution_clear (&all);
  thrum_distribution_clear (&part);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 one = *(const gint64 *)a, two = *(const gint64 *)b;

  return one < two ? -1 : one > two;
}

/* @scale widens the values so that selection takes one pass, two or more. */
static void
check_against_sorting (ThrumBucketShape shape, gint64 scale, guint n_states)
{
  enum { N = 20000 };
  static const guint quantiles[] = { 1, 500000, 900000, 990000, 999000, 1000000 };
  g_autofree gint64 *values = g_new (gint64, N);
  g_autofree ThrumRow *rows = g_new0 (ThrumRow, N);
  g_autoptr (ThrumSelection) selection = thrum_selection_new (1000);
  ThrumDistribution d = { .shape = shape };
  guint passes = 0;

  for (guint i = 0; i < N; i++)
    {
      double spread = g_test_rand_double_range (0, 1);
      values[i] = (gint64)(spread * spread * spread * (double)scale);
      rows[i] = (ThrumRow){ .response = values[i], .service = -1 };
      thrum_distribution_add (&d, values[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++)
    g_assert_cmpuint (thrum_selection_ask (selection, THRUM_SCOPE_TOTAL, 0, &d,
                                           thrum_quantile_rank (N, quantiles[i])),
                      ==, i);
  while (!thrum_selection_is_done (selection))
    {
      gpointer states[7];

      g_assert_cmpuint (passes++, <, 6);
      thrum_selection_prepare (selection);
      for (guint i = 0; i < n_states; i++)
        states[i] = thrum_selection_state_new (selection);
      for (guint i = 0; i < N; i += 100)
        thrum_selection_consume (states[i / 100 % n_states], rows + i, 100);
      thrum_selection_advance (selection, states, n_states);
    }
  g_test_message ("scale %" G_GINT64_FORMAT ": %u passes", scale, passes);
  qsort (values, N, sizeof *values, compare);
  for (guint i = 0; i < G_N_ELEMENTS (quantiles); i++)
    g_assert_cmpint (thrum_selection_get (selection, i), ==,
                     values[thrum_quantile_rank (N, quantiles[i]) - 1]);
  thrum_distribution_clear (&d);
}

static void
test_selection (void)
{
  static const gint64 scales[] = { 10, 60000, 3000000, G_GINT64_CONSTANT (1) << 36,
                                   G_GINT64_CONSTANT (1) << 48 };

  for (guint s = 0; s < G_N_ELEMENTS (shapes); s++)
    for (guint i = 0; i < G_N_ELEMENTS (scales); i++)
      check_against_sorting (*shapes[s], scales[i], 1 + 2 * s);
}

/* Scopes do not mix: intervals, requests, successes, service times; the unconnected are left out. */
static void
test_scopes (void)
{
  g_autoptr (ThrumSelection) selection = thrum_selection_new (1000);
  ThrumDistribution d[6] = { 0 };
  const gint64 base = 1000000;
  ThrumRow rows[400];

  for (guint i = 0; i < 6; i++)
    d[i].shape = thrum_bucket_shape_coarse;
  for (guint i = 0; i < 400; i++)
    {
      gboolean bad = i % 4 == 0;

      rows[i] = (ThrumRow){ .elapsed = i * 10,
                            .response = base + i,
                            .service = base + 2 * i,
                            .request = i % 2,
                            .kind = bad ? THRUM_MAX_KINDS - 1 : THRUM_KIND_SUCCESS };
      thrum_distribution_add (&d[0], rows[i].response);
      if (!bad)
        thrum_distribution_add (&d[1], rows[i].response);
      thrum_distribution_add (&d[2], rows[i].service);
      if (i >= 100 && i < 200)
        thrum_distribution_add (&d[3], rows[i].response);
      if (i % 2 == 1)
        thrum_distribution_add (&d[4], rows[i].response);
      else if (!bad)
        thrum_distribution_add (&d[5], rows[i].response);
    }
  thrum_selection_ask (selection, THRUM_SCOPE_TOTAL, 0, &d[0], 200);
  thrum_selection_ask (selection, THRUM_SCOPE_OK, 0, &d[1], 150);
  thrum_selection_ask (selection, THRUM_SCOPE_SERVICE, 0, &d[2], 200);
  thrum_selection_ask (selection, THRUM_SCOPE_INTERVAL, 1, &d[3], 50);
  thrum_selection_ask (selection, THRUM_SCOPE_REQUEST, 1, &d[4], 100);
  thrum_selection_ask (selection, THRUM_SCOPE_REQUEST_OK, 0, &d[5], 50);

  while (!thrum_selection_is_done (selection))
    {
      gpointer state;

      thrum_selection_prepare (selection);
      state = thrum_selection_state_new (selection);
      thrum_selection_consume (state, rows, 400);
      thrum_selection_advance (selection, &state, 1);
    }
  g_assert_cmpint (thrum_selection_get (selection, 0) - base, ==, 199);
  g_assert_cmpint (thrum_selection_get (selection, 1) - base, ==, 199); /* 1 2 3 5 6 7 ... */
  g_assert_cmpint (thrum_selection_get (selection, 2) - base, ==, 398);
  g_assert_cmpint (thrum_selection_get (selection, 3) - base, ==, 149);
  g_assert_cmpint (thrum_selection_get (selection, 4) - base, ==, 199);
  g_assert_cmpint (thrum_selection_get (selection, 5) - base, ==, 198); /* 2 6 10 ... */
  for (guint i = 0; i < 6; i++)
    thrum_distribution_clear (&d[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/analyzer/buckets", test_buckets);
  g_test_add_func ("/analyzer/ranks", test_ranks);
  g_test_add_func ("/analyzer/moments", test_moments);
  g_test_add_func ("/analyzer/subtract", test_subtract);
  g_test_add_func ("/analyzer/selection", test_selection);
  g_test_add_func ("/analyzer/scopes", test_scopes);
  return g_test_run ();
}
