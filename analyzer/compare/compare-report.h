/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compare/compare.h"
#include "analyzer/write/output.h"
#include "analyzer/plot/plot.h"
#include "analyzer/judge/source.h"

G_BEGIN_DECLS

/* One run, as far as the tables need it. */
typedef struct {
  char *name;
  guint64 n_rows;
  char *warning; /* (nullable) why its numbers should not be believed */
} ThrumCompareRun;

/* The runs of one side, as far as a comparison needs them. */
typedef struct {
  GPtrArray *runs;          /* ThrumCompareRun */
  GArray *replicates;       /* ThrumCompareReplicate, one a run */
  GArray *blocks;           /* ThrumCompareReplicate, of the last run */
  ThrumDistribution pooled; /* response times in ns, for curves */
  double seconds;           /* of all runs */
} ThrumCompareSide;

void thrum_compare_side_init (ThrumCompareSide *self);
void thrum_compare_side_clear (ThrumCompareSide *self);
void thrum_compare_side_add (ThrumCompareSide *self, const ThrumAnalysis *run,
                             const ThrumSource *source);

/* A comparison, with everything that a report says of it. */
typedef struct {
  const ThrumCompareSide *base;
  const ThrumCompareSide *new_;
  gboolean by_blocks; /* one run a side: blocks of time stood in for runs */
  ThrumComparison results[THRUM_N_COMPARE_MEASURES];
} ThrumCompareOutcome;

void thrum_compare_sides (ThrumCompareOutcome *outcome, const ThrumCompareSide *base,
                          const ThrumCompareSide *new_);

/* Return the comparison as a table for people, and as comparison.json for programs. (transfer
 * full) */
char *thrum_compare_to_table (const ThrumCompareOutcome *outcome);
char *thrum_compare_to_json (const ThrumCompareOutcome *outcome);

/* Return texts for both reports: a sentence that says how sure the comparison is, or NULL; and a
 * value of @measure with its unit, ">=1.00 s" if it is a lower bound (transfer full). */
const char *thrum_compare_describe_method (const ThrumCompareOutcome *outcome);
char *thrum_compare_describe_value (guint measure, double value, gboolean at_least);

/* Returns "slower", for example; "inconclusive (lower bound)" if a lower bound may be the
 * reason. */
const char *thrum_compare_describe_verdict (guint measure, const ThrumComparison *result);

/* Returns why a measure has no value: "at least two runs a side are needed". */
const char *thrum_compare_describe_lack (const ThrumCompareOutcome *outcome);

/* Formats a change: 1.234 -> "+23.40%"; from 100 times on ">+9900%", because more digits would
 * pretend to know; for failures 0.01 -> "+1.00 pt". (transfer full) */
char *thrum_compare_describe_change (guint measure, double change);

/* Return the change of @result, and the ends of its interval with @between between them. The change
 * is ">=+20.00%" if it could be any more, "<=+20.00%" if any less, and "unknown" if both. (transfer
 * full) */
char *thrum_compare_describe_shift (guint measure, const ThrumComparison *result);
char *
thrum_compare_describe_interval (guint measure, const ThrumComparison *result, const char *between);

/* Returns what a reader must know before any number, a sentence each: that shares of failures
 * differ, and why runs should not be believed. (transfer full) */
GPtrArray *thrum_compare_list_notes (const ThrumCompareOutcome *outcome);

/* Returns comparison.html, with the images of @plots if they exist. (transfer full) */
char *thrum_compare_to_html (const ThrumCompareOutcome *outcome, const GPtrArray *plots,
                             const char *extension, ThrumOutput *output);

/* Writes the data of the overlay and the shift plot and appends both to @plots. */
gboolean thrum_compare_add_plots (const ThrumCompareOutcome *outcome, GPtrArray *plots,
                                  ThrumOutput *output, GError **error);

/* Writes comparison.json, the overlay and the shift plot, renders them, and writes comparison.html.
 * @extension is as for other plots; NULL: no plots. */
gboolean thrum_compare_write (const ThrumCompareOutcome *outcome, ThrumOutput *output,
                              const char *extension, guint jobs, GError **error);

G_END_DECLS
