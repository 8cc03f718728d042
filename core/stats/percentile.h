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
  const ThrumHistogram *censored; /* (nullable): the part of histogram of which only a least
                                     value is known, because nobody waited longer */
  const ThrumBatches *batches;    /* (nullable) */
  guint64 unseen; /* requests besides, of which nothing is known: dropped, lost or without a port */
  /* The same without our own lag: it shows the service's part. (nullable): it is as the above. */
  const ThrumHistogram *less_lag, *less_lag_censored;
  guint64 own; /* how many of unseen are missing because of the generator */
} ThrumSample;

/* A percentile, ready to be printed. */
typedef struct {
  gint64 value; /* from the histogram, so within 0.4%; ns */
  gint64 most;  /* the value if all that is censored or unseen is as slow as can be; G_MAXINT64:
                   no bound */
  gboolean is_lower_bound; /* what is censored or unseen could make it print a larger value */
  ThrumInterval interval;  /* with 95% confidence, among thrum_sample_get_percentiles () */
} ThrumPercentile;

/* Returns percentile @q (0..1) of @sample, all 0 for an empty one. It is a lower bound if it
 * would be larger with all that is censored or unseen as slow as can be, that is, at rank ceil
 * ((n + unseen) q) among the values that are certain. Example: of 95 replies and 5 time-outs,
 * p90 and p95 are certain and p99 is not. */
ThrumPercentile thrum_sample_get_percentile (const ThrumSample *sample, gdouble q);

/* The percentiles that every summary has, and their names. */
#define THRUM_N_PERCENTILES 5
typedef struct {
  const gchar *name; /* "p99.9" */
  gdouble q;
} ThrumPercentileName;
extern const ThrumPercentileName thrum_percentiles[THRUM_N_PERCENTILES];

/* The percentiles of a sample, in that order. */
typedef struct {
  ThrumPercentile each[THRUM_N_PERCENTILES];
} ThrumPercentiles;

ThrumPercentiles thrum_sample_get_percentiles (const ThrumSample *sample);

/* Returns between which values @sample's percentile @q would be if the generator had done
 * nothing of its own. All 0 for an empty sample.
 *
 * The most is the percentile as it is, with all that is missing as slow as can be. The least is
 * the percentile of the response without its lag, with what is missing because of the generator
 * as quick as can be. It is HUGE_VAL where too many are missing because of the service.
 *
 * Example: of 1000 requests of 20 ms, 30 were sent 8 ms late. 5 more were never sent, for want
 * of a CPU. The p99 is from 20 to 28 ms. */
ThrumBracket thrum_sample_get_bracket (const ThrumSample *sample, gdouble q);

/* Return that for the mean and the maximum. Nobody knows their most where anything is missing. */
ThrumBracket thrum_sample_get_mean_bracket (const ThrumSample *sample);
ThrumBracket thrum_sample_get_max_bracket (const ThrumSample *sample);

/* Returns whether anything is censored or unseen. The mean and the maximum are then lower
 * bounds. */
gboolean thrum_sample_is_incomplete (const ThrumSample *sample);

G_END_DECLS
