/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/report/report.h"
#include "analyzer/plot/plot.h"

G_BEGIN_DECLS

/* Returns report.html: one file that needs no other file and no network. The images of @plots are
 * inlined if they exist. (transfer full) */
char *thrum_report_to_html (const ThrumAnalysis *analysis, const ThrumReportOptions *options,
                            GPtrArray *plots, ThrumOutput *output);

G_END_DECLS
