/* SPDX-License-Identifier: MIT
 *
 * What the user asked of the service, held against what was measured: of the whole run at its end,
 * and window by window for those thresholds that may end it. Knows nothing of processes; main
 * thread.
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
  ThrumPercentile percentile;

  result.has_value = thrum_histogram_get_count (outcome->response) > 0;
  switch (threshold->measure)
    {
    case THRUM_MEASURE_QUANTILE:
      percentile = thrum_sample_get_percentile (&sample, threshold->quantile);
      result.measured = (gdouble)percentile.value;
      result.is_lower_bound = percentile.is_lower_bound;
      break;
    case THRUM_MEASURE_MEAN:
      result.measured = thrum_histogram_get_mean (outcome->response);
      break;
    case THRUM_MEASURE_MAX:
      result.measured = (gdouble)thrum_histogram_get_max (outcome->response);
      break;
    case THRUM_MEASURE_FAILURES:
      result.has_value = sent > 0;
      if (sent > 0)
        result.measured = (gdouble)(thrum_outcome_get_failures (outcome) + lost) / (gdouble)sent;
      break;
    case THRUM_MEASURE_RATE:
      result.has_value = seconds > 0;
      if (seconds > 0)
        result.measured = (gdouble)outcome->rows / seconds;
      break;
    }
  result.passed =
      result.has_value && !result.is_lower_bound
      && (threshold->measure == THRUM_MEASURE_RATE ? result.measured >= threshold->limit
                                                   : result.measured <= threshold->limit);
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
  g_autofree gchar *time = NULL;

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
      return g_strconcat (result->is_lower_bound ? ">= " : "", time, NULL);
    }
}

/* ---- Meanwhile --------------------------------------------------------------------------------- */

#define NOT_BREACHED (-1)

struct _ThrumAbortWatch {
  const ThrumConfig *config;
  gint64 *breached_since; /* by thresholds: the first window's start */
  gint64 last;
};

ThrumAbortWatch *
thrum_abort_watch_new (const ThrumConfig *config)
{
  ThrumAbortWatch *watch = g_new0 (ThrumAbortWatch, 1);

  watch->config = config;
  watch->last = config->load.warm_up_ns;
  watch->breached_since = g_new (gint64, config->thresholds->len);
  for (guint i = 0; i < config->thresholds->len; i++)
    watch->breached_since[i] = NOT_BREACHED;
  return watch;
}

void
thrum_abort_watch_free (ThrumAbortWatch *watch)
{
  if (watch == NULL)
    return;
  g_free (watch->breached_since);
  g_free (watch);
}

gboolean
thrum_abort_watch_judge (ThrumAbortWatch *watch, const ThrumOutcome *outcomes, gint64 now,
                         ThrumThresholdResult *result)
{
  g_autoptr (ThrumOutcome) all = thrum_outcomes_sum (outcomes, watch->config->requests->len);
  gint64 start = watch->last;
  gdouble seconds = (gdouble)(now - start) / 1e9;

  watch->last = now;
  for (guint i = 0; i < watch->config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = watch->config->thresholds->pdata[i];
      const ThrumOutcome *outcome = threshold->request < 0 ? all : &outcomes[threshold->request];

      if (threshold->abort_after_ns < 0)
        continue;
      *result = thrum_threshold_judge (threshold, outcome, 0, 0, seconds);
      if (!result->has_value)
        continue;
      if (result->passed)
        watch->breached_since[i] = NOT_BREACHED;
      else if (watch->breached_since[i] == NOT_BREACHED)
        watch->breached_since[i] = start;
      if (!result->passed && now - watch->breached_since[i] >= threshold->abort_after_ns)
        return TRUE;
    }
  return FALSE;
}
