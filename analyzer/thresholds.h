/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/analysis.h"

G_BEGIN_DECLS

/* Something that was to hold, and whether it does. */
typedef struct {
  char *name;    /* "p99 <= 250ms", "home: failures <= 1%" */
  char *message; /* what was measured */
  gboolean passed;
} ThrumCheckResult;

/* (transfer full) */
ThrumCheckResult *thrum_check_result_new (char *name, char *message, gboolean passed);
void thrum_check_result_free (gpointer result);

/* A threshold as the [thresholds] of a config have it: p50 p90 p95 p99 p99.9 mean max (at most a
 * duration), failures (at most a share, "1%"), rate (at least so many requests a second, "100/s"). */
typedef struct {
  char *request; /* (nullable): of all */
  char *key;
  char *text;
  double limit;
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

/* Holds @analysis against @thresholds; appends ThrumCheckResult to @results. A request that has no
 * rows fails. */
void
thrum_thresholds_check (const ThrumAnalysis *analysis, GPtrArray *thresholds, GPtrArray *results);

/* @results as JUnit XML, a test case each. (transfer full) */
char *thrum_junit_to_xml (const char *suite, GPtrArray *results);

G_END_DECLS
