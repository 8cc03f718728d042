/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"

G_BEGIN_DECLS

/* Of the requests that were intended in one second, how many took no longer than a threshold allows,
 * and how many did, of those that have ended. */
typedef struct {
  guint64 within, beyond;
} ThrumCohort;

/* These, by seconds and by those thresholds that may end a run and that a limit of time decides: of
 * quantiles and maxima. A second is remembered for a minute longer than the limit. One thread, or
 * under a lock. */
typedef struct _ThrumCohorts ThrumCohorts;

/* @thresholds: (ThrumThreshold); borrowed. */
ThrumCohorts *thrum_cohorts_new (GPtrArray *thresholds);
void thrum_cohorts_free (ThrumCohorts *cohorts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumCohorts, thrum_cohorts_free)

/* Whether @threshold is one of these. */
gboolean thrum_cohorts_decide (const ThrumThreshold *threshold);

/* A request to @request has ended, that was intended @intended ns, at least 0, after the warm-up. */
void thrum_cohorts_add (ThrumCohorts *cohorts, guint request, gint64 intended, gint64 response);

/* Second @second after the warm-up, 0, 1, ..., by threshold number @threshold. */
ThrumCohort thrum_cohorts_get (const ThrumCohorts *cohorts, guint threshold, gint64 second);

G_END_DECLS
