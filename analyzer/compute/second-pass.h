/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/first-pass.h"
#include "analyzer/compute/select.h"

G_BEGIN_DECLS

/* Further passes until every quantile of @selection is known; the scatter plot of @self, if it has
 * one, is gathered in the first of them. */
gboolean thrum_second_pass (ThrumScanPlan *plan, ThrumAnalysis *self, ThrumSelection *selection,
                            GError **error);

G_END_DECLS
