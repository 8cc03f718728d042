/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"
#include "analyzer/write/output.h"
#include "analyzer/judge/source.h"
#include "analyzer/judge/thresholds.h"

G_BEGIN_DECLS

typedef struct {
  const ThrumSource *source;
  const GPtrArray *checks; /* (nullable) ThrumCheckResult: the thresholds' outcome */
  guint jobs;
  const char *plots; /* "png", "svg"; NULL: none */
} ThrumReportOptions;

/* Writes the plots' scripts and data, lets gnuplot render them, and writes report.html, which holds
 * them. Reports on stderr what could not be rendered and how to do it by hand; that is not a
 * failure. Returns FALSE and @error if a file cannot be written. */
gboolean thrum_report_write (const ThrumAnalysis *analysis, ThrumOutput *output,
                             const ThrumReportOptions *options, GError **error);

G_END_DECLS
