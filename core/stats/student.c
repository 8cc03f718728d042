/* SPDX-License-Identifier: MIT
 *
 * Computes Student's t with the incomplete beta function. Pure functions; any thread.
 */
#include "stats/student.h"

#include <math.h>

gdouble
thrum_incomplete_beta (gdouble a, gdouble b, gdouble x)
{
  if (x <= 0)
    return 0;
  if (x >= 1)
    return 1;
  if (x > (a + 1) / (a + b + 2))
    return 1 - thrum_incomplete_beta (b, a, 1 - x);

  gdouble front = exp (lgamma (a + b) - lgamma (a) - lgamma (b) + a * log (x) + b * log1p (-x)) / a;
  gdouble f = 1, c = 1, d = 0;
  for (guint i = 0; i <= 500; i++)
    {
      gdouble m = i / 2;
      gdouble numerator = i == 0 ? 1
                          : i % 2 == 0
                              ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                              : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

      d = 1 + numerator * d;
      d = 1 / (fabs (d) < 1e-300 ? 1e-300 : d);
      c = 1 + numerator / c;
      c = fabs (c) < 1e-300 ? 1e-300 : c;
      f *= c * d;
      if (fabs (1 - c * d) < 1e-14)
        break;
    }
  return front * (f - 1);
}

gdouble
thrum_t_two_sided (gdouble t, gdouble df)
{
  return thrum_incomplete_beta (df / 2, 0.5, df / (df + t * t));
}

gdouble
thrum_t_critical (gdouble alpha, gdouble df)
{
  gdouble low = 0, high = 1e6;

  for (guint i = 0; i < 200; i++)
    {
      gdouble middle = (low + high) / 2;

      if (thrum_t_two_sided (middle, df) > alpha)
        low = middle;
      else
        high = middle;
    }
  return (low + high) / 2;
}
