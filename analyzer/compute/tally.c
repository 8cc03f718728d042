/* SPDX-License-Identifier: MIT
 *
 * Counts rows by slice of time, by request and in all. It does not know where rows come from or
 * what the counts are used for. A state belongs to one thread; another thread absorbs it after the
 * end.
 */
#include <string.h>

#include "analyzer/compute/tally-plain.h"
#include "record/record.h"

#define FINE_REQUESTS 16

gpointer
thrum_tally_new (gpointer data)
{
  ThrumTally *self = g_new0 (ThrumTally, 1);

  self->pass = data;
  self->slices = g_new0 (ThrumTallySlice *, self->pass->max_slices);
  self->requests = g_new0 (ThrumTallyRequest *, self->pass->max_requests);
  self->failed.shape = thrum_bucket_shape_finest;
  self->service.shape = thrum_bucket_shape_finest;
  self->censored.shape = self->less_lag.shape = thrum_bucket_shape_finest;
  if (self->pass->max_kept > 0)
    self->kept = g_array_new (FALSE, FALSE, sizeof (ThrumTallyKept));
  self->least_unconnected = G_MAXINT64;
  self->least_intended = G_MAXINT64;
  self->current_start = G_MININT64 / 2;
  return self;
}

static ThrumTallySlice *
new_slice (const ThrumTally *self)
{
  ThrumTallySlice *slice = g_new0 (ThrumTallySlice, 1);

  slice->latency.shape = self->pass->shape;
  slice->statuses = g_new0 (guint32, THRUM_TALLY_STATUSES);
  return slice;
}

static ThrumTallySlice *
get_slice (ThrumTally *self, guint i)
{
  if (self->slices[i] == NULL)
    {
      self->slices[i] = new_slice (self);
      self->n_slices = MAX (self->n_slices, i + 1);
    }
  return self->slices[i];
}

static ThrumTallySlice *
get_stray (ThrumTally *self, gint64 first, gint64 last)
{
  if (self->stray == NULL)
    {
      g_clear_pointer (&self->kept, g_array_unref); /* it knows no row without a slice */
      self->stray = new_slice (self);
      self->first_stray = first;
      self->last_stray = last;
    }
  self->first_stray = MIN (self->first_stray, first);
  self->last_stray = MAX (self->last_stray, last);
  return self->stray;
}

