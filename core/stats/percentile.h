/* SPDX-License-Identifier: MIT */
#pragma once

#include "stats/batches.h"
#include "stats/bracket.h"
#include "stats/histogram.h"
#include "stats/intervals.h"

G_BEGIN_DECLS

/* Durations as they were measured, and what is missing of them. Borrowed. */
typedef struct {
  const ThrumHistogram *histogram;
  const ThrumHistogram *censored; /* (nullable): part of histogram: of these only a least value is
                                     known, for nobody waited longer */
  const ThrumBatches *batches;    /* (nullable) */
  guint64 unseen; /* beside them: dropped, lost or without a port, of which nothing is known */
  /* What the service's part is told by. (nullable): no other than the above. */
  const ThrumHistogram *less_lag, *less_lag_censored;
  guint64 own; /* of unseen, what is missing for lack of the generator */
} ThrumSample;

/* A percentile, ready to be printed. */
typedef struct {
  gint64 value; /* of the histogram, so within 0.4%; ns */
  gint64 most;  /* with all that is censored or unseen as slow as can be; G_MAXINT64: no bound */
  gboolean is_lower_bound; /* what is censored or unseen could make it larger than it prints */
  ThrumInterval interval;  /* of 95%, among thrum_sample_get_percentiles () */
} ThrumPercentile;

/* Percentile @q (0..1) of @sample, all 0 for an empty one. It is a lower bound if it were larger
 * with all that is censored or unseen as slow as can be: rank ceil ((n + unseen) q) among the
 * values that are certain. Example: 95 replies, 5 time-outs: p90 and p95 are certain, p99 is not. */
ThrumPercentile thrum_sample_get_percentile (const ThrumSample *sample, gdouble q);

/* The percentiles that every summary has, and their names. */
#define THRUM_N_PERCENTILES 5
typedef struct {
  const gchar *name; /* "p99.9" */
  gdouble q;
} ThrumPercentileName;
extern const ThrumPercentileName thrum_percentiles[THRUM_N_PERCENTILES];

/* Those of @sample, in their order. */
typedef struct {
  ThrumPercentile each[THRUM_N_PERCENTILES];
} ThrumPercentiles;

ThrumPercentiles thrum_sample_get_percentiles (const ThrumSample *sample);

/* Between which values @sample's percentile @q would be, had the generator done nothing of its own. The
 * most is the percentile as it is, with all that is missing as slow as can be. The least is that of the
 * response without its lag, with what is missing for lack of the generator as quick as can be: HUGE_VAL
 * where so many are missing for the service's sake. All 0 for an empty one.
 *
 * Example: 1000 requests of 20 ms; 30 of them were sent 8 ms late, 5 more were never sent for want of
 * a CPU: the p99 is of 20 to 28 ms. */
ThrumBracket thrum_sample_get_bracket (const ThrumSample *sample, gdouble q);

/* The same of the mean and the maximum: nobody knows their most where anything is missing. */
ThrumBracket thrum_sample_get_mean_bracket (const ThrumSample *sample);
ThrumBracket thrum_sample_get_max_bracket (const ThrumSample *sample);

/* Whether anything is censored or unseen: so that mean and maximum are lower bounds. */
gboolean thrum_sample_is_incomplete (const ThrumSample *sample);

G_END_DECLS
