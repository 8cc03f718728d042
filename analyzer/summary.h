/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/analysis.h"

G_BEGIN_DECLS

/* summary.json, whose schema doc/results-format.md has. Times are seconds. (transfer full) */
char *
thrum_summary_to_json (const ThrumAnalysis *analysis, const char *title, const ThrumRunInfo *info);

G_END_DECLS
