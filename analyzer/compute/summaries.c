/* SPDX-License-Identifier: MIT
 *
 * Makes the summaries of intervals, of requests and of all rows from the first pass' tally. It asks
 * the selection for quantiles and reads them once they are known. Main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/compute/summaries.h"

static ThrumPending
ask_latency (ThrumSelection *selection, ThrumLatency *latency, ThrumScope scope, guint index,
             const ThrumDistribution *d, double units)
{
  ThrumPending entry = { .latency = latency };
  guint64 ranks[THRUM_N_QUANTILES + 2];

  latency->n = d->n;
  latency->n_censored = d->n_censored;
  if (d->n == 0)
    return entry;
  latency->mean = thrum_distribution_mean (d, units);
  latency->sd = thrum_distribution_sd (d) / units;
  ranks[0] = 1;
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    ranks[i + 1] = thrum_quantile_rank (d->n, thrum_quantiles[i].per_million);
  ranks[THRUM_N_QUANTILES + 1] = d->n;
  entry.first = thrum_selection_ask_all (selection, scope, index, d, ranks, THRUM_N_QUANTILES + 2);
  return entry;
}

/* With @unseen rows missing, of which nothing is known. */
static void
ask (ThrumSelection *selection, GArray *pending, ThrumLatency *latency, ThrumScope scope,
     guint index, const ThrumDistribution *d, double units, guint64 unseen)
{
  ThrumPending entry = ask_latency (selection, latency, scope, index, d, units);

  if (d->n == 0)
    return;
  latency->is_incomplete = d->n_censored > 0 || unseen > 0;
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    entry.doubts[i] = thrum_doubt_ask (
        selection, scope, index, d,
        thrum_quantile_rank (d->n + unseen, thrum_quantiles[i].per_million), unseen);
  g_array_append_val (pending, entry);
}

/* The times of @summary's rows with their brackets. @source has all, scope, index and less_lag (NULL: no
 * lag is known); @certain_scope are those of all that are not among the @censored. */
static void
ask_bracketed (const ThrumAnalysis *self, ThrumSelection *selection, GArray *pending,
               ThrumSummary *summary, ThrumBracketSource source, ThrumScope certain_scope,
               const ThrumDistribution *censored)
{
  ThrumLatency *latency = &summary->latency;
  ThrumPending entry =
      ask_latency (selection, latency, source.scope, source.index, source.all, self->units);
  ThrumDistribution certain = { .shape = source.all->shape };

  if (source.all->n == 0)
    return;
  source.own = summary->own_dropped + summary->n_no_port + summary->missing;
  source.theirs = summary->dropped - summary->own_dropped + summary->lost;
  source.n_given_up = censored->n;
  source.certain = source.all;
  source.certain_scope = source.scope;
  if (censored->n > 0)
    {
      thrum_distribution_merge (&certain, source.all);
      thrum_distribution_subtract (&certain, censored);
      source.certain = &certain;
      source.certain_scope = certain_scope;
    }
  if (source.less_lag == NULL)
    {
      source.less_lag = source.certain;
      source.less_lag_scope = source.certain_scope;
    }
  latency->is_incomplete = source.n_given_up + source.own + source.theirs > 0;
  entry.brackets = g_new0 (ThrumBracketQueries, 1);
  entry.brackets->brackets = &summary->brackets;
  entry.summary = summary;
  entry.brackets->asked = self->asked;
  entry.brackets->n_asked = self->n_asked;
  thrum_brackets_ask (entry.brackets, selection, &source, self->units);
  g_array_append_val (pending, entry);
  thrum_distribution_clear (&certain);
}

/* Sets how large each of @latency's quantiles could be at most, by @brackets. */
static void
set_most (ThrumLatency *latency, const ThrumTimeBrackets *brackets, double units)
{
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      double most = brackets->quantiles[i].most;
      ThrumQuantile *quantile = &latency->quantiles[i];

      quantile->most = isinf (most) ? G_MAXINT64 : MAX (llround (most * units), quantile->value);
      quantile->at_least = thrum_doubt_is_larger (quantile->most, quantile->value);
    }
}

