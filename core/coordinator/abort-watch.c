/* SPDX-License-Identifier: MIT
 *
 * Thresholds that may end a run, judged window by window. Knows nothing of processes and of what ending
 * takes; main thread.
 */
#include "coordinator/abort-watch.h"

#define NOT_BREACHED (-1)

/* How many requests had begun by an instant, ns since t0. */
typedef struct {
  gint64 at;
  guint64 count;
} Begun;

/* One threshold's. */
typedef struct {
  GArray *begun;         /* Begun, by windows */
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

/* How many requests have certainly been open for longer than @limit, ns, now that @ended of all have
 * ended, and the least that each of them has been. */
static guint64
count_open (const Watched *watched, gdouble limit, guint64 ended, gint64 now, gint64 *age)
{
  for (guint i = watched->begun->len; i-- > 0;)
    {
      const Begun *begun = &g_array_index (watched->begun, Begun, i);

      *age = now - begun->at;
      if ((gdouble)*age > limit)
        return begun->count > ended ? begun->count - ended : 0;
    }
  return 0;
}

/* Counts @n_open requests of at least @age, which is beyond the limit, into a result of a time. A mean
 * or a maximum is breached only by what is known of it: a request that timed out ends no run for that
 * it might have taken for ever. */
static void
add_open (ThrumThresholdResult *result, const ThrumOutcome *outcome, guint64 n_open, gint64 age)
{
  const ThrumThreshold *threshold = result->threshold;
  guint64 n = thrum_histogram_get_count (outcome->response);
  gdouble share = n_open > 0 ? (gdouble)n_open / (gdouble)(n + n_open) : 0;
  gboolean is_quantile = threshold->measure == THRUM_MEASURE_QUANTILE;

  if (is_quantile && share <= 1 - threshold->quantile)
    return; /* as unseen they were judged before */
  if (n_open > 0)
    result->has_value = result->is_lower_bound = TRUE;
  if (threshold->measure == THRUM_MEASURE_MEAN)
    result->measured = (1 - share) * result->measured + share * (gdouble)age;
  else if (n_open > 0)
    result->measured = MAX (result->measured, (gdouble)age);
  result->passed = !is_quantile && result->measured <= threshold->limit;
}

static gboolean
is_of_times (const ThrumThreshold *threshold)
{
  return threshold->measure != THRUM_MEASURE_RATE && threshold->measure != THRUM_MEASURE_FAILURES;
}

static ThrumOpenCount
sum_counts (const ThrumOpenCount *counts, guint n_requests)
{
  ThrumOpenCount sum = { 0 };

  for (guint i = 0; i < n_requests; i++)
    {
      sum.begun += counts[i].begun;
      sum.ended += counts[i].ended;
    }
  return sum;
}

gboolean
thrum_abort_watch_judge (ThrumAbortWatch *watch, const ThrumOutcome *outcomes,
                         const ThrumOpenCount *counts, guint64 n_open, gint64 now,
                         ThrumThresholdResult *result)
{
  guint n_requests = watch->config->requests->len;
  g_autoptr (ThrumOutcome) all = thrum_outcomes_sum (outcomes, n_requests);
  ThrumOpenCount all_counts = sum_counts (counts, n_requests);
  gboolean is_warm_up = now <= watch->config->load.warm_up_ns;
  gint64 start = watch->last;
  gdouble seconds = (gdouble)(now - start) / 1e9;

  watch->last = MAX (watch->last, now);
  for (guint i = 0; i < watch->config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = watch->config->thresholds->pdata[i];
      gboolean is_all = threshold->request < 0;
      const ThrumOutcome *outcome = is_all ? all : &outcomes[threshold->request];
      const ThrumOpenCount *count = is_all ? &all_counts : &counts[threshold->request];
      Watched *watched = &watch->watched[i];
      Begun begun = { now, count->begun };
      guint64 n_late = 0;
      gint64 age = 0;

      if (threshold->abort_after_ns < 0)
        continue;
      if (is_warm_up)
        {
          g_array_index (watched->begun, Begun, 0).count = count->begun;
          continue;
        }
      if (is_of_times (threshold))
        n_late = MIN (count_open (watched, threshold->limit, count->ended, now, &age), n_open);
      g_array_append_val (watched->begun, begun);

      *result = thrum_threshold_judge (threshold, outcome, n_late, 0, seconds);
      if (is_of_times (threshold))
        add_open (result, outcome, n_late, age);
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

static void
add_begun (ThrumOpenCount *counts, guint n_requests, ThrumRegion *region)
{
  for (guint lane = 0; lane < thrum_region_get_n_lanes (region); lane++)
    {
      const guint64 *begun = thrum_region_get_begun (region, lane);

      for (guint r = 0; r < n_requests; r++)
        counts[r].begun += thrum_counter_get (&begun[r]);
    }
}

gboolean
thrum_abort_watch_look (ThrumAbortWatch *watch, ThrumDrain *drain, GPtrArray *regions, gint64 now,
                        ThrumThresholdResult *result)
{
  guint n_requests = watch->config->requests->len;
  g_autofree ThrumOpenCount *counts = g_new0 (ThrumOpenCount, n_requests);
  ThrumRunTally *tally = thrum_drain_lock (drain);
  ThrumOutcome *window = thrum_run_tally_take_window (tally);
  ThrumDrainCounters live;
  gboolean is_breached;

  for (guint i = 0; i < n_requests; i++)
    counts[i].ended = tally->requests[i].rows + tally->requests[i].warm_up;
  thrum_drain_unlock (drain);
  for (guint w = 0; w < regions->len; w++)
    add_begun (counts, n_requests, regions->pdata[w]);
  /* The workers' own counts: rows may be late, for the disk. */
  thrum_drain_get_counters (drain, &live);
  is_breached = thrum_abort_watch_judge (
      watch, window, counts, live.sum.sent - MIN (live.sum.done, live.sum.sent), now, result);
  thrum_outcomes_free (window, n_requests);
  return is_breached;
}
