/* SPDX-License-Identifier: MIT
 *
 * When a reply is due and what becomes of a request: the model behind `thrum target`. Owns the
 * arithmetic of freezes, queues and seeded choices; refuses to know sockets, HTTP, and what time it
 * is. Pure functions, any thread: tests run them on simulated schedules and compare with the closed
 * forms.
 */
#include "server/behaviour.h"

#include <math.h>

/* Each kind of draw has its own sequence: adding a slow share must not change who is answered. */
enum { DRAW_SERVICE = 1, DRAW_SLOW, DRAW_FATE };

/* The finalizer of splitmix64 (Steele, Lea, Flood 2014). */
static guint64
mix (guint64 z)
{
  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* Uniform in (0, 1): number @number of the sequence that seed, stream and kind of draw name. */
static gdouble
draw (const ThrumBehaviour *behaviour, guint64 stream, guint64 kind, guint64 number)
{
  const guint64 golden = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint64 key = mix (mix (behaviour->seed + golden) + (stream * 4 + kind) * golden);

  return ((mix (key + number * golden) >> 11) + 0.5) * 0x1p-53;
}

gint64
thrum_behaviour_service (const ThrumBehaviour *behaviour, guint64 stream, guint64 number)
{
  if (behaviour->slow_share > 0
      && draw (behaviour, stream, DRAW_SLOW, number) < behaviour->slow_share)
    return behaviour->slow_ns;
  if (behaviour->service == THRUM_SERVICE_EXPONENTIAL)
    return llround (-log (draw (behaviour, stream, DRAW_SERVICE, number)) * behaviour->mean_ns);
  return behaviour->mean_ns;
}

ThrumFate
thrum_behaviour_fate (const ThrumBehaviour *behaviour, guint64 stream, guint64 number)
{
  gdouble resets = behaviour->reset_share;
  gdouble hangs = resets + behaviour->hang_share;
  gdouble errors = hangs + behaviour->error_share;
  gdouble drawn;

  if (errors <= 0)
    return THRUM_FATE_ANSWER;
  drawn = draw (behaviour, stream, DRAW_FATE, number);
  return drawn < resets   ? THRUM_FATE_RESET
         : drawn < hangs  ? THRUM_FATE_HANG
         : drawn < errors ? THRUM_FATE_ERROR
                          : THRUM_FATE_ANSWER;
}

/* How far @time_ns is into its period, which begins with the freeze. */
static gint64
phase_of (const ThrumBehaviour *behaviour, gint64 time_ns)
{
  gint64 rest = (time_ns - behaviour->freeze_phase_ns) % behaviour->freeze_period_ns;

  return rest < 0 ? rest + behaviour->freeze_period_ns : rest;
}

gint64
thrum_behaviour_thaw (const ThrumBehaviour *behaviour, gint64 time_ns)
{
  gint64 phase;

  if (behaviour->freeze_ns == 0)
    return time_ns;
  phase = phase_of (behaviour, time_ns);
  return phase < behaviour->freeze_ns ? time_ns + behaviour->freeze_ns - phase : time_ns;
}

gint64
thrum_behaviour_work (const ThrumBehaviour *behaviour, gint64 start_ns, gint64 service_ns)
{
  gint64 awake_ns = behaviour->freeze_period_ns - behaviour->freeze_ns;
  gint64 left_ns; /* of the waking part of the period that the start falls into */

  if (behaviour->freeze_ns == 0)
    return start_ns + service_ns;
  start_ns = thrum_behaviour_thaw (behaviour, start_ns);
  left_ns = behaviour->freeze_period_ns - phase_of (behaviour, start_ns);
  if (service_ns < left_ns)
    return start_ns + service_ns;
  /* Work that is done just as a freeze begins leaves only at its end. */
  service_ns -= left_ns;
  return start_ns + left_ns + service_ns / awake_ns * behaviour->freeze_period_ns
         + behaviour->freeze_ns + service_ns % awake_ns;
}

gint64
thrum_behaviour_due (const ThrumBehaviour *behaviour, gint64 *free_at_ns, gint64 receive_ns,
                     gint64 service_ns)
{
  if (!behaviour->is_fifo)
    return thrum_behaviour_thaw (behaviour, receive_ns + service_ns);
  *free_at_ns = thrum_behaviour_work (behaviour, MAX (receive_ns, *free_at_ns), service_ns);
  return *free_at_ns;
}
