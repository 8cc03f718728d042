/* SPDX-License-Identifier: MIT
 *
 * From files to numbers: chooses unit and interval, runs the first pass and, where they are needed,
 * further ones, and makes the summaries. It knows no format and draws nothing. Whatever it guessed
 * from samples is checked against the first pass, which is done over if the guess was bad; so the
 * numbers depend on the rows alone. Main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/analysis.h"
#include "analyzer/findings.h"
#include "analyzer/select.h"

#define MAX_INTERVALS 10000
#define MIN_SLICES 100
#define KEPT_BYTES (64 * 1024 * 1024)

const ThrumQuantileName thrum_quantiles[THRUM_N_QUANTILES] = {
#define ROW(symbol, name, per_million) { name, per_million },
  THRUM_QUANTILES (ROW)
#undef ROW
};

double
thrum_interval_choose (double extent, guint64 n_rows)
{
  static const double nice[] = { 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,  0.1,   0.2,  0.5,
                                 1,     2,     5,     10,   15,   30,    60,    120,  300,
                                 600,   900,   1800,  3600, 7200, 14400, 43200, 86400 };
  double most = CLAMP ((double)n_rows / 20, 10, 150);

  if (extent <= 0)
    return 1;
  for (guint i = 0; i < G_N_ELEMENTS (nice); i++)
    if (extent / nice[i] <= most)
      return nice[i];
  return ceil (extent / most / 86400) * 86400;
}

/* ---- Planning ------------------------------------------------------------------------------ */

typedef struct {
  ThrumScanFile *files;
  guint n_files;
  guint jobs;
  double asked;   /* interval; 0: chosen */
  double apdex;   /* s; 0: not wanted */
  double planned; /* how long requests were sent, from run.json; 0: unknown */
  double interval;
} Plan;

static void
set_unit (Plan *plan, ThrumAnalysis *self, guint n_digits)
{
  self->n_digits = n_digits;
  self->units = (double)thrum_powers_of_ten[n_digits];
  for (guint i = 0; i < plan->n_files; i++)
    {
      plan->files[i].reader.n_digits = n_digits;
      plan->files[i].reader.cut = llround (self->cut * self->units);
    }
}

/* Where t0 is for each file. Other tools count from an epoch, then it is the earliest beginning of
 * all; runs on several machines each from their own t0, whose wall-clock times are known. */
static void
set_origins (Plan *plan, gint64 earliest)
{
  gint64 first_start = G_MAXINT64;

  for (guint i = 0; i < plan->n_files; i++)
    {
      const ThrumRunInfo *info = plan->files[i].input->info;
      first_start = MIN (first_start, info != NULL ? info->started : 0);
    }
  for (guint i = 0; i < plan->n_files; i++)
    {
      ThrumReader *reader = &plan->files[i].reader;

      if (reader->format->is_epoch)
        reader->origin = earliest;
      else if (first_start > 0 && plan->n_files > 1)
        reader->origin = -(plan->files[i].input->info->started - first_start)
                         / thrum_powers_of_ten[THRUM_DECIMAL_MAX_DIGITS - reader->n_digits];
    }
}

static gboolean
estimate (Plan *plan, ThrumAnalysis *self, GError **error)
{
  guint64 n_rows = 0;
  gint64 last = 0, earliest = G_MAXINT64;

  set_origins (plan, 0);
  for (guint i = 0; i < plan->n_files; i++)
    {
      ThrumScanEstimate estimate;

      if (!thrum_scan_estimate (&plan->files[i], &estimate, error))
        return FALSE;
      n_rows += estimate.n_rows;
      last = MAX (last, estimate.last_elapsed);
      if (plan->files[i].reader.format->is_epoch && estimate.n_rows > 0)
        earliest = MIN (earliest, estimate.first_intended);
    }
  if (earliest < G_MAXINT64)
    {
      set_origins (plan, earliest);
      last -= earliest;
    }
  self->extent = (double)last / self->units; /* until the first pass knows */
  plan->interval = plan->asked;
  if (plan->asked == 0)
    plan->interval = thrum_interval_choose (MAX (self->extent, plan->planned), n_rows);
  return TRUE;
}

