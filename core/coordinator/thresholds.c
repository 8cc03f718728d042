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
        result.measured = (gdouble)outcome->answered / seconds;
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

/* How many requests had begun by an instant, ns since t0. */
typedef struct {
  gint64 at;
  guint64 count;
} Begun;

/* One threshold's. */
typedef struct {
  GArray *begun;         /* Begun, by windows */
  guint64 warm_up_open;  /* of the warm-up, at the first window's end: judged by nobody */
  gint64 breached_since; /* the first window's start */
} Watched;

struct _ThrumAbortWatch {
  const ThrumConfig *config;
  Watched *watched; /* by thresholds */
  gint64 last;
};

ThrumAbortWatch *
thrum_abort_watch_new (const ThrumConfig *config)
{
  ThrumAbortWatch *watch = g_new0 (ThrumAbortWatch, 1);
  const Begun none = { config->load.warm_up_ns, 0 };

  watch->config = config;
  watch->last = none.at;
  watch->watched = g_new0 (Watched, config->thresholds->len);
  for (guint i = 0; i < config->thresholds->len; i++)
    {
      watch->watched[i].begun = g_array_new (FALSE, FALSE, sizeof (Begun));
      g_array_append_val (watch->watched[i].begun, none);
      watch->watched[i].breached_since = NOT_BREACHED;
    }
  return watch;
}

void
thrum_abort_watch_free (ThrumAbortWatch *watch)
{
  if (watch == NULL)
    return;
  for (guint i = 0; i < watch->config->thresholds->len; i++)
    g_array_unref (watch->watched[i].begun);
  g_free (watch->watched);
  g_free (watch);
}

static guint64
get_open (ThrumOpenCount count)
{
  return count.begun - MIN (count.ended, count.begun);
}

/* How many requests have certainly been open for longer than @limit, ns, now that @ended of all have
 * ended, and the least that each of them has been. */
static guint64
count_open (const Watched *watched, gdouble limit, guint64 ended, gint64 now, gint64 *age)
{
  guint64 others = ended + watched->warm_up_open;

  for (guint i = watched->begun->len; i-- > 0;)
    {
      const Begun *begun = &g_array_index (watched->begun, Begun, i);

      *age = now - begun->at;
      if ((gdouble)*age > limit)
        return begun->count > others ? begun->count - others : 0;
    }
  return 0;
}

/* Counts @n_open requests of at least @age, which is beyond the limit, into a result of a time. */
static void
add_open (ThrumThresholdResult *result, const ThrumOutcome *outcome, guint64 n_open, gint64 age)
{
  const ThrumThreshold *threshold = result->threshold;
  guint64 n = thrum_histogram_get_count (outcome->response);
  gdouble share = (gdouble)n_open / (gdouble)(n + n_open);
  gdouble measured = result->measured;

  if (threshold->measure == THRUM_MEASURE_MAX
      || (threshold->measure == THRUM_MEASURE_QUANTILE && share > 1 - threshold->quantile))
    measured = MAX (measured, (gdouble)age);
  else if (threshold->measure == THRUM_MEASURE_MEAN)
    measured = (1 - share) * measured + share * (gdouble)age;
  else
    return; /* as unseen they were judged before */
  result->measured = measured;
  result->has_value = result->is_lower_bound = TRUE;
  result->passed = measured <= threshold->limit;
}

static gboolean
is_of_times (const ThrumThreshold *threshold)
{
  return threshold->measure != THRUM_MEASURE_RATE && threshold->measure != THRUM_MEASURE_FAILURES;
}

gboolean
thrum_abort_watch_judge (ThrumAbortWatch *watch, const ThrumOutcome *outcomes,
                         const ThrumOpenCount *counts, ThrumOpenCount all, gint64 now,
                         ThrumThresholdResult *result)
{
  g_autoptr (ThrumOutcome) sum = thrum_outcomes_sum (outcomes, watch->config->requests->len);
  gint64 start = watch->last;
  gdouble seconds = (gdouble)(now - start) / 1e9;

  watch->last = now;
  for (guint i = 0; i < watch->config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = watch->config->thresholds->pdata[i];
      gboolean is_all = threshold->request < 0;
      const ThrumOutcome *outcome = is_all ? sum : &outcomes[threshold->request];
      ThrumOpenCount count = is_all ? all : counts[threshold->request];
      Watched *watched = &watch->watched[i];
      Begun begun = { now, count.begun };
      guint64 n_open = 0;
      gint64 age = 0;

      if (threshold->abort_after_ns < 0)
        continue;
      if (watched->begun->len == 1 && watch->config->load.warm_up_ns > 0)
        watched->warm_up_open = get_open (count);
      if (is_of_times (threshold))
        n_open =
            MIN (count_open (watched, threshold->limit, count.ended, now, &age), get_open (all));
      g_array_append_val (watched->begun, begun);

      *result = thrum_threshold_judge (threshold, outcome, n_open, 0, seconds);
      if (n_open > 0)
        add_open (result, outcome, n_open, age);
      if (!result->has_value)
        continue;
      if (result->passed)
        watched->breached_since = NOT_BREACHED;
      else if (watched->breached_since == NOT_BREACHED)
        watched->breached_since = start;
      if (!result->passed && now - watched->breached_since >= threshold->abort_after_ns)
        return TRUE;
    }
  return FALSE;
}
