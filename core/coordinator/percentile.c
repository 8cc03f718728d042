/* SPDX-License-Identifier: MIT
 *
 * A percentile with what it is worth: certain or a lower bound, and its interval. Pure functions.
 */
#include "coordinator/percentile.h"

#include <math.h>

const ThrumPercentileName thrum_percentiles[THRUM_N_PERCENTILES] = {
  { "p50", 0.5 }, { "p90", 0.9 }, { "p95", 0.95 }, { "p99", 0.99 }, { "p99.9", 0.999 }
};

gboolean
thrum_sample_is_incomplete (const ThrumSample *sample)
{
  return sample->unseen > 0
         || (sample->censored != NULL && thrum_histogram_get_count (sample->censored) > 0);
}

/* The value of rank @q with all that is not certain beyond every value; G_MAXINT64: it is one of
 * those. */
static gint64
get_most (const ThrumSample *sample, gdouble q)
{
  g_autoptr (ThrumHistogram) certain = thrum_histogram_new ();
  guint64 n = thrum_histogram_get_count (sample->histogram);
  gdouble rank = (gdouble)(n + sample->unseen) * q;
  guint64 at = (guint64)ceil (rank - 1e-9 * MAX (rank, 1));

  thrum_histogram_merge (certain, sample->histogram);
  if (sample->censored != NULL)
    thrum_histogram_subtract (certain, sample->censored);
  return at > thrum_histogram_get_count (certain) ? G_MAXINT64
                                                  : thrum_histogram_get_ranked (certain, at);
}

ThrumPercentile
thrum_sample_get_percentile (const ThrumSample *sample, gdouble q)
{
  guint64 n = thrum_histogram_get_count (sample->histogram);
  ThrumPercentile percentile = { 0 };

  if (n == 0)
    return percentile;
  percentile.value = thrum_histogram_get_quantile (sample->histogram, q);
  percentile.most = percentile.value;
  if (thrum_sample_is_incomplete (sample))
    percentile.most = MAX (get_most (sample, q), percentile.value);
  /* Less the histogram does not tell apart. */
  percentile.is_lower_bound =
      percentile.most - percentile.value > 2 * thrum_histogram_get_error (percentile.value);
  return percentile;
}

/* The upper bound with all that is not certain beyond it, if that is a value at all. */
static void
doubt_interval (const ThrumSample *sample, ThrumInterval *interval)
{
  guint64 n = thrum_histogram_get_count (sample->histogram);
  gint64 most;

  if (interval->ranks.high == 0 || !thrum_sample_is_incomplete (sample))
    return;
  most = get_most (sample, (gdouble)interval->ranks.high / (gdouble)n);
  if (most == G_MAXINT64)
    interval->ranks.high = 0;
  else
    interval->high = MAX (interval->high, most + thrum_histogram_get_error (most));
}

ThrumPercentiles
thrum_sample_get_percentiles (const ThrumSample *sample)
{
  gdouble quantiles[THRUM_N_PERCENTILES];
  ThrumInterval intervals[THRUM_N_PERCENTILES] = { 0 };
  ThrumPercentiles percentiles;

  for (guint i = 0; i < THRUM_N_PERCENTILES; i++)
    quantiles[i] = thrum_percentiles[i].q;
  if (sample->batches != NULL)
    thrum_intervals_of_quantiles (sample->histogram, sample->batches, quantiles,
                                  THRUM_N_PERCENTILES, intervals);
  for (guint i = 0; i < THRUM_N_PERCENTILES; i++)
    {
      percentiles.each[i] = thrum_sample_get_percentile (sample, quantiles[i]);
      percentiles.each[i].interval = intervals[i];
      doubt_interval (sample, &percentiles.each[i].interval);
    }
  return percentiles;
}
