/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "run/judge/shortfall.h"

G_BEGIN_DECLS

/* How a threshold came out. */
typedef struct {
  const ThrumThreshold *threshold;
  gboolean has_value;   /* FALSE: there was nothing to judge by */
  gdouble measured;     /* in the threshold's unit: ns, ratio, requests/s */
  ThrumBracket bracket; /* between these values lies the service's own figure */
  ThrumJudgement judgement;
} ThrumThresholdResult;

/* Judges @threshold by @outcome, which covers @seconds and lacks @shortfall. @is_trusted is as
 * in thrum_bracket_judge (). A threshold that has nothing measured is not kept. What is missing
 * because of the service counts as beyond every limit. Example: 8 of 1600 were dropped. A p99 <=
 * 1s is kept if the value of rank 1584 among the 1592 keeps it; a mean or a maximum is never
 * kept. Pure. */
ThrumThresholdResult
thrum_threshold_judge (const ThrumThreshold *threshold, const ThrumOutcome *outcome,
                       const ThrumShortfall *shortfall, gdouble seconds, gboolean is_trusted);

/* Returns whether @bracket, of times, is so wide that the generator's part in it is worth a
 * word: it is wider than 2% of its most and than 200 us, or nobody knows its most. */
gboolean thrum_bracket_is_wide (ThrumBracket bracket);

/* Returns "p99 <= 250ms", after the request's name if the threshold is for one request.
 * (transfer full) */
gchar *thrum_threshold_describe (const ThrumThreshold *threshold, const ThrumConfig *config);

/* Returns what was measured, with its unit. Adds between which values the service's own figure
 * lies, where that matters. (transfer full) */
gchar *thrum_threshold_format_measured (const ThrumThresholdResult *result);

G_END_DECLS
