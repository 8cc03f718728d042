/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/report/report.h"
#include "analyzer/plot/plot.h"

G_BEGIN_DECLS

/* report.html: one file that needs no other and no network; @plots' images are inlined where they
 * exist. (transfer full) */
char *thrum_report_to_html (const ThrumAnalysis *analysis, const ThrumReportOptions *options,
                            GPtrArray *plots, ThrumOutput *output);

G_END_DECLS