static void
widen (ThrumBracket *bracket, double lag, double said)
{
  bracket->least = said > 0 ? MIN (bracket->least, said) : MAX (bracket->least - lag, 0);
}

/* Where rows carry no lag, the run tells what its responses were without: of the same requests, if none is
 * missing, each figure; else how much lag was at the most, by which each could be less. */
static void
widen_by_run (const ThrumAnalysis *self, ThrumSummary *summary)
{
  const ThrumRunRequest *said = thrum_run_info_get_request (self->info, summary->name);
  ThrumTimeBrackets *brackets = &summary->brackets;
  ThrumRunTimes none = { 0 };
  const ThrumRunTimes *times = &none;

  if (self->has_lag || said == NULL || self->info->times[THRUM_RUN_LAG].n == 0)
    return;
  double lag = self->info->times[THRUM_RUN_LAG].figures[THRUM_RUN_MAX];
  if (said->less_lag.n == summary->latency.n
      && summary->dropped + summary->lost + summary->n_no_port == 0)
    times = &said->less_lag;
  widen (&brackets->mean, lag, times->figures[THRUM_RUN_MEAN]);
  widen (&brackets->max, lag, times->figures[THRUM_RUN_MAX]);
  for (guint i = 0; i < self->n_asked; i++)
    widen (&brackets->quantiles[i], lag,
           i < THRUM_N_QUANTILES ? times->figures[THRUM_RUN_P50 + i] : 0);
}

void
thrum_summaries_answer (const ThrumAnalysis *self, const ThrumSelection *selection,
                        const GArray *pending)
{
  for (guint i = 0; i < pending->len; i++)
    {
      ThrumPending *entry = &g_array_index (pending, ThrumPending, i);

      for (guint j = 0; j < THRUM_N_QUANTILES; j++)
        {
          ThrumQuantile *quantile = &entry->latency->quantiles[j];

          quantile->value = thrum_selection_get (selection, entry->first + 1 + j);
          if (entry->brackets != NULL)
            continue;
          quantile->most = thrum_doubt_get_most (&entry->doubts[j], selection, quantile->value);
          quantile->at_least = thrum_doubt_is_larger (quantile->most, quantile->value);
        }
      entry->latency->min = thrum_selection_get (selection, entry->first);
      entry->latency->max = thrum_selection_get (selection, entry->first + THRUM_N_QUANTILES + 1);
      if (entry->brackets == NULL)
        continue;
      thrum_brackets_answer (entry->brackets, selection, self->units);
      set_most (entry->latency, entry->brackets->brackets, self->units);
      widen_by_run (self, entry->summary);
      g_clear_pointer (&entry->brackets, g_free);
    }
}

static void
finish_sums (ThrumSummary *summary, ThrumWide sum, double units)
{
  summary->sum_all_rows = (double)sum / units;
  summary->mean_all_rows =
      summary->n_rows == 0 ? 0 : summary->sum_all_rows / (double)summary->n_rows;
}

static void
add_slice (ThrumSummary *summary, ThrumWide *sum, const ThrumTallySlice *slice)
{
  summary->n_rows += slice->n_rows;
  summary->n_failures += slice->n_failures;
  summary->n_intended += slice->n_intended;
  summary->n_bytes += slice->n_bytes;
  summary->n_answered += slice->n_rows - slice->n_unanswered;
  summary->answered_bytes += slice->n_bytes - slice->unanswered_bytes;
  *sum += slice->sum_all_rows;
}

/* The time that requests were in the system within slice @j, units; @open are those that were at its start
 * and, when it returns, at its end. */
