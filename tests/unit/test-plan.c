/* SPDX-License-Identifier: MIT
 *
 * Schedules, exactly: every instant here is worked out by hand from the definitions in
 * doc/terminology.md.
 */
#include <math.h>

#include "plan/plan.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S G_GINT64_CONSTANT (1000000000)

static GArray *
make_stages (const ThrumStage *stages, guint n)
{
  GArray *array = g_array_new (FALSE, FALSE, sizeof (ThrumStage));
  g_array_append_vals (array, stages, n);
  return array;
}

static void
test_shares (void)
{
  ThrumShare worker = { 3, 4 }, lane = thrum_share_split (worker, 1, 2);

  g_assert_cmpuint (lane.first, ==, 7);
  g_assert_cmpuint (lane.stride, ==, 8);

  /* Whatever the split, every number is in one share. */
  for (guint workers = 1; workers < 6; workers++)
    for (guint lanes = 1; lanes < 4; lanes++)
      for (guint64 n = 0; n < 50; n++)
        {
          guint64 total = 0;
          for (guint w = 0; w < workers; w++)
            for (guint l = 0; l < lanes; l++)
              total +=
                  thrum_share_count (thrum_share_split ((ThrumShare){ w, workers }, l, lanes), n);
          g_assert_cmpuint (total, ==, n);
        }
}

static void
test_ramp_up (void)
{
  ThrumLoad load = { .duration_ns = 60 * S, .ramp_up_ns = 10 * S, .users = 40 };

  g_assert_cmpint (thrum_plan_user_next (&load, 0, -1, 0), ==, 0);
  g_assert_cmpint (thrum_plan_user_next (&load, 1, -1, 0), ==, 250 * MS);
  g_assert_cmpint (thrum_plan_user_next (&load, 39, -1, 0), ==, 9750 * MS);
  g_assert_cmpint (thrum_plan_user_next (&load, 40, -1, 0), ==, THRUM_NEVER);
  g_assert_cmpuint (thrum_plan_users_at (&load, 0), ==, 1);
  g_assert_cmpuint (thrum_plan_users_at (&load, 249 * MS), ==, 1);
  g_assert_cmpuint (thrum_plan_users_at (&load, 250 * MS), ==, 2);
  g_assert_cmpuint (thrum_plan_users_at (&load, 30 * S), ==, 40);
  g_assert_cmpuint (thrum_plan_users_at (&load, 60 * S), ==, 0);

  load.ramp_up_ns = 0;
  for (guint64 user = 0; user < 40; user++)
    g_assert_cmpint (thrum_plan_user_next (&load, user, -1, 0), ==, 0);
}

static void
test_pacing (void)
{
  ThrumLoad load = { .duration_ns = 60 * S, .users = 1, .interval_ns = 2 * S };

  g_assert_cmpint (thrum_plan_user_next (&load, 0, 4 * S, 4500 * MS), ==, 6 * S);
  g_assert_cmpint (thrum_plan_user_next (&load, 0, 4 * S, 6 * S), ==, 6 * S);
  /* Late: at once, and from there on, not catching up. */
  g_assert_cmpint (thrum_plan_user_next (&load, 0, 4 * S, 7 * S), ==, 7 * S);
  g_assert_cmpint (thrum_plan_user_next (&load, 0, 7 * S, 7100 * MS), ==, 9 * S);
  /* The duration's end is the end. */
  g_assert_cmpint (thrum_plan_user_next (&load, 0, 58 * S - 1, 58 * S), ==, 60 * S - 1);
  g_assert_cmpint (thrum_plan_user_next (&load, 0, 58 * S, 58 * S), ==, THRUM_NEVER);
}

static void
test_think_time (void)
{
  ThrumLoad load = { .duration_ns = 60 * S, .users = 1, .think_time_ns = 500 * MS };

  g_assert_cmpint (thrum_plan_user_next (&load, 0, 4 * S, 7 * S), ==, 7500 * MS);
  load.think_time_ns = 0;
  g_assert_cmpint (thrum_plan_user_next (&load, 0, 4 * S, 7 * S), ==, 7 * S);
  g_assert_cmpint (thrum_plan_user_next (&load, 0, 59 * S, 60 * S), ==, THRUM_NEVER);
}

/* The whole of one user's run, by a simulated service of 300 ms. */
static void
test_one_user_whole (void)
{
  ThrumLoad load = { .duration_ns = 10 * S, .ramp_up_ns = 4 * S, .users = 4, .interval_ns = 2 * S };
  gint64 intended = -1, done = 0, expected[] = { 2 * S, 4 * S, 6 * S, 8 * S };
  guint n = 0;

  while ((intended = thrum_plan_user_next (&load, 2, intended, done)) != THRUM_NEVER)
    {
      g_assert_cmpuint (n, <, G_N_ELEMENTS (expected));
      g_assert_cmpint (intended, ==, expected[n++]);
      done = intended + 300 * MS;
    }
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (expected));
}

