/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* A stretch of time, [first, end) in slices, in which something was under way. */
typedef struct {
  guint first;
  guint end;
  guint64 n_rows;
} ThrumActivity;

/* Returns the stretches of @self's tally, in order: (element-type ThrumActivity) (transfer full).
 * Without @waiting, time in which requests only waited does not count. */
GArray *thrum_activity_list (const ThrumAnalysis *self, gboolean waiting);

/* Finds where the test itself lies among @stretches of slices of @slice s: the stretches that are
 * not far from the one with the most rows. Returns FALSE if no stretch is far off, or if the far
 * ones hold more than a small part of the rows. @waiting is as above: with it nobody waited in a
 * gap either, and a stretch counts as far much sooner. */
gboolean thrum_activity_find_test (const GArray *stretches, gboolean waiting, double slice,
                                   ThrumActivity *test);

/* Returns the longest time without activity between two stretches, or before the first, as slices;
 * its n_rows is 0. *@n is set to the number of such gaps that are longer than a tenth of
 * @n_slices. */
ThrumActivity thrum_activity_find_gap (const GArray *stretches, guint n_slices, guint *n);

G_END_DECLS
