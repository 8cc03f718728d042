/* SPDX-License-Identifier: MIT
 *
 * Intervals of percentiles: ranks against an exact computation in other hands, batches against sums
 * worked out by hand, and the whole against what it promises: to hold the truth 95 times in 100.
 */
#include <math.h>

#include "stats/intervals.h"
#include "stats/student.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)

static void
test_ranks (void)
{
  /* By summing the binomial in Python; 0: not supported. */
  static const struct {
    guint64 n;
    gdouble q;
    guint64 low, high;
  } cases[] = {
    { 0, 0.5, 0, 0 },
    { 5, 0.5, 0, 0 },
    { 6, 0.5, 1, 6 },
    { 100, 0.5, 40, 61 },
    { 100, 0.9, 84, 96 },
    { 3, 0.99, 2, 0 },
    { 367, 0.99, 359, 0 },
    { 368, 0.99, 360, 368 },
    { 1000, 0.99, 983, 997 },
    { 10000, 0.99, 9880, 9920 },
    { 3687, 0.999, 3679, 0 },
    { 3688, 0.999, 3680, 3688 },
    { 100000, 0.5, 49690, 50311 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      ThrumRanks ranks = thrum_ranks_get (cases[i].n, cases[i].q);

      g_assert_cmpuint (ranks.low, ==, cases[i].low);
      g_assert_cmpuint (ranks.high, ==, cases[i].high);
    }
  g_assert_cmpuint (thrum_interval_get_least (0.5), ==, 6);
  g_assert_cmpuint (thrum_interval_get_least (0.99), ==, 368);
  g_assert_cmpuint (thrum_interval_get_least (0.999), ==, 3688);
  g_assert_cmpuint (thrum_interval_get_least (0.9999), ==, 36887);
}

/* 40 batches of one second, 10 values each: 1 ms in even seconds, 10 ms in odd ones. */
static ThrumBatches *
make_alternating (gint64 span)
{
  ThrumBatches *batches = thrum_batches_new (span);

  for (gint64 second = 0; second < 40; second++)
    for (gint64 i = 0; i < 10; i++)
      thrum_batches_add (batches, second * S + i * 100 * MS, second % 2 == 0 ? MS : 10 * MS);
  return batches;
}

static void
test_batches (void)
{
  g_autoptr (ThrumBatches) batches = make_alternating (S);
  g_autoptr (ThrumBatches) halves = make_alternating (S / 2);
  g_autoptr (ThrumBatches) fine = make_alternating (S / 8);

  /* y is 10 or 0, p is 1/2: every square is 25, sqrt (40 / 39 * 40 * 25) / 400. */
  g_assert_cmpuint (thrum_batches_count (batches), ==, 40);
  g_assert_cmpfloat_with_epsilon (thrum_batches_get_share_error (batches, 5 * MS),
                                  sqrt (40.0 / 39 * 1000) / 400, 1e-12);
  /* All are up to 20 ms: nothing differs. */
  g_assert_cmpfloat (thrum_batches_get_share_error (batches, 20 * MS), ==, 0);
  /* Batches that began shorter have become the same. */
  g_assert_cmpuint (thrum_batches_count (fine), ==, 40);
  g_assert_cmpfloat (thrum_batches_get_share_error (fine, 5 * MS), ==,
                     thrum_batches_get_share_error (batches, 5 * MS));
  g_assert_cmpfloat (thrum_batches_get_share_error (halves, 5 * MS), ==,
                     thrum_batches_get_share_error (batches, 5 * MS));

  /* One more second, and each two seconds are one: alike, but for the last, of 10. */
  thrum_batches_add (batches, 40 * S, MS);
  g_assert_cmpuint (thrum_batches_count (batches), ==, 21);
  g_assert_cmpfloat (thrum_batches_get_share_error (batches, 5 * MS), <, 0.01);
}

static void
test_batches_merge (void)
{
  g_autoptr (ThrumBatches) whole = thrum_batches_new (10 * MS);
  g_autoptr (ThrumBatches) a = thrum_batches_new (10 * MS);
  g_autoptr (ThrumBatches) b = thrum_batches_new (10 * MS);
  g_autoptr (ThrumBatches) ab = thrum_batches_new (10 * MS);
  g_autoptr (ThrumBatches) ba = thrum_batches_new (10 * MS);

  /* b ends early, so its batches are the finer ones. */
  for (gint64 i = 0; i < 5000; i++)
    {
      gint64 ns = (1 + i * i % 97) * 100000;

      thrum_batches_add (i % 3 == 0 && i < 700 ? b : a, i * MS, ns);
      thrum_batches_add (whole, i * MS, ns);
    }
  thrum_batches_merge (ab, a);
  thrum_batches_merge (ab, b);
  thrum_batches_merge (ba, b);
  thrum_batches_merge (ba, a);
  g_assert_cmpuint (thrum_batches_count (whole), >=, THRUM_BATCHES_LEAST);
  for (gint64 ns = MS; ns < 10 * MS; ns += MS)
    {
      gdouble error = thrum_batches_get_share_error (whole, ns);

      g_assert_cmpfloat (error, >, 0);
      g_assert_cmpfloat (thrum_batches_get_share_error (ab, ns), ==, error);
      g_assert_cmpfloat (thrum_batches_get_share_error (ba, ns), ==, error);
    }
}

/* Whatever the planned length, and wherever it ends: 20 to 40 batches. */
static void
test_batches_span (void)
{
  for (gint64 planned = S; planned < 100000 * S; planned = planned * 3 + 7)
    for (gint64 part = 1; part <= 8; part++)
      {
        g_autoptr (ThrumBatches) batches = thrum_batches_new (thrum_batches_get_span (planned));
        gint64 ended = planned / 8 * part;

        if (ended < 20 * 20 * MS)
          continue;
        for (gint64 i = 0; i < 200; i++)
          thrum_batches_add (batches, ended / 200 * i, MS);
        g_assert_cmpuint (thrum_batches_count (batches), >=, THRUM_BATCHES_LEAST);
        g_assert_cmpuint (thrum_batches_count (batches), <=, THRUM_BATCHES_MOST);
      }
}

typedef struct {
  ThrumHistogram *histogram;
  ThrumBatches *batches;
} Sample;

static void
add (Sample *sample, gint64 at, gint64 ns)
{
  thrum_histogram_add (sample->histogram, ns);
  thrum_batches_add (sample->batches, at, ns);
}

static ThrumInterval
get_interval (const Sample *sample, gdouble q)
{
  ThrumInterval interval;

  thrum_intervals_of_quantiles (sample->histogram, sample->batches, &q, 1, &interval);
  return interval;
}

/* Of 400 samples of @n waits each, how many intervals hold the truth? Waits are exponential, mean
 * 10 ms; with @runs of more than one each wait stands for so many requests in a row. */
static guint
count_covered (guint n, guint runs, gdouble q)
{
  gint64 truth = (gint64)(-log1p (-q) * 10e6);
  g_autoptr (GRand) random = g_rand_new_with_seed (17);
  guint covered = 0;

  for (guint k = 0; k < 400; k++)
    {
      Sample sample = { thrum_histogram_new (), thrum_batches_new (S / 40) };
      ThrumInterval interval;
      gint64 ns = 0;

      for (guint i = 0; i < n; i++)
        {
          if (i % runs == 0)
            ns = (gint64)(-log1p (-g_rand_double (random)) * 10e6);
          add (&sample, (gint64)i * S / n, ns);
        }
      interval = get_interval (&sample, q);
      g_assert_true (interval.ranks.low > 0 && interval.ranks.high > 0);
      covered += interval.low <= truth && truth <= interval.high;
      thrum_histogram_free (sample.histogram);
      thrum_batches_free (sample.batches);
    }
  return covered;
}

static void
test_coverage (void)
{
  /* 95% of 400 is 380, give or take 13 by chance at three deviations; wider is no fault. The seed
   * is fixed, so this is either always so or never. */
  g_assert_cmpuint (count_covered (2000, 1, 0.5), >=, 367);
  g_assert_cmpuint (count_covered (2000, 1, 0.9), >=, 367);
  g_assert_cmpuint (count_covered (2000, 1, 0.99), >=, 367);
  /* Requests alike in runs of 50: order statistics alone would be a seventh as wide and hold the
   * truth in a quarter of the samples. */
  g_assert_cmpuint (count_covered (20000, 50, 0.5), >=, 360);
  g_assert_cmpuint (count_covered (20000, 50, 0.9), >=, 360);
}

static void
test_support (void)
{
  Sample sample = { thrum_histogram_new (), thrum_batches_new (S) };
  ThrumInterval interval = get_interval (&sample, 0.5);

  g_assert_false (interval.ranks.low > 0 || interval.ranks.high > 0);

  /* 19 batches are too few, whatever they hold. */
  for (gint64 i = 0; i < 1900; i++)
    add (&sample, i * 10 * MS, (1 + i % 100) * MS);
  interval = get_interval (&sample, 0.5);
  g_assert_false (interval.ranks.low > 0 || interval.ranks.high > 0);

  for (gint64 i = 1900; i < 3000; i++)
    add (&sample, i * 10 * MS, (1 + i % 100) * MS);
  interval = get_interval (&sample, 0.5);
  g_assert_true (interval.ranks.low > 0 && interval.ranks.high > 0);
  g_assert_cmpint (interval.low, <, 50 * MS);
  g_assert_cmpint (interval.low, >, 46 * MS);
  g_assert_cmpint (interval.high, >, 50 * MS);
  g_assert_cmpint (interval.high, <, 54 * MS);
  /* 3000 requests support no upper bound of p99.9, but a lower one. */
  interval = get_interval (&sample, 0.999);
  g_assert_cmpuint (interval.ranks.low, >, 0);
  g_assert_cmpuint (interval.ranks.high, ==, 0);
  thrum_histogram_free (sample.histogram);
  thrum_batches_free (sample.batches);
}

/* What a bucket hides is in the interval: the rows' own quantile is held, however alike they are. */
static void
test_buckets (void)
{
  Sample sample = { thrum_histogram_new (), thrum_batches_new (S) };

  /* i * 7919 visits each number below 20000 once. */
  for (gint64 i = 0; i < 20000; i++)
    add (&sample, i * 2 * MS, 10 * MS + i * 7919 % 20000);
  for (gdouble q = 0.1; q < 0.95; q += 0.1)
    {
      gint64 exact = 10 * MS + (gint64)ceil (20000 * q) - 1;
      ThrumInterval interval = get_interval (&sample, q);

      g_assert_true (interval.ranks.low > 0 && interval.ranks.high > 0);
      g_assert_cmpint (interval.low, >=, 10 * MS);
      g_assert_cmpint (interval.low, <, exact);
      g_assert_cmpint (interval.high, >, exact);
      g_assert_cmpint (interval.high, <=, 10 * MS + 19999);
    }
  thrum_histogram_free (sample.histogram);
  thrum_batches_free (sample.batches);
}

static void
test_ranks_widen (void)
{
  ThrumRanks ranks = { 480, 520 }, narrow = { 480, 520 }, wide = { 1, 520 }, few = { 2, 0 };

  thrum_ranks_widen (&ranks, 1000, 0.5, 0.1);
  g_assert_cmpuint (ranks.low, ==, 400);
  g_assert_cmpuint (ranks.high, ==, 600);
  thrum_ranks_widen (&narrow, 1000, 0.5, 0.01);
  g_assert_cmpuint (narrow.low, ==, 480);
  g_assert_cmpuint (narrow.high, ==, 520);
  thrum_ranks_widen (&wide, 1000, 0.5, 0.51);
  g_assert_cmpuint (wide.low, ==, 0);
  g_assert_cmpuint (wide.high, ==, 0);
  thrum_ranks_widen (&few, 3, 0.99, 0);
  g_assert_cmpuint (few.low, ==, 2);
  g_assert_cmpuint (few.high, ==, 0);
}

static void
test_ranks_order (void)
{
  ThrumRanks ranks[] = { { 30, 0 }, { 0, 80 }, { 25, 70 }, { 90, 0 } };
  static const ThrumRanks expected[] = { { 25, 80 }, { 25, 80 }, { 25, 80 }, { 90, 0 } };

  thrum_ranks_order (ranks, G_N_ELEMENTS (ranks));
  for (gsize i = 0; i < G_N_ELEMENTS (ranks); i++)
    {
      g_assert_cmpuint (ranks[i].low, ==, expected[i].low);
      g_assert_cmpuint (ranks[i].high, ==, expected[i].high);
    }
}

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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/intervals/ranks", test_ranks);
  g_test_add_func ("/intervals/ranks-widen", test_ranks_widen);
  g_test_add_func ("/intervals/ranks-order", test_ranks_order);
  g_test_add_func ("/intervals/batches", test_batches);
  g_test_add_func ("/intervals/batches-merge", test_batches_merge);
  g_test_add_func ("/intervals/batches-span", test_batches_span);
  g_test_add_func ("/intervals/coverage", test_coverage);
  g_test_add_func ("/intervals/support", test_support);
  g_test_add_func ("/intervals/buckets", test_buckets);
  g_test_add_func ("/student/beta", test_beta);
  g_test_add_func ("/student/t", test_t);
  return g_test_run ();
}
