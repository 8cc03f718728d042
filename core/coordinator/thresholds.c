/* SPDX-License-Identifier: MIT
 *
 * What the user asked of the service, held against what was measured. Pure functions.
 */
#include "coordinator/thresholds.h"

#include "coordinator/format.h"
#include "coordinator/percentile.h"
#include "record/units.h"

ThrumThresholdResult
thrum_threshold_judge (const ThrumThreshold *threshold, const ThrumOutcome *outcome, guint64 unseen,
                       guint64 lost, gdouble seconds)
{
  ThrumThresholdResult result = { .threshold = threshold };
  ThrumSample sample = { outcome->response, outcome->response_censored, NULL, unseen };
  guint64 sent = outcome->rows + lost;
  gboolean is_incomplete = thrum_sample_is_incomplete (&sample);
  gdouble most = G_MAXDOUBLE;
  ThrumPercentile percentile;

  result.has_value = thrum_histogram_get_count (outcome->response) > 0;
  switch (threshold->measure)
    {
    case THRUM_MEASURE_QUANTILE:
      percentile = thrum_sample_get_percentile (&sample, threshold->quantile);
      result.measured = (gdouble)percentile.value;
      result.is_lower_bound = percentile.is_lower_bound;
      if (percentile.most < G_MAXINT64)
        most = (gdouble)percentile.most;
      break;
    case THRUM_MEASURE_MEAN:
      result.measured = thrum_histogram_get_mean (outcome->response);
      result.is_lower_bound = is_incomplete;
      break;
    case THRUM_MEASURE_MAX:
      result.measured = (gdouble)thrum_histogram_get_max (outcome->response);
      result.is_lower_bound = is_incomplete;
      break;
    case THRUM_MEASURE_FAILURES:
      result.has_value = sent > 0;
      if (sent > 0)
        result.measured = (gdouble)(thrum_outcome_get_failures (outcome) + lost) / (gdouble)sent;
      break;
    case THRUM_MEASURE_RATE:
      result.has_value = seconds > 0;
      if (seconds > 0)
        result.measured = (gdouble)outcome->answered / seconds;
      break;
    }
  result.most = result.is_lower_bound ? most : result.measured;
  result.passed = result.has_value
                  && (threshold->measure == THRUM_MEASURE_RATE ? result.measured >= threshold->limit
                                                               : result.most <= threshold->limit);
  return result;
}

gchar *
thrum_threshold_describe (const ThrumThreshold *threshold, const ThrumConfig *config)
{
  const ThrumRequestConfig *request =
      threshold->request >= 0 ? config->requests->pdata[threshold->request] : NULL;

  return g_strdup_printf ("%s%s%s %s %s", request != NULL ? request->name : "",
                          request != NULL ? " " : "", threshold->key,
                          threshold->measure == THRUM_MEASURE_RATE ? ">=" : "<=", threshold->text);
}

gchar *
thrum_threshold_format_measured (const ThrumThresholdResult *result)
{
  g_autofree gchar *time = NULL, *most = NULL;

  if (!result->has_value)
    return g_strdup ("nothing measured");
  switch (result->threshold->measure)
    {
    case THRUM_MEASURE_FAILURES:
      return g_strdup_printf ("%.3g %%", 100 * result->measured);
    case THRUM_MEASURE_RATE:
      return thrum_format_rate (result->measured);
    default:
      time = thrum_format_time ((gint64)result->measured);
      if (!result->is_lower_bound || result->most == G_MAXDOUBLE)
        return g_strconcat (result->is_lower_bound ? ">= " : "", time, NULL);
      most = thrum_format_time ((gint64)result->most);
      return g_strdup_printf ("%s to %s", time, most);
    }
}
