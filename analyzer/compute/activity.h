/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

/* A stretch of time in which something was under way, in slices: [first, end). */
typedef struct {
  guint first;
  guint end;
  guint64 n_rows;
} ThrumActivity;

/* The stretches of @self's tally, in order; without @waiting, what was only waited for is nothing:
 * (element-type ThrumActivity) (transfer full). */
GArray *thrum_activity_list (const ThrumAnalysis *self, gboolean waiting);

/* Where the test itself lies among @stretches of slices of @slice s: those that are not far from the one
 * with the most rows. FALSE where all do, or what is far off is no small part of the rows. @waiting as
 * above: what nobody waited for is far sooner. */
gboolean thrum_activity_find_test (const GArray *stretches, gboolean waiting, double slice,
                                   ThrumActivity *test);

/* The longest time between two stretches, or before the first, in which nothing was under way, as
 * slices; n_rows is 0. *@n, how many there are of more than a tenth of @n_slices. */
ThrumActivity thrum_activity_find_gap (const GArray *stretches, guint n_slices, guint *n);

G_END_DECLS
