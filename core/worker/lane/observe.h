/* SPDX-License-Identifier: MIT */
#pragma once

#include "record/region.h"

G_BEGIN_DECLS

/* A worker's thread that watches the worker: it wakes every millisecond, and notes when it could
 * not; once a second it notes what CPU the other threads took and how long they waited for one. It
 * measures what it costs, and keeps that under 0.5% of a core by waking less often where waking is
 * dear. */
typedef struct _ThrumObserver ThrumObserver;

/* @region is the worker's and must outlive it, of @n_lanes lanes, which run on @n_threads threads at
 * most. The thread sleeps until start (). NULL with @error set: no thread could be made. Main thread. */
ThrumObserver *
thrum_observer_new (ThrumRegion *region, guint n_lanes, guint n_threads, GError **error);

/* The run begins at @t0, ns of the clock, and sends until @end: CPU is counted between. Main
 * thread. */
void thrum_observer_start (ThrumObserver *observer, gint64 t0, gint64 end);

/* Takes the last reading and ends the thread. The worker's other threads should still be there: what
 * CPU they took goes with them. Main thread. */
void thrum_observer_free (ThrumObserver *observer);

G_END_DECLS
