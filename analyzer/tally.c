/* SPDX-License-Identifier: MIT
 *
 * Counts rows into slices of time, requests and the whole. It does not know where rows come from or
 * what is made of the counts. A state belongs to one thread; absorbed by another after the end.
 */
#include <string.h>

#include "analyzer/tally.h"

#define FINE_REQUESTS 16

gpointer
thrum_tally_new (gpointer data)
{
  ThrumTally *self = g_new0 (ThrumTally, 1);

  self->pass = data;
  self->slices = g_new0 (ThrumTallySlice *, self->pass->max_slices);
  self->requests = g_new0 (ThrumTallyRequest *, self->pass->max_requests);
  self->failed.shape = thrum_bucket_shape_fine;
  self->service.shape = thrum_bucket_shape_fine;
  if (self->pass->max_kept > 0)
    self->kept = g_array_new (FALSE, FALSE, sizeof (ThrumTallyKept));
  self->least_unconnected = G_MAXINT64;
  self->least_intended = G_MAXINT64;
  self->current_start = G_MININT64 / 2;
  return self;
}

static ThrumTallySlice *
get_slice (ThrumTally *self, guint i)
{
  ThrumTallySlice *slice = self->slices[i];

  if (slice == NULL)
    {
      slice = self->slices[i] = g_new0 (ThrumTallySlice, 1);
      slice->latency.shape = self->pass->shape;
      slice->statuses = g_new0 (guint32, THRUM_TALLY_STATUSES);
      self->n_slices = MAX (self->n_slices, i + 1);
    }
  return slice;
}

static ThrumTallyRequest *
get_request (ThrumTally *self, guint i)
{
  ThrumTallyRequest *request = self->requests[i];

  if (request == NULL)
    {
      if (i >= FINE_REQUESTS)
        g_clear_pointer (&self->kept, g_array_unref); /* it would have to hold nearly all rows */
      request = self->requests[i] = g_new0 (ThrumTallyRequest, 1);
      /* Many names share what few have: the second pass makes up for coarse buckets. */
      request->latency.shape = request->failed.shape =
          i < FINE_REQUESTS ? thrum_bucket_shape_fine : thrum_bucket_shape_middle;
    }
  return request;
}

/* Makes the slice that holds @elapsed the current one; FALSE if it is beyond the last. */
static gboolean
move_to (ThrumTally *self, gint64 elapsed)
{
  guint64 i = (guint64)elapsed / (guint64)self->pass->slice_width;

  if (i >= self->pass->max_slices)
    return FALSE;
  self->current = get_slice (self, (guint)i);
  self->current_start = (gint64)i * self->pass->slice_width;
  return TRUE;
}

static void
count_intended (ThrumTally *self, gint64 intended)
{
  gint64 i = MAX (intended, 0) / self->pass->slice_width;

  get_slice (self, (guint)i)->n_intended++;
  self->least_intended = MIN (self->least_intended, intended);
}

static void
count_failure (ThrumTally *self, const ThrumRow *row, ThrumTallyRequest *request)
{
  ThrumTallySlice *slice = self->current;

  slice->n_failures++;
  if (slice->kinds == NULL)
    slice->kinds = g_new0 (guint32, self->pass->max_kinds);
  slice->kinds[row->kind]++;
  if (request != NULL)
    request->n_failures++;
  if (thrum_kind_is_unconnected (row->kind))
    {
      self->least_unconnected = MIN (self->least_unconnected, row->response);
      self->most_unconnected = MAX (self->most_unconnected, row->response);
      if (request != NULL)
        {
          request->n_unconnected++;
          request->sum_unconnected += (guint64)row->response;
        }
      return;
    }

  thrum_distribution_add (&self->failed, row->response);
  if (request != NULL)
    thrum_distribution_add (&request->failed, row->response);
  if (thrum_kind_is_censored (row->kind))
    {
      thrum_distribution_censor (&slice->latency, row->response);
      if (row->service >= 0)
        thrum_distribution_censor (&self->service, row->service);
      if (request != NULL)
        thrum_distribution_censor (&request->latency, row->response);
    }
}

static void
keep (ThrumTally *self, const ThrumRow *row)
{
  ThrumTallyKept kept = { .response = row->response,
                          .service = row->service,
                          .slice = (guint32)(self->current_start / self->pass->slice_width),
                          .request = row->request,
                          .kind = row->kind };

  if (self->kept->len >= self->pass->max_kept)
    g_clear_pointer (&self->kept, g_array_unref);
  else
    g_array_append_val (self->kept, kept);
}

/* A part of another row: its request's alone. */
static void
count_part (ThrumTally *self, const ThrumRow *row)
{
  ThrumTallyRequest *request = get_request (self, row->request);

  g_clear_pointer (&self->kept, g_array_unref); /* it has no room for parts */
  thrum_distribution_add (&request->latency, row->response);
  if (row->kind == THRUM_KIND_SUCCESS)
    return;
  request->n_failures++;
  thrum_distribution_add (&request->failed, row->response);
}