ThrumTallyRequest *
thrum_tally_get_request (ThrumTally *self, guint i)
{
  ThrumTallyRequest *request = self->requests[i];

  if (request == NULL)
    {
      if (i >= FINE_REQUESTS)
        g_clear_pointer (&self->kept, g_array_unref); /* it would have to hold nearly all rows */
      request = self->requests[i] = g_new0 (ThrumTallyRequest, 1);
      /* Many names share what few have: the second pass makes up for coarse buckets. */
      request->latency.shape =
          i < FINE_REQUESTS ? thrum_bucket_shape_finest : thrum_bucket_shape_middle;
      request->failed.shape = request->censored.shape = request->less_lag.shape =
          request->latency.shape;
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

void
thrum_tally_count_intended (ThrumTally *self, gint64 intended, gint64 elapsed)
{
  gint64 width = self->pass->slice_width, i = MAX (intended, 0) / width;
  ThrumTallySlice *slice = get_slice (self, (guint)i);

  slice->n_intended++;
  self->least_intended = MIN (self->least_intended, intended);
  if (i * width == self->current_start)
    return;
  slice->n_left_open++;
  slice->time_more += (i + 1) * width - MAX (intended, 0);
  self->current->n_came_open++;
  self->current->time_more += elapsed - self->current_start - (elapsed - intended);
}

/* Leaves what no reply came to, or too late, out of the rate. @slice, @request (nullable): its own. */
static void
count_unanswered (ThrumTally *self, const ThrumRow *row, ThrumTallySlice *slice,
                  ThrumTallyRequest *request)
{
  const ThrumTallyPass *pass = self->pass;

  if (row->elapsed <= pass->answered_until && thrum_row_is_answered (row, pass->has_status))
    return;
  if (request != NULL)
    request->n_unanswered++;
  if (slice == NULL)
    return;
  slice->n_unanswered++;
  slice->unanswered_bytes += (guint64)row->bytes;
}

static void
count_unconnected (ThrumTally *self, const ThrumRow *row, ThrumTallyRequest *request)
{
  gboolean is_ours = row->kind == THRUM_FAILURE_NO_PORT;

  self->least_unconnected = MIN (self->least_unconnected, row->response);
  self->most_unconnected = MAX (self->most_unconnected, row->response);
  self->n_no_port += is_ours;
  if (request == NULL)
    return;
  request->n_no_port += is_ours;
  request->n_unconnected++;
  request->sum_unconnected += (guint64)row->response;
}

static void
count_failure (ThrumTally *self, const ThrumRow *row, ThrumTallySlice *slice,
               ThrumTallyRequest *request)
{
  slice->n_failures++;
  if (slice->kinds == NULL)
    slice->kinds = g_new0 (guint32, self->pass->max_kinds);
  slice->kinds[row->kind]++;
  if (request != NULL)
    request->n_failures++;
  if (thrum_kind_is_unconnected (row->kind))
    {
      count_unconnected (self, row, request);
      return;
    }

  thrum_distribution_add (&self->failed, row->response);
  if (request != NULL)
    thrum_distribution_add (&request->failed, row->response);
  if (thrum_kind_is_censored (row->kind))
    {
      thrum_distribution_censor (&slice->latency, row->response);
      thrum_distribution_add (&self->censored, row->response);
      if (row->service >= 0)
        thrum_distribution_censor (&self->service, row->service);
      if (request != NULL)
        {
          thrum_distribution_censor (&request->latency, row->response);
          thrum_distribution_add (&request->censored, row->response);
        }
    }
}

void
thrum_tally_keep (ThrumTally *self, const ThrumRow *row)
{
  ThrumTallyKept kept = { .response = row->response,
                          .service = row->service,
                          .lag = row->lag,
                          .slice = (guint32)(self->current_start / self->pass->slice_width),
                          .request = row->request,
                          .kind = row->kind };

  if (self->kept->len >= self->pass->max_kept)
    g_clear_pointer (&self->kept, g_array_unref);
  else
    g_array_append_val (self->kept, kept);
}

/* A part of another row, or one made of others: its request's alone. */
static void
count_part (ThrumTally *self, const ThrumRow *row)
{
  ThrumTallyRequest *request = thrum_tally_get_request (self, row->request);

  g_clear_pointer (&self->kept, g_array_unref); /* it has no room for parts */
  request->n_bytes += (guint64)row->bytes;
  request->n_failures += row->kind != THRUM_KIND_SUCCESS;
  count_unanswered (self, row, NULL, request);
  if (thrum_kind_is_unconnected (row->kind))
    {
      request->n_no_port += row->kind == THRUM_FAILURE_NO_PORT;
      request->n_unconnected++;
      request->sum_unconnected += (guint64)row->response;
      return;
    }
  thrum_distribution_add (&request->latency, row->response);
  if (row->kind != THRUM_KIND_SUCCESS)
    thrum_distribution_add (&request->failed, row->response);
  if (!thrum_kind_is_censored (row->kind))
    return;
  thrum_distribution_censor (&request->latency, row->response);
  thrum_distribution_add (&request->censored, row->response);
}

static inline gboolean
is_stray (const ThrumTallyPass *pass, gint64 elapsed)
{
  return elapsed < pass->first_elapsed || elapsed >= pass->end_elapsed;
}

/* Counts @row into @slice, which it was done in, or which holds those that are far from the test. */
static void
count_in_slice (ThrumTally *self, const ThrumRow *row, ThrumTallySlice *slice)
{
  const ThrumTallyPass *pass = self->pass;
  ThrumTallyRequest *request = NULL;

  slice->n_rows++;
  slice->n_bytes += (guint64)row->bytes;
  slice->sum_all_rows += (guint64)row->response;
  slice->statuses[MIN ((guint)row->status, THRUM_TALLY_STATUSES - 1)]++;
  if (pass->has_request)
    {
      request = thrum_tally_get_request (self, row->request);
      request->n_bytes += (guint64)row->bytes;
    }
  count_unanswered (self, row, slice, request);
  if (row->kind != THRUM_KIND_SUCCESS)
    {
      count_failure (self, row, slice, request);
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
  if (pass->has_lag && !thrum_kind_is_censored (row->kind))
    thrum_distribution_add_plain (request != NULL ? &request->less_lag : &self->less_lag,
                                  thrum_row_less_lag (row));
  if (MAX (row->response, row->service) >= G_GINT64_CONSTANT (1) << pass->shape.linear_bits
      && self->kept != NULL)
    thrum_tally_keep (self, row);
}

/* Any row. */
static void
count_row (ThrumTally *self, const ThrumRow *row)
{
  const ThrumTallyPass *pass = self->pass;

  if (G_UNLIKELY (row->is_part))
    {
      count_part (self, row);
      return;
    }
  if (G_UNLIKELY (is_stray (pass, row->elapsed)))
    {
      count_in_slice (self, row, get_stray (self, row->elapsed, row->elapsed));
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
  thrum_tally_count_intended (self, row->elapsed - row->response, row->elapsed);
  count_in_slice (self, row, self->current);
}

void
thrum_tally_consume (gpointer data, const ThrumRow *rows, guint n_rows)
{
  ThrumTally *self = data;

  for (guint i = 0; i < n_rows;)
    {
      i += thrum_tally_count_run (self, &rows[i], n_rows - i);
      if (i < n_rows)
        count_row (self, &rows[i++]);
    }
}

static void
absorb_slice (ThrumTally *self, ThrumTallySlice *slice, const ThrumTallySlice *other)
{
  slice->n_rows += other->n_rows;
  slice->n_failures += other->n_failures;
  slice->n_intended += other->n_intended;
  slice->n_bytes += other->n_bytes;
  slice->n_unanswered += other->n_unanswered;
  slice->unanswered_bytes += other->unanswered_bytes;
  slice->sum_all_rows += other->sum_all_rows;
  slice->n_left_open += other->n_left_open;
  slice->n_came_open += other->n_came_open;
  slice->time_more += other->time_more;
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
    if (other->slices[i] != NULL && self->slices[i] == NULL)
      {
        self->slices[i] = g_steal_pointer (&other->slices[i]);
        self->n_slices = MAX (self->n_slices, i + 1);
      }
    else if (other->slices[i] != NULL)
      absorb_slice (self, get_slice (self, i), other->slices[i]);
  if (other->stray != NULL)
    absorb_slice (self, get_stray (self, other->first_stray, other->last_stray), other->stray);
  for (guint i = 0; i < self->pass->max_requests; i++)
    {
      const ThrumTallyRequest *theirs = other->requests[i];

      if (theirs == NULL)
        continue;
      ThrumTallyRequest *ours = thrum_tally_get_request (self, i);
      ours->n_unconnected += theirs->n_unconnected;
      ours->sum_unconnected += theirs->sum_unconnected;
      ours->n_failures += theirs->n_failures;
      ours->n_bytes += theirs->n_bytes;
      ours->n_unanswered += theirs->n_unanswered;
      ours->n_no_port += theirs->n_no_port;
      thrum_distribution_merge (&ours->latency, &theirs->latency);
      thrum_distribution_merge (&ours->failed, &theirs->failed);
      thrum_distribution_merge (&ours->censored, &theirs->censored);
      thrum_distribution_merge (&ours->less_lag, &theirs->less_lag);
    }
  if (self->kept != NULL && other->kept != NULL)
    g_array_append_vals (self->kept, other->kept->data, other->kept->len);
  else
    g_clear_pointer (&self->kept, g_array_unref);
  thrum_distribution_merge (&self->failed, &other->failed);
  thrum_distribution_merge (&self->service, &other->service);
  thrum_distribution_merge (&self->censored, &other->censored);
  thrum_distribution_merge (&self->less_lag, &other->less_lag);
  self->n_no_port += other->n_no_port;
  self->least_unconnected = MIN (self->least_unconnected, other->least_unconnected);
  self->most_unconnected = MAX (self->most_unconnected, other->most_unconnected);
  self->least_intended = MIN (self->least_intended, other->least_intended);
  self->last_elapsed = MAX (self->last_elapsed, other->last_elapsed);
  self->n_satisfied += other->n_satisfied;
  self->n_tolerating += other->n_tolerating;
  self->n_beyond += other->n_beyond;
  thrum_tally_free (other);
}

static void
free_slice (ThrumTallySlice *slice)
{
  thrum_distribution_clear (&slice->latency);
  g_free (slice->statuses);
  g_free (slice->kinds);
  g_free (slice);
}

void
thrum_tally_free (ThrumTally *self)
{
  for (guint i = 0; i < self->n_slices; i++)
    g_clear_pointer (&self->slices[i], free_slice);
  g_clear_pointer (&self->stray, free_slice);
  for (guint i = 0; i < self->pass->max_requests; i++)
    if (self->requests[i] != NULL)
      {
        thrum_distribution_clear (&self->requests[i]->latency);
        thrum_distribution_clear (&self->requests[i]->failed);
        thrum_distribution_clear (&self->requests[i]->censored);
        thrum_distribution_clear (&self->requests[i]->less_lag);
        g_free (self->requests[i]);
      }
  thrum_distribution_clear (&self->failed);
  thrum_distribution_clear (&self->service);
  thrum_distribution_clear (&self->censored);
  thrum_distribution_clear (&self->less_lag);
  g_clear_pointer (&self->kept, g_array_unref);
  g_free (self->slices);
  g_free (self->requests);
  g_free (self);
}
