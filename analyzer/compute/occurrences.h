/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* Sets @self's kinds and statuses from its tally. */
void thrum_occurrences_list (ThrumAnalysis *self);

G_END_DECLS
