/* SPDX-License-Identifier: MIT
 *
 * Waits that the kernel makes longer: chained timeouts end on time, in a few steps.
 */
#include "base/clock.h"

#define MS G_GINT64_CONSTANT (1000000)
#define S (1000 * MS)

/* The longest that Linux adds to a timeout of poll (): a thousandth, at most 100 ms. */
static gint64
slack_of (gint64 timeout)
{
  return MIN (timeout / 1000, 100 * MS);
}

static void
test_poll_timeout (void)
{
  static const gint64 waits[] = { 0, 1, 5 * MS, 5 * MS + 1, 20 * MS, S, 10 * S, 3600 * S };

  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      gint64 left = waits[i];
      guint n_waits = 0;

      for (; left > 5 * MS; n_waits++)
        {
          gint64 timeout = thrum_clock_poll_timeout (left);

          g_assert_cmpint (timeout, <, left);
          left -= timeout + slack_of (timeout);
          g_assert_cmpint (left, >, 0);
        }
      g_assert_cmpint (thrum_clock_poll_timeout (left), ==, left);
      g_assert_cmpuint (n_waits, <=, 3);
    }
}

/* Without an end, and what is over already. */
static void
test_poll_timeout_passes_through (void)
{
  g_assert_cmpint (thrum_clock_poll_timeout (-1), ==, -1);
  g_assert_cmpint (thrum_clock_poll_timeout (0), ==, 0);
}

/* Never early; how late is the machine's matter. */
static void
test_sleep_until (void)
{
  gint64 until = thrum_clock_now () + 20 * MS;

  g_assert_false (thrum_clock_sleep_until (until, -1));
  g_assert_cmpint (thrum_clock_now (), >=, until);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/poll-timeout", test_poll_timeout);
  g_test_add_func ("/clock/poll-timeout-passes-through", test_poll_timeout_passes_through);
  g_test_add_func ("/clock/sleep-until", test_sleep_until);
  return g_test_run ();
}
