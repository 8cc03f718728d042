/* SPDX-License-Identifier: MIT
 *
 * Counts the rows that need no special treatment, which nearly all are: one quantity after the
 * other, over a run of rows that fall into one slice. It refuses failures, parts, and any row of
 * another slice. A state belongs to its thread.
 */
#include "analyzer/compute/tally-plain.h"

/* Sums of a run of rows, which can stay in registers. No batch of rows can overflow them. */
typedef struct {
  guint64 n;
  guint64 sum;
  ThrumWide sum_of_squares;
  gint64 min;
  gint64 max;
} Sums;

static inline void
add_to_sums (Sums *sums, gint64 value)
{
  sums->n++;
  sums->sum += (guint64)value;
  sums->sum_of_squares += (ThrumWide)(guint64)value * (guint64)value;
  sums->min = MIN (sums->min, value);
  sums->max = MAX (sums->max, value);
}

/* The values themselves were marked one by one. */
static void
add_sums (ThrumDistribution *d, const Sums *sums)
{
  d->n += sums->n;
  d->sum += sums->sum;
  d->sum_of_squares += sums->sum_of_squares;
  d->min = MIN (d->min, sums->min);
  d->max = MAX (d->max, sums->max);
}

/* Reports whether a row needs no special treatment. */
static inline gboolean
is_plain (const ThrumRow *row, gint64 slice_start, guint64 slice_width)
{
  return row->kind == THRUM_KIND_SUCCESS && !row->is_part
         && (guint64)(row->elapsed - slice_start) < slice_width;
}

/* Returns how many rows from the first on are plain. */
static guint
measure_run (const ThrumTally *self, const ThrumRow *rows, guint n_rows)
{
  const gint64 start = self->current_start, until = self->pass->answered_until;
  guint64 width = (guint64)self->pass->slice_width;
  guint n = 0;

  /* A row that was done too late for the rate is not plain. */
  if (until < start + (gint64)width)
    width = (guint64)MAX (until + 1 - start, 0);

  while (n < n_rows && is_plain (&rows[n], start, width))
    n++;
  return n;
}

/* Marks the values' buckets; what does not change is held in variables, since a byte that is written
 * could be any of it, for all the compiler knows. */
static inline void
mark (ThrumDistribution *d, guint8 *counts, ThrumBucketShape shape, gint64 value)
{
  guint code = thrum_bucket_of (shape, value);

  if (G_UNLIKELY (++counts[code] == 0))
    thrum_distribution_carry (d, code);
}

/* The parts of it, one quantity after the other: each loop's sums stay in registers. */
static void
count_slice (ThrumTally *self, const ThrumRow *rows, guint n_rows, Sums *responses)
{
  const ThrumBucketShape shape = self->pass->shape;
  const gint64 start = self->current_start;
  ThrumTallySlice *slice = self->current;
  guint64 n_intended = 0;
  gint64 least_intended = self->least_intended, last_elapsed = self->last_elapsed;

  if (slice->latency.counts == NULL)
    thrum_distribution_prepare (&slice->latency);
  guint8 *counts = slice->latency.counts;
  for (guint i = 0; i < n_rows; i++)
    {
      gint64 response = rows[i].response, intended = rows[i].elapsed - response;

      last_elapsed = MAX (last_elapsed, rows[i].elapsed);
      least_intended = MIN (least_intended, intended);
      if (G_LIKELY (intended >= start))
        n_intended++;
      else
        thrum_tally_count_intended (self, intended, rows[i].elapsed);
      add_to_sums (responses, response);
      mark (&slice->latency, counts, shape, response);
    }
  self->last_elapsed = last_elapsed;
  self->least_intended = least_intended;
  slice->n_rows += n_rows;
  slice->n_intended += n_intended;
  slice->sum_all_rows += responses->sum;
  add_sums (&slice->latency, responses);
}

static void
count_statuses (ThrumTallySlice *slice, const ThrumRow *rows, guint n_rows)
{
  guint32 *statuses = slice->statuses;
  guint64 n_bytes = 0;

  for (guint i = 0; i < n_rows; i++)
    {
      n_bytes += (guint64)rows[i].bytes;
      statuses[MIN ((guint)rows[i].status, THRUM_TALLY_STATUSES - 1)]++;
    }
  slice->n_bytes += n_bytes;
}

static void
count_requests (ThrumTally *self, const ThrumRow *rows, guint n_rows)
{
  ThrumTallyRequest **requests = self->requests;
  const gboolean has_lag = self->pass->has_lag;

  for (guint i = 0; i < n_rows; i++)
    {
      ThrumTallyRequest *request = requests[rows[i].request];

      if (G_UNLIKELY (request == NULL))
        request = thrum_tally_get_request (self, rows[i].request);
      request->n_bytes += (guint64)rows[i].bytes;
      thrum_distribution_add (&request->latency, rows[i].response);
      if (has_lag)
        thrum_distribution_add_plain (&request->less_lag, thrum_row_less_lag (&rows[i]));
    }
}

static void
count_services (ThrumTally *self, const ThrumRow *rows, guint n_rows, Sums *services)
{
  const ThrumBucketShape shape = self->service.shape;

  if (self->service.counts == NULL)
    thrum_distribution_prepare (&self->service);
  guint8 *counts = self->service.counts;
  for (guint i = 0; i < n_rows; i++)
    if (G_LIKELY (rows[i].service >= 0))
      {
        add_to_sums (services, rows[i].service);
        mark (&self->service, counts, shape, rows[i].service);
      }
  add_sums (&self->service, services);
}

static void
count_less_lag (ThrumTally *self, const ThrumRow *rows, guint n_rows)
{
  for (guint i = 0; i < n_rows; i++)
    thrum_distribution_add_plain (&self->less_lag, thrum_row_less_lag (&rows[i]));
}

static void
count_apdex (ThrumTally *self, const ThrumRow *rows, guint n_rows)
{
  const gint64 apdex = self->pass->apdex;

  for (guint i = 0; i < n_rows; i++)
    {
      self->n_satisfied += rows[i].response <= apdex;
      self->n_tolerating += rows[i].response > apdex && rows[i].response <= 4 * apdex;
    }
}

static void
keep_run (ThrumTally *self, const ThrumRow *rows, guint n_rows, gint64 exact)
{
  for (guint i = 0; i < n_rows && self->kept != NULL; i++)
    if (MAX (rows[i].response, rows[i].service) >= exact)
      thrum_tally_keep (self, &rows[i]);
}

guint
thrum_tally_count_run (ThrumTally *self, const ThrumRow *rows, guint n_rows)
{
  const ThrumTallyPass *pass = self->pass;
  const gint64 exact = G_GINT64_CONSTANT (1) << pass->shape.linear_bits;
  Sums responses = { .min = G_MAXINT64 }, services = { .min = G_MAXINT64 };
  guint n = measure_run (self, rows, n_rows);

  if (n == 0)
    return 0;
  count_slice (self, rows, n, &responses);
  count_statuses (self->current, rows, n);
  if (pass->has_request)
    count_requests (self, rows, n);
  else if (pass->has_lag)
    count_less_lag (self, rows, n);
  if (pass->has_service)
    count_services (self, rows, n, &services);
  if (pass->apdex > 0)
    count_apdex (self, rows, n);
  if (MAX (responses.max, services.max) >= exact)
    keep_run (self, rows, n, exact);
  return n;
}