/* Cuts an interval into slices so that the test has at least MIN_SLICES, if the unit allows it. */
static void
cut_slices (Plan *plan, ThrumAnalysis *self)
{
  static const guint parts[] = { 1, 2, 4, 5, 10, 20, 25, 50, 100 };
  double extent = MAX (self->extent, plan->planned);

  self->interval_width = MAX ((gint64)llround (plan->interval * self->units), 1);
  self->slices_per_interval = 1;
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (self->interval_width % parts[i] == 0)
      {
        self->slices_per_interval = parts[i];
        if (extent / plan->interval * parts[i] >= MIN_SLICES)
          break;
      }
}

/* ---- First pass ---------------------------------------------------------------------------- */

static gboolean
tally (Plan *plan, ThrumAnalysis *self, GError **error)
{
  static const ThrumScanConsumer consumer = { thrum_tally_new, thrum_tally_consume };
  g_autofree gpointer *states = g_new0 (gpointer, plan->jobs);
  ThrumTallyPass *pass = self->pass;
  double slices = MAX (self->extent, plan->planned) / plan->interval * self->slices_per_interval;

  pass->slice_width = self->interval_width / self->slices_per_interval;
  pass->max_slices = MAX_INTERVALS * (self->slices_per_interval == 1 ? 1 : 2);
  pass->max_kinds = THRUM_MAX_KINDS;
  pass->max_requests = THRUM_MAX_REQUESTS;
  pass->has_service = self->has_service;
  pass->has_request = self->has_request;
  pass->max_kept = KEPT_BYTES / sizeof (ThrumTallyKept) / plan->jobs;
  pass->apdex = llround (plan->apdex * self->units);
  pass->shape = slices * plan->jobs <= 600    ? thrum_bucket_shape_fine
                : slices * plan->jobs <= 4000 ? thrum_bucket_shape_middle
                                              : thrum_bucket_shape_coarse;

  thrum_scan_faults_clear (&self->faults);
  gboolean good = thrum_scan_run (plan->files, plan->n_files, plan->jobs, &consumer, pass, states,
                                  &self->faults, error);
  self->tally = states[0];
  for (guint i = 1; i < plan->jobs; i++)
    thrum_tally_absorb (self->tally, states[i]);
  return good;
}

/* Whether the pass has to be done over with another unit or interval, which it sets. */
static gboolean
learn (Plan *plan, ThrumAnalysis *self)
{
  guint64 n_rows = self->tally->n_beyond;

  for (guint i = 0; i < self->tally->n_slices; i++)
    if (self->tally->slices[i] != NULL)
      n_rows += self->tally->slices[i]->n_rows;
  self->extent = (double)self->tally->last_elapsed / self->units;
  if (self->faults.too_fine && self->n_digits < THRUM_DECIMAL_MAX_DIGITS)
    {
      for (guint i = 0; i < plan->n_files; i++)
        plan->files[i].reader.origin *= 1000;
      set_unit (plan, self, self->n_digits + 3);
      return TRUE;
    }
  if (plan->files[0].reader.format->is_epoch && self->tally->least_intended < 0)
    {
      set_origins (plan, plan->files[0].reader.origin + self->tally->least_intended);
      return TRUE;
    }

  double extent = MAX (self->extent, plan->planned);
  if (plan->asked == 0)
    {
      double ideal = thrum_interval_choose (extent, n_rows);
      gboolean poor = plan->interval > 3 * ideal || plan->interval < ideal / 3;

      if (poor || self->tally->n_beyond > 0)
        {
          gboolean changes = ideal != plan->interval;
          plan->interval = ideal;
          return changes;
        }
    }
  return FALSE;
}

