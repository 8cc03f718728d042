/* SPDX-License-Identifier: MIT
 *
 * Durations by batches of time. It uses the histogram's buckets, 32 bits each, in octaves that
 * are made when something falls into them. One thread owns it; it knows nothing of what it
 * counts.
 */
#include "stats/batches.h"

#include <math.h>

#include "stats/histogram.h"

#define STEPS (1 << THRUM_HISTOGRAM_STEP_BITS)
#define N_OCTAVES (THRUM_HISTOGRAM_BUCKETS / STEPS)

typedef struct {
  guint64 count;
  guint32 *octaves[N_OCTAVES]; /* (nullable), STEPS each */
} Batch;

struct _ThrumBatches {
  gint64 span;
  gint64 low, high; /* the instants of the batch last added to */
  guint last;       /* that batch */
  guint n_batches;  /* up to the latest that holds anything */
  Batch *batches;   /* THRUM_BATCHES_MOST; (nullable): nothing was added */
};

ThrumBatches *
thrum_batches_new (gint64 span_ns)
{
  ThrumBatches *batches = g_new0 (ThrumBatches, 1);

  batches->span = MAX (span_ns, 1);
  return batches;
}

ThrumBatches *
thrum_batches_new_like (const ThrumBatches *other)
{
  return thrum_batches_new (other->span);
}

static void
clear_batch (Batch *batch)
{
  for (guint i = 0; i < N_OCTAVES; i++)
    g_free (batch->octaves[i]);
  *batch = (Batch){ 0 };
}

void
thrum_batches_free (ThrumBatches *batches)
{
  if (batches == NULL)
    return;
  for (guint i = 0; batches->batches != NULL && i < THRUM_BATCHES_MOST; i++)
    clear_batch (&batches->batches[i]);
  g_free (batches->batches);
  g_free (batches);
}

gint64
thrum_batches_get_span (gint64 length_ns)
{
  gint64 span = MAX ((length_ns + THRUM_BATCHES_MOST - 1) / THRUM_BATCHES_MOST, 1);

  /* Halved as often as leaves it above 10 ms: a run that ends early has its 20 batches, too. */
  while (span >= 20 * G_GINT64_CONSTANT (1000000))
    span = (span + 1) / 2;
  return span;
}

static void
add_batch (Batch *to, const Batch *from)
{
  to->count += from->count;
  for (guint i = 0; i < N_OCTAVES; i++)
    {
      if (from->octaves[i] == NULL)
        continue;
      if (to->octaves[i] == NULL)
        to->octaves[i] = g_new0 (guint32, STEPS);
      for (guint k = 0; k < STEPS; k++)
        to->octaves[i][k] += from->octaves[i][k];
    }
}

/* Makes each two neighbours one. */
static void
coarsen (ThrumBatches *batches)
{
  for (guint i = 0; batches->batches != NULL && i < THRUM_BATCHES_MOST; i += 2)
    {
      Batch *left = &batches->batches[i];

      add_batch (left, &batches->batches[i + 1]);
      clear_batch (&batches->batches[i + 1]);
      if (i > 0)
        {
          batches->batches[i / 2] = *left;
          *left = (Batch){ 0 };
        }
    }
  batches->span *= 2;
  batches->n_batches = (batches->n_batches + 1) / 2;
  batches->low = batches->high = 0;
}

static void
make_batches (ThrumBatches *batches)
{
  if (batches->batches == NULL)
    batches->batches = g_new0 (Batch, THRUM_BATCHES_MOST);
}

static void
find_batch (ThrumBatches *batches, gint64 at)
{
  make_batches (batches);
  while (at / batches->span >= THRUM_BATCHES_MOST)
    coarsen (batches);
  batches->last = (guint)(at / batches->span);
  batches->low = batches->last * batches->span;
  batches->high = batches->low + batches->span;
  batches->n_batches = MAX (batches->n_batches, batches->last + 1);
}

void
thrum_batches_add (ThrumBatches *batches, gint64 at, gint64 ns)
{
  guint bucket = thrum_histogram_get_bucket (ns);
  guint32 **octave;

  at = MAX (at, 0);
  if (G_UNLIKELY (at < batches->low || at >= batches->high))
    find_batch (batches, at);
  octave = &batches->batches[batches->last].octaves[bucket / STEPS];
  if (G_UNLIKELY (*octave == NULL))
    *octave = g_new0 (guint32, STEPS);
  (*octave)[bucket % STEPS]++;
  batches->batches[batches->last].count++;
}

void
thrum_batches_merge (ThrumBatches *to, const ThrumBatches *from)
{
  guint each;

  while (to->span < from->span)
    coarsen (to);
  each = (guint)(to->span / from->span);
  if (from->n_batches > 0)
    make_batches (to);
  for (guint i = 0; i < from->n_batches; i++)
    add_batch (&to->batches[i / each], &from->batches[i]);
  to->n_batches = MAX (to->n_batches, (from->n_batches + each - 1) / each);
}

guint
thrum_batches_count (const ThrumBatches *batches)
{
  guint n = 0;

  for (guint i = 0; i < batches->n_batches; i++)
    n += batches->batches[i].count > 0;
  return n;
}

static guint64
count_until (const Batch *batch, guint bucket)
{
  guint64 count = 0;

  for (guint i = 0; i <= bucket / STEPS; i++)
    for (guint k = 0; batch->octaves[i] != NULL && k < STEPS && i * STEPS + k <= bucket; k++)
      count += batch->octaves[i][k];
  return count;
}

gdouble
thrum_share_error (const gdouble *until, const gdouble *counts, guint n_batches)
{
  gdouble n = 0, y = 0, squares = 0, n_full = 0;

  for (guint i = 0; i < n_batches; i++)
    {
      y += until[i];
      n += counts[i];
      n_full += counts[i] > 0;
    }
  if (n_full < 2)
    return 0;
  for (guint i = 0; i < n_batches; i++)
    {
      gdouble rest = until[i] - y / n * counts[i];
      squares += rest * rest;
    }
  return sqrt (n_full / (n_full - 1) * squares) / n;
}

gdouble
thrum_batches_get_share_error (const ThrumBatches *batches, gint64 ns)
{
  guint bucket = thrum_histogram_get_bucket (ns);
  gdouble until[THRUM_BATCHES_MOST], counts[THRUM_BATCHES_MOST];

  for (guint i = 0; i < batches->n_batches; i++)
    {
      until[i] = (gdouble)count_until (&batches->batches[i], bucket);
      counts[i] = (gdouble)batches->batches[i].count;
    }
  return thrum_share_error (until, counts, batches->n_batches);
}
