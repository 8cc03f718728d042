/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* The measures that a threshold can be on. */
typedef enum {
  THRUM_MEASURED_QUANTILE, /* "p99.9": s */
  THRUM_MEASURED_MEAN,     /* s */
  THRUM_MEASURED_MAX,      /* s */
  THRUM_MEASURED_FAILURES, /* a share of what was sent */
  THRUM_MEASURED_DROPPED,  /* a share of what was offered; of all requests alone */
  THRUM_MEASURED_RATE      /* answered, 1/s */
} ThrumMeasuredKind;

/* Reports whether @key names a measure. Sets @quantile (0 .. 1) for THRUM_MEASURED_QUANTILE. */
gboolean thrum_measured_parse (const char *key, ThrumMeasuredKind *kind, double *quantile);

/* A measured number, with the bracket that holds the service's own. */
typedef struct {
  gboolean has_value; /* FALSE: there is nothing to measure it by */
  double value;
  ThrumBracket bracket;
} ThrumMeasured;

/* Measures @kind of @summary's rows, which are @analysis' total or one of its requests. @quantile
 * must be one that the analysis was asked for. A run and its analysis have the same figures:
 *
 *   failures   (failures + lost) / (rows + lost). Nobody knows what would have become of
 *              no-port failures and of arrivals dropped for lack of the generator.
 *   dropped    dropped / offered; at the least, without those that the generator dropped
 *   rate       answered / seconds; at the most, what the run itself reports */
ThrumMeasured thrum_measure (const ThrumAnalysis *analysis, const ThrumSummary *summary,
                             ThrumMeasuredKind kind, double quantile);

/* Reports whether thrum's own part in the numbers is known: it is for rows with lag, and for its
 * runs. */
gboolean thrum_measure_tells_part (const ThrumAnalysis *analysis);

/* Returns how much of a time of @bracket may be the generator's doing, s; HUGE_VAL: nobody
 * knows. */
double thrum_bracket_get_part (ThrumBracket bracket);

/* Reports whether that part is worth a word: more than 2% of the time, and more than 200 us. */
gboolean thrum_bracket_is_worth_a_word (ThrumBracket bracket);

/* Returns @value with its unit: "1.24 ms", "0.50%", "198.0/s". (transfer full) */
char *thrum_measured_format (ThrumMeasuredKind kind, double value);

G_END_DECLS
