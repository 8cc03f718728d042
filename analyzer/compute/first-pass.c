/* SPDX-License-Identifier: MIT
 *
 * Chooses the unit, the origin and the interval, and runs the first pass with them. What it guesses
 * from samples is checked against that pass, which is repeated after a bad guess, so the numbers
 * depend on the rows alone. It knows no format. Main thread.
 */
#include <math.h>

#include "analyzer/compute/activity.h"
#include "analyzer/compute/first-pass.h"
#include "analyzer/compute/top-names.h"

#define MIN_STEPS 100
#define MAX_CUT_SLICES 2000 /* more only where there are more intervals */
#define KEPT_BYTES (64 * 1024 * 1024)
#define LEAST_FALL 1.5 /* s: rows come in the order of time within about a second */

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

void
thrum_scan_plan_set_unit (ThrumScanPlan *plan, ThrumAnalysis *self, guint n_digits)
{
  self->n_digits = n_digits;
  self->units = (double)thrum_powers_of_ten[n_digits];
  for (guint i = 0; i < plan->n_files; i++)
    {
      plan->files[i].reader.n_digits = n_digits;
      /* Instants of a run's rows are a difference of two that were rounded: its schedule has many on the
       * edge, and they count. */
      plan->files[i].reader.cut =
          llround (self->cut * self->units) - (plan->files[i].input->info != NULL && self->cut > 0);
    }
}

/* A file's start in units since 1970, as run.json has it. */
static gint64
get_start (const ThrumScanFile *file)
{
  return file->input->info->started
         / thrum_powers_of_ten[THRUM_DECIMAL_MAX_DIGITS - file->reader.n_digits];
}

/* Where @instant, units, begins a second that may hold a beginning: a request that seems to begin 2 ms
 * before a whole second, since its end was rounded down to that, began at or behind it. */
static gint64
begin_second (const ThrumAnalysis *self, gint64 instant)
{
  gint64 second = (gint64)self->units;

  return (instant + second - 1) / second * second;
}

/* Where t0 is for each file: at @earliest, units since 1970, or where a run began before that. A file
 * without a time of day has its own. */
static void
set_origins (ThrumScanPlan *plan, const ThrumAnalysis *self, gint64 earliest)
{
  plan->zero = earliest;
  for (guint i = 0; i < plan->n_files; i++)
    if (!plan->files[i].reader.is_epoch && thrum_scan_file_has_date (&plan->files[i]))
      plan->zero = MIN (plan->zero, get_start (&plan->files[i]));
  if (plan->whole_seconds && plan->zero < G_MAXINT64)
    plan->zero = begin_second (self, plan->zero);
  for (guint i = 0; i < plan->n_files; i++)
    {
      ThrumReader *reader = &plan->files[i].reader;

      if (reader->is_epoch)
        reader->origin = plan->zero;
      else if (thrum_scan_file_has_date (&plan->files[i]))
        reader->origin = plan->zero - get_start (&plan->files[i]);
    }
}

/* Returns how long the test lasted if its last row was done at @last, units. */
static void
set_extent (const ThrumScanPlan *plan, ThrumAnalysis *self, gint64 last)
{
  self->extent = (double)last / self->units;
  if (plan->whole_seconds)
    self->extent = floor (self->extent) + 1;
}

static double
choose_interval (const ThrumScanPlan *plan, double extent, guint64 n_rows)
{
  double interval = thrum_interval_choose (extent, n_rows);

  return plan->whole_seconds ? MAX (interval, 1) : interval;
}

