/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <time.h>

G_BEGIN_DECLS

/* Returns the time of the one clock of every measurement: CLOCK_MONOTONIC in ns. Any thread. */
gint64 thrum_clock_now (void);

/* Returns CLOCK_REALTIME - CLOCK_MONOTONIC in ns, by a triple read (spread about 0.1 us). It
 * changes when the wall clock is set, so measure it anew for each use. Any thread. */
gint64 thrum_clock_realtime_offset (void);

/* Sleeps until @until (ns of this clock), or until @wake_fd becomes readable (-1: there is
 * none). TRUE: @wake_fd ended the sleep. Wakes late by the timer slack and the scheduler. Any
 * thread. */
gboolean thrum_clock_sleep_until (gint64 until, gint wake_fd);

/* Returns the timeout, in ns, to give to poll (), epoll_wait () and their like when something is
 * due in @left ns. Linux may be late by a thousandth of the timeout, whatever the timer slack:
 * 1 ms in 1 s (select_estimate_accuracy () in fs/select.c). So a long wait ends a little early,
 * and its caller waits again for what is left: two or three times in all. Any thread. */
gint64 thrum_clock_poll_timeout (gint64 left);

/* Replaces the clock, for tests; NULL, NULL restores the real one. Call it before any thread
 * starts. */
void thrum_clock_simulate (gint64 (*now) (void), gboolean (*sleep_until) (gint64 until));

G_END_DECLS
