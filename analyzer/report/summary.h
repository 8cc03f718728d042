/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"
#include "analyzer/judge/source.h"

G_BEGIN_DECLS

/* Returns summary.json, whose schema is in doc/results-format.md. Times are seconds. (transfer
 * full) */
char *thrum_summary_to_json (const ThrumAnalysis *analysis, const ThrumSource *source);

G_END_DECLS