static gboolean
first_pass (Plan *plan, ThrumAnalysis *self, GError **error)
{
  if (!estimate (plan, self, error))
    return FALSE;
  for (guint attempt = 0; attempt < 6; attempt++)
    {
      g_clear_pointer (&self->tally, thrum_tally_free);
      cut_slices (plan, self);
      if (!tally (plan, self, error))
        return FALSE;
      if (!learn (plan, self))
        break;
    }
  double n = floor (MAX (self->extent, 0) / plan->interval) + 1;
  if (self->tally->n_beyond > 0 || n > MAX_INTERVALS)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   "cannot cut %.0f s into intervals of %g s: that makes %.0f, the most is %d",
                   self->extent, plan->interval, n, MAX_INTERVALS);
      return FALSE;
    }
  return TRUE;
}

/* ---- Summaries ----------------------------------------------------------------------------- */

/* The queries of a summary's quantiles, to be read when they are answered. */
typedef struct {
  ThrumLatency *latency;
  guint first;         /* of THRUM_N_QUANTILES queries, then one for the least and the greatest */
  gint64 min_censored; /* G_MAXINT64: none */
} Pending;

static void
ask (ThrumSelection *selection, GArray *pending, ThrumLatency *latency, ThrumScope scope,
     guint index, const ThrumDistribution *d, double units)
{
  Pending entry = { .latency = latency,
                    .min_censored = d->n_censored > 0 ? d->min_censored : G_MAXINT64 };

  latency->n = d->n;
  if (d->n == 0)
    return;
  latency->mean = thrum_distribution_mean (d, units);
  latency->sd = thrum_distribution_sd (d) / units;
  latency->max_at_least = d->n_censored > 0;
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      guint query = thrum_selection_ask (
          selection, scope, index, d, thrum_quantile_rank (d->n, thrum_quantiles[i].per_million));
      entry.first = i == 0 ? query : entry.first;
    }
  thrum_selection_ask (selection, scope, index, d, 1);
  thrum_selection_ask (selection, scope, index, d, d->n);
  g_array_append_val (pending, entry);
}

static void
answer (const ThrumSelection *selection, const GArray *pending)
{
  for (guint i = 0; i < pending->len; i++)
    {
      const Pending *entry = &g_array_index (pending, Pending, i);

      for (guint j = 0; j < THRUM_N_QUANTILES; j++)
        {
          ThrumQuantile *quantile = &entry->latency->quantiles[j];

          /* A censored value at or below this one would really stand behind it. */
          quantile->value = thrum_selection_get (selection, entry->first + j);
          quantile->at_least = entry->min_censored <= quantile->value;
        }
      entry->latency->min = thrum_selection_get (selection, entry->first + THRUM_N_QUANTILES);
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

static void
summarize_intervals (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  ThrumWide total_sum = 0;

  self->all.shape = self->pass->shape;
  self->intervals = g_new0 (ThrumSummary, self->n_intervals);
  for (guint i = 0; i < self->n_intervals; i++)
    {
      ThrumSummary *summary = &self->intervals[i];
      ThrumDistribution merged = { .shape = self->pass->shape };
      const ThrumDistribution *latency = &merged;
      ThrumWide sum = 0;
      guint end = MIN ((i + 1) * self->slices_per_interval, self->tally->n_slices);

      for (guint j = i * self->slices_per_interval; j < end; j++)
        {
          const ThrumTallySlice *slice = self->tally->slices[j];

          if (slice == NULL)
            continue;
          add_slice (summary, &sum, slice);
          if (self->slices_per_interval == 1)
            latency = &slice->latency;
          else
            thrum_distribution_merge (&merged, &slice->latency);
        }
      finish_sums (summary, sum, self->units);
      ask (selection, pending, &summary->latency, THRUM_SCOPE_INTERVAL, i, latency, self->units);
      thrum_distribution_merge (&self->all, latency);
      thrum_distribution_clear (&merged);

      self->total.n_rows += summary->n_rows;
      self->total.n_failures += summary->n_failures;
      self->total.n_intended += summary->n_intended;
      self->total.n_bytes += summary->n_bytes;
      total_sum += sum;
    }
  finish_sums (&self->total, total_sum, self->units);
}

static void
summarize_total (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  ThrumDistribution ok = { .shape = self->all.shape };

  ask (selection, pending, &self->total.latency, THRUM_SCOPE_TOTAL, 0, &self->all, self->units);
  ask (selection, pending, &self->service, THRUM_SCOPE_SERVICE, 0, &self->tally->service,
       self->units);
  thrum_distribution_merge (&ok, &self->all);
  thrum_distribution_subtract (&ok, &self->tally->failed);
  ok.n_censored = 0;
  ask (selection, pending, &self->total.ok, THRUM_SCOPE_OK, 0, &ok, self->units);
  thrum_distribution_clear (&ok);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const ThrumSummary *const *)a)->name, (*(const ThrumSummary *const *)b)->name);
}

