/* SPDX-License-Identifier: MIT
 *
 * The log-linear histogram from which progress and summary are made. Each value below 128 has a
 * bucket of its own; above that, each octave has 128. The counts of an octave are made when
 * something falls into it, because most durations of one kind lie in a few octaves. One thread
 * owns it; it knows nothing of what it counts.
 */
#include "stats/histogram.h"

#include <math.h>

#define STEP_BITS THRUM_HISTOGRAM_STEP_BITS
#define STEPS (1 << STEP_BITS)
#define TOP_BITS THRUM_HISTOGRAM_TOP_BITS
#define N_BUCKETS THRUM_HISTOGRAM_BUCKETS
#define N_OCTAVES (N_BUCKETS / STEPS)

struct _ThrumHistogram {
  guint64 count;
  gint64 min, max;
  gdouble sum;                 /* of ns: exact to 2^53, that is 104 days of waiting */
  guint64 *octaves[N_OCTAVES]; /* (nullable), STEPS counts each */
};

static guint
bucket_of (guint64 ns)
{
  guint shift;

  if (ns < STEPS)
    return (guint)ns;
  if (ns >= G_GUINT64_CONSTANT (1) << TOP_BITS)
    return N_BUCKETS - 1;
  shift = 63 - (guint)__builtin_clzll (ns) - STEP_BITS;
  return (shift + 1) * STEPS + (guint)((ns >> shift) - STEPS);
}

/* The lowest value of @bucket and how many it holds. */
static void
bucket_range (guint bucket, gint64 *low, gint64 *width)
{
  guint shift = bucket < STEPS ? 0 : bucket / STEPS - 1;

  *low = bucket < STEPS ? bucket : (gint64)(STEPS + bucket % STEPS) << shift;
  *width = G_GINT64_CONSTANT (1) << shift;
}

ThrumHistogram *
thrum_histogram_new (void)
{
  return g_new0 (ThrumHistogram, 1);
}

void
thrum_histogram_free (ThrumHistogram *histogram)
{
  if (histogram != NULL)
    thrum_histogram_clear (histogram);
  g_free (histogram);
}

/* The counts of the octave that bucket @bucket is in. */
static guint64 *
get_octave (ThrumHistogram *histogram, guint bucket)
{
  guint64 **octave = &histogram->octaves[bucket / STEPS];

  if (G_UNLIKELY (*octave == NULL))
    *octave = g_new0 (guint64, STEPS);
  return *octave;
}

static guint64
get_bucket (const ThrumHistogram *histogram, guint bucket)
{
  const guint64 *octave = histogram->octaves[bucket / STEPS];

  return octave != NULL ? octave[bucket % STEPS] : 0;
}

void
thrum_histogram_add (ThrumHistogram *histogram, gint64 ns)
{
  guint bucket;

  ns = MAX (ns, 0);
  bucket = bucket_of ((guint64)ns);
  get_octave (histogram, bucket)[bucket % STEPS]++;
  if (histogram->count++ == 0 || ns < histogram->min)
    histogram->min = ns;
  if (ns > histogram->max)
    histogram->max = ns;
  histogram->sum += (gdouble)ns;
}

void
thrum_histogram_clear (ThrumHistogram *histogram)
{
  for (guint i = 0; i < N_OCTAVES; i++)
    g_free (histogram->octaves[i]);
  *histogram = (ThrumHistogram){ 0 };
}

void
thrum_histogram_merge (ThrumHistogram *to, const ThrumHistogram *from)
{
  if (from->count == 0)
    return;
  to->min = to->count == 0 ? from->min : MIN (to->min, from->min);
  to->max = MAX (to->max, from->max);
  to->count += from->count;
  to->sum += from->sum;
  for (guint i = 0; i < N_BUCKETS; i++)
    if (get_bucket (from, i) > 0)
      get_octave (to, i)[i % STEPS] += get_bucket (from, i);
}

guint64
thrum_histogram_get_count (const ThrumHistogram *histogram)
{
  return histogram->count;
}

gint64
thrum_histogram_get_min (const ThrumHistogram *histogram)
{
  return histogram->min;
}

gint64
thrum_histogram_get_max (const ThrumHistogram *histogram)
{
  return histogram->max;
}

gdouble
thrum_histogram_get_mean (const ThrumHistogram *histogram)
{
  return histogram->count == 0 ? 0 : histogram->sum / (gdouble)histogram->count;
}

gint64
thrum_histogram_get_quantile (const ThrumHistogram *histogram, gdouble q)
{
  /* n q is meant exactly: 0.999 * 1000 must give rank 999, not 1000 by the last bit of 0.999. */
  gdouble rank = (gdouble)histogram->count * q;
  return thrum_histogram_get_ranked (histogram, (guint64)ceil (rank - 1e-9 * MAX (rank, 1)));
}

gint64
thrum_histogram_get_ranked (const ThrumHistogram *histogram, guint64 rank)
{
  guint64 seen = 0;

  if (histogram->count == 0)
    return 0;
  rank = CLAMP (rank, 1, histogram->count);
  for (guint i = 0; i < N_BUCKETS; i++)
    {
      gint64 low, width;

      seen += get_bucket (histogram, i);
      if (seen < rank)
        continue;
      bucket_range (i, &low, &width);
      if (i == N_BUCKETS - 1)
        return histogram->max;
      return CLAMP (low + (width - 1) / 2, histogram->min, histogram->max);
    }
  return histogram->max;
}

guint
thrum_histogram_get_bucket (gint64 ns)
{
  return bucket_of ((guint64)MAX (ns, 0));
}

guint64
thrum_histogram_count_until (const ThrumHistogram *histogram, gint64 ns)
{
  guint last = thrum_histogram_get_bucket (ns);
  guint64 count = 0;

  for (guint i = 0; i <= last; i++)
    count += get_bucket (histogram, i);
  return count;
}

guint64
thrum_histogram_count_above (const ThrumHistogram *histogram, gint64 ns)
{
  return histogram->count - thrum_histogram_count_until (histogram, ns);
}

void
thrum_histogram_subtract (ThrumHistogram *histogram, const ThrumHistogram *part)
{
  histogram->count -= part->count;
  histogram->sum -= part->sum;
  for (guint i = 0; i < N_BUCKETS; i++)
    if (get_bucket (part, i) > 0)
      get_octave (histogram, i)[i % STEPS] -= get_bucket (part, i);
}

gint64
thrum_histogram_get_error (gint64 ns)
{
  gint64 low, width;

  bucket_range (bucket_of ((guint64)MAX (ns, 0)), &low, &width);
  return width / 2;
}
