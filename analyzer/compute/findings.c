/* SPDX-License-Identifier: MIT
 *
 * Draws conclusions from the counts: confidence intervals, a warm-up, Apdex. It uses batches of
 * time because requests are autocorrelated. Main thread.
 */
#include <math.h>

#include "analyzer/compute/findings.h"
#include "stats/intervals.h"
#include "stats/student.h"

#define BATCHES 20

/* A stretch of time; its histogram has one shape whatever the slices' is, so that the intervals are
 * the same for any number of threads. */
struct _ThrumBatch {
  guint64 n_answered;
  double seconds; /* of it, that count for a rate */
  ThrumDistribution latency;
};

static double
get_step_width (const ThrumAnalysis *self)
{
  return self->slices_per_step * (double)self->pass->slice_width / self->units;
}

/* The steps that lie wholly within the test and behind the cut: [*first, *end). */
static void
find_whole_steps (const ThrumAnalysis *self, guint *first, guint *end)
{
  double width = get_step_width (self);
  guint n_tallied = (self->tally->n_slices + self->slices_per_step - 1) / self->slices_per_step;

  *first = (guint)ceil (self->cut / width - 1e-9);
  *end = MIN ((guint)floor (self->extent / width + 1e-9), n_tallied);
  if (*first >= *end)
    *first = *end = 0;
}

/* The @i-th slice of step @step; NULL where nothing is. */
static const ThrumTallySlice *
get_slice (const ThrumAnalysis *self, guint step, guint i)
{
  guint slice = step * self->slices_per_step + i;

  return slice < self->tally->n_slices ? self->tally->slices[slice] : NULL;
}

static ThrumBatch *
make_batches (const ThrumAnalysis *self, guint first, guint end)
{
  ThrumBatch *batches = g_new0 (ThrumBatch, BATCHES);
  double width = get_step_width (self);

  for (guint i = 0; i < BATCHES; i++)
    batches[i].latency.shape = thrum_bucket_shape_coarse;
  for (guint i = first; i < end; i++)
    {
      ThrumBatch *batch = &batches[(guint64)(i - first) * BATCHES / (end - first)];

      batch->seconds += CLAMP (self->cut + self->seconds - i * width, 0, width);
      for (guint j = 0; j < self->slices_per_step; j++)
        {
          const ThrumTallySlice *slice = get_slice (self, i, j);

          if (slice == NULL)
            continue;
          batch->n_answered += slice->n_rows - slice->n_unanswered;
          thrum_distribution_merge (&batch->latency, &slice->latency);
        }
    }
  return batches;
}

/* Half the 95% interval of the share of values that are up to @value, by Student's t. */
static double
get_share_half (const ThrumBatch *batches, gint64 value)
{
  double until[BATCHES], counts[BATCHES];
  guint n_full = 0;

  for (guint i = 0; i < BATCHES; i++)
    {
      const ThrumDistribution *d = &batches[i].latency;

      until[i] = d->n > 0 ? (double)thrum_distribution_count_below (d, value) : 0;
      counts[i] = (double)d->n;
      n_full += d->n > 0;
    }
  if (n_full < 2)
    return 0;
  return thrum_t_critical (0.05, n_full - 1) * thrum_share_error (until, counts, BATCHES);
}

/* The ranks that bound the quantiles: the wider of what is right for independent requests and of what the
 * batches say, as `thrum run` has it. */
static void
choose_ranks (const ThrumDistribution *all, const ThrumBatch *batches, ThrumRanks *ranks)
{
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      guint per_million = thrum_quantiles[i].per_million;
      guint64 rank = thrum_quantile_rank (all->n, per_million);

      ranks[i] = thrum_ranks_get (all->n, per_million / 1e6);
      if (batches != NULL && all->n > 0)
        thrum_ranks_widen (&ranks[i], all->n, per_million / 1e6,
                           get_share_half (batches, thrum_distribution_find (all, rank).low));
    }
  thrum_ranks_order (ranks, THRUM_N_QUANTILES);
}

void
thrum_findings_ask (ThrumOrderQueries *queries, ThrumSelection *selection,
                    const ThrumAnalysis *self)
{
  const ThrumDistribution *all = &self->all;
  ThrumRanks ranks[THRUM_N_QUANTILES];
  guint first, end;

  find_whole_steps (self, &first, &end);
  queries->batches = end - first >= BATCHES ? make_batches (self, first, end) : NULL;
  choose_ranks (all, queries->batches, ranks);
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      guint64 low = ranks[i].low, high = ranks[i].high;

      queries->has_low[i] = low > 0;
      queries->has_high[i] = high > 0;
      queries->low[i] = thrum_selection_ask (selection, THRUM_SCOPE_TOTAL, 0, all, MAX (low, 1));
      queries->high[i] = thrum_selection_ask (selection, THRUM_SCOPE_TOTAL, 0, all, MAX (high, 1));
      guint64 missing = self->n_unseen + self->total.n_no_port + self->total.missing;
      high = MAX (high, 1);
      high += (guint64)ceil ((double)high * (double)missing / (double)MAX (all->n, 1));
      queries->high_doubts[i] =
          thrum_doubt_ask (selection, THRUM_SCOPE_TOTAL, 0, all, high, missing);
    }
}