static void
free_summary (gpointer summary)
{
  g_free (((ThrumSummary *)summary)->name);
  g_free (summary);
}

static void
summarize_requests (ThrumAnalysis *self, ThrumSelection *selection, GArray *pending)
{
  self->requests = g_ptr_array_new_with_free_func (free_summary);
  for (guint i = 0; self->has_request && i < thrum_names_get_n (self->request_names); i++)
    {
      ThrumTallyRequest *tallied = self->tally->requests[i];

      if (tallied == NULL)
        continue;
      ThrumSummary *summary = g_new0 (ThrumSummary, 1);
      summary->name = g_strdup (thrum_names_get (self->request_names, i));
      summary->n_rows = tallied->n_rows;
      summary->n_failures = tallied->n_failures;
      summary->n_bytes = tallied->n_bytes;
      finish_sums (summary, tallied->sum_all_rows, self->units);
      ask (selection, pending, &summary->latency, THRUM_SCOPE_REQUEST, i, &tallied->latency,
           self->units);
      thrum_distribution_subtract (&tallied->latency, &tallied->failed);
      tallied->latency.n_censored = 0;
      ask (selection, pending, &summary->ok, THRUM_SCOPE_REQUEST_OK, i, &tallied->latency,
           self->units);
      g_ptr_array_add (self->requests, summary);
    }
  g_ptr_array_sort (self->requests, compare_names);
}

static void
free_occurrence (gpointer data)
{
  ThrumOccurrence *occurrence = data;

  g_free (occurrence->name);
  g_free (occurrence->per_interval);
  g_free (occurrence);
}

static int
compare_frequency (gconstpointer a, gconstpointer b)
{
  const ThrumOccurrence *one = *(const ThrumOccurrence *const *)a;
  const ThrumOccurrence *two = *(const ThrumOccurrence *const *)b;

  if (one->n != two->n)
    return one->n > two->n ? -1 : 1;
  return strcmp (one->name, two->name);
}

/* (transfer full); NULL where there are none. */
static ThrumOccurrence *
count_occurrence (const ThrumAnalysis *self, guint number, gboolean status)
{
  ThrumOccurrence *occurrence = g_new0 (ThrumOccurrence, 1);

  occurrence->per_interval = g_new0 (guint64, self->n_intervals);
  for (guint i = 0; i < self->tally->n_slices; i++)
    {
      const ThrumTallySlice *slice = self->tally->slices[i];
      const guint32 *counts = slice == NULL ? NULL : status ? slice->statuses : slice->kinds;

      if (counts == NULL)
        continue;
      occurrence->n += counts[number];
      occurrence->per_interval[i / self->slices_per_interval] += counts[number];
    }
  if (occurrence->n == 0)
    g_clear_pointer (&occurrence, free_occurrence);
  return occurrence;
}

