/* SPDX-License-Identifier: MIT
 *
 * Exact counts and sums of integers with a histogram for the first pass of selection. Buckets are
 * pages straight from the kernel, so that an untouched range costs nothing. Knows neither rows nor
 * time. One thread each.
 */
#include <math.h>
#include <string.h>
#include <sys/mman.h>

#include "analyzer/distribution.h"

static gsize
buckets_size (ThrumBucketShape shape)
{
  return thrum_bucket_count (shape) * sizeof (guint32);
}

void
thrum_distribution_prepare (ThrumDistribution *self)
{
  void *pages = mmap (NULL, buckets_size (self->shape), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (pages == MAP_FAILED)
    g_error ("cannot get %" G_GSIZE_FORMAT " bytes for a histogram", buckets_size (self->shape));
  self->buckets = pages;
  self->min = G_MAXINT64;
  self->max = 0;
  self->extremes_known = TRUE;
}

void
thrum_distribution_clear (ThrumDistribution *self)
{
  if (self->buckets != NULL)
    munmap (self->buckets, buckets_size (self->shape));
  memset (self, 0, sizeof *self);
}

void
thrum_distribution_merge (ThrumDistribution *self, const ThrumDistribution *other)
{
  if (other->buckets == NULL)
    return;
  if (self->buckets == NULL)
    thrum_distribution_prepare (self);

  guint first = thrum_bucket_of (other->shape, other->min);
  guint last = thrum_bucket_of (other->shape, other->max);
  if (self->shape.linear_bits == other->shape.linear_bits
      && self->shape.sub_bits == other->shape.sub_bits)
    for (guint i = first; i <= last; i++)
      self->buckets[i] += other->buckets[i];
  else
    for (guint i = first; i <= last; i++)
      if (other->buckets[i] != 0)
        self->buckets[thrum_bucket_of (self->shape, thrum_bucket_low (other->shape, i))] +=
            other->buckets[i];

  self->n += other->n;
  self->sum += other->sum;
  self->sum_of_squares += other->sum_of_squares;
  self->min = MIN (self->min, other->min);
  self->max = MAX (self->max, other->max);
  if (other->n_censored > 0)
    {
      self->min_censored = self->n_censored > 0 ? MIN (self->min_censored, other->min_censored)
                                                : other->min_censored;
      self->n_censored += other->n_censored;
    }
}

void
thrum_distribution_subtract (ThrumDistribution *self, const ThrumDistribution *part)
{
  if (part->buckets == NULL)
    return;

  guint last = thrum_bucket_of (part->shape, part->max);
  for (guint i = thrum_bucket_of (part->shape, part->min); i <= last; i++)
    if (part->buckets[i] != 0)
      self->buckets[thrum_bucket_of (self->shape, thrum_bucket_low (part->shape, i))] -=
          part->buckets[i];
  self->n -= part->n;
  self->sum -= part->sum;
  self->sum_of_squares -= part->sum_of_squares;
  self->extremes_known = FALSE;
}

ThrumBucketRank
thrum_distribution_find (const ThrumDistribution *self, guint64 rank)
{
  ThrumBucketRank found = { 0 };
  guint64 below = 0;

  if (self->n == 0)
    return found;
  rank = CLAMP (rank, 1, self->n);
  if (self->extremes_known && (rank == 1 || rank == self->n))
    {
      found.low = rank == 1 ? self->min : self->max;
      found.width = found.rank = found.count = 1;
      return found;
    }

  guint last = thrum_bucket_of (self->shape, self->max);
  for (guint i = thrum_bucket_of (self->shape, self->min); i <= last; i++)
    {
      if (below + self->buckets[i] >= rank)
        {
          found.low = thrum_bucket_low (self->shape, i);
          found.width = thrum_bucket_width (self->shape, i);
          found.rank = rank - below;
          found.count = self->buckets[i];
          return found;
        }
      below += self->buckets[i];
    }
  g_assert_not_reached ();
}

guint64
thrum_distribution_count_below (const ThrumDistribution *self, gint64 value)
{
  guint64 below = 0;

  if (self->n == 0 || value < self->min)
    return 0;
  if (value >= self->max)
    return self->n;

  guint last = thrum_bucket_of (self->shape, value);
  for (guint i = thrum_bucket_of (self->shape, self->min); i <= last; i++)
    below += self->buckets[i];
  return below;
}

guint64
thrum_quantile_rank (guint64 n, guint per_million)
{
  guint64 rank = (guint64)(((ThrumWide)n * per_million + 999999) / 1000000);

  return MAX (rank, 1);
}

double
thrum_distribution_mean (const ThrumDistribution *self, double units_per_second)
{
  return self->n == 0 ? 0 : (double)self->sum / units_per_second / (double)self->n;
}

double
thrum_distribution_sd (const ThrumDistribution *self)
{
  if (self->n < 2)
    return 0;

  /* n Sum x^2 - (Sum x)^2 in long double would cancel; deviations from the whole mean do not. */
  ThrumWide mean = self->sum / self->n;
  ThrumWide rest = self->sum - mean * self->n; /* Sum (x - mean) */
  ThrumWide squares = self->sum_of_squares - mean * (2 * self->sum - mean * self->n);
  long double variance =
      ((long double)squares - (long double)rest * rest / self->n) / (long double)(self->n - 1);

  return (double)sqrtl (MAX (variance, 0));
}