static gboolean
estimate (ThrumScanPlan *plan, ThrumAnalysis *self, GError **error)
{
  guint64 n_rows = 0;
  gint64 last = 0, latest = 0, earliest = G_MAXINT64;

  for (guint i = 0; i < plan->n_files; i++)
    {
      ThrumReader *reader = &plan->files[i].reader;
      ThrumScanEstimate estimate;

      reader->origin = 0;
      if (!thrum_scan_estimate (&plan->files[i], &estimate, error))
        return FALSE;
      n_rows += estimate.n_rows;
      if (!reader->is_epoch)
        {
          last = MAX (last, estimate.last_elapsed);
          continue;
        }
      reader->whole_seconds = estimate.n_rows > 0 && !estimate.within_seconds;
      plan->whole_seconds |= reader->whole_seconds;
      if (estimate.n_rows > 0)
        {
          earliest = MIN (earliest, estimate.first_intended);
          latest = MAX (latest, estimate.last_elapsed);
        }
    }
  set_origins (plan, self, earliest);
  if (earliest < G_MAXINT64)
    last = MAX (last, latest - plan->zero);
  set_extent (plan, self, last); /* until the first pass knows */
  if (plan->whole_seconds && plan->asked > 0)
    plan->asked = MAX (ceil (plan->asked - 1e-9), 1);
  plan->interval = plan->asked;
  if (plan->asked == 0)
    plan->interval = choose_interval (plan, MAX (self->extent, plan->planned), n_rows);
  plan->span = MAX (self->extent, plan->planned);
  return TRUE;
}

/* The width of the stretches that the findings are made of: such that the span has at least MIN_STEPS, if
 * the unit allows it. From the test's duration alone, so that how it is displayed changes no finding. */
static gint64
choose_step (const ThrumScanPlan *plan, double units)
{
  static const guint parts[] = { 1, 2, 4, 5, 10, 20, 25, 50, 100 };
  const gint64 grain = plan->whole_seconds ? (gint64)units : 1;
  gint64 width = MAX (llround (choose_interval (plan, plan->span, G_MAXUINT64) * units), 1);
  gint64 step = width;

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (width % (parts[i] * grain) == 0)
      {
        step = width / parts[i];
        if (plan->span * units / (double)step >= MIN_STEPS)
          break;
      }
  return step;
}

static gint64
find_common_divisor (gint64 a, gint64 b)
{
  while (b != 0)
    {
      gint64 rest = a % b;
      a = b;
      b = rest;
    }
  return a;
}

/* Cuts the time into slices of which both intervals and steps are made. Where these have too little in
 * common, a step is as many parts of an interval as come closest to it. */
static void
cut_slices (ThrumScanPlan *plan, ThrumAnalysis *self)
{
  gint64 step = choose_step (plan, self->units), interval, slice;
  double span = plan->span * self->units;

  interval = MAX ((gint64)llround (plan->interval * self->units), 1);
  slice = find_common_divisor (interval, step);
  if (slice < interval && span / (double)slice > MAX_CUT_SLICES)
    {
      gint64 least = (interval + step - 1) / step;

      slice = interval;
      for (gint64 n = least; n <= 20 * least && slice == interval; n++)
        if (interval % (n * (plan->whole_seconds ? (gint64)self->units : 1)) == 0
            && span / (double)(interval / n) <= MAX_CUT_SLICES)
          slice = interval / n;
    }
  self->interval_width = interval;
  self->slices_per_interval = (guint64)(interval / slice);
  self->slices_per_step = (guint)MAX ((step + slice / 2) / slice, 1);
}

/* The finest histograms whose every byte may be touched within some 160 MB. */
static ThrumBucketShape
choose_shape (double n)
{
  return n <= 500    ? thrum_bucket_shape_finest
         : n <= 1300 ? thrum_bucket_shape_fine
         : n <= 8000 ? thrum_bucket_shape_middle
                     : thrum_bucket_shape_coarse;
}

static void
set_window (const ThrumScanPlan *plan, ThrumTallyPass *pass)
{
  gint64 zero = plan->zero < G_MAXINT64 ? plan->zero : 0;

  pass->first_elapsed = plan->has_window ? plan->window_start - zero : G_MININT64;
  pass->end_elapsed = plan->has_window ? plan->window_end - zero : G_MAXINT64;
}

