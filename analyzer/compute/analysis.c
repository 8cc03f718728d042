/* SPDX-License-Identifier: MIT
 *
 * Turns files into numbers, one step after the other: the first pass, the summaries, further
 * passes, and the findings. It draws nothing. Main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/compute/analysis.h"
#include "analyzer/compute/findings.h"
#include "analyzer/compute/occurrences.h"
#include "analyzer/compute/second-pass.h"
#include "analyzer/compute/summaries.h"

const ThrumQuantileName thrum_quantiles[THRUM_N_QUANTILES] = {
#define ROW(symbol, name, per_million) { name, per_million },
  THRUM_QUANTILES (ROW)
#undef ROW
};

static gboolean
summarize (ThrumScanPlan *plan, ThrumAnalysis *self, gboolean want_rows, GError **error)
{
  g_autoptr (ThrumSelection) selection = thrum_selection_new (self->interval_width);
  g_autoptr (GArray) pending = g_array_new (FALSE, FALSE, sizeof (ThrumPending));
  ThrumOrderQueries bounds;

  thrum_summaries_ask (self, selection, pending);
  thrum_findings_ask (&bounds, selection, self);
  thrum_occurrences_list (self);
  if (want_rows)
    {
      gint64 median = thrum_distribution_find (&self->all, (self->all.n + 1) / 2).low;
      gint64 least = self->all.n > 0 ? self->all.min : G_MAXINT64;

      self->scatter = thrum_scatter_new (self->total.n_rows, (gint64)(self->extent * self->units),
                                         MIN (least, self->tally->least_unconnected), median,
                                         MAX (self->all.max, self->tally->most_unconnected));
    }
  if (!thrum_second_pass (plan, self, selection, error))
    return FALSE;
  thrum_summaries_answer (self, selection, pending);
  thrum_findings_make (self, &bounds, selection);
  return TRUE;
}

/* A run that was cut short did not use its planned duration: over that, its rate would be too low. */
static double
get_sending_time (const ThrumRunInfo *info)
{
  if (info->state == NULL || strcmp (info->state, "complete") == 0)
    return info->duration;
  return MIN (info->duration, info->seconds);
}

static void
set_up_readers (ThrumScanPlan *plan, ThrumAnalysis *self)
{
  guint n_digits = 0;

  self->request_names = thrum_names_new (THRUM_MAX_REQUESTS);
  self->kind_names = thrum_kinds_new (THRUM_MAX_KINDS);
  for (guint i = 0; i < plan->n_files; i++)
    {
      ThrumReader *reader = &plan->files[i].reader;
      const ThrumRunInfo *info = plan->files[i].input->info;

      self->from_run |= info != NULL;
      reader->journeys_alone = FALSE;
      reader->requests = self->request_names;
      reader->kinds = self->kind_names;
      n_digits = MAX (n_digits, reader->n_digits);
      self->has_service |= reader->has_service;
      self->has_request |= reader->has_request;
      self->has_bytes |= reader->has_bytes;
      self->has_status |= reader->has_status;
      self->has_lag |= reader->has_lag;
      if (info != NULL)
        plan->planned = MAX (plan->planned, get_sending_time (info));
    }
  for (guint i = 0; i < plan->n_files; i++)
    plan->files[i].reader.unnamed = self->has_request && !plan->files[i].reader.has_request;
  thrum_scan_plan_set_unit (plan, self, n_digits);
}

/* The usual quantiles, and what else @options ask for. */
static void
set_asked (ThrumAnalysis *self, const ThrumAnalysisOptions *options)
{
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    self->asked[self->n_asked++] = thrum_quantiles[i].per_million / 1e6;
  for (guint i = 0; i < options->n_asked && self->n_asked < THRUM_MAX_ASKED; i++)
    if (thrum_analysis_find_asked (self, options->asked[i]) < 0)
      self->asked[self->n_asked++] = options->asked[i];
}

/* Returns how long the requests of @info were sent, from its t0, as far as anyone knows. For a run
 * that was killed, that is until its last row at @last, but no longer than it was to last. 0:
 * nobody knows. */
static double
get_run_seconds (const ThrumRunInfo *info, double last)
{
  double planned = get_sending_time (info);

  if (info->seconds > 0)
    return planned > 0 ? MIN (info->seconds, planned) : info->seconds;
  return planned > 0 ? planned : MIN (last, info->duration);
}