/* Any row. */
static void
count_row (ThrumTally *self, const ThrumRow *row)
{
  const ThrumTallyPass *pass = self->pass;
  ThrumTallyRequest *request = NULL;

  if (G_UNLIKELY (row->is_part))
    {
      count_part (self, row);
      return;
    }
  self->last_elapsed = MAX (self->last_elapsed, row->elapsed);
  if ((guint64)(row->elapsed - self->current_start) >= (guint64)pass->slice_width
      && !move_to (self, row->elapsed))
    {
      self->n_beyond++;
      self->least_intended = MIN (self->least_intended, row->elapsed - row->response);
      return;
    }

  ThrumTallySlice *slice = self->current;
  slice->n_rows++;
  slice->n_bytes += (guint64)row->bytes;
  slice->sum_all_rows += (guint64)row->response;
  slice->statuses[MIN ((guint)row->status, THRUM_TALLY_STATUSES - 1)]++;
  count_intended (self, row->elapsed - row->response);
  if (pass->has_request)
    {
      request = get_request (self, row->request);
      request->n_bytes += (guint64)row->bytes;
    }
  if (row->kind != THRUM_KIND_SUCCESS)
    {
      count_failure (self, row, request);
      if (thrum_kind_is_unconnected (row->kind))
        return;
    }
  else if (pass->apdex > 0)
    {
      self->n_satisfied += row->response <= pass->apdex;
      self->n_tolerating += row->response > pass->apdex && row->response <= 4 * pass->apdex;
    }
  thrum_distribution_add (&slice->latency, row->response);
  if (request != NULL)
    thrum_distribution_add (&request->latency, row->response);
  if (row->service >= 0)
    thrum_distribution_add (&self->service, row->service);
  if (MAX (row->response, row->service) >= G_GINT64_CONSTANT (1) << pass->shape.linear_bits
      && self->kept != NULL)
    keep (self, row);
}

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

/* Whether a row needs nothing but what count_run () does: nearly all are so. */
static inline gboolean
is_plain (const ThrumRow *row, gint64 slice_start, guint64 slice_width)
{
  return row->kind == THRUM_KIND_SUCCESS && !row->is_part
         && (guint64)(row->elapsed - slice_start) < slice_width;
}

/* Counts plain rows as count_row () would until one is not; returns how many. What does not change is
 * held in variables: a byte that is written could be any of it, for all the compiler knows. */
static inline __attribute__ ((always_inline)) guint
count_run (ThrumTally *self, const ThrumRow *rows, guint n_rows, gboolean has_request,
           gboolean has_service)
{
  const ThrumBucketShape shape = self->pass->shape, service_shape = self->service.shape;
  const gint64 exact = G_GINT64_CONSTANT (1) << shape.linear_bits;
  const gint64 start = self->current_start, apdex = self->pass->apdex;
  const guint64 width = (guint64)self->pass->slice_width;
  ThrumTallySlice *slice = self->current;
  ThrumTallyRequest **requests = self->requests;
  guint32 *statuses = slice->statuses;
  Sums responses = { .min = G_MAXINT64 }, services = { .min = G_MAXINT64 };
  guint64 n_bytes = 0, n_intended = 0;
  gint64 least_intended = self->least_intended, last_elapsed = self->last_elapsed;
  guint i;

  if (slice->latency.counts == NULL)
    thrum_distribution_prepare (&slice->latency);
  if (has_service && self->service.counts == NULL)
    thrum_distribution_prepare (&self->service);
  guint8 *counts = slice->latency.counts, *service_counts = self->service.counts;
  for (i = 0; i < n_rows && is_plain (&rows[i], start, width); i++)
    {
      const ThrumRow *row = &rows[i];
      gint64 response = row->response, intended = row->elapsed - response;
      guint code = thrum_bucket_of (shape, response);

      last_elapsed = MAX (last_elapsed, row->elapsed);
      least_intended = MIN (least_intended, intended);
      if (G_LIKELY (intended >= start))
        n_intended++;
      else
        count_intended (self, intended);
      n_bytes += (guint64)row->bytes;
      statuses[MIN ((guint)row->status, THRUM_TALLY_STATUSES - 1)]++;
      add_to_sums (&responses, response);
      if (G_UNLIKELY (++counts[code] == 0))
        thrum_distribution_carry (&slice->latency, code);
      if (has_request)
        {
          ThrumTallyRequest *request = requests[row->request];

          if (G_UNLIKELY (request == NULL))
            request = get_request (self, row->request);
          request->n_bytes += (guint64)row->bytes;
          thrum_distribution_add (&request->latency, response);
        }
      if (has_service && row->service >= 0)
        {
          guint service_code = thrum_bucket_of (service_shape, row->service);

          add_to_sums (&services, row->service);
          if (G_UNLIKELY (++service_counts[service_code] == 0))
            thrum_distribution_carry (&self->service, service_code);
        }
      if (G_UNLIKELY (MAX (response, row->service) >= exact) && self->kept != NULL)
        keep (self, row);
      if (apdex > 0)
        {
          self->n_satisfied += response <= apdex;
          self->n_tolerating += response > apdex && response <= 4 * apdex;
        }
    }
  self->last_elapsed = last_elapsed;
  self->least_intended = least_intended;
  slice->n_rows += responses.n;
  slice->n_bytes += n_bytes;
  slice->n_intended += n_intended;
  slice->sum_all_rows += responses.sum;
  add_sums (&slice->latency, &responses);
  if (has_service)
    add_sums (&self->service, &services);
  return i;
}

