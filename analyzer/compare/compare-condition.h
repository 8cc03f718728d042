/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compare/compare-report.h"
#include "analyzer/judge/thresholds.h"

G_BEGIN_DECLS

/* A condition for CI: "p99 slower than 5%", "throughput lower than 2%", "failures higher than 1%", which
 * are points above the base's share. */
typedef struct {
  guint measure;
  double limit; /* 0.05; of failures a difference of shares */
} ThrumCompareCondition;

gboolean
thrum_compare_condition_parse (ThrumCompareCondition *self, const char *text, GError **error);

/* What the condition comes to, passed where NEW is not worse than BASE by more than the limit beyond
 * doubt: the test does not say that it is worse, or the change is within the limit. A measure without a
 * value passes nothing, nor does a NEW that is a lower bound. (transfer full) */
ThrumCheckResult *thrum_compare_condition_check (const ThrumCompareCondition *self,
                                                 const ThrumCompareOutcome *outcome);

G_END_DECLS
