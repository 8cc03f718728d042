/* SPDX-License-Identifier: MIT
 *
 * How much a percentile is worth: its 95% interval, by order statistics and by batches of time. Pure
 * functions; any thread.
 */
#include "record/intervals.h"

#include <math.h>

#include "record/student.h"

#define TAIL 0.025
#define Z 1.959963984540054

/* From this variance on the normal approximation is within a rank or two. */
#define LARGE_VARIANCE 1000.0

/* ln P (Bin (n, p) = k) */
static gdouble
log_probability (gdouble n, gdouble p, gdouble k)
{
  return lgamma (n + 1) - lgamma (k + 1) - lgamma (n - k + 1) + k * log (p) + (n - k) * log1p (-p);
}

/* The largest k with P (Bin (n, p) <= k) <= 2.5%; -1: none. */
static gint64
tail_rank (guint64 n, gdouble p)
{
  gdouble mean = (gdouble)n * p, variance = mean * (1 - p), sum = 0;
  gint64 k;

  if (variance > LARGE_VARIANCE)
    return (gint64)floor (mean - Z * sqrt (variance) - 0.5);
  /* What lies ten deviations below the mean, and as much more for the skew, adds nothing. */
  k = (gint64)MAX (0, floor (mean - 10 * sqrt (variance) - 10));
  for (; (guint64)k <= n; k++)
    {
      sum += exp (log_probability ((gdouble)n, p, (gdouble)k));
      if (sum > TAIL)
        return k - 1;
    }
  return k - 1;
}

void
thrum_interval_get_ranks (guint64 n, gdouble q, guint64 *low, guint64 *high)
{
  gint64 below = n > 0 ? tail_rank (n, q) : -1;
  gint64 above = n > 0 ? tail_rank (n, 1 - q) : -1;

  *low = below >= 0 ? (guint64)below + 1 : 0;
  *high = above >= 0 ? n - (guint64)above : 0;
}

guint64
thrum_interval_get_least (gdouble q)
{
  return (guint64)ceil (log (TAIL) / log (q));
}

ThrumInterval
thrum_interval_of_quantile (const ThrumHistogram *histogram, const ThrumBatches *batches, gdouble q)
{
  ThrumInterval interval = { 0 };
  guint64 n = thrum_histogram_get_count (histogram), low, high;
  guint n_batches = thrum_batches_count (batches);
  gdouble half, most;

  if (n == 0 || n_batches < THRUM_BATCHES_LEAST)
    return interval;
  thrum_interval_get_ranks (n, q, &low, &high);
  half = thrum_t_critical (2 * TAIL, n_batches - 1)
         * thrum_batches_get_share_error (batches, thrum_histogram_get_quantile (histogram, q));
  most = ceil ((gdouble)n * (q + half));

  interval.has_low = low > 0 && (gdouble)n * (q - half) >= 1;
  if (interval.has_low)
    interval.low =
        thrum_histogram_get_ranked (histogram, MIN (low, (guint64)floor ((gdouble)n * (q - half))));
  interval.has_high = high > 0 && most <= (gdouble)n;
  if (interval.has_high)
    {
      interval.high_rank = MAX (high, (guint64)most);
      interval.high = thrum_histogram_get_ranked (histogram, interval.high_rank);
    }
  return interval;
}
