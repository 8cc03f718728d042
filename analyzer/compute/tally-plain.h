/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/tally.h"

G_BEGIN_DECLS

/* Counts rows, as any row is counted, until one is a failure, a part, or not of the slice at hand.
 * Returns how many. */
guint thrum_tally_count_run (ThrumTally *self, const ThrumRow *rows, guint n_rows);

/* What it shares with the counting of any row: a request's counts, made if there are none yet; a row
 * whose schedule began at @intended (units) and that ended at @elapsed, in the current slice; a row that
 * further passes may ask for. */
ThrumTallyRequest *thrum_tally_get_request (ThrumTally *self, guint i);
void thrum_tally_count_intended (ThrumTally *self, gint64 intended, gint64 elapsed);
void thrum_tally_keep (ThrumTally *self, const ThrumRow *row);

G_END_DECLS
