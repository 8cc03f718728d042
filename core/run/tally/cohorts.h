/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"

G_BEGIN_DECLS

/* Counts the requests that were intended in one second and have ended: how many took no longer
 * than a threshold allows, and how many took longer. */
typedef struct {
  guint64 within, beyond;
} ThrumCohort;

/* The cohorts, by second and by threshold. Only those thresholds are in it that may end a run
 * and are decided by a limit of time: quantiles and maxima. It remembers a second for a minute
 * longer than the limit. One thread, or under a lock. */
typedef struct _ThrumCohorts ThrumCohorts;

/* Makes cohorts for those of @thresholds (ThrumThreshold) that need them. Borrows @thresholds. */
ThrumCohorts *thrum_cohorts_new (GPtrArray *thresholds);
void thrum_cohorts_free (ThrumCohorts *cohorts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumCohorts, thrum_cohorts_free)

/* Returns whether cohorts decide @threshold. */
gboolean thrum_cohorts_decide (const ThrumThreshold *threshold);

/* Counts an ended request to @request. It was intended @intended ns after the warm-up, at least
 * 0. */
void thrum_cohorts_add (ThrumCohorts *cohorts, guint request, gint64 intended, gint64 response);

/* Returns the cohort of second @second after the warm-up (0, 1, ...) by threshold number
 * @threshold. */
ThrumCohort thrum_cohorts_get (const ThrumCohorts *cohorts, guint threshold, gint64 second);

G_END_DECLS
