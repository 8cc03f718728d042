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

/* Replaces the clock by @now, for tests; NULL brings the real one back. Before any thread starts. */
void thrum_clock_simulate (gint64 (*now) (void));

G_END_DECLS