/* Until when a reply counts for the rate: the last planned end, where all files are runs. */
static gint64
get_answered_until (const ThrumScanPlan *plan, const ThrumAnalysis *self)
{
  gint64 until = 0;

  for (guint i = 0; i < plan->n_files; i++)
    {
      const ThrumRunInfo *info = plan->files[i].input->info;

      if (info == NULL || info->duration <= 0)
        return G_MAXINT64;
      until = MAX (until, llround (info->duration * self->units) - plan->files[i].reader.origin);
    }
  return until;
}

static gboolean
tally (ThrumScanPlan *plan, ThrumAnalysis *self, GError **error)
{
  static const ThrumScanConsumer consumer = { thrum_tally_new, thrum_tally_consume };
  g_autofree gpointer *states = g_new0 (gpointer, plan->jobs);
  ThrumTallyPass *pass = self->pass;

  pass->slice_width = self->interval_width / (gint64)self->slices_per_interval;
  pass->max_slices = THRUM_MAX_INTERVALS * (self->slices_per_interval == 1 ? 1 : 2);
  pass->max_kinds = THRUM_MAX_KINDS;
  pass->max_requests = THRUM_MAX_REQUESTS;
  pass->has_service = self->has_service;
  pass->has_request = self->has_request;
  pass->has_lag = self->has_lag;
  pass->has_status = self->has_status;
  pass->answered_until = get_answered_until (plan, self);
  set_window (plan, pass);
  for (guint i = 0; i < plan->n_files; i++)
    {
      ThrumReader *reader = &plan->files[i].reader;

      reader->fall = self->from_run ? 0 : (gint64)(MAX (plan->span / 10, LEAST_FALL) * self->units);
      reader->first_elapsed = pass->first_elapsed;
      reader->end_elapsed = pass->end_elapsed;
    }
  pass->max_kept = KEPT_BYTES / sizeof (ThrumTallyKept) / plan->jobs;
  pass->apdex = llround (plan->apdex * self->units);
  pass->shape = choose_shape (plan->span * self->units / (double)pass->slice_width * plan->jobs);

  thrum_scan_faults_clear (&self->faults);
  gboolean good = thrum_scan_run (plan->files, plan->n_files, plan->jobs, &consumer, pass, states,
                                  &self->faults, error);
  self->tally = states[0];
  for (guint i = 1; i < plan->jobs; i++)
    thrum_tally_absorb (self->tally, states[i]);
  return good;
}

static gboolean
is_poor (double guessed, double ideal)
{
  return guessed > 3 * ideal || guessed < ideal / 3;
}

static gboolean
has_epoch (const ThrumScanPlan *plan)
{
  for (guint i = 0; i < plan->n_files; i++)
    if (plan->files[i].reader.is_epoch)
      return TRUE;
  return FALSE;
}

/* Reports whether the first beginning, @intended, is not where the samples had it, or where it was
 * before what is far from the test was left out. */
static gboolean
is_off_zero (const ThrumScanPlan *plan, const ThrumAnalysis *self, gint64 intended)
{
  if (intended == G_MAXINT64 || (intended > 0 && !plan->has_window))
    return FALSE;
  return plan->whole_seconds ? begin_second (self, plan->zero + intended) != plan->zero
                             : intended != 0;
}

static gboolean
has_journeys (const ThrumAnalysis *self)
{
  for (guint i = 0; i < thrum_names_get_n (self->request_names); i++)
    if (self->tally->requests[i] != NULL && thrum_names_is_journey (self->request_names, i))
      return TRUE;
  return FALSE;
}

/* Finds the test among what is far from it, if anything is. */
static gboolean
find_test (const ThrumAnalysis *self, ThrumActivity *test)
{
  double slice = (double)self->pass->slice_width / self->units;

  for (gint waiting = TRUE; waiting >= FALSE; waiting--)
    {
      g_autoptr (GArray) stretches = thrum_activity_list (self, waiting);

      if (thrum_activity_find_test (stretches, waiting, slice, test))
        return TRUE;
    }
  return FALSE;
}

/* Leaves what is far from all other rows out of what is over time; TRUE where there is any that was not
 * yet. What thrum wrote is all of one test. */
