/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/first-pass.h"

G_BEGIN_DECLS

/* Chooses the most frequent names if the files have more names of requests, or of kinds of failure,
 * than @self's tables have room for. Reads the files once more to count all names, then gives @self
 * and the readers tables with the most frequent ones; every other name becomes THRUM_OTHERS. Which
 * names these are therefore does not depend on threads. Returns FALSE and @error if a file cannot
 * be read. */
gboolean thrum_top_names_choose (ThrumScanPlan *plan, ThrumAnalysis *self, GError **error);

G_END_DECLS