static void
bound_quantiles (ThrumAnalysis *self, const ThrumOrderQueries *queries,
                 const ThrumSelection *selection)
{
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      ThrumBounds *bounds = &self->findings.quantiles[i];
      gint64 high = thrum_selection_get (selection, queries->high[i]);
      gint64 most = thrum_doubt_get_most (&queries->high_doubts[i], selection, high);

      self->findings.high_unknown[i] = queries->has_high[i] && most == G_MAXINT64;
      bounds->has_low = queries->has_low[i];
      bounds->has_high = queries->has_high[i] && most < G_MAXINT64;
      bounds->low = (double)thrum_selection_get (selection, queries->low[i]) / self->units;
      /* As far as what is not known could move it. */
      bounds->high = (double)(thrum_doubt_is_larger (most, high) ? most : high) / self->units;
    }
}

static void
bound_rates (ThrumAnalysis *self, const ThrumBatch *batches)
{
  ThrumFindings *findings = &self->findings;
  const ThrumLatency *latency = &self->total.latency;
  double half = latency->n > 1 ? 1.96 * latency->sd / sqrt ((double)latency->n) : 0;
  double means[BATCHES], rates[BATCHES];
  gboolean full = batches != NULL;
  guint n_rates = 0;

  /* A symmetric interval may lead below what any request took, and a rate's below 0. */
  double least = (double)latency->min / self->units;
  findings->mean = (ThrumBounds){ MAX (latency->mean - half, least), latency->mean + half,
                                  latency->n > 1, latency->n > 1 && !latency->is_incomplete };
  findings->failure_ratio = thrum_ratio_bounds (self->total.n_failures, self->total.n_rows);
  for (guint i = 0; full && i < BATCHES; i++)
    {
      full = batches[i].latency.n > 0;
      means[i] = thrum_distribution_mean (&batches[i].latency, self->units);
      /* A batch that is only an edge, because requests were no longer sent, has no rate. */
      if (batches[i].seconds > batches[0].seconds / 2)
        rates[n_rates++] = (double)batches[i].n_answered / batches[i].seconds;
    }
  if (!full)
    return;
  findings->mean =
      thrum_bounds_wider (findings->mean, thrum_batch_bounds (means, BATCHES, latency->mean));
  findings->throughput =
      thrum_batch_bounds (rates, n_rates, thrum_analysis_get_rate (self, &self->total));
  findings->mean.low = MAX (findings->mean.low, least);
  findings->throughput.low = MAX (findings->throughput.low, 0);
}

/* Reports whether the first @start_n of @n means are of another kind than those from @out on: by 4
 * standard errors of the difference of their averages, since MSER-5 chose them for being so. */
static gboolean
stands_out (const double *means, guint start_n, guint out, guint n)
{
  double start = 0, rest = 0, squares = 0;
  guint n_rest = n - out;

  for (guint i = 0; i < start_n; i++)
    start += means[i] / start_n;
  for (guint i = out; i < n; i++)
    rest += means[i] / n_rest;
  for (guint i = out; i < n; i++)
    squares += (means[i] - rest) * (means[i] - rest);
  return n_rest > 1
         && fabs (start - rest)
                > 4 * sqrt (squares / (n_rest - 1) * (1.0 / start_n + 1.0 / n_rest));
}

/* The sum and number of the response times in step @step. */
static void
add_step (const ThrumAnalysis *self, guint step, ThrumWide *sum, guint64 *n)
{
  for (guint i = 0; i < self->slices_per_step; i++)
    {
      const ThrumTallySlice *slice = get_slice (self, step, i);

      if (slice == NULL)
        continue;
      *sum += slice->latency.sum;
      *n += slice->latency.n;
    }
}

/* MSER-5 over the steps' means. It finds something in most noise: what chance explains, or would not
 * move the mean by 1%, is not worth a proposal. */
static void
propose_warm_up (ThrumAnalysis *self, guint first, guint end)
{
  g_autofree double *means = g_new (double, MAX (end - first, 1));
  g_autofree guint *steps = g_new (guint, MAX (end - first, 1));
  ThrumWide sum = 0;
  guint64 rest = 0;
  guint n = 0;

  for (guint i = first; i < end; i++)
    {
      ThrumWide here = 0;
      guint64 n_here = 0;

      add_step (self, i, &here, &n_here);
      if (n_here == 0)
        continue;
      means[n] = (double)here / self->units / (double)n_here;
      steps[n++] = i;
    }
  guint out = thrum_mser5 (means, n);
  /* A warm-up is there from the beginning; a service that once stood still is none. */
  if (out == 0 || !stands_out (means, out, out, n) || !stands_out (means, MIN (out, 5), out, n))
    return;
  for (guint i = steps[out]; i <= self->tally->n_slices / self->slices_per_step; i++)
    add_step (self, i, &sum, &rest);

  double mean = rest > 0 ? (double)sum / self->units / (double)rest : 0;
  if (fabs (mean - self->total.latency.mean) < 0.01 * self->total.latency.mean)
    return;
  self->findings.warm_up = steps[out] * get_step_width (self);
  self->findings.mean_without = mean;
}

void
thrum_findings_make (ThrumAnalysis *self, ThrumOrderQueries *queries,
                     const ThrumSelection *selection)
{
  ThrumBatch *batches = g_steal_pointer (&queries->batches);
  guint first, end;

  find_whole_steps (self, &first, &end);
  self->findings.n_batches = batches != NULL ? BATCHES : 0;
  bound_quantiles (self, queries, selection);
  bound_rates (self, batches);
  propose_warm_up (self, first, end);
  self->findings.apdex = -1;
  if (self->pass->apdex > 0 && self->total.n_rows > 0)
    self->findings.apdex =
        ((double)self->tally->n_satisfied + (double)self->tally->n_tolerating / 2)
        / (double)self->total.n_rows;

  for (guint i = 0; batches != NULL && i < BATCHES; i++)
    thrum_distribution_clear (&batches[i].latency);
  g_free (batches);
}
