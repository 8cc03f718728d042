/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compare.h"
#include "analyzer/output.h"

G_BEGIN_DECLS

/* One side's runs, as far as a comparison needs them. */
typedef struct {
  GArray *replicates;       /* ThrumCompareReplicate, one a run */
  GArray *blocks;           /* ThrumCompareReplicate, of the last run */
  ThrumDistribution pooled; /* response times in ns, for curves */
} ThrumCompareSide;

void thrum_compare_side_init (ThrumCompareSide *self);
void thrum_compare_side_clear (ThrumCompareSide *self);
void thrum_compare_side_add (ThrumCompareSide *self, const ThrumAnalysis *run);

/* A comparison with all that is said of it. */
typedef struct {
  const ThrumCompareSide *base;
  const ThrumCompareSide *new_;
  gboolean by_blocks; /* one run a side: blocks of time stood in for runs */
  ThrumComparison results[THRUM_N_COMPARE_MEASURES];
} ThrumCompareOutcome;

void thrum_compare_sides (ThrumCompareOutcome *outcome, const ThrumCompareSide *base,
                          const ThrumCompareSide *new_);

/* For people, for programs (comparison.json). (transfer full) */
char *thrum_compare_to_table (const ThrumCompareOutcome *outcome);
char *thrum_compare_to_json (const ThrumCompareOutcome *outcome);

/* Writes the overlay and the shift plot, renders them and comparison.html. @extension as for other
 * plots; NULL: numbers alone. */
gboolean thrum_compare_write (const ThrumCompareOutcome *outcome, ThrumOutput *output,
                              const char *extension, guint jobs, GError **error);

G_END_DECLS
