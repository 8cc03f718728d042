/* SPDX-License-Identifier: MIT
 *
 * The lazy heap of deadlines, held against a sorted list by a seeded stream of operations.
 */
#include "worker/loop/loop-timer.h"

static void
test_order (void)
{
  ThrumTimers timers = { 0 };
  ThrumTimer list[5] = { 0 };
  const gint64 at[] = { 50, 10, 40, 20, 30 };

  for (guint i = 0; i < G_N_ELEMENTS (list); i++)
    thrum_timers_set (&timers, &list[i], at[i]);
  g_assert_cmpint (thrum_timers_next (&timers), ==, 10);
  g_assert_null (thrum_timers_pop (&timers, 9));
  g_assert_true (thrum_timers_pop (&timers, 100) == &list[1]);
  g_assert_true (thrum_timers_pop (&timers, 100) == &list[3]);
  thrum_timers_remove (&timers, &list[4]);
  g_assert_true (thrum_timers_pop (&timers, 100) == &list[2]);
  g_assert_true (thrum_timers_pop (&timers, 100) == &list[0]);
  g_assert_null (thrum_timers_pop (&timers, 100));
  g_assert_cmpint (thrum_timers_next (&timers), ==, G_MAXINT64);
  thrum_timers_clear_all (&timers);
}

/* Putting off moves nothing; bringing forward does; unsetting holds. */
static void
test_lazy (void)
{
  ThrumTimers timers = { 0 };
  ThrumTimer timer = { 0 };

  thrum_timers_set (&timers, &timer, 10);
  thrum_timers_set (&timers, &timer, 100);
  g_assert_cmpint (thrum_timers_next (&timers), ==, 10);
  g_assert_null (thrum_timers_pop (&timers, 50));
  g_assert_cmpint (thrum_timers_next (&timers), ==, 100);
  thrum_timers_set (&timers, &timer, 60);
  g_assert_cmpint (thrum_timers_next (&timers), ==, 60);
  thrum_timer_unset (&timer);
  g_assert_null (thrum_timers_pop (&timers, 1000));
  g_assert_cmpint (thrum_timers_next (&timers), ==, G_MAXINT64);
  g_assert_cmpuint (timer.position, ==, 0);
  thrum_timers_clear_all (&timers);
}

#define N_TIMERS 200

static void
test_against_list (void)
{
  ThrumTimers timers = { 0 };
  ThrumTimer list[N_TIMERS];
  gint64 now = 0;

  for (guint i = 0; i < N_TIMERS; i++)
    list[i] = (ThrumTimer){ .at = G_MAXINT64 };
  for (guint step = 0; step < 100000; step++)
    {
      ThrumTimer *timer = &list[g_test_rand_int_range (0, N_TIMERS)], *popped;
      gint64 earliest = G_MAXINT64;

      switch (g_test_rand_int_range (0, 8))
        {
        case 0:
          thrum_timers_remove (&timers, timer);
          break;
        case 1:
          thrum_timer_unset (timer);
          break;
        default:
          thrum_timers_set (&timers, timer, now + g_test_rand_int_range (0, 1000));
        }
      now += g_test_rand_int_range (0, 20);
      for (guint i = 0; i < N_TIMERS; i++)
        earliest = MIN (earliest, list[i].at);
      g_assert_cmpint (thrum_timers_next (&timers), <=, earliest);
      popped = thrum_timers_pop (&timers, now);
      if (earliest > now)
        g_assert_null (popped);
      else
        {
          g_assert_nonnull (popped);
          g_assert_cmpint (popped->at, <=, now);
          popped->at = G_MAXINT64;
        }
    }
  thrum_timers_clear_all (&timers);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/loop-timer/order", test_order);
  g_test_add_func ("/loop-timer/lazy", test_lazy);
  g_test_add_func ("/loop-timer/against-list", test_against_list);
  return g_test_run ();
}