static gboolean
narrow_window (ThrumScanPlan *plan, const ThrumAnalysis *self)
{
  const gint64 slice = self->pass->slice_width;
  gint64 zero = plan->zero < G_MAXINT64 ? plan->zero : 0;
  ThrumActivity test;

  if (self->from_run || !find_test (self, &test))
    return FALSE;
  if (!plan->has_window)
    {
      plan->window_start = G_MININT64 / 2;
      plan->window_end = G_MAXINT64 / 2;
    }
  plan->has_window = TRUE;
  gint64 start = plan->window_start, end = plan->window_end;
  /* A file without a date counts from its own start, which stays where it is. */
  if (test.first > 0 && has_epoch (plan))
    plan->window_start = zero + test.first * slice;
  if (test.end < self->tally->n_slices)
    plan->window_end = zero + test.end * slice;
  return plan->window_start != start || plan->window_end != end;
}

/* Reports whether names must be chosen, and the pass repeated with them. */
static gboolean
wants_names (const ThrumScanPlan *plan, const ThrumAnalysis *self)
{
  return !plan->names_chosen
         && (thrum_names_overflowed (self->request_names)
             || thrum_names_overflowed (self->kind_names));
}

/* Reports whether the pass must be repeated with another unit or interval, which it sets. */
static gboolean
learn (ThrumScanPlan *plan, ThrumAnalysis *self)
{
  guint64 n_rows = self->tally->n_beyond;

  for (guint i = 0; i < self->tally->n_slices; i++)
    if (self->tally->slices[i] != NULL)
      n_rows += self->tally->slices[i]->n_rows;
  set_extent (plan, self, self->tally->last_elapsed);
  if (self->faults.too_fine && self->n_digits < THRUM_DECIMAL_MAX_DIGITS)
    {
      thrum_scan_plan_set_unit (plan, self, self->n_digits + 3);
      if (plan->zero < G_MAXINT64)
        set_origins (plan, self, plan->zero * 1000);
      return TRUE;
    }
  if (has_epoch (plan) && is_off_zero (plan, self, self->tally->least_intended))
    {
      set_origins (plan, self, plan->zero + self->tally->least_intended);
      return TRUE;
    }
  if (n_rows == 0 && !plan->files[0].reader.journeys_alone && has_journeys (self))
    {
      for (guint i = 0; i < plan->n_files; i++)
        plan->files[i].reader.journeys_alone = TRUE;
      return TRUE;
    }

  double extent = MAX (self->extent, plan->planned);
  gboolean changes = FALSE;
  if (is_poor (choose_interval (plan, plan->span, G_MAXUINT64),
               choose_interval (plan, extent, G_MAXUINT64)))
    {
      plan->span = extent;
      changes = TRUE;
    }
  if (plan->asked == 0)
    {
      double ideal = choose_interval (plan, extent, n_rows);

      if (is_poor (plan->interval, ideal) || self->tally->n_beyond > 0)
        {
          changes |= ideal != plan->interval;
          plan->interval = ideal;
        }
    }
  return changes;
}

gboolean
thrum_first_pass (ThrumScanPlan *plan, ThrumAnalysis *self, GError **error)
{
  if (!estimate (plan, self, error))
    return FALSE;
  for (guint attempt = 0; attempt < 20; attempt++)
    {
      g_clear_pointer (&self->tally, thrum_tally_free);
      cut_slices (plan, self);
      if (!tally (plan, self, error))
        return FALSE;
      if (learn (plan, self) || (attempt < 12 && narrow_window (plan, self)))
        continue;
      if (!wants_names (plan, self))
        break;
      if (!thrum_top_names_choose (plan, self, error))
        return FALSE;
      plan->names_chosen = TRUE;
    }
  self->zero = plan->zero;
  double n = floor (MAX (self->extent, 0) / plan->interval) + 1;
  if (self->tally->n_beyond > 0 || n > THRUM_MAX_INTERVALS)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   "cannot cut %.0f s into intervals of %g s: that makes %.0f, the most is %d",
                   self->extent, plan->interval, n, THRUM_MAX_INTERVALS);
      return FALSE;
    }
  return TRUE;
}
