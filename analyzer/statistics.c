/* SPDX-License-Identifier: MIT
 *
 * Textbook statistics, without state and without knowledge of load tests. Any thread.
 */
#include <math.h>

#include "analyzer/statistics.h"

double
thrum_incomplete_beta (double a, double b, double x)
{
  if (x <= 0)
    return 0;
  if (x >= 1)
    return 1;
  if (x > (a + 1) / (a + b + 2))
    return 1 - thrum_incomplete_beta (b, a, 1 - x);

  double front = exp (lgamma (a + b) - lgamma (a) - lgamma (b) + a * log (x) + b * log1p (-x)) / a;
  double f = 1, c = 1, d = 0;
  for (guint i = 0; i <= 500; i++)
    {
      double m = i / 2;
      double numerator = i == 0 ? 1
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

double
thrum_t_two_sided (double t, double df)
{
  return thrum_incomplete_beta (df / 2, 0.5, df / (df + t * t));
}

double
thrum_t_critical (double alpha, double df)
{
  double low = 0, high = 1e6;

  for (guint i = 0; i < 200; i++)
    {
      double middle = (low + high) / 2;

      if (thrum_t_two_sided (middle, df) > alpha)
        low = middle;
      else
        high = middle;
    }
  return (low + high) / 2;
}

void
thrum_quantile_ranks (guint64 n, guint per_million, guint64 *low, guint64 *high)
{
  double q = per_million / 1e6;
  double centre = (double)n * q;
  double spread = 1.96 * sqrt (centre * (1 - q));

  *low = *high = 0;
  if ((double)n * log1p (-q) <= log (0.025))
    *low = (guint64)CLAMP (floor (centre - spread), 1, (double)n);
  if ((double)n * log (q) <= log (0.025))
    *high = (guint64)CLAMP (ceil (centre + spread) + 1, 1, (double)n);
}

ThrumBounds
thrum_batch_bounds (const double *values, guint n, double centre)
{
  ThrumBounds bounds = { 0 };
  double mean = 0, squares = 0;

  if (n < 2)
    return bounds;
  for (guint i = 0; i < n; i++)
    mean += values[i] / n;
  for (guint i = 0; i < n; i++)
    squares += (values[i] - mean) * (values[i] - mean);

  double half = thrum_t_critical (0.05, n - 1) * sqrt (squares / (n - 1) / n);
  bounds.low = centre - half;
  bounds.high = centre + half;
  bounds.has_low = bounds.has_high = TRUE;
  return bounds;
}

ThrumBounds
thrum_ratio_bounds (guint64 k, guint64 n)
{
  ThrumBounds bounds = { 0 };
  const double z = 1.959964;

  if (n == 0)
    return bounds;
  double p = (double)k / (double)n, zz = z * z / (double)n;
  double centre = (p + zz / 2) / (1 + zz);
  double half = z * sqrt (p * (1 - p) / (double)n + zz / (4 * (double)n)) / (1 + zz);
  bounds.low = k == 0 ? 0 : centre - half;
  bounds.high = k == n ? 1 : centre + half;
  bounds.has_low = bounds.has_high = TRUE;
  return bounds;
}

ThrumBounds
thrum_bounds_wider (ThrumBounds one, ThrumBounds two)
{
  ThrumBounds bounds = { .low = MIN (one.low, two.low),
                         .high = MAX (one.high, two.high),
                         .has_low = one.has_low && two.has_low,
                         .has_high = one.has_high && two.has_high };

  return bounds;
}

guint
thrum_mser5 (const double *values, guint n)
{
  guint n_batches = n / 5, best = 0;
  double least = INFINITY, sum = 0, squares = 0;

  /* From the end to the start, so that each sum is the last one and one batch more. */
  for (guint d = n_batches; d-- > 0;)
    {
      double mean = 0;

      for (guint i = 0; i < 5; i++)
        mean += values[5 * d + i] / 5;
      sum += mean;
      squares += mean * mean;

      double kept = n_batches - d;
      double measure = (squares - sum * sum / kept) / (kept * kept);
      if (2 * d <= n_batches && measure <= least)
        {
          least = measure;
          best = d;
        }
    }
  return 5 * best;
}
