/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/judge/checks.h"
#include "analyzer/judge/measures.h"

G_BEGIN_DECLS

/* A threshold as the [thresholds] of a config have it: pN, mean, max (at most a duration), failures,
 * dropped (at most a share, "1%"), rate (at least so many requests a second, "100/s"). */
typedef struct {
  char *request; /* (nullable): of all */
  char *key;
  char *text;
  ThrumMeasuredKind kind;
  double quantile; /* 0 .. 1, of THRUM_MEASURED_QUANTILE */
  double limit;    /* in the measure's unit */
  /* What the run says of the better end, and how it judged, for rows that do not tell; -1: nothing. */
  double said_least;
  int said_judgement;
} ThrumAnalyzerThreshold;

/* "p99=250ms" or "REQUEST:p99=250ms"; NULL and @error. (transfer full) */
ThrumAnalyzerThreshold *thrum_analyzer_threshold_parse (const char *text, GError **error);
ThrumAnalyzerThreshold *thrum_analyzer_threshold_new (const char *request, const char *key,
                                                      const char *limit, GError **error);
void thrum_analyzer_threshold_free (gpointer threshold);

/* FALSE and @error where one of @thresholds is for a request that has no numbers of its own, since there
 * are more names than are told apart. */
gboolean
thrum_thresholds_find (const ThrumAnalysis *analysis, const GPtrArray *thresholds, GError **error);

/* Judges @analysis, which was asked for their quantiles, by @thresholds; appends ThrumCheckResult to
 * @results. A request that has no rows fails. */
void
thrum_thresholds_check (const ThrumAnalysis *analysis, GPtrArray *thresholds, GPtrArray *results);

G_END_DECLS
