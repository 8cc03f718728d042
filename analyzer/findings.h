/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/analysis.h"
#include "analyzer/doubt.h"
#include "analyzer/select.h"

G_BEGIN_DECLS

/* The order statistics that bound the quantiles, asked for before the second pass. */
typedef struct {
  guint low[THRUM_N_QUANTILES]; /* numbers of queries */
  guint high[THRUM_N_QUANTILES];
  gboolean has_low[THRUM_N_QUANTILES];
  gboolean has_high[THRUM_N_QUANTILES];
  ThrumDoubt high_doubts[THRUM_N_QUANTILES];
} ThrumOrderQueries;

/* @unseen: what never came, beside @all. */
void thrum_findings_ask (ThrumOrderQueries *queries, ThrumSelection *selection,
                         const ThrumDistribution *all, guint64 unseen);

/* Fills @analysis->findings once its summaries are there. */
void thrum_findings_make (ThrumAnalysis *analysis, const ThrumOrderQueries *queries,
                          const ThrumSelection *selection);

G_END_DECLS
