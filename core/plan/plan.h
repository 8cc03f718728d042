/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"

G_BEGIN_DECLS

/* A part of the test: the users or arrivals number first, first + stride, ... Worker w of W is
 * (w, W); a lane of a worker a part of that. Several machines merge into one uniform stream. */
typedef struct {
  guint64 first, stride;
} ThrumShare;

/* Lane @lane's part of @whole, of @n_lanes. Example: lane 1 of 2 of (3, 4) is (7, 8). */
ThrumShare thrum_share_split (ThrumShare whole, guint lane, guint n_lanes);

/* How many of the numbers 0 .. @n - 1 are in @share. */
guint64 thrum_share_count (ThrumShare share, guint64 n);

/* Pure schedules: functions of (load, number, time) alone. Instants are ns since t0; every function
 * here may be called from any thread. */

/* "Never": later than any run. */
#define THRUM_NEVER G_MAXINT64

/* Closed: the earliest instant at or after @time at which user @user runs. Without stages that is
 * max (@time, @user * ramp-up / users); with user stages, when the level is above @user (level 2.5:
 * users 0, 1 and 2 run). THRUM_NEVER if it does not run again. */
gint64 thrum_plan_user_active_from (const ThrumLoad *load, guint64 user, gint64 time);

/* Closed: when the user's next request is intended. @previous_intended < 0: the first one.
 * interval: max (previous intended + interval, previous done), so that a late user starts at once;
 * think time: previous done + think time; neither: previous done, which is then when the program
 * read the reply, for a user without a schedule cannot be late; then not before the user runs.
 * Example: interval 2 s, the request intended at 4 s done at 4.5 s: 6 s; done at 7 s: 7 s.
 * THRUM_NEVER: at or after the duration's end, so the user is through. */
gint64 thrum_plan_user_next (const ThrumLoad *load, guint64 user, gint64 previous_intended,
                             gint64 previous_done);

/* How many users run at @time (closed), those of a level that is not whole rounded up. */
guint64 thrum_plan_users_at (const ThrumLoad *load, gint64 time);

/* Open: the integral of the rate from 0 to @time: expected arrivals. */
gdouble thrum_plan_arrivals_until (const ThrumLoad *load, gint64 time);

/* Open: the instant at which the integral reaches @arrivals, rounded to a ns. Uniform arrival k of
 * a constant rate R is at k / R exactly, never summed up. THRUM_NEVER: at or after the end. */
gint64 thrum_plan_time_of (const ThrumLoad *load, gdouble arrivals);

/* The arrivals of one share, in order. Uniform: number k of the whole test at the integral k.
 * Poisson: the share's own seeded unit-rate stream, mapped through 1/stride of the integral, so
 * that the merged stream is Poisson of the whole rate. One thread at a time. */
typedef struct {
  const ThrumLoad *load;
  ThrumShare share;
  guint64 taken; /* arrivals given out */
  gdouble unit;  /* Poisson: the unit-rate stream's clock */
} ThrumArrivalStream;

void
thrum_arrival_stream_init (ThrumArrivalStream *stream, const ThrumLoad *load, ThrumShare share);

/* The next arrival's instant, THRUM_NEVER after the last, and its @number over the whole test. */
gint64 thrum_arrival_stream_next (ThrumArrivalStream *stream, guint64 *number);

/* A hash for every random choice: uniform in [0, 1), the same for the same arguments. */
gdouble thrum_plan_random (guint64 seed, guint64 a, guint64 b);

/* The seed that user @user's session is given. */
guint64 thrum_plan_user_seed (const ThrumLoad *load, guint64 user);

/* Which request (index) user or arrival @number does in its @iteration-th turn, by weight. */
guint thrum_plan_choose (const ThrumConfig *config, guint64 number, guint64 iteration);

G_END_DECLS
