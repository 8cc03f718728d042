/* SPDX-License-Identifier: MIT
 *
 * What is known of a run, and what follows from it: whether its counts add up and how its thresholds
 * came out. Owned by the main thread; the tally is the drain thread's until that has ended.
 */
#include "coordinator/run.h"

#include "record/clock.h"

ThrumInstant
thrum_instant_now (void)
{
  gint64 offset = thrum_clock_realtime_offset ();
  gint64 now = thrum_clock_now ();
  return (ThrumInstant){ now, now + offset };
}

gboolean
thrum_run_is_conserved (const ThrumRun *run, guint64 rows)
{
  g_autoptr (ThrumOutcome) all = thrum_tally_sum (run->tally);
  const ThrumLaneCounters *sum = &run->counters.sum;
  guint64 ended = all->ok + all->failed + all->timed_out + all->unfinished + all->warm_up;

  return rows == ended && sum->sent == ended + run->lost
         && sum->offered == sum->sent + sum->dropped;
}

static ThrumThresholdResult
judge (const ThrumRun *run, const ThrumThreshold *threshold, const ThrumOutcome *outcome,
       guint64 lost)
{
  ThrumThresholdResult result = { .threshold = threshold, .has_value = outcome->rows > 0 };
  guint64 sent = outcome->rows + lost;

  switch (threshold->measure)
    {
    case THRUM_MEASURE_QUANTILE:
      result.measured =
          (gdouble)thrum_histogram_get_quantile (outcome->response, threshold->quantile);
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
      result.has_value = run->seconds > 0;
      if (run->seconds > 0)
        result.measured = (gdouble)outcome->rows / run->seconds;
      break;
    }
  if (threshold->measure <= THRUM_MEASURE_MAX)
    result.has_value = thrum_histogram_get_count (outcome->response) > 0;
  /* What was asked for and cannot be shown has not been met. */
  result.passed =
      result.has_value
      && (threshold->measure == THRUM_MEASURE_RATE ? result.measured >= threshold->limit
                                                   : result.measured <= threshold->limit);
  return result;
}

gboolean
thrum_run_judge_thresholds (ThrumRun *run)
{
  g_autoptr (ThrumOutcome) all = thrum_tally_sum (run->tally);
  gboolean passed = TRUE;

  g_clear_pointer (&run->thresholds, g_array_unref);
  run->thresholds = g_array_new (FALSE, TRUE, sizeof (ThrumThresholdResult));
  for (guint i = 0; i < run->config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = run->config->thresholds->pdata[i];
      ThrumThresholdResult result =
          threshold->request < 0
              ? judge (run, threshold, all, run->lost)
              : judge (run, threshold, &run->tally->requests[threshold->request], 0);

      passed &= result.passed;
      g_array_append_val (run->thresholds, result);
    }
  return passed;
}

void
thrum_run_free (ThrumRun *run)
{
  if (run == NULL)
    return;
  thrum_run_folder_free (run->folder);
  thrum_tally_free (run->tally);
  g_clear_pointer (&run->problems, g_ptr_array_unref);
  g_clear_pointer (&run->thresholds, g_array_unref);
  g_free (run);
}
