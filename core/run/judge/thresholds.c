/* SPDX-License-Identifier: MIT
 *
 * Compares what the user asked of the service with what was measured. Pure functions.
 */
#include "run/judge/thresholds.h"

#include <math.h>
#include <string.h>

#include "base/format.h"
#include "base/units.h"

#define WIDE_SHARE 0.02
#define WIDE_NS 200e3

static gdouble
get_share (guint64 count, guint64 of)
{
  return of > 0 ? (gdouble)count / (gdouble)of : 0;
}

ThrumThresholdResult
thrum_threshold_judge (const ThrumThreshold *threshold, const ThrumOutcome *outcome,
                       const ThrumShortfall *shortfall, gdouble seconds, gboolean is_trusted)
{
  ThrumThresholdResult result = { .threshold = threshold };
  ThrumSample sample = thrum_shortfall_get_response (shortfall, outcome);
  guint64 sent = outcome->rows + shortfall->lost;

  result.has_value = thrum_histogram_get_count (outcome->response) > 0;
  switch (threshold->measure)
    {
    case THRUM_MEASURE_QUANTILE:
      result.measured =
          (gdouble)thrum_histogram_get_quantile (outcome->response, threshold->quantile);
      result.bracket = thrum_sample_get_bracket (&sample, threshold->quantile);
      break;
    case THRUM_MEASURE_MEAN:
      result.measured = thrum_histogram_get_mean (outcome->response);
      result.bracket = thrum_sample_get_mean_bracket (&sample);
      break;
    case THRUM_MEASURE_MAX:
      result.measured = (gdouble)thrum_histogram_get_max (outcome->response);
      result.bracket = thrum_sample_get_max_bracket (&sample);
      break;
    case THRUM_MEASURE_FAILURES:
      result.has_value = sent > 0;
      result.measured = get_share (thrum_outcome_get_failures (outcome) + shortfall->lost, sent);
      result.bracket = thrum_shortfall_get_failures (shortfall, outcome);
      break;
    case THRUM_MEASURE_DROPPED: /* nothing of nothing is none */
      result.has_value = TRUE;
      result.bracket = thrum_shortfall_get_dropped (shortfall, outcome);
      result.measured = result.bracket.most;
      break;
    case THRUM_MEASURE_RATE:
      result.has_value = seconds > 0;
      result.bracket = thrum_shortfall_get_rate (shortfall, outcome, seconds);
      result.measured = result.bracket.least;
      break;
    }
  result.judgement =
      result.has_value ? thrum_bracket_judge (result.bracket, threshold->limit,
                                              threshold->measure == THRUM_MEASURE_RATE, is_trusted)
                       : THRUM_JUDGEMENT_FAILED;
  return result;
}

gboolean
thrum_bracket_is_wide (ThrumBracket bracket)
{
  gdouble width = bracket.most - bracket.least;

  if (bracket.most == HUGE_VAL)
    return bracket.least < HUGE_VAL;
  return width > WIDE_NS && width > WIDE_SHARE * bracket.most;
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

static gchar *
format_value (const ThrumThreshold *threshold, gdouble value)
{
  switch (threshold->measure)
    {
    case THRUM_MEASURE_FAILURES:
    case THRUM_MEASURE_DROPPED:
      return g_strdup_printf ("%.3g %%", 100 * value);
    case THRUM_MEASURE_RATE:
      return thrum_format_rate (value);
    default:
      return thrum_format_time ((gint64)value);
    }
}

gchar *
thrum_threshold_format_measured (const ThrumThresholdResult *result)
{
  const ThrumThreshold *threshold = result->threshold;
  gboolean is_time = threshold->measure <= THRUM_MEASURE_MAX;
  ThrumBracket bracket = { MIN (result->bracket.least, result->measured), result->bracket.most };
  g_autofree gchar *least = NULL, *most = NULL;

  if (!result->has_value)
    return g_strdup ("nothing measured");
  /* What matters no more than a word does not hide the figure. */
  if (result->judgement != THRUM_JUDGEMENT_UNDECIDED
      && !(is_time && thrum_bracket_is_wide (bracket)))
    return format_value (threshold, result->measured);
  least = format_value (threshold, bracket.least);
  if (bracket.most == HUGE_VAL)
    return g_strconcat (">= ", least, NULL);
  most = format_value (threshold, bracket.most);
  if (strcmp (least, most) == 0)
    return g_steal_pointer (&least);
  return g_strdup_printf ("%s to %s", least, most);
}
