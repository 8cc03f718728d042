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

/* The lane's part of its worker's share. */
ThrumShare thrum_share_split (ThrumShare whole, guint lane, guint n_lanes);

/* How many of the numbers 0 .. @n - 1 are in @share. */
guint64 thrum_share_count (ThrumShare share, guint64 n);

/* ---- Pure schedules: functions of (load, number, time) alone; instants are ns since t0. ---- */

/* Closed: when user @user starts; users start evenly spread over the ramp-up, the first at 0. With
 * user stages: when the level first exceeds @user. -1: never. */
gint64 thrum_plan_user_start (const ThrumLoad *load, guint64 user);

/* Closed: when the user's next request is intended. @previous_intended is -1 for the first.
 * interval: max (previous intended + interval, previous done), so a late user starts at once;
 * think time: previous done + think time; neither: previous done. */
gint64 thrum_plan_user_next (const ThrumLoad *load, guint64 user, gint64 previous_intended,
                             gint64 previous_done);

/* Closed with user stages: whether @user runs at @time; later times may bring it back. */
gboolean thrum_plan_user_is_active (const ThrumLoad *load, guint64 user, gint64 time);

/* Open: the instant of arrival @k (0-based) over the whole test, inverse of the rate's integral.
 * For uniform arrivals a pure function: k/R with a constant rate. G_MAXINT64: after the end. */
gint64 thrum_plan_arrival (const ThrumLoad *load, guint64 k);

/* A seeded hash for every random choice: uniform in [0, 1), the same for the same arguments. */
gdouble thrum_plan_random (guint64 seed, guint64 a, guint64 b);

/* Which request (index) user or arrival @number does in its @iteration-th turn, by weight. */
guint thrum_plan_choose (const ThrumConfig *config, guint64 number, guint64 iteration);

G_END_DECLS
