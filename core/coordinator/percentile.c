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

/* With all that is not certain beyond every value: whether the percentile is then one of those, or
 * differs from @value by more than the histogram tells apart. */
static gboolean
could_be_larger (const ThrumSample *sample, gdouble q, gint64 value)
{
  g_autoptr (ThrumHistogram) certain = thrum_histogram_new ();
  guint64 n = thrum_histogram_get_count (sample->histogram);
  gdouble rank = (gdouble)(n + sample->unseen) * q;
  guint64 at = (guint64)ceil (rank - 1e-9 * MAX (rank, 1));

  thrum_histogram_merge (certain, sample->histogram);
  if (sample->censored != NULL)
    thrum_histogram_subtract (certain, sample->censored);
  return at > thrum_histogram_get_count (certain)
         || thrum_histogram_get_ranked (certain, at) - value
                > 2 * thrum_histogram_get_error (value);
}

ThrumPercentile
thrum_sample_get_percentile (const ThrumSample *sample, gdouble q)
{
  guint64 n = thrum_histogram_get_count (sample->histogram);
  ThrumPercentile percentile = { 0 };

  if (n == 0)
    return percentile;
  percentile.value = thrum_histogram_get_quantile (sample->histogram, q);
  percentile.is_lower_bound =
      thrum_sample_is_incomplete (sample) && could_be_larger (sample, q, percentile.value);
  return percentile;
}

/* Takes back an upper bound that what is not certain could exceed. */
static void
doubt_interval (const ThrumSample *sample, ThrumPercentile *percentile)
{
  ThrumInterval *interval = &percentile->interval;
  guint64 n = thrum_histogram_get_count (sample->histogram);

  if (interval->ranks.high == 0 || !thrum_sample_is_incomplete (sample))
    return;
  if (percentile->is_lower_bound
      || could_be_larger (sample, (gdouble)interval->ranks.high / (gdouble)n, interval->high))
    interval->ranks.high = 0;
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
      doubt_interval (sample, &percentiles.each[i]);
    }
  return percentiles;
}
