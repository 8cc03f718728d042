/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"

G_BEGIN_DECLS

/* A part of the test: the users or arrivals with the numbers first, first + stride, ... Worker w
 * of W has (w, W); each lane of a worker has a part of that. So several machines together make
 * one uniform stream. */
typedef struct {
  guint64 first, stride;
} ThrumShare;

/* Returns the part of @whole that lane @lane of @n_lanes has. Example: lane 1 of 2 of (3, 4) has
 * (7, 8). */
ThrumShare thrum_share_split (ThrumShare whole, guint lane, guint n_lanes);

/* Returns how many of the numbers 0 .. @n - 1 are in @share. */
guint64 thrum_share_count (ThrumShare share, guint64 n);

/* The schedules are pure functions of (load, number, time). Instants are ns since t0. Any thread
 * may call any function below. */

/* Means "never": it is later than any run. */
#define THRUM_NEVER G_MAXINT64

/* Closed model: returns the earliest instant at or after @time at which user @user runs. Without
 * stages that is max (@time, @user * ramp-up / users). With user stages it is when the level is
 * above @user: at level 2.5 the users 0, 1 and 2 run. THRUM_NEVER if the user does not run
 * again. */
gint64 thrum_plan_user_active_from (const ThrumLoad *load, guint64 user, gint64 time);

/* Closed model: returns when the user's next request is intended. @previous_intended < 0 asks
 * for the first one. The instant is, by what [load] gives:
 *
 *  - interval: max (previous intended + interval, previous done), so that a late user starts at
 *    once;
 *  - think time: previous done + think time;
 *  - neither: previous done. That is when the program read the reply, because a user without a
 *    schedule cannot be late.
 *
 * The request then waits until the user runs. Example: the interval is 2 s, and a request was
 * intended at 4 s. If it was done at 4.5 s, the next one is intended at 6 s; if at 7 s, at 7 s.
 * THRUM_NEVER: the instant is at or after the end of the duration, so the user has finished. */
gint64 thrum_plan_user_next (const ThrumLoad *load, guint64 user, gint64 previous_intended,
                             gint64 previous_done);

/* Returns how many users run at @time (closed model). A level that is not whole is rounded up. */
guint64 thrum_plan_users_at (const ThrumLoad *load, gint64 time);

/* Open model: returns the expected number of arrivals until @time, which is the integral of the
 * rate from 0 to @time. */
gdouble thrum_plan_arrivals_until (const ThrumLoad *load, gint64 time);

/* Open model: returns the instant at which the integral reaches @arrivals, rounded to a ns. At a
 * constant rate R, uniform arrival k is at exactly k / R; nothing is summed up, so no error
 * grows. THRUM_NEVER: the instant is at or after the end. */
gint64 thrum_plan_time_of (const ThrumLoad *load, gdouble arrivals);

/* The arrivals of one share, in order. One thread at a time. Uniform: number k of the whole test
 * comes where the integral is k. Poisson: the share has its own seeded stream of rate 1, which
 * is mapped through 1/stride of the integral, so that the merged stream is Poisson with the
 * whole rate. */
typedef struct {
  const ThrumLoad *load;
  ThrumShare share;
  guint64 taken; /* arrivals given out */
  gdouble unit;  /* Poisson: the clock of the stream of rate 1 */
} ThrumArrivalStream;

void
thrum_arrival_stream_init (ThrumArrivalStream *stream, const ThrumLoad *load, ThrumShare share);

/* Returns the next arrival's instant, or THRUM_NEVER after the last one. Sets @number to the
 * arrival's number within the whole test. */
gint64 thrum_arrival_stream_next (ThrumArrivalStream *stream, guint64 *number);

/* Returns a random number for any choice, by hashing: uniform in [0, 1), and the same for the
 * same arguments. */
gdouble thrum_plan_random (guint64 seed, guint64 a, guint64 b);

/* Returns the seed for user @user's session. */
guint64 thrum_plan_user_seed (const ThrumLoad *load, guint64 user);

/* Returns which request (index) user or arrival @number does in its iteration @iteration, by
 * weight. */
guint thrum_plan_choose (const ThrumConfig *config, guint64 number, guint64 iteration);

G_END_DECLS
