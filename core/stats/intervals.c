/* SPDX-License-Identifier: MIT
 *
 * Computes how far a percentile can be trusted: its 95% interval, by order statistics and by
 * batches of time. Pure functions; any thread.
 */
#include "stats/intervals.h"

#include <math.h>

#include "stats/student.h"

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

ThrumRanks
thrum_ranks_get (guint64 n, gdouble q)
{
  gint64 below = n > 0 ? tail_rank (n, q) : -1;
  gint64 above = n > 0 ? tail_rank (n, 1 - q) : -1;

  return (ThrumRanks){ below >= 0 ? (guint64)below + 1 : 0, above >= 0 ? n - (guint64)above : 0 };
}

void
thrum_ranks_widen (ThrumRanks *ranks, guint64 n, gdouble q, gdouble half)
{
  gdouble least = floor ((gdouble)n * (q - half)), most = ceil ((gdouble)n * (q + half));

  ranks->low = least >= 1 ? MIN (ranks->low, (guint64)least) : 0;
  ranks->high = ranks->high > 0 && most <= (gdouble)n ? MAX (ranks->high, (guint64)most) : 0;
}

void
thrum_ranks_order (ThrumRanks *ranks, guint n)
{
  for (guint i = 1; i < n; i++)
    {
      if (ranks[i].low == 0)
        ranks[i].low = ranks[i - 1].low;
      if (ranks[i].high > 0)
        ranks[i].high = MAX (ranks[i].high, ranks[i - 1].high);
    }
  for (guint i = n; i-- > 1;)
    {
      if (ranks[i - 1].high == 0)
        ranks[i - 1].high = ranks[i].high;
      ranks[i - 1].low = MIN (ranks[i - 1].low, ranks[i].low);
    }
}

guint64
thrum_interval_get_least (gdouble q)
{
  return (guint64)ceil (log (TAIL) / log (q));
}

/* Between which the value of rank @rank is: a histogram tells its bucket. */
static gint64
get_least (const ThrumHistogram *histogram, guint64 rank)
{
  gint64 value = thrum_histogram_get_ranked (histogram, rank);

  return MAX (value - thrum_histogram_get_error (value), thrum_histogram_get_min (histogram));
}

static gint64
get_most (const ThrumHistogram *histogram, guint64 rank)
{
  gint64 value = thrum_histogram_get_ranked (histogram, rank);

  return MIN (value + thrum_histogram_get_error (value), thrum_histogram_get_max (histogram));
}

void
thrum_intervals_of_quantiles (const ThrumHistogram *histogram, const ThrumBatches *batches,
                              const gdouble *quantiles, guint n_quantiles, ThrumInterval *intervals)
{
  g_autofree ThrumRanks *ranks = g_new0 (ThrumRanks, n_quantiles);
  guint64 n = thrum_histogram_get_count (histogram);
  guint n_batches = thrum_batches_count (batches);

  for (guint i = 0; i < n_quantiles && n > 0 && n_batches >= THRUM_BATCHES_LEAST; i++)
    {
      gint64 value = thrum_histogram_get_quantile (histogram, quantiles[i]);

      ranks[i] = thrum_ranks_get (n, quantiles[i]);
      thrum_ranks_widen (&ranks[i], n, quantiles[i],
                         thrum_t_critical (2 * TAIL, n_batches - 1)
                             * thrum_batches_get_share_error (batches, value));
    }
  thrum_ranks_order (ranks, n_quantiles);
  for (guint i = 0; i < n_quantiles; i++)
    {
      intervals[i] = (ThrumInterval){ .ranks = ranks[i] };
      if (ranks[i].low > 0)
        intervals[i].low = get_least (histogram, ranks[i].low);
      if (ranks[i].high > 0)
        intervals[i].high = get_most (histogram, ranks[i].high);
    }
}
