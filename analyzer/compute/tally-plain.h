/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/tally.h"

G_BEGIN_DECLS

/* Counts rows as any row is counted, until one is a failure, a part of another row, or not in the
 * slice at hand. Returns how many it counted. */
guint thrum_tally_count_run (ThrumTally *self, const ThrumRow *rows, guint n_rows);

/* The functions shared with the counting of any row. They get a request's counts (made if they do
 * not exist yet); count a row whose schedule began at @intended (units) and that ended at @elapsed,
 * in the current slice; and keep a row for further passes. */
ThrumTallyRequest *thrum_tally_get_request (ThrumTally *self, guint i);
void thrum_tally_count_intended (ThrumTally *self, gint64 intended, gint64 elapsed);
void thrum_tally_keep (ThrumTally *self, const ThrumRow *row);

G_END_DECLS