static void
list_occurrences (ThrumAnalysis *self)
{
  self->kinds = g_ptr_array_new_with_free_func (free_occurrence);
  self->statuses = g_ptr_array_new_with_free_func (free_occurrence);
  for (guint i = 1; i < thrum_names_get_n (self->kind_names); i++)
    {
      ThrumOccurrence *kind = count_occurrence (self, i, FALSE);

      if (kind == NULL)
        continue;
      kind->name = g_strdup (thrum_names_get (self->kind_names, i));
      g_ptr_array_add (self->kinds, kind);
    }
  g_ptr_array_sort (self->kinds, compare_frequency);
  for (guint i = 0; self->has_status && i < THRUM_TALLY_STATUSES; i++)
    {
      ThrumOccurrence *status = count_occurrence (self, i, TRUE);

      if (status == NULL)
        continue;
      status->name = i == THRUM_TALLY_STATUSES - 1 ? g_strdup ("other") : g_strdup_printf ("%u", i);
      g_ptr_array_add (self->statuses, status);
    }
}

/* ---- Second pass --------------------------------------------------------------------------- */

typedef struct {
  ThrumSelection *selection; /* (nullable) */
  ThrumScatter *scatter;     /* (nullable) */
} Second;

typedef struct {
  gpointer selection;
  gpointer scatter;
} SecondState;

static gpointer
second_new (gpointer data)
{
  const Second *second = data;
  SecondState *state = g_new0 (SecondState, 1);

  if (second->selection != NULL)
    state->selection = thrum_selection_state_new (second->selection);
  if (second->scatter != NULL)
    state->scatter = thrum_scatter_state_new (second->scatter);
  return state;
}

static void
second_consume (gpointer data, const ThrumRow *rows, guint n_rows)
{
  SecondState *state = data;

  if (state->selection != NULL)
    thrum_selection_consume (state->selection, rows, n_rows);
  if (state->scatter != NULL)
    thrum_scatter_consume (state->scatter, rows, n_rows);
}

/* A further pass over the rows that the first one kept, as far as selection looks at them. */
static void
select_among_kept (ThrumAnalysis *self, ThrumSelection *selection)
{
  const GArray *kept = self->tally->kept;
  gpointer state;

  thrum_selection_prepare (selection);
  state = thrum_selection_state_new (selection);
  for (guint i = 0; i < kept->len; i++)
    {
      const ThrumTallyKept *one = &g_array_index (kept, ThrumTallyKept, i);
      ThrumRow row = { .elapsed = one->slice * self->pass->slice_width,
                       .response = one->response,
                       .service = one->service,
                       .request = one->request,
                       .kind = one->kind };

      thrum_selection_consume (state, &row, 1);
    }
  thrum_selection_advance (selection, &state, 1);
}

/* Further passes until every quantile is known; the scatter plot is gathered in the first of them. */
static gboolean
second_pass (Plan *plan, ThrumAnalysis *self, ThrumSelection *selection, GError **error)
{
  static const ThrumScanConsumer consumer = { second_new, second_consume };
  gboolean gathered = self->scatter == NULL;

  while (self->tally->kept != NULL && !thrum_selection_is_done (selection))
    select_among_kept (self, selection);
  while (!gathered || !thrum_selection_is_done (selection))
    {
      g_autofree gpointer *states = g_new0 (gpointer, plan->jobs);
      g_autofree gpointer *selections = g_new0 (gpointer, plan->jobs);
      gboolean selecting = !thrum_selection_is_done (selection);
      Second second = { selecting ? selection : NULL, gathered ? NULL : self->scatter };
      ThrumScanFaults faults;

      if (selecting)
        thrum_selection_prepare (selection);
      gboolean good = thrum_scan_run (plan->files, plan->n_files, plan->jobs, &consumer, &second,
                                      states, &faults, error);
      thrum_scan_faults_clear (&faults);
      for (guint i = 0; i < plan->jobs; i++)
        {
          SecondState *state = states[i];

          selections[i] = state->selection;
          if (state->scatter != NULL)
            thrum_scatter_absorb (self->scatter, state->scatter);
          g_free (state);
        }
      if (selecting)
        thrum_selection_advance (selection, selections, plan->jobs);
      if (!gathered)
        thrum_scatter_finish (self->scatter);
      gathered = TRUE;
      if (!good)
        return FALSE;
    }
  return TRUE;
}

