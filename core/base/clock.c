/* SPDX-License-Identifier: MIT
 *
 * The one clock. Whatever measures or schedules reads the time here, so that tests can replace
 * it with a simulated clock. Knows nothing of schedules.
 */
#include "base/clock.h"

#include <errno.h>
#include <poll.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* Below this, a thousandth is less than a wake-up takes. */
#define EXACT_NS G_GINT64_CONSTANT (5000000)

static gint64 (*simulated_now) (void);
static gboolean (*simulated_sleep) (gint64 until);

static gint64
read_ns (clockid_t clock)
{
  struct timespec ts;
  clock_gettime (clock, &ts);
  return (gint64)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

gint64
thrum_clock_now (void)
{
  if (G_UNLIKELY (simulated_now != NULL))
    return simulated_now ();
  return read_ns (CLOCK_MONOTONIC);
}

gint64
thrum_clock_realtime_offset (void)
{
  gint64 best_spread = G_MAXINT64, offset = 0;

  for (int i = 0; i < 3; i++)
    {
      gint64 before = read_ns (CLOCK_MONOTONIC);
      gint64 wall = read_ns (CLOCK_REALTIME);
      gint64 after = read_ns (CLOCK_MONOTONIC);

      if (after - before < best_spread)
        {
          best_spread = after - before;
          offset = wall - (before + (after - before) / 2);
        }
    }
  return offset;
}

gint64
thrum_clock_poll_timeout (gint64 left)
{
  return left > EXACT_NS ? left - left / 500 : left;
}

static void
sleep_soundly (gint64 until)
{
  struct timespec ts = { .tv_sec = until / NS_PER_S, .tv_nsec = until % NS_PER_S };

  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
    ;
}

gboolean
thrum_clock_sleep_until (gint64 until, gint wake_fd)
{
  struct pollfd poll_fd = { .fd = wake_fd, .events = POLLIN };

  if (G_UNLIKELY (simulated_sleep != NULL))
    return simulated_sleep (until);
  if (wake_fd < 0)
    {
      sleep_soundly (until);
      return FALSE;
    }

  for (;;)
    {
      gint64 left = thrum_clock_poll_timeout (until - thrum_clock_now ());
      struct timespec timeout = { .tv_sec = left / NS_PER_S, .tv_nsec = left % NS_PER_S };

      if (left <= 0)
        return FALSE;
      if (ppoll (&poll_fd, 1, &timeout, NULL) > 0)
        return TRUE;
    }
}

void
thrum_clock_simulate (gint64 (*now) (void), gboolean (*sleep_until) (gint64 until))
{
  simulated_now = now;
  simulated_sleep = sleep_until;
}
