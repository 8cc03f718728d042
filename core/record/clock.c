/* SPDX-License-Identifier: MIT
 *
 * The one clock. Everything that is measured or scheduled reads time here, so that tests can put a
 * simulated clock in its place. Knows nothing of schedules.
 */
#include "record/clock.h"

static gint64 (*simulated_now) (void);

static gint64
read_ns (clockid_t clock)
{
  struct timespec ts;
  clock_gettime (clock, &ts);
  return (gint64)ts.tv_sec * G_GINT64_CONSTANT (1000000000) + ts.tv_nsec;
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

void
thrum_clock_simulate (gint64 (*now) (void))
{
  simulated_now = now;
}