void
thrum_tally_consume (gpointer data, const ThrumRow *rows, guint n_rows)
{
  ThrumTally *self = data;
  const gboolean bare = !self->pass->has_request && !self->pass->has_service;

  for (guint i = 0; i < n_rows;)
    if (!is_plain (&rows[i], self->current_start, (guint64)self->pass->slice_width))
      count_row (self, &rows[i++]);
    else if (bare)
      i += count_run (self, &rows[i], n_rows - i, FALSE, FALSE);
    else
      i += count_run (self, &rows[i], n_rows - i, self->pass->has_request, TRUE);
}

static void
absorb_slice (ThrumTally *self, guint i, const ThrumTallySlice *other)
{
  ThrumTallySlice *slice = get_slice (self, i);

  slice->n_rows += other->n_rows;
  slice->n_failures += other->n_failures;
  slice->n_intended += other->n_intended;
  slice->n_bytes += other->n_bytes;
  slice->sum_all_rows += other->sum_all_rows;
  for (guint j = 0; j < THRUM_TALLY_STATUSES; j++)
    slice->statuses[j] += other->statuses[j];
  if (other->kinds != NULL)
    {
      if (slice->kinds == NULL)
        slice->kinds = g_new0 (guint32, self->pass->max_kinds);
      for (guint j = 0; j < self->pass->max_kinds; j++)
        slice->kinds[j] += other->kinds[j];
    }
  thrum_distribution_merge (&slice->latency, &other->latency);
}

void
thrum_tally_absorb (ThrumTally *self, ThrumTally *other)
{
  for (guint i = 0; i < other->n_slices; i++)
    if (other->slices[i] != NULL)
      absorb_slice (self, i, other->slices[i]);
  for (guint i = 0; i < self->pass->max_requests; i++)
    {
      const ThrumTallyRequest *theirs = other->requests[i];

      if (theirs == NULL)
        continue;
      ThrumTallyRequest *ours = get_request (self, i);
      ours->n_unconnected += theirs->n_unconnected;
      ours->sum_unconnected += theirs->sum_unconnected;
      ours->n_failures += theirs->n_failures;
      ours->n_bytes += theirs->n_bytes;
      thrum_distribution_merge (&ours->latency, &theirs->latency);
      thrum_distribution_merge (&ours->failed, &theirs->failed);
    }
  if (self->kept != NULL && other->kept != NULL)
    g_array_append_vals (self->kept, other->kept->data, other->kept->len);
  else
    g_clear_pointer (&self->kept, g_array_unref);
  thrum_distribution_merge (&self->failed, &other->failed);
  thrum_distribution_merge (&self->service, &other->service);
  self->least_unconnected = MIN (self->least_unconnected, other->least_unconnected);
  self->most_unconnected = MAX (self->most_unconnected, other->most_unconnected);
  self->least_intended = MIN (self->least_intended, other->least_intended);
  self->last_elapsed = MAX (self->last_elapsed, other->last_elapsed);
  self->n_satisfied += other->n_satisfied;
  self->n_tolerating += other->n_tolerating;
  self->n_beyond += other->n_beyond;
  thrum_tally_free (other);
}

void
thrum_tally_free (ThrumTally *self)
{
  for (guint i = 0; i < self->n_slices; i++)
    if (self->slices[i] != NULL)
      {
        thrum_distribution_clear (&self->slices[i]->latency);
        g_free (self->slices[i]->statuses);
        g_free (self->slices[i]->kinds);
        g_free (self->slices[i]);
      }
  for (guint i = 0; i < self->pass->max_requests; i++)
    if (self->requests[i] != NULL)
      {
        thrum_distribution_clear (&self->requests[i]->latency);
        thrum_distribution_clear (&self->requests[i]->failed);
        g_free (self->requests[i]);
      }
  thrum_distribution_clear (&self->failed);
  thrum_distribution_clear (&self->service);
  g_clear_pointer (&self->kept, g_array_unref);
  g_free (self->slices);
  g_free (self->requests);
  g_free (self);
}