/* Returns the time that rates are over: as long as the runs sent requests, or the files' own span
 * if one of them does not report that. */
static double
get_seconds (const ThrumScanPlan *plan, const ThrumAnalysis *self)
{
  double last = (double)self->tally->last_elapsed / self->units, end = 0;

  for (guint i = 0; i < plan->n_files; i++)
    {
      const ThrumRunInfo *info = plan->files[i].input->info;
      double seconds = info != NULL ? get_run_seconds (info, last) : 0;

      if (seconds <= 0)
        return self->extent - self->cut;
      end = MAX (end, seconds - (double)plan->files[i].reader.origin / self->units);
    }
  return MAX (end - self->cut, 0);
}

ThrumAnalysis *
thrum_analysis_new (ThrumScanFile *files, guint n_files, const ThrumAnalysisOptions *options,
                    GError **error)
{
  g_autoptr (ThrumAnalysis) self = g_new0 (ThrumAnalysis, 1);
  ThrumScanPlan plan = { .files = files,
                         .n_files = n_files,
                         .jobs = MAX (options->jobs, 1),
                         .asked = options->interval,
                         .apdex = options->apdex };

  self->pass = g_new0 (ThrumTallyPass, 1);
  self->cut = options->cut;
  self->info = files[0].input->info;
  set_asked (self, options);
  for (guint i = 0; i < n_files; i++)
    if (files[i].input->info != NULL)
      {
        const ThrumRunInfo *info = files[i].input->info;

        self->n_lost += (guint64)MAX (info->lost, 0);
        self->n_unseen += (guint64)MAX (info->unseen, 0);
        self->n_done += (guint64)MAX (info->rows + info->unwritten, 0);
        self->is_untrusted |= info->is_untrusted;
        self->n_own_dropped += (guint64)MAX (info->own_dropped, 0);
      }
  set_up_readers (&plan, self);
  if (!thrum_first_pass (&plan, self, error))
    return NULL;
  self->extent = MAX (self->extent, plan.planned);
  self->seconds = get_seconds (&plan, self);
  /* An instant on the planned end's edge opens no interval of its own; a row there does. */
  self->n_intervals = (guint)MAX (
      ceil (plan.planned * self->units / (double)self->interval_width - 1e-9),
      self->tally->n_slices == 0 ? 0
                                 : (double)(self->tally->last_elapsed / self->interval_width + 1));
  self->n_intervals = MIN (self->n_intervals, 2 * THRUM_MAX_INTERVALS);
  if (!summarize (&plan, self, options->want_rows, error))
    return NULL;
  return g_steal_pointer (&self);
}

gint
thrum_analysis_find_asked (const ThrumAnalysis *self, double quantile)
{
  for (guint i = 0; i < self->n_asked; i++)
    if (fabs (self->asked[i] - quantile) < 1e-12)
      return (gint)i;
  return -1;
}

double
thrum_analysis_get_rate (const ThrumAnalysis *self, const ThrumSummary *summary)
{
  return self->seconds > 0 ? (double)summary->n_answered / self->seconds : 0;
}

guint
thrum_analysis_get_first (const ThrumAnalysis *self)
{
  double n_out = floor (self->cut * self->units / (double)self->interval_width + 1e-9);

  return (guint)MIN (n_out, self->n_intervals);
}

void
thrum_analysis_free (ThrumAnalysis *self)
{
  g_free (self->intervals);
  g_clear_pointer (&self->requests, g_ptr_array_unref);
  g_clear_pointer (&self->journeys, g_ptr_array_unref);
  g_clear_pointer (&self->kinds, g_ptr_array_unref);
  g_clear_pointer (&self->statuses, g_ptr_array_unref);
  g_clear_pointer (&self->tally, thrum_tally_free);
  g_clear_pointer (&self->scatter, thrum_scatter_free);
  thrum_distribution_clear (&self->all);
  thrum_scan_faults_clear (&self->faults);
  g_clear_pointer (&self->request_names, thrum_names_free);
  g_clear_pointer (&self->kind_names, thrum_names_free);
  g_free (self->pass);
  g_free (self);
}
