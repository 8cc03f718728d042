/* SPDX-License-Identifier: MIT */
#pragma once

#include "record/region.h"

G_BEGIN_DECLS

/* A thread of a worker that watches the worker. It wakes every millisecond and notes when it
 * could not. Once a second it notes how much CPU the other threads took, and how long they
 * waited for one. It measures its own cost: where waking is expensive it wakes less often, and
 * so stays below 0.5% of a core. */
typedef struct _ThrumObserver ThrumObserver;

/* Makes the thread, which sleeps until start (). @region is the worker's and must outlive the
 * observer. It has @n_lanes lanes, which run on at most @n_threads threads. NULL with @error
 * set: no thread could be made. Main thread. */
ThrumObserver *
thrum_observer_new (ThrumRegion *region, guint n_lanes, guint n_threads, GError **error);

/* Notes that the run begins at @t0 (ns of the clock) and sends until @end. CPU is counted
 * between the two. Main thread. */
void thrum_observer_start (ThrumObserver *observer, gint64 t0, gint64 end);

/* Takes the last reading and ends the thread. Call it while the worker's other threads still
 * live: when they end, the kernel forgets what CPU they took. Main thread. */
void thrum_observer_free (ThrumObserver *observer);

G_END_DECLS
