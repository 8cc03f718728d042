/* SPDX-License-Identifier: MIT */
#pragma once

#include "coordinator/drain.h"
#include "coordinator/thresholds.h"

G_BEGIN_DECLS

/* Watches those thresholds that end a run once breached for long enough. Each window of the run is
 * judged by itself, so that an hour of good replies does not hide a service that has died. A window
 * in which nothing ended says nothing, but for a rate, and for requests that have been open for longer
 * than a threshold on times allows. What is intended in the warm-up counts in none of it, but what is
 * still open at its end does from then on: if the service hangs, nothing else may be. Main thread. */
typedef struct _ThrumAbortWatch ThrumAbortWatch;

/* @config is borrowed. */
ThrumAbortWatch *thrum_abort_watch_new (const ThrumConfig *config);
void thrum_abort_watch_free (ThrumAbortWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumAbortWatch, thrum_abort_watch_free)

/* Requests that were begun in the whole run so far, and those of them whose rows have come in; the
 * warm-up's, too. */
typedef struct {
  guint64 begun, ended;
} ThrumOpenCount;

/* Judges a window from the last call's @now, or the warm-up's end, to @now, ns since t0: @outcomes and
 * @counts are by requests, and no more than @n_open requests are under way. TRUE if a threshold has been
 * breached long enough: *@result says which, and what it was in this window. Up to the warm-up's end it
 * takes note, and is FALSE. */
gboolean thrum_abort_watch_judge (ThrumAbortWatch *watch, const ThrumOutcome *outcomes,
                                  const ThrumOpenCount *counts, guint64 n_open, gint64 now,
                                  ThrumThresholdResult *result);

/* The same of what @drain and the @regions (ThrumRegion, by worker) hold at @now, whose window begins
 * anew. */
gboolean thrum_abort_watch_look (ThrumAbortWatch *watch, ThrumDrain *drain, GPtrArray *regions,
                                 gint64 now, ThrumThresholdResult *result);

G_END_DECLS
