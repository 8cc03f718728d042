/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/first-pass.h"

G_BEGIN_DECLS

/* For files with more names, of requests or kinds of failure, than @self's tables have room for: reads
 * them once more to count all names, and gives @self and the readers tables with the most frequent
 * ones, which leave every other one to THRUM_OTHERS. So which names these are does not depend on
 * threads. FALSE and @error where a file cannot be read. */
gboolean thrum_top_names_choose (ThrumScanPlan *plan, ThrumAnalysis *self, GError **error);

G_END_DECLS
