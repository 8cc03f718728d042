/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Pure functions of textbook statistics. Any thread. */

/* A 95% interval; a side that the data cannot support is absent. */
typedef struct {
  double low;
  double high;
  gboolean has_low;
  gboolean has_high;
} ThrumBounds;

/* Mean -+ t s / sqrt (n) of @n batch values about @centre; nothing below 2. */
ThrumBounds thrum_batch_bounds (const double *values, guint n, double centre);

/* Wilson's interval for the ratio @k of @n. */
ThrumBounds thrum_ratio_bounds (guint64 k, guint64 n);

/* The wider of two on each side; a side is absent if it is in either. */
ThrumBounds thrum_bounds_wider (ThrumBounds one, ThrumBounds two);

/* MSER-5: how many of the @n values at the start, in fives, to leave out so that the standard error of
 * the rest is least; at most half of them. 0: none. @values are in the order of time. White (1997);
 * White, Cobb and Spratt (2000). */
guint thrum_mser5 (const double *values, guint n);

G_END_DECLS
