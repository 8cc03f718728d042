/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/first-pass.h"
#include "analyzer/compute/select.h"

G_BEGIN_DECLS

/* Makes further passes until every quantile of @selection is known. The first of them also gathers
 * @self's scatter plot, if it has one. */
gboolean thrum_second_pass (ThrumScanPlan *plan, ThrumAnalysis *self, ThrumSelection *selection,
                            GError **error);

G_END_DECLS
