/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <time.h>

G_BEGIN_DECLS

/* The one clock of every measurement: CLOCK_MONOTONIC in ns. Any thread. */
gint64 thrum_clock_now (void);

/* CLOCK_REALTIME - CLOCK_MONOTONIC in ns, by a triple read (spread about 0.1 us). It moves when
 * the wall clock is set: take it anew at each use. Any thread. */
gint64 thrum_clock_realtime_offset (void);

/* Sleeps until @until (ns of this clock), or until @wake_fd becomes readable (-1: none). Returns
 * TRUE if @wake_fd ended it. Late by the timer slack and the scheduler. Any thread. */
gboolean thrum_clock_sleep_until (gint64 until, gint wake_fd);

/* Replaces the clock, for tests; NULL, NULL brings the real one back. Before any thread starts. */
void thrum_clock_simulate (gint64 (*now) (void), gboolean (*sleep_until) (gint64 until));

G_END_DECLS
