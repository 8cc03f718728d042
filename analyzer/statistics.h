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

/* The regularized incomplete beta function I_x (a, b), by Lentz's continued fraction. */
double thrum_incomplete_beta (double a, double b, double x);

/* P(|T| > t) for Student's t with @df degrees of freedom; and the t that P(|T| > t) = @alpha has.
 * df 19, alpha 0.05 -> 2.093. */
double thrum_t_two_sided (double t, double df);
double thrum_t_critical (double alpha, double df);

/* The ranks whose values bound the quantile @per_million / 10^6 of what @n values were drawn from
 * with 95% confidence (nq -+ 1.96 sqrt (nq (1 - q))), if the values were independent. A side is 0
 * where no rank has that confidence: an upper one for p99 needs n >= 368, since 0.99^n > 0.025
 * below that. */
void thrum_quantile_ranks (guint64 n, guint per_million, guint64 *low, guint64 *high);

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