static double
get_time_in_system (const ThrumAnalysis *self, guint64 j, gint64 *open)
{
  const ThrumTallySlice *slice = j < self->tally->n_slices ? self->tally->slices[j] : NULL;
  double time = 0;

  if (slice != NULL)
    {
      *open -= (gint64)slice->n_came_open;
      time = (double)slice->sum_all_rows + (double)slice->time_more;
    }
  time += (double)*open * (double)self->pass->slice_width;
  if (slice != NULL)
    *open += (gint64)slice->n_left_open;
  return time;
}

static void
summarize_intervals (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  ThrumWide total_sum = 0;
  gint64 open = 0;

  self->all.shape = self->pass->shape;
  self->intervals = g_new0 (ThrumSummary, self->n_intervals);
  for (guint i = 0; i < self->n_intervals; i++)
    {
      ThrumSummary *summary = &self->intervals[i];
      ThrumDistribution merged = { .shape = self->pass->shape };
      const ThrumDistribution *latency = &merged;
      ThrumWide sum = 0;
      guint64 end = MIN ((i + 1) * self->slices_per_interval, self->tally->n_slices);

      for (guint64 j = i * self->slices_per_interval; j < end; j++)
        {
          const ThrumTallySlice *slice = self->tally->slices[j];

          summary->time_in_system += get_time_in_system (self, j, &open) / self->units;
          if (slice == NULL)
            continue;
          add_slice (summary, &sum, slice);
          if (self->slices_per_interval == 1)
            latency = &slice->latency;
          else
            thrum_distribution_merge (&merged, &slice->latency);
        }
      finish_sums (summary, sum, self->units);
      ask (selection, pending, &summary->latency, THRUM_SCOPE_INTERVAL, i, latency, self->units, 0);
      thrum_distribution_merge (&self->all, latency);
      thrum_distribution_clear (&merged);

      self->total.n_rows += summary->n_rows;
      self->total.n_failures += summary->n_failures;
      self->total.n_intended += summary->n_intended;
      self->total.n_bytes += summary->n_bytes;
      self->total.n_answered += summary->n_answered;
      self->total.answered_bytes += summary->answered_bytes;
      total_sum += sum;
    }
  if (self->tally->stray != NULL)
    {
      add_slice (&self->total, &total_sum, self->tally->stray);
      thrum_distribution_merge (&self->all, &self->tally->stray->latency);
    }
  finish_sums (&self->total, total_sum, self->units);
}

/* Response - lag of all that was not given up. */
static void
merge_less_lag (const ThrumAnalysis *self, ThrumDistribution *less_lag)
{
  less_lag->shape = self->tally->less_lag.shape;
  for (guint i = 0; i < self->pass->max_requests; i++)
    if (self->tally->requests[i] != NULL
        && self->tally->requests[i]->less_lag.shape.linear_bits < less_lag->shape.linear_bits)
      less_lag->shape = self->tally->requests[i]->less_lag.shape;
  thrum_distribution_merge (less_lag, &self->tally->less_lag);
  for (guint i = 0; i < self->pass->max_requests; i++)
    if (self->tally->requests[i] != NULL)
      thrum_distribution_merge (less_lag, &self->tally->requests[i]->less_lag);
}

static void
summarize_total (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  ThrumDistribution ok = { .shape = self->all.shape }, less_lag = { 0 };
  ThrumBracketSource source = { .all = &self->all,
                                .scope = THRUM_SCOPE_TOTAL,
                                .less_lag = self->has_lag ? &less_lag : NULL,
                                .less_lag_scope = THRUM_SCOPE_LESS_LAG };

  self->total.n_no_port = self->tally->n_no_port;
  self->total.dropped = self->n_unseen - self->n_lost;
  self->total.own_dropped = MIN (self->n_own_dropped, self->total.dropped);
  self->total.lost = self->n_lost;
  self->total.missing = self->n_done - MIN (self->n_done, self->total.n_rows + self->faults.n_cut);
  if (self->has_lag)
    merge_less_lag (self, &less_lag);
  ask_bracketed (self, selection, pending, &self->total, source, THRUM_SCOPE_CERTAIN,
                 &self->tally->censored);
  thrum_distribution_clear (&less_lag);
  ask (selection, pending, &self->service, THRUM_SCOPE_SERVICE, 0, &self->tally->service,
       self->units, self->n_unseen + self->total.n_no_port + self->total.missing);
  thrum_distribution_merge (&ok, &self->all);
  thrum_distribution_subtract (&ok, &self->tally->failed);
  ok.n_censored = 0;
  ask (selection, pending, &self->total.ok, THRUM_SCOPE_OK, 0, &ok, self->units, 0);
  thrum_distribution_clear (&ok);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return thrum_names_compare ((*(const ThrumSummary *const *)a)->name,
                              (*(const ThrumSummary *const *)b)->name);
}