static gboolean
summarize (Plan *plan, ThrumAnalysis *self, gboolean want_rows, GError **error)
{
  g_autoptr (ThrumSelection) selection = thrum_selection_new (self->interval_width);
  g_autoptr (GArray) pending = g_array_new (FALSE, FALSE, sizeof (Pending));
  ThrumOrderQueries bounds;

  summarize_intervals (self, selection, pending);
  summarize_total (self, selection, pending);
  summarize_requests (self, selection, pending);
  thrum_findings_ask (&bounds, selection, &self->all);
  list_occurrences (self);
  if (want_rows)
    {
      gint64 median = thrum_distribution_find (&self->all, (self->all.n + 1) / 2).low;
      gint64 least = self->all.n > 0 ? self->all.min : G_MAXINT64;

      self->scatter = thrum_scatter_new (self->total.n_rows, (gint64)(self->extent * self->units),
                                         MIN (least, self->tally->least_unconnected), median,
                                         MAX (self->all.max, self->tally->most_unconnected));
    }
  if (!second_pass (plan, self, selection, error))
    return FALSE;
  answer (selection, pending);
  thrum_findings_make (self, &bounds, selection);
  return TRUE;
}

/* ---- All of it ----------------------------------------------------------------------------- */

/* A run that was cut short did not use its planned duration: over that, its rate would be too low. */
static double
get_sending_time (const ThrumRunInfo *info)
{
  if (info->state == NULL || strcmp (info->state, "complete") == 0)
    return info->duration;
  return MIN (info->duration, info->seconds);
}

static void
set_up_readers (Plan *plan, ThrumAnalysis *self)
{
  guint n_digits = 0;

  self->request_names = thrum_names_new (THRUM_MAX_REQUESTS);
  self->kind_names = thrum_kinds_new ();
  for (guint i = 0; i < plan->n_files; i++)
    {
      ThrumReader *reader = &plan->files[i].reader;
      const ThrumRunInfo *info = plan->files[i].input->info;

      reader->requests = self->request_names;
      reader->kinds = self->kind_names;
      n_digits = MAX (n_digits, reader->n_digits);
      self->has_service |= reader->has_service;
      self->has_request |= reader->has_request;
      self->has_bytes |= reader->has_bytes;
      self->has_status |= reader->has_status;
      if (info != NULL)
        plan->planned = MAX (plan->planned, get_sending_time (info));
    }
  set_unit (plan, self, n_digits);
}

ThrumAnalysis *
thrum_analysis_new (ThrumScanFile *files, guint n_files, const ThrumAnalysisOptions *options,
                    GError **error)
{
  g_autoptr (ThrumAnalysis) self = g_new0 (ThrumAnalysis, 1);
  Plan plan = { .files = files,
                .n_files = n_files,
                .jobs = MAX (options->jobs, 1),
                .asked = options->interval,
                .apdex = options->apdex };

  self->pass = g_new0 (ThrumTallyPass, 1);
  self->cut = options->cut;
  self->info = files[0].input->info;
  for (guint i = 0; i < n_files; i++)
    if (files[i].input->info != NULL)
      self->n_unseen +=
          (guint64)MAX (files[i].input->info->dropped + files[i].input->info->lost, 0);
  set_up_readers (&plan, self);
  if (!first_pass (&plan, self, error))
    return NULL;
  self->extent = MAX (self->extent, plan.planned);
  /* An instant on the planned end's edge opens no interval of its own; a row there does. */
  self->n_intervals = (guint)MAX (
      ceil (plan.planned * self->units / (double)self->interval_width - 1e-9),
      self->tally->n_slices == 0 ? 0
                                 : (double)(self->tally->last_elapsed / self->interval_width + 1));
  self->n_intervals = MIN (self->n_intervals, 2 * MAX_INTERVALS);
  if (!summarize (&plan, self, options->want_rows, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
thrum_analysis_free (ThrumAnalysis *self)
{
  g_free (self->intervals);
  g_clear_pointer (&self->requests, g_ptr_array_unref);
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
