/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"
#include "analyzer/compute/doubt.h"
#include "analyzer/compute/select.h"

G_BEGIN_DECLS

/* A stretch of time. */
typedef struct _ThrumBatch ThrumBatch;

/* The order statistics that bound the quantiles. They are asked for before the second pass. */
typedef struct {
  ThrumBatch *batches;          /* (owned) (nullable): there are too few slices of time */
  guint low[THRUM_N_QUANTILES]; /* numbers of queries */
  guint high[THRUM_N_QUANTILES];
  gboolean has_low[THRUM_N_QUANTILES];
  gboolean has_high[THRUM_N_QUANTILES];
  ThrumDoubt high_doubts[THRUM_N_QUANTILES];
} ThrumOrderQueries;

void thrum_findings_ask (ThrumOrderQueries *queries, ThrumSelection *selection,
                         const ThrumAnalysis *analysis);

/* Fills @analysis->findings. Call it once the summaries are there. Ends @queries. */
void thrum_findings_make (ThrumAnalysis *analysis, ThrumOrderQueries *queries,
                          const ThrumSelection *selection);

G_END_DECLS
