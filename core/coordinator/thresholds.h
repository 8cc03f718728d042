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

G_END_DECLS
