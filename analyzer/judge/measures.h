/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* What a threshold can be on. */
typedef enum {
  THRUM_MEASURED_QUANTILE, /* "p99.9": s */
  THRUM_MEASURED_MEAN,     /* s */
  THRUM_MEASURED_MAX,      /* s */
  THRUM_MEASURED_FAILURES, /* a share of what was sent */
  THRUM_MEASURED_DROPPED,  /* a share of what was offered; of all requests alone */
  THRUM_MEASURED_RATE      /* answered, 1/s */
} ThrumMeasuredKind;

/* Whether @key names one; @quantile (0 .. 1) is set for THRUM_MEASURED_QUANTILE. */
gboolean thrum_measured_parse (const char *key, ThrumMeasuredKind *kind, double *quantile);

/* A number with what is known of the service's own. */
typedef struct {
  gboolean has_value; /* FALSE: nothing to measure it by */
  double value;
  ThrumBracket bracket;
} ThrumMeasured;

/* @kind of @summary's rows, which are @analysis' total or of one of its requests; @quantile is one that
 * the analysis was asked for. A run and its analysis have the same figures:
 *
 *   failures   (failures + lost) / (rows + lost); what no-port failures and arrivals
 *              dropped for lack of the generator would have become nobody knows
 *   dropped    dropped / offered; at the least without those that are the generator's
 *   rate       answered / seconds; at the most what the run itself says */
ThrumMeasured thrum_measure (const ThrumAnalysis *analysis, const ThrumSummary *summary,
                             ThrumMeasuredKind kind, double quantile);

/* Whether thrum's own part in the numbers is known: of its rows with lag, and of its runs. */
gboolean thrum_measure_tells_part (const ThrumAnalysis *analysis);

/* How much of a time of @bracket may be the generator's doing, s; HUGE_VAL: nobody knows. */
double thrum_bracket_get_part (ThrumBracket bracket);

/* Whether that is worth a word: more than 2% of the time, and than 200 us. */
gboolean thrum_bracket_is_worth_a_word (ThrumBracket bracket);

/* "1.24 ms", "0.50%", "198.0/s". (transfer full) */
char *thrum_measured_format (ThrumMeasuredKind kind, double value);

G_END_DECLS
