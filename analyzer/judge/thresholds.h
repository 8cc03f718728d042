/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/judge/checks.h"
#include "analyzer/judge/measures.h"

G_BEGIN_DECLS

/* A threshold as [thresholds] of a config has it. pN, mean and max are upper limits on a duration;
 * failures and dropped are upper limits on a share ("1%"); rate is a lower limit on requests a
 * second ("100/s"). */
typedef struct {
  char *request; /* (nullable): NULL: all requests */
  char *key;
  char *text;
  ThrumMeasuredKind kind;
  double quantile; /* 0 .. 1, for THRUM_MEASURED_QUANTILE */
  double limit;    /* in the measure's unit */
  /* The better end and the judgement that the run reports, for rows from which these cannot be
   * found; -1: the run reports none. */
  double said_least;
  int said_judgement;
} ThrumAnalyzerThreshold;

/* Parses "p99=250ms" or "REQUEST:p99=250ms". Returns NULL and @error if it cannot. (transfer
 * full) */
ThrumAnalyzerThreshold *thrum_analyzer_threshold_parse (const char *text, GError **error);
ThrumAnalyzerThreshold *thrum_analyzer_threshold_new (const char *request, const char *key,
                                                      const char *limit, GError **error);
void thrum_analyzer_threshold_free (gpointer threshold);

/* Returns FALSE and @error if one of @thresholds is for a request without numbers of its own: there
 * are more names than are told apart. */
gboolean
thrum_thresholds_find (const ThrumAnalysis *analysis, const GPtrArray *thresholds, GError **error);

/* Judges @analysis by @thresholds, whose quantiles it must have been asked for. Appends a
 * ThrumCheckResult each to @results. A request without rows fails. */
void
thrum_thresholds_check (const ThrumAnalysis *analysis, GPtrArray *thresholds, GPtrArray *results);

G_END_DECLS
