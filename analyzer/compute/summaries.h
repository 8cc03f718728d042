/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"
#include "analyzer/compute/brackets.h"
#include "analyzer/compute/doubt.h"
#include "analyzer/compute/select.h"

G_BEGIN_DECLS

/* The queries of a summary's quantiles, to be read once they are answered. */
typedef struct {
  ThrumLatency *latency;
  guint first; /* a query: the least value; THRUM_N_QUANTILES and the greatest follow */
  ThrumDoubt doubts[THRUM_N_QUANTILES];
  ThrumBracketQueries *brackets; /* (owned) (nullable): in place of doubts */
  ThrumSummary *summary;         /* (unowned) (nullable): whose brackets they are */
} ThrumPending;

/* Sets @self's summaries from its tally, and asks @selection for their quantiles. Appends to
 * @pending one ThrumPending each. */
void thrum_summaries_ask (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending);

/* Puts the answers into the summaries. Call it after the last pass. */
void thrum_summaries_answer (const ThrumAnalysis *self, const ThrumSelection *selection,
                             const GArray *pending);

G_END_DECLS
