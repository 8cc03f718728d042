/* SPDX-License-Identifier: MIT
 *
 * What is known of a run, and what follows from it: whether its counts add up, and how its
 * thresholds came out. The main thread owns it. The drain thread owns the tally until that
 * thread has ended.
 */
#include "run/tell/run.h"

#include <math.h>

#include "plan/plan.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/units.h"

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

/* Users who wait for replies send no more than the generator lets them. */
static void
note_held_back (const ThrumRun *run, ThrumShortfall *shortfall)
{
  const ThrumVerdictReason *cpu =
      run->verdict != NULL ? thrum_verdict_find (run->verdict, "cpu") : NULL;

  if (run->config->load.is_open)
    return;
  shortfall->is_bound = cpu != NULL && cpu->level >= THRUM_VERDICT_DEGRADED;
  for (guint i = 0; run->workers != NULL && i < run->workers->len; i++)
    shortfall->stalled +=
        thrum_observed_get_stalled (&g_array_index (run->workers, ThrumObserved, i), 0)
        / (gdouble)run->workers->len;
}

ThrumShortfall
thrum_run_get_shortfall (const ThrumRun *run, gint request)
{
  gdouble share = thrum_config_get_weight_share (run->config, request);
  guint64 dropped = run->counters.sum.dropped, own;
  ThrumShortfall shortfall = { 0 };

  dropped -= MIN (dropped, run->tally->warm_up_dropped);
  own = MIN (run->own_dropped, dropped);
  shortfall.dropped = (guint64)ceil ((gdouble)dropped * share);
  shortfall.own_dropped = MIN ((guint64)ceil ((gdouble)own * share), shortfall.dropped);
  shortfall.lost = (guint64)ceil ((gdouble)run->lost * share);
  note_held_back (run, &shortfall);
  return shortfall;
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

gdouble
thrum_run_get_asked (const ThrumRun *run)
{
  const ThrumLoad *load = &run->config->load;
  gdouble seconds = thrum_run_get_measured_seconds (run);

  if (!load->is_open || seconds <= 0)
    return 0;
  return (thrum_plan_arrivals_until (load, (gint64)(run->seconds * 1e9))
          - thrum_plan_arrivals_until (load, load->warm_up_ns))
         / seconds;
}

static void
judge_thresholds (ThrumRun *run)
{
  g_clear_pointer (&run->thresholds, g_array_unref);
  run->thresholds = g_array_new (FALSE, TRUE, sizeof (ThrumThresholdResult));
  for (guint i = 0; i < run->config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = run->config->thresholds->pdata[i];
      const ThrumOutcome *outcome =
          threshold->request < 0 ? run->all : &run->tally->requests[threshold->request];
      ThrumShortfall shortfall = thrum_run_get_shortfall (run, threshold->request);
      ThrumThresholdResult result = thrum_threshold_judge (threshold, outcome, &shortfall,
                                                           thrum_run_get_measured_seconds (run),
                                                           thrum_verdict_is_trusted (run->verdict));

      g_array_append_val (run->thresholds, result);
    }
}

gboolean
thrum_run_has_no_success (const ThrumRun *run)
{
  const ThrumOutcome *all = run->all;

  for (guint i = 0; i < run->config->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = run->config->thresholds->pdata[i];

      if (threshold->request < 0 && threshold->measure == THRUM_MEASURE_FAILURES)
        return FALSE;
    }
  return all->ok == 0 && all->rows > all->failures[THRUM_FAILURE_NO_PORT];
}

static gboolean
has_judgement (const ThrumRun *run, ThrumJudgement judgement)
{
  for (guint i = 0; i < run->thresholds->len; i++)
    if (g_array_index (run->thresholds, ThrumThresholdResult, i).judgement == judgement)
      return TRUE;
  return FALSE;
}

/* Whether anything was asked of the service's replies: how many arrivals are dropped says nothing of
 * them. */
static gboolean
has_asked (const ThrumRun *run)
{
  for (guint i = 0; i < run->config->thresholds->len; i++)
    if (((ThrumThreshold *)run->config->thresholds->pdata[i])->measure != THRUM_MEASURE_DROPPED)
      return TRUE;
  return FALSE;
}

ThrumRunResult
thrum_run_get_result (const ThrumRun *run)
{
  ThrumOnInvalid on_invalid = run->config->load.on_invalid;

  if (run->state != THRUM_RUN_COMPLETE && run->state != THRUM_RUN_ABORTED)
    return THRUM_RUN_IS_UNFINISHED;
  if (run->state == THRUM_RUN_ABORTED || has_judgement (run, THRUM_JUDGEMENT_FAILED)
      || thrum_run_has_no_success (run))
    return THRUM_RUN_IS_BREACHED;
  if (on_invalid == THRUM_ON_INVALID_WARN)
    return THRUM_RUN_IS_GOOD;
  if (has_judgement (run, THRUM_JUDGEMENT_UNDECIDED)
      || (run->verdict->level == THRUM_VERDICT_INVALID
          && (on_invalid == THRUM_ON_INVALID_FAIL || !has_asked (run))))
    return THRUM_RUN_IS_INVALID;
  return THRUM_RUN_IS_GOOD;
}

/* Requests whose service time may hold a hiccup for longer than the half of their kind takes, and than a
 * hiccup that is none. */
static guint64
count_touched (const ThrumRunTally *tally)
{
  guint64 touched = 0;

  for (guint i = 0; i < tally->n_requests; i++)
    {
      const ThrumOutcome *outcome = &tally->requests[i];
      gint64 p50 = thrum_histogram_get_quantile (outcome->service, 0.5);

      if (outcome->hiccups != NULL)
        touched += thrum_histogram_count_above (outcome->hiccups, MAX (p50, THRUM_HICCUP_LEAST_NS));
    }
  return touched;
}

/* In what time so many arrivals are due, by the whole run's mean; ns. */
static gint64
get_time_of (const ThrumRun *run, gdouble arrivals)
{
  gdouble each = run->seconds / (gdouble)MAX (run->counters.sum.offered, 1);

  return (gint64)MIN (each * arrivals * 1e9, (gdouble)THRUM_LONGEST_NS);
}

/* How long a stop must be for a bunch of what was due in it to matter. Two arrivals of a worker are the least
 * bunch. A bunch makes replies take longer by no more than the stop was, so one of half the way from p50 to
 * p99 is not what has made p99; and of a tenth of p99, or of a millisecond, it is no matter. */
static gint64
get_bunching (const ThrumRun *run)
{
  const ThrumHistogram *less_lag = run->all->response_less_lag;
  gint64 p50 = thrum_histogram_get_quantile (less_lag, 0.5);
  gint64 p99 = thrum_histogram_get_quantile (less_lag, 0.99);
  gint64 two = get_time_of (run, 2 * run->config->load.processes);

  return MAX (MAX ((p99 - p50) / 2, p99 / 10), MAX (two, THRUM_HICCUP_LEAST_NS));
}

/* How long a stop takes to have more arrivals due in it than there are slots for: both are shared out among
 * lanes alike. */
static gint64
get_overrun (const ThrumRun *run)
{
  return MAX (get_time_of (run, run->config->load.max_in_flight), THRUM_HICCUP_LEAST_NS);
}

static ThrumVerdictFigures
get_figures (const ThrumRun *run)
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
    .slots_are_capped = load->slots_are_capped || run->slots_ran_short,
    .slots_ran_short = run->slots_ran_short,
    .cpu_quota = thrum_limits_get ()->quota,
    .seconds = run->seconds,
    .all = run->all,
    .offered = sum->offered,
    .sent = sum->sent,
    .dropped = sum->dropped,
    .lost = run->lost,
    .late = run->all->late,
    .interval_ns = load->interval_ns,
    .think_time_ns = load->think_time_ns,
    .kept_ns = run->tally->kept_ns,
    .touched = count_touched (run->tally),
    .pauses = sum->pauses,
    .pause_ns = (gint64)sum->pause_ns,
    .fullest_ring = run->counters.fullest_ring,
    .problem = run->problems->len > 0 ? run->problems->pdata[0] : NULL,
  };
  gint64 bunching = get_bunching (run), overrun = get_overrun (run);

  for (guint i = 0; i < run->workers->len; i++)
    {
      const ThrumObserved *worker = &g_array_index (run->workers, ThrumObserved, i);

      figures.n_hiccups += worker->n_hiccups;
      figures.stalled += thrum_observed_get_stalled (worker, 0) / (gdouble)run->workers->len;
      figures.overrun += thrum_observed_get_stalled (worker, overrun) / (gdouble)run->workers->len;
      figures.bunched += thrum_observed_get_stalled (worker, bunching) / (gdouble)run->workers->len;
      figures.longest_hiccup = MAX (figures.longest_hiccup, worker->longest_hiccup_ns);
      figures.busy_70 = MAX (figures.busy_70, thrum_observed_get_busy (worker, 7));
      figures.busy_90 = MAX (figures.busy_90, thrum_observed_get_busy (worker, 9));
      figures.cpu = MAX (figures.cpu, thrum_observed_get_cpu (worker));
      figures.run_delay += (gdouble)worker->run_delay_ns / (gdouble)MAX (sum->sent, 1);
    }
  return figures;
}

void
thrum_run_judge (ThrumRun *run)
{
  ThrumVerdictFigures figures = get_figures (run);
  ThrumShortfall shortfall;

  run->own_dropped = thrum_verdict_count_own_drops (&figures);
  shortfall = thrum_run_get_shortfall (run, -1);
  figures.response = thrum_shortfall_get_response (&shortfall, run->all);
  thrum_verdict_free (run->verdict);
  run->verdict = thrum_verdict_new (&figures);
  judge_thresholds (run);
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
