/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/tally/cohorts.h"
#include "run/course/drain.h"
#include "run/judge/thresholds.h"

G_BEGIN_DECLS

/* Watches those thresholds that end a run once breached for long enough, so that an hour of good
 * replies does not hide a service that has died.
 *
 * A quantile or a maximum is judged for the requests that were intended in one second, once each has
 * ended or is known to take longer than the limit: those that are open by then, and arrivals that were
 * dropped, are beyond it. A mean, a rate and a ratio of failures are judged by what ended in the last
 * second; into a mean those that are open for longer than its limit count with their age. What says
 * nothing leaves things as they are.
 *
 * Requests of the warm-up count in nothing but a rate, unless they are all there is: a service that
 * hangs from then on lets no other begin. Main thread. */
typedef struct _ThrumAbortWatch ThrumAbortWatch;

/* @config is borrowed. */
ThrumAbortWatch *thrum_abort_watch_new (const ThrumConfig *config);
void thrum_abort_watch_free (ThrumAbortWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumAbortWatch, thrum_abort_watch_free)

/* From now on it is for thrum's own sake that arrivals find no slot. */
void thrum_abort_watch_note_short (ThrumAbortWatch *watch);

/* A request that is under way; @intended in ns since t0. */
typedef struct {
  gint64 intended;
  guint request;
} ThrumOpenRequest;

/* Whether there is something to judge at @now, ns since t0: not within the warm-up, nor within half a
 * second of the last time. */
gboolean thrum_abort_watch_is_due (const ThrumAbortWatch *watch, gint64 now);

/* Judges what has come to light since the last call: @window, by requests, is what ended since then,
 * @cohorts what has ended ever, @open (ThrumOpenRequest) what is under way, of at most @capacity at a
 * time, and @dropped how many arrivals have been dropped so far. TRUE if a threshold has been breached
 * long enough: *@result says which, and what it was. */
gboolean thrum_abort_watch_judge (ThrumAbortWatch *watch, const ThrumOutcome *window,
                                  const ThrumCohorts *cohorts, const GArray *open, guint64 capacity,
                                  guint64 dropped, gint64 now, ThrumThresholdResult *result);

/* The same, if it is due, of what @drain and the @regions (ThrumRegion) of the workers that live hold;
 * the tally's window begins anew. */
gboolean thrum_abort_watch_look (ThrumAbortWatch *watch, ThrumDrain *drain, GPtrArray *regions,
                                 gint64 t0, gint64 now, ThrumThresholdResult *result);

G_END_DECLS
