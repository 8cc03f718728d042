/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns the regularized incomplete beta function I_x (a, b), by Lentz's continued fraction. */
gdouble thrum_incomplete_beta (gdouble a, gdouble b, gdouble x);

/* Return P(|T| > t) for Student's t with @df degrees of freedom, and the t for which P(|T| > t)
 * = @alpha. Example: df 19 and alpha 0.05 give 2.093. */
gdouble thrum_t_two_sided (gdouble t, gdouble df);
gdouble thrum_t_critical (gdouble alpha, gdouble df);

G_END_DECLS
