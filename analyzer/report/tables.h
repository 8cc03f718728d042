/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"
#include "analyzer/write/output.h"
#include "analyzer/judge/source.h"

G_BEGIN_DECLS

/* The header line of intervals.csv, and the function that writes it. man thrum-analyze explains
 * each column. */
#define THRUM_INTERVALS_HEADER                                                                     \
  "start,count,offered,throughput,failures,mean,mean_all_rows,sd,min,p50,p90,p95,p99,p99.9,max,"   \
  "concurrency,bytes,at_least,width"

gboolean thrum_intervals_write (const ThrumAnalysis *analysis, ThrumOutput *output, GError **error);

/* Returns the summary for a terminal. (transfer full) */
char *thrum_summary_table (const ThrumAnalysis *analysis, const ThrumSource *source);

G_END_DECLS
