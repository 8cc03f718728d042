/* SPDX-License-Identifier: MIT
 *
 * Textbook statistics, without state and without knowledge of load tests. Any thread.
 */
#include <math.h>

#include "analyzer/compute/statistics.h"
#include "stats/student.h"

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
