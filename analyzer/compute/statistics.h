/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Pure functions of textbook statistics. Any thread. */

/* A 95% interval. A side is absent if the data cannot support it. */
typedef struct {
  double low;
  double high;
  gboolean has_low;
  gboolean has_high;
} ThrumBounds;

/* Returns mean -+ t s / sqrt (n) of @n batch values about @centre. Both sides are absent if @n is
 * below 2. */
ThrumBounds thrum_batch_bounds (const double *values, guint n, double centre);

/* Returns Wilson's interval for the ratio @k of @n. */
ThrumBounds thrum_ratio_bounds (guint64 k, guint64 n);

/* Returns the wider of the two on each side. A side is absent if it is absent in either. */
ThrumBounds thrum_bounds_wider (ThrumBounds one, ThrumBounds two);

/* Returns how many of the @n values at the start to leave out, in fives, so that the standard error
 * of the rest is least (MSER-5). It is at most half of them; 0: leave out none. @values are in the
 * order of time. White (1997); White, Cobb and Spratt (2000). */
guint thrum_mser5 (const double *values, guint n);

G_END_DECLS
