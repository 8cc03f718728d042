/* SPDX-License-Identifier: MIT */
#pragma once

#include "stats/percentile.h"
#include "run/tally/run-tally.h"

G_BEGIN_DECLS

/* What the rows of an outcome do not hold, and whose doing that was: with it each of the outcome's
 * numbers becomes a bracket. Of the time after the warm-up. */
typedef struct {
  guint64 dropped;     /* arrivals that were never sent */
  guint64 own_dropped; /* of these, for lack of the generator */
  guint64 lost;        /* sent by workers that died */
  gdouble stalled;     /* closed: the share of the workers' time in which they stood still */
  gboolean is_bound;   /* closed: the generator had no CPU for more */
} ThrumShortfall;

/* The times of @outcome with what is missing of them. The histograms are borrowed from @outcome. */
ThrumSample
thrum_shortfall_get_response (const ThrumShortfall *shortfall, const ThrumOutcome *outcome);
ThrumSample
thrum_shortfall_get_service (const ThrumShortfall *shortfall, const ThrumOutcome *outcome);

/* The share of requests that failed, of those sent: at most with what the generator did not send as
 * failures, at least without what found no port. 0 of 0 is 0. */
ThrumBracket
thrum_shortfall_get_failures (const ThrumShortfall *shortfall, const ThrumOutcome *outcome);

/* The share of arrivals that were dropped: at least without those that the generator dropped. */
ThrumBracket
thrum_shortfall_get_dropped (const ThrumShortfall *shortfall, const ThrumOutcome *outcome);

/* Replies per second in @seconds: at most with what was not sent, or not in time, for lack of the
 * generator. HUGE_VAL where it was the bottleneck: nobody knows. */
ThrumBracket thrum_shortfall_get_rate (const ThrumShortfall *shortfall, const ThrumOutcome *outcome,
                                       gdouble seconds);

G_END_DECLS
