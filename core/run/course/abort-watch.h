/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/tally/cohorts.h"
#include "run/course/drain.h"
#include "run/judge/thresholds.h"

G_BEGIN_DECLS

/* Watches the thresholds that end a run once they have been broken for long enough, so that an
 * hour of good replies does not hide that the service has died.
 *
 * A quantile or a maximum is judged for the requests that were intended in one second, once each
 * of them has ended or is known to take longer than the limit. Requests that are still open by
 * then, and arrivals that were dropped, count as beyond the limit. A mean, a rate and a ratio of
 * failures are judged by what ended in the last second. A mean also counts the requests that
 * have been open for longer than its limit, with their age. A second that says nothing changes
 * nothing.
 *
 * Requests of the warm-up count only for a rate, unless there are no others: if the service
 * hangs from then on, no other request begins. Main thread. */
typedef struct _ThrumAbortWatch ThrumAbortWatch;

/* Returns a watch on the thresholds of @config, which is borrowed. */
ThrumAbortWatch *thrum_abort_watch_new (const ThrumConfig *config);
void thrum_abort_watch_free (ThrumAbortWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumAbortWatch, thrum_abort_watch_free)

/* Notes that, from now on, arrivals find no slot because of thrum itself. */
void thrum_abort_watch_note_short (ThrumAbortWatch *watch);

/* A request that is in flight. @intended is in ns since t0. */
typedef struct {
  gint64 intended;
  guint request;
} ThrumOpenRequest;

/* Returns whether there is something to judge at @now, ns since t0. There is not within the
 * warm-up, nor within half a second after the last time. */
gboolean thrum_abort_watch_is_due (const ThrumAbortWatch *watch, gint64 now);

/* Judges what has become known since the last call. @window holds, by request, what has ended
 * since then, and @cohorts what has ended ever. @open (ThrumOpenRequest) holds what is in
 * flight, of at most @capacity at a time. @dropped is how many arrivals have been dropped so
 * far. Returns TRUE if a threshold has been broken for long enough; *@result then says which
 * one, and what was measured. */
gboolean thrum_abort_watch_judge (ThrumAbortWatch *watch, const ThrumOutcome *window,
                                  const ThrumCohorts *cohorts, const GArray *open, guint64 capacity,
                                  guint64 dropped, gint64 now, ThrumThresholdResult *result);

/* Judges, if that is due, what @drain and the @regions (ThrumRegion) of the living workers hold.
 * Begins a new window of the tally. Returns as above. */
gboolean thrum_abort_watch_look (ThrumAbortWatch *watch, ThrumDrain *drain, GPtrArray *regions,
                                 gint64 t0, gint64 now, ThrumThresholdResult *result);

G_END_DECLS
