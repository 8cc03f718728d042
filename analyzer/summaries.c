/* SPDX-License-Identifier: MIT
 *
 * Makes summaries, of intervals, requests and all, from the first pass' tally. Quantiles are asked of
 * the selection and read when it has them. Main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/summaries.h"

static void
ask (ThrumSelection *selection, GArray *pending, ThrumLatency *latency, ThrumScope scope,
     guint index, const ThrumDistribution *d, double units, guint64 unseen)
{
  ThrumPending entry = { .latency = latency };
  guint64 ranks[THRUM_N_QUANTILES + 2];

  latency->n = d->n;
  latency->n_censored = d->n_censored;
  if (d->n == 0)
    return;
  latency->mean = thrum_distribution_mean (d, units);
  latency->sd = thrum_distribution_sd (d) / units;
  latency->is_incomplete = d->n_censored > 0 || unseen > 0;
  ranks[0] = 1;
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    ranks[i + 1] = thrum_quantile_rank (d->n, thrum_quantiles[i].per_million);
  ranks[THRUM_N_QUANTILES + 1] = d->n;
  entry.first = thrum_selection_ask_all (selection, scope, index, d, ranks, THRUM_N_QUANTILES + 2);
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    entry.doubts[i] = thrum_doubt_ask (selection, scope, index, d, ranks[i + 1], unseen);
  g_array_append_val (pending, entry);
}

void
thrum_summaries_answer (const ThrumSelection *selection, const GArray *pending)
{
  for (guint i = 0; i < pending->len; i++)
    {
      const ThrumPending *entry = &g_array_index (pending, ThrumPending, i);

      for (guint j = 0; j < THRUM_N_QUANTILES; j++)
        {
          ThrumQuantile *quantile = &entry->latency->quantiles[j];

          quantile->value = thrum_selection_get (selection, entry->first + 1 + j);
          quantile->most = thrum_doubt_get_most (&entry->doubts[j], selection, quantile->value);
          quantile->at_least = thrum_doubt_is_larger (quantile->most, quantile->value);
        }
      entry->latency->min = thrum_selection_get (selection, entry->first);
      entry->latency->max = thrum_selection_get (selection, entry->first + THRUM_N_QUANTILES + 1);
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
      total_sum += sum;
    }
  if (self->tally->stray != NULL)
    {
      add_slice (&self->total, &total_sum, self->tally->stray);
      thrum_distribution_merge (&self->all, &self->tally->stray->latency);
    }
  finish_sums (&self->total, total_sum, self->units);
}

static void
summarize_total (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  ThrumDistribution ok = { .shape = self->all.shape };

  ask (selection, pending, &self->total.latency, THRUM_SCOPE_TOTAL, 0, &self->all, self->units,
       self->n_unseen);
  ask (selection, pending, &self->service, THRUM_SCOPE_SERVICE, 0, &self->tally->service,
       self->units, self->n_unseen);
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

/* What was never answered would have been any request's, by their shares of what was. */
static guint64
get_unseen (const ThrumAnalysis *self, const ThrumSummary *request)
{
  return (guint64)ceil ((double)self->n_unseen * (double)request->n_rows
                        / (double)MAX (self->total.n_rows, 1));
}

static void
summarize_requests (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  self->requests = g_ptr_array_new_with_free_func (free_summary);
  self->journeys = g_ptr_array_new_with_free_func (free_summary);
  for (guint i = 0; self->has_request && i < thrum_names_get_n (self->request_names); i++)
    {
      ThrumTallyRequest *tallied = self->tally->requests[i];

      if (tallied == NULL)
        continue;
      ThrumSummary *summary = g_new0 (ThrumSummary, 1);
      summary->name = g_strdup (thrum_names_get (self->request_names, i));
      summary->n_rows = tallied->latency.n + tallied->n_unconnected;
      summary->n_failures = tallied->n_failures;
      summary->n_bytes = tallied->n_bytes;
      finish_sums (summary, tallied->latency.sum + tallied->sum_unconnected, self->units);
      ask (selection, pending, &summary->latency, THRUM_SCOPE_REQUEST, i, &tallied->latency,
           self->units, get_unseen (self, summary));
      thrum_distribution_subtract (&tallied->latency, &tallied->failed);
      tallied->latency.n_censored = 0;
      ask (selection, pending, &summary->ok, THRUM_SCOPE_REQUEST_OK, i, &tallied->latency,
           self->units, 0);
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
