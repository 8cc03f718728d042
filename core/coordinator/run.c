/* SPDX-License-Identifier: MIT
 *
 * What is known of a run, and what follows from it: whether its counts add up and how its thresholds
 * came out. Owned by the main thread; the tally is the drain thread's until that has ended.
 */
#include "coordinator/run.h"

#include <math.h>

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
  const ThrumOutcome *all = run->all;
  const ThrumLaneCounters *sum = &run->counters.sum;
  guint64 ended = all->ok + all->failed + all->timed_out + all->unfinished + all->warm_up;

  return rows == ended && sum->sent == ended + run->lost
         && sum->offered == sum->sent + sum->dropped;
}

/* Arrivals of @request (-1: all) after the warm-up that have no row. */
static guint64
count_unseen (const ThrumRun *run, gint request)
{
  guint64 dropped = run->counters.sum.dropped;

  dropped -= MIN (dropped, run->tally->warm_up_dropped);
  return (guint64)ceil ((gdouble)(dropped + run->lost)
                        * thrum_config_get_weight_share (run->config, request));
}

ThrumSample
thrum_run_get_response (const ThrumRun *run, gint request, const ThrumOutcome *outcome)
{
  return (ThrumSample){ outcome->response, outcome->response_censored, outcome->response_batches,
                        count_unseen (run, request) };
}

ThrumSample
thrum_run_get_service (const ThrumRun *run, gint request, const ThrumOutcome *outcome)
{
  return (ThrumSample){ outcome->service, outcome->service_censored, outcome->service_batches,
                        count_unseen (run, request) };
}

void
thrum_run_note_end (ThrumRun *run)
{
  gint64 lasted = run->config->load.duration_ns;

  run->end = thrum_instant_now ();
  if (run->stopped_at > 0)
    lasted = MIN (lasted, run->stopped_at);
  else if (run->problems->len > 0)
    lasted = CLAMP (run->end.monotonic_ns - run->start.monotonic_ns, 0, lasted);
  run->seconds = (gdouble)lasted / 1e9;
}

gdouble
thrum_run_get_measured_seconds (const ThrumRun *run)
{
  return MAX (run->seconds - (gdouble)run->config->load.warm_up_ns / 1e9, 0);
}

void
thrum_run_judge_thresholds (ThrumRun *run)
{
  g_clear_pointer (&run->thresholds, g_array_unref);
  run->has_passed = TRUE;
  run->thresholds = g_array_new (FALSE, TRUE, sizeof (ThrumThresholdResult));
  for (guint i = 0; i < run->config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = run->config->thresholds->pdata[i];
      const ThrumOutcome *outcome =
          threshold->request < 0 ? run->all : &run->tally->requests[threshold->request];
      ThrumThresholdResult result = thrum_threshold_judge (
          threshold, outcome, count_unseen (run, threshold->request),
          threshold->request < 0 ? run->lost : 0, thrum_run_get_measured_seconds (run));

      run->has_passed &= result.passed;
      g_array_append_val (run->thresholds, result);
    }
}

gboolean
thrum_run_is_unanswered (const ThrumRun *run)
{
  const ThrumOutcome *all = run->all;

  for (guint i = 0; i < run->config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = run->config->thresholds->pdata[i];

      if (threshold->request < 0 && threshold->measure == THRUM_MEASURE_FAILURES)
        return FALSE;
    }
  return all->rows > 0 && all->ok == 0 && all->statuses[0] == all->rows;
}

/* Requests that a hiccup touched for longer than the half of their kind takes, and than a hiccup
 * that is none. */
static guint64
count_touched (const ThrumRunTally *tally)
{
  guint64 touched = 0;

  for (guint i = 0; i < tally->n_requests; i++)
    {
      const ThrumOutcome *outcome = &tally->requests[i];
      gint64 p50 = thrum_histogram_get_quantile (outcome->response, 0.5);

      if (outcome->hiccups != NULL)
        touched += thrum_histogram_count_above (outcome->hiccups, MAX (p50, THRUM_HICCUP_LEAST_NS));
    }
  return touched;
}

void
thrum_run_judge_generator (ThrumRun *run)
{
  const ThrumLoad *load = &run->config->load;
  const ThrumLaneCounters *sum = &run->counters.sum;
  ThrumVerdictFigures figures = {
    .is_open = load->is_open,
    .is_codec = thrum_config_is_codec (run->config),
    .can_spin = thrum_config_is_codec (run->config) && load->idle == THRUM_IDLE_SLEEP,
    .processes = load->processes,
    .threads = load->threads,
    .max_in_flight = load->max_in_flight,
    .n_lanes = load->processes * (thrum_config_is_codec (run->config) ? load->threads : 1),
    .queues = load->overload == THRUM_OVERLOAD_QUEUE,
    .seconds = run->seconds,
    .all = run->all,
    .lag = run->tally->lag,
    .offered = sum->offered,
    .sent = sum->sent,
    .dropped = sum->dropped,
    .lost = run->lost,
    .late = run->tally->late,
    .interval_ns = load->interval_ns,
    .think_time_ns = load->think_time_ns,
    .kept_ns = run->tally->kept_ns,
    .touched = count_touched (run->tally),
    .pauses = sum->pauses,
    .pause_ns = (gint64)sum->pause_ns,
    .fullest_ring = run->counters.fullest_ring,
    .problem = run->problems->len > 0 ? run->problems->pdata[0] : NULL,
  };

  for (guint i = 0; i < run->workers->len; i++)
    {
      const ThrumObserved *worker = &g_array_index (run->workers, ThrumObserved, i);

      figures.n_hiccups += worker->n_hiccups;
      figures.stalled += (gdouble)worker->hiccups_ns / (gdouble)MAX (worker->wall_ns, 1)
                         / (gdouble)run->workers->len;
      figures.longest_hiccup = MAX (figures.longest_hiccup, worker->longest_hiccup_ns);
      figures.busy_70 = MAX (figures.busy_70, thrum_observed_get_busy (worker, 7));
      figures.busy_90 = MAX (figures.busy_90, thrum_observed_get_busy (worker, 9));
      figures.cpu = MAX (figures.cpu, thrum_observed_get_cpu (worker));
      figures.run_delay += (gdouble)worker->run_delay_ns / (gdouble)MAX (sum->sent, 1);
    }
  thrum_verdict_free (run->verdict);
  run->verdict = thrum_verdict_new (&figures);
}

void
thrum_run_free (ThrumRun *run)
{
  if (run == NULL)
    return;
  thrum_run_folder_free (run->folder);
  thrum_run_tally_free (run->tally);
  thrum_outcome_free (run->all);
  g_clear_pointer (&run->problems, g_ptr_array_unref);
  g_clear_pointer (&run->reasons, thrum_reason_list_free);
  g_clear_pointer (&run->thresholds, g_array_unref);
  g_clear_pointer (&run->workers, g_array_unref);
  thrum_verdict_free (run->verdict);
  g_free (run);
}
