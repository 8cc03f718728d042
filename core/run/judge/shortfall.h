/* SPDX-License-Identifier: MIT */
#pragma once

#include "stats/percentile.h"
#include "run/tally/run-tally.h"

G_BEGIN_DECLS

/* What the rows of an outcome lack, and who caused that. With it, each number of the outcome
 * becomes a bracket. For the time after the warm-up. */
typedef struct {
  guint64 dropped;     /* arrivals that were never sent */
  guint64 own_dropped; /* how many of these were dropped because of the generator */
  guint64 lost;        /* requests that were sent by workers that died */
  gdouble stalled;     /* closed: the share of the workers' time in which they stood still */
  gboolean is_bound;   /* closed: the generator had no CPU left to send more */
} ThrumShortfall;

/* Return the times of @outcome, together with what is missing of them. The histograms are
 * borrowed from @outcome. */
ThrumSample
thrum_shortfall_get_response (const ThrumShortfall *shortfall, const ThrumOutcome *outcome);
ThrumSample
thrum_shortfall_get_service (const ThrumShortfall *shortfall, const ThrumOutcome *outcome);

/* Returns the share of the requests sent that failed. At most: what the generator did not send
 * counts as failures. At least: what found no local port does not count. 0 of 0 is 0. */
ThrumBracket
thrum_shortfall_get_failures (const ThrumShortfall *shortfall, const ThrumOutcome *outcome);

/* Returns the share of arrivals that were dropped. At least: those that the generator dropped do
 * not count. */
ThrumBracket
thrum_shortfall_get_dropped (const ThrumShortfall *shortfall, const ThrumOutcome *outcome);

/* Returns replies per second over @seconds. At most: it includes what was not sent, or not in
 * time, because of the generator. The most is HUGE_VAL where the generator was the bottleneck,
 * because then nobody knows. */
ThrumBracket thrum_shortfall_get_rate (const ThrumShortfall *shortfall, const ThrumOutcome *outcome,
                                       gdouble seconds);

G_END_DECLS