static void
test_user_stages (void)
{
  const ThrumStage points[] = {
    { 0, 0 }, { 10 * S, 10 }, { 20 * S, 10 }, { 30 * S, 0 }, { 40 * S, 4 }
  };
  g_autoptr (GArray) stages = make_stages (points, G_N_ELEMENTS (points));
  ThrumLoad load = { .duration_ns = 40 * S, .users = 10, .stages = stages };

  g_assert_cmpint (thrum_plan_user_active_from (&load, 0, 0), ==, 0);
  g_assert_cmpint (thrum_plan_user_active_from (&load, 3, 0), ==, 3 * S);
  g_assert_cmpint (thrum_plan_user_active_from (&load, 3, 15 * S), ==, 15 * S);
  /* The level falls to 3 at 27 s: from then on users 0, 1, 2 run. User 3 is back once it is above
   * 3: at 37.5 s. */
  g_assert_cmpint (thrum_plan_user_active_from (&load, 3, 26 * S), ==, 26 * S);
  g_assert_cmpint (thrum_plan_user_active_from (&load, 3, 27 * S), ==, 37500 * MS);
  g_assert_cmpint (thrum_plan_user_active_from (&load, 9, 21 * S), ==, THRUM_NEVER);
  g_assert_cmpint (thrum_plan_user_active_from (&load, 10, 0), ==, THRUM_NEVER);
  g_assert_cmpuint (thrum_plan_users_at (&load, 2500 * MS), ==, 3);
  g_assert_cmpuint (thrum_plan_users_at (&load, 12 * S), ==, 10);
  g_assert_cmpuint (thrum_plan_users_at (&load, 28 * S), ==, 2);
}

static void
test_uniform_arrivals (void)
{
  ThrumLoad load = { .is_open = TRUE, .duration_ns = 3600 * S, .rate = 1000 };
  ThrumArrivalStream stream;
  guint64 number;

  /* Never summed up: after 3.5 million arrivals still exact. */
  g_assert_cmpint (thrum_plan_time_of (&load, 3), ==, 3 * MS);
  g_assert_cmpint (thrum_plan_time_of (&load, 3500000), ==, 3500 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 3600000), ==, THRUM_NEVER);
  load.rate = 3;
  g_assert_cmpint (thrum_plan_time_of (&load, 1), ==, 333333333);
  g_assert_cmpint (thrum_plan_time_of (&load, 2), ==, 666666667);

  thrum_arrival_stream_init (&stream, &load, (ThrumShare){ 1, 2 });
  g_assert_cmpint (thrum_arrival_stream_next (&stream, &number), ==, 333333333);
  g_assert_cmpuint (number, ==, 1);
  g_assert_cmpint (thrum_arrival_stream_next (&stream, &number), ==, 1 * S);
  g_assert_cmpuint (number, ==, 3);
}

static void
test_rate_ramp (void)
{
  /* The rate rises to 100/s within 10 s: t^2 * 5 arrivals until t, 500 until 10 s. */
  ThrumLoad load = { .is_open = TRUE, .duration_ns = 20 * S, .ramp_up_ns = 10 * S, .rate = 100 };

  g_assert_cmpint (thrum_plan_time_of (&load, 0), ==, 0);
  g_assert_cmpint (thrum_plan_time_of (&load, 5), ==, 1 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 125), ==, 5 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 500), ==, 10 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 600), ==, 11 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 1500), ==, THRUM_NEVER);
  g_assert_cmpfloat_with_epsilon (thrum_plan_arrivals_until (&load, 5 * S), 125, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_plan_arrivals_until (&load, 20 * S), 1500, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_plan_arrivals_until (&load, 99 * S), 1500, 1e-9);
}

static void
test_rate_stages (void)
{
  const ThrumStage points[] = { { 0, 0 }, { 30 * S, 1000 }, { 90 * S, 1000 }, { 100 * S, 0 } };
  g_autoptr (GArray) stages = make_stages (points, G_N_ELEMENTS (points));
  ThrumLoad load = { .is_open = TRUE, .duration_ns = 100 * S, .stages = stages };

  g_assert_cmpint (thrum_plan_time_of (&load, 15000), ==, 30 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 45000), ==, 60 * S);
  /* The last stage: 1000 t - 50 t^2 = 3750 at t = 5. */
  g_assert_cmpint (thrum_plan_time_of (&load, 75000 + 3750), ==, 95 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 80001), ==, THRUM_NEVER);
  /* Inverse and integral agree all along. */
  for (guint64 k = 1; k < 80000; k += 997)
    {
      gint64 at = thrum_plan_time_of (&load, (gdouble)k);
      g_assert_cmpfloat_with_epsilon (thrum_plan_arrivals_until (&load, at), (gdouble)k, 1e-4);
    }
}

