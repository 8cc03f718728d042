/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "coordinator/run-tally.h"

G_BEGIN_DECLS

/* How a threshold came out. */
typedef struct {
  const ThrumThreshold *threshold;
  gdouble measured;        /* in the threshold's unit: ns, ratio, requests/s */
  gboolean has_value;      /* FALSE: nothing to judge by */
  gboolean is_lower_bound; /* what was dropped or not waited for could make it larger */
  gboolean passed;
} ThrumThresholdResult;

/* Judges @threshold by @outcome, which is of @seconds. Beside it there were @unseen arrivals, of
 * which nothing is known, @lost of them sent. What cannot be shown to hold has not passed: no value,
 * or a percentile that is only a lower bound. Pure. */
ThrumThresholdResult
thrum_threshold_judge (const ThrumThreshold *threshold, const ThrumOutcome *outcome, guint64 unseen,
                       guint64 lost, gdouble seconds);

/* "p99 <= 250ms", after the request's name, if it is one's. (transfer full) */
gchar *thrum_threshold_describe (const ThrumThreshold *threshold, const ThrumConfig *config);

/* What was measured, with its unit. (transfer full) */
gchar *thrum_threshold_format_measured (const ThrumThresholdResult *result);

/* Watches those thresholds that end a run once breached for long enough. Each window of the run is
 * judged by itself, so that an hour of good replies does not hide a service that has died. A window
 * in which nothing ended says nothing, but for a rate, and for requests that have been open for longer
 * than a threshold on times allows. Main thread. */
typedef struct _ThrumAbortWatch ThrumAbortWatch;

/* @config is borrowed. */
ThrumAbortWatch *thrum_abort_watch_new (const ThrumConfig *config);
void thrum_abort_watch_free (ThrumAbortWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumAbortWatch, thrum_abort_watch_free)

/* Requests that began in the whole run so far, and those of them that have ended. */
typedef struct {
  guint64 begun, ended;
} ThrumOpenCount;

/* A window from the last call's @now, at first the warm-up's end, to @now, ns since t0: @outcomes and
 * @counts, by requests, and @all of them, who may be ahead of the others' sum. TRUE if a threshold has
 * been breached long enough: *@result says which, and what it was in this window. */
gboolean thrum_abort_watch_judge (ThrumAbortWatch *watch, const ThrumOutcome *outcomes,
                                  const ThrumOpenCount *counts, ThrumOpenCount all, gint64 now,
                                  ThrumThresholdResult *result);

G_END_DECLS
