/* SPDX-License-Identifier: MIT
 *
 * Computes a percentile with how far it can be trusted: whether it is certain or a lower bound,
 * and its interval. Pure functions.
 */
#include "stats/percentile.h"

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

static guint64
get_rank (guint64 n, gdouble q)
{
  gdouble rank = (gdouble)n * q;

  return (guint64)ceil (rank - 1e-9 * MAX (rank, 1));
}

/* The value of rank @at among those of @histogram that are not @censored (nullable); HUGE_VAL: they are
 * not so many. */
static gdouble
get_certain (const ThrumHistogram *histogram, const ThrumHistogram *censored, guint64 at)
{
  g_autoptr (ThrumHistogram) certain = NULL;

  if (censored == NULL || thrum_histogram_get_count (censored) == 0)
    return at > thrum_histogram_get_count (histogram)
               ? HUGE_VAL
               : (gdouble)thrum_histogram_get_ranked (histogram, at);
  certain = thrum_histogram_new ();
  thrum_histogram_merge (certain, histogram);
  thrum_histogram_subtract (certain, censored);
  return at > thrum_histogram_get_count (certain)
             ? HUGE_VAL
             : (gdouble)thrum_histogram_get_ranked (certain, at);
}

/* The value of rank @q with all that is not certain beyond every value; G_MAXINT64: it is one of
 * those. */
static gint64
get_most (const ThrumSample *sample, gdouble q)
{
  guint64 at = get_rank (thrum_histogram_get_count (sample->histogram) + sample->unseen, q);
  gdouble most = get_certain (sample->histogram, sample->censored, at);

  return most == HUGE_VAL ? G_MAXINT64 : (gint64)most;
}

/* ---- Between which values it is ------------------------------------------------------------------- */

static const ThrumHistogram *
get_less_lag (const ThrumSample *sample)
{
  return sample->less_lag != NULL ? sample->less_lag : sample->histogram;
}

static const ThrumHistogram *
get_less_lag_censored (const ThrumSample *sample)
{
  return sample->less_lag != NULL ? sample->less_lag_censored : sample->censored;
}

/* Whether some are missing for the service's sake. */
static gboolean
has_kept_waiting (const ThrumSample *sample)
{
  return sample->unseen > sample->own
         || (sample->censored != NULL && thrum_histogram_get_count (sample->censored) > 0);
}

static gdouble
get_least (const ThrumSample *sample, gdouble q)
{
  const ThrumHistogram *less_lag = get_less_lag (sample);
  guint64 at = get_rank (thrum_histogram_get_count (less_lag) + sample->unseen, q);

  if (at <= sample->own)
    return 0;
  return get_certain (less_lag, get_less_lag_censored (sample), at - sample->own);
}

ThrumBracket
thrum_sample_get_bracket (const ThrumSample *sample, gdouble q)
{
  ThrumPercentile percentile = thrum_sample_get_percentile (sample, q);
  ThrumBracket bracket = { 0 };

  if (thrum_histogram_get_count (sample->histogram) == 0)
    return bracket;
  bracket.most = percentile.most == G_MAXINT64 ? HUGE_VAL : (gdouble)percentile.most;
  bracket.least = MIN (get_least (sample, q), bracket.most);
  return bracket;
}

/* @service: of response without lag. @all: of the response. */
static ThrumBracket
make_bracket (const ThrumSample *sample, gdouble service, gdouble all)
{
  ThrumBracket bracket = { service, thrum_sample_is_incomplete (sample) ? HUGE_VAL : all };

  if (has_kept_waiting (sample))
    bracket.least = HUGE_VAL;
  return bracket;
}

ThrumBracket
thrum_sample_get_mean_bracket (const ThrumSample *sample)
{
  const ThrumHistogram *less_lag = get_less_lag (sample);
  gdouble n = (gdouble)thrum_histogram_get_count (less_lag);

  return make_bracket (
      sample, n > 0 ? thrum_histogram_get_mean (less_lag) * n / (n + (gdouble)sample->own) : 0,
      thrum_histogram_get_mean (sample->histogram));
}

ThrumBracket
thrum_sample_get_max_bracket (const ThrumSample *sample)
{
  return make_bracket (sample, (gdouble)thrum_histogram_get_max (get_less_lag (sample)),
                       (gdouble)thrum_histogram_get_max (sample->histogram));
}

/* ---- Percentiles ------------------------------------------------------------------------------------ */

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
