/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compare/compare-report.h"
#include "analyzer/judge/thresholds.h"

G_BEGIN_DECLS

/* A condition for CI: "p99 slower than 5%", "throughput lower than 2%", or "failures higher than
 * 1%", which means points above the base's share. */
typedef struct {
  guint measure;
  double limit; /* 0.05; for failures, a difference of shares */
} ThrumCompareCondition;

gboolean
thrum_compare_condition_parse (ThrumCompareCondition *self, const char *text, GError **error);

/* Returns whether the condition is met. It is met if NEW is not beyond doubt worse than BASE by
 * more than the limit: the test does not show that it is worse, or the change is within the limit.
 * A measure without a value does not meet it, nor does a NEW that is a lower bound. (transfer
 * full) */
ThrumCheckResult *thrum_compare_condition_check (const ThrumCompareCondition *self,
                                                 const ThrumCompareOutcome *outcome);

G_END_DECLS
