/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"
#include "run/judge/shortfall.h"

G_BEGIN_DECLS

/* How a threshold came out. */
typedef struct {
  const ThrumThreshold *threshold;
  gboolean has_value;   /* FALSE: nothing to judge by */
  gdouble measured;     /* in the threshold's unit: ns, ratio, requests/s */
  ThrumBracket bracket; /* between which values the service's own figure lies */
  ThrumJudgement judgement;
} ThrumThresholdResult;

/* Judges @threshold by @outcome, which is of @seconds and beside which @shortfall is missing;
 * @is_trusted as thrum_bracket_judge () has it. Nothing measured is nothing kept. What is missing for the
 * service's sake counts as beyond every limit: 8 of 1600 dropped: a p99 <= 1s is kept if the value of
 * rank 1584 of the 1592 keeps it; a mean or a maximum never is. Pure. */
ThrumThresholdResult
thrum_threshold_judge (const ThrumThreshold *threshold, const ThrumOutcome *outcome,
                       const ThrumShortfall *shortfall, gdouble seconds, gboolean is_trusted);

/* Whether @bracket, of times, is so wide that the generator's part in it is worth a word: more than 2%
 * of its most, and 200 us; or nobody knows. */
gboolean thrum_bracket_is_wide (ThrumBracket bracket);

/* "p99 <= 250ms", after the request's name, if it is one's. (transfer full) */
gchar *thrum_threshold_describe (const ThrumThreshold *threshold, const ThrumConfig *config);

/* What was measured, with its unit, and between which values the service's own figure lies where
 * that matters. (transfer full) */
gchar *thrum_threshold_format_measured (const ThrumThresholdResult *result);

G_END_DECLS
