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
  gdouble most;            /* with that as slow as can be; G_MAXDOUBLE: nobody knows */
  gboolean passed;
} ThrumThresholdResult;

/* Judges @threshold by @outcome, which is of @seconds. Beside it there were @unseen arrivals, of
 * which nothing is known, @lost of them sent. What cannot be shown to hold has not passed: no value,
 * or a time that could be beyond the limit for what was dropped, lost, timed out or unfinished. Example:
 * 8 of 1600 dropped: a p99 <= 1s holds if the value of rank 1584 of the 1592 does; a mean or a maximum
 * never does. Pure. */
ThrumThresholdResult
thrum_threshold_judge (const ThrumThreshold *threshold, const ThrumOutcome *outcome, guint64 unseen,
                       guint64 lost, gdouble seconds);

/* "p99 <= 250ms", after the request's name, if it is one's. (transfer full) */
gchar *thrum_threshold_describe (const ThrumThreshold *threshold, const ThrumConfig *config);

/* What was measured, with its unit. (transfer full) */
gchar *thrum_threshold_format_measured (const ThrumThresholdResult *result);

G_END_DECLS