/* A step of the rate: a time that stands twice. */
static void
test_rate_steps (void)
{
  const ThrumStage points[] = { { 0, 0 },      { 10 * S, 100 }, { 10 * S, 50 }, { 20 * S, 50 },
                                { 20 * S, 0 }, { 30 * S, 0 },   { 30 * S, 10 }, { 40 * S, 10 } };
  g_autoptr (GArray) stages = make_stages (points, G_N_ELEMENTS (points));
  ThrumLoad load = { .is_open = TRUE, .duration_ns = 40 * S, .stages = stages };

  g_assert_cmpfloat_with_epsilon (thrum_plan_arrivals_until (&load, 10 * S), 500, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_plan_arrivals_until (&load, 15 * S), 750, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_plan_arrivals_until (&load, 25 * S), 1000, 1e-9);
  g_assert_cmpfloat_with_epsilon (thrum_plan_arrivals_until (&load, 40 * S), 1100, 1e-9);
  g_assert_cmpint (thrum_plan_time_of (&load, 500), ==, 10 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 501), ==, 10 * S + 20 * MS);
  g_assert_cmpint (thrum_plan_time_of (&load, 1000), ==, 30 * S);
  g_assert_cmpint (thrum_plan_time_of (&load, 1001), ==, 30 * S + 100 * MS);
  g_assert_cmpint (thrum_plan_time_of (&load, 1100), ==, THRUM_NEVER);
}

static gint
compare_doubles (gconstpointer a, gconstpointer b)
{
  const gdouble *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

/* A Poisson stream of a share: exponential gaps of mean stride / rate. One seed, so the same in
 * every run; the Kolmogorov-Smirnov distance's 0.1% limit is 1.95 / sqrt (n). */
static void
test_poisson (void)
{
  ThrumLoad load = { .is_open = TRUE,
                     .duration_ns = 100000 * S,
                     .rate = 100,
                     .arrivals = THRUM_ARRIVALS_POISSON,
                     .seed = 1 };
  ThrumArrivalStream stream;
  guint n = 20000;
  gint64 previous = 0;
  gdouble sum = 0, distance = 0;
  g_autoptr (GArray) gaps = g_array_new (FALSE, FALSE, sizeof (gdouble));

  thrum_arrival_stream_init (&stream, &load, (ThrumShare){ 1, 4 });
  for (guint i = 0; i < n; i++)
    {
      guint64 number;
      gint64 at = thrum_arrival_stream_next (&stream, &number);
      gdouble gap = (gdouble)(at - previous) / 1e9;

      g_assert_cmpint (at, >=, previous);
      g_assert_cmpuint (number, ==, 1 + 4 * (guint64)i);
      sum += gap;
      previous = at;
      g_array_append_val (gaps, gap);
    }
  g_assert_cmpfloat_with_epsilon (sum / n, 0.04, 0.04 * 3 / sqrt (n));

  gdouble *sorted = (gdouble *)gaps->data;
  g_array_sort (gaps, compare_doubles);
  for (guint i = 0; i < n; i++)
    {
      gdouble truth = 1 - exp (-sorted[i] / 0.04);
      distance =
          MAX (distance, MAX (fabs (truth - i / (gdouble)n), fabs (truth - (i + 1) / (gdouble)n)));
    }
  g_assert_cmpfloat (distance, <, 1.95 / sqrt (n));
}

static void
test_choice (void)
{
  ThrumRequestConfig a = { .weight = 3 }, b = { .weight = 1 };
  g_autoptr (GPtrArray) requests = g_ptr_array_new ();
  ThrumConfig config = { .requests = requests, .load = { .seed = 7 } };
  guint n_b = 0, n = 20000;

  g_ptr_array_add (requests, &a);
  g_assert_cmpuint (thrum_plan_choose (&config, 5, 9), ==, 0);
  g_ptr_array_add (requests, &b);
  for (guint i = 0; i < n; i++)
    {
      guint choice = thrum_plan_choose (&config, i % 100, i / 100);
      g_assert_cmpuint (choice, ==, thrum_plan_choose (&config, i % 100, i / 100));
      n_b += choice;
    }
  /* A quarter, within four standard deviations. */
  g_assert_cmpfloat_with_epsilon (n_b, n / 4.0, 4 * sqrt (n * 0.25 * 0.75));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/plan/shares", test_shares);
  g_test_add_func ("/plan/ramp-up", test_ramp_up);
  g_test_add_func ("/plan/pacing", test_pacing);
  g_test_add_func ("/plan/think-time", test_think_time);
  g_test_add_func ("/plan/one-user-whole", test_one_user_whole);
  g_test_add_func ("/plan/user-stages", test_user_stages);
  g_test_add_func ("/plan/uniform-arrivals", test_uniform_arrivals);
  g_test_add_func ("/plan/rate-ramp", test_rate_ramp);
  g_test_add_func ("/plan/rate-stages", test_rate_stages);
  g_test_add_func ("/plan/rate-steps", test_rate_steps);
  g_test_add_func ("/plan/poisson", test_poisson);
  g_test_add_func ("/plan/choice", test_choice);
  return g_test_run ();
}