static void
free_summary (gpointer summary)
{
  g_free (((ThrumSummary *)summary)->name);
  g_free (summary);
}

/* What was never sent, or lost, would have been any request's: by their weights, as the run has it, or by
 * their shares of what was done where these are not known. */
static double
get_share (const ThrumAnalysis *self, const ThrumSummary *request)
{
  double share = thrum_run_info_get_share (self->info, request->name);

  return share > 0 ? share : (double)request->n_rows / (double)MAX (self->total.n_rows, 1);
}

static void
summarize_request (const ThrumAnalysis *self, ThrumSelection *selection, GArray *pending, guint i,
                   ThrumSummary *summary)
{
  ThrumTallyRequest *tallied = self->tally->requests[i];
  ThrumBracketSource source = { .all = &tallied->latency,
                                .scope = THRUM_SCOPE_REQUEST,
                                .index = i,
                                .less_lag = self->has_lag ? &tallied->less_lag : NULL,
                                .less_lag_scope = THRUM_SCOPE_REQUEST_LESS_LAG };

  summary->name = g_strdup (thrum_names_get (self->request_names, i));
  summary->n_rows = tallied->latency.n + tallied->n_unconnected;
  summary->n_failures = tallied->n_failures;
  summary->n_bytes = tallied->n_bytes;
  summary->n_answered = summary->n_rows - tallied->n_unanswered;
  finish_sums (summary, tallied->latency.sum + tallied->sum_unconnected, self->units);

  double share = get_share (self, summary);
  summary->n_no_port = tallied->n_no_port;
  summary->dropped = (guint64)ceil ((double)self->total.dropped * share);
  summary->own_dropped =
      MIN ((guint64)ceil ((double)self->total.own_dropped * share), summary->dropped);
  summary->lost = (guint64)ceil ((double)self->n_lost * share);
  summary->missing = (guint64)ceil ((double)self->total.missing * share);
  ask_bracketed (self, selection, pending, summary, source, THRUM_SCOPE_REQUEST_CERTAIN,
                 &tallied->censored);
  thrum_distribution_subtract (&tallied->latency, &tallied->failed);
  tallied->latency.n_censored = 0;
  ask (selection, pending, &summary->ok, THRUM_SCOPE_REQUEST_OK, i, &tallied->latency, self->units,
       0);
}

static void
summarize_requests (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  self->requests = g_ptr_array_new_with_free_func (free_summary);
  self->journeys = g_ptr_array_new_with_free_func (free_summary);
  for (guint i = 0; self->has_request && i < thrum_names_get_n (self->request_names); i++)
    if (self->tally->requests[i] != NULL)
      {
        ThrumSummary *summary = g_new0 (ThrumSummary, 1);

        summarize_request (self, selection, pending, i, summary);
        g_ptr_array_add (thrum_names_is_journey (self->request_names, i) ? self->journeys
                                                                         : self->requests,
                         summary);
      }
  g_ptr_array_sort (self->requests, compare_names);
  g_ptr_array_sort (self->journeys, compare_names);
}

void
thrum_summaries_ask (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  summarize_intervals (self, selection, pending);
  summarize_total (self, selection, pending);
  summarize_requests (self, selection, pending);
}
