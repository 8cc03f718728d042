/* SPDX-License-Identifier: MIT
 *
 * Keeps exact counts and sums of integers, with a histogram for the first pass of selection. The
 * buckets are pages straight from the kernel, so an untouched range costs nothing. It knows neither
 * rows nor time. Each distribution belongs to one thread.
 */
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "analyzer/compute/distribution.h"

#define BLOCK 64 /* buckets that are looked at together */

static void *
get_pages (gsize size)
{
  void *pages =
      mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (pages == MAP_FAILED)
    g_error ("cannot get %" G_GSIZE_FORMAT " bytes for a histogram", size);
  return pages;
}

void
thrum_distribution_prepare (ThrumDistribution *self)
{
  self->counts = get_pages (thrum_bucket_count (self->shape));
  self->min = G_MAXINT64;
  self->max = 0;
  self->extremes_known = TRUE;
}

void
thrum_distribution_clear (ThrumDistribution *self)
{
  if (self->counts != NULL)
    munmap (self->counts, thrum_bucket_count (self->shape));
  if (self->carries != NULL)
    munmap (self->carries, thrum_bucket_count (self->shape) * sizeof *self->carries);
  memset (self, 0, sizeof *self);
}

static void
carry (ThrumDistribution *self, guint code, guint64 n)
{
  if (self->carries == NULL)
    {
      self->carries = get_pages (thrum_bucket_count (self->shape) * sizeof *self->carries);
      self->first_carry = code;
    }
  self->carries[code] += (guint32)n;
  self->first_carry = MIN (self->first_carry, code);
  self->end_carry = MAX (self->end_carry, code + 1);
}

void
thrum_distribution_carry (ThrumDistribution *self, guint code)
{
  carry (self, code, 1);
}

void
thrum_distribution_put (ThrumDistribution *self, guint code, guint64 n)
{
  n += self->counts[code];
  self->counts[code] = (guint8)n;
  if (n >= 256)
    carry (self, code, n >> 8);
}

/* Adds the low bits of @n of @other's buckets, from @first on, to the same ones of ours. */
static inline __attribute__ ((always_inline)) void
merge_counts (ThrumDistribution *self, const ThrumDistribution *other, guint first, guint n)
{
  guint8 *restrict ours = self->counts + first;
  const guint8 *restrict theirs = other->counts + first;
  guint8 wrapped = 0;

  for (guint i = 0; i < n; i++)
    {
      ours[i] += theirs[i];
      wrapped |= ours[i] < theirs[i];
    }
  for (guint i = 0; wrapped && i < n; i++)
    if (ours[i] < theirs[i])
      carry (self, first + i, 1);
}

static void
merge_same_shape (ThrumDistribution *self, const ThrumDistribution *other, guint first, guint last)
{
  guint i = first;

  for (; i + BLOCK <= last + 1; i += BLOCK)
    merge_counts (self, other, i, BLOCK);
  merge_counts (self, other, i, last + 1 - i);
  for (i = other->first_carry; i < other->end_carry; i++)
    if (other->carries[i] != 0)
      carry (self, i, other->carries[i]);
}

/* The sum of BLOCK bytes. */
static inline guint32
sum_block (const guint8 *counts)
{
#ifdef __SSE2__
  __m128i sum = _mm_setzero_si128 ();

  for (guint i = 0; i < BLOCK; i += 16)
    sum = _mm_add_epi64 (
        sum, _mm_sad_epu8 (_mm_loadu_si128 ((const __m128i *)(counts + i)), _mm_setzero_si128 ()));
  return (guint32)_mm_cvtsi128_si32 (_mm_add_epi64 (sum, _mm_srli_si128 (sum, 8)));
#else
  guint32 sum = 0;

  for (guint i = 0; i < BLOCK; i++)
    sum += counts[i];
  return sum;
#endif
}

/* Returns how many values the buckets [@first, @end) hold. */
static guint64
sum_buckets (const ThrumDistribution *self, guint first, guint end)
{
  guint64 low = 0, high = 0;
  guint i = first;

  for (; i + BLOCK <= end; i += BLOCK)
    low += sum_block (self->counts + i);
  for (; i < end; i++)
    low += self->counts[i];
  for (i = MAX (first, self->first_carry); i < MIN (end, self->end_carry); i++)
    high += self->carries[i];
  return low + (high << 8);
}

/* Each of our buckets takes the whole of some of @other's, which lie side by side. */
static void
merge_finer (ThrumDistribution *self, const ThrumDistribution *other, guint first, guint last)
{
  while (first <= last)
    {
      guint code = thrum_bucket_of (self->shape, thrum_bucket_low (other->shape, first));
      guint end = last + 1;

      if (code + 1 < thrum_bucket_count (self->shape))
        end = MIN (end, thrum_bucket_of (other->shape, thrum_bucket_low (self->shape, code + 1)));
      guint64 n = sum_buckets (other, first, end);
      if (n > 0)
        thrum_distribution_put (self, code, n);
      first = end;
    }
}

void
thrum_distribution_merge (ThrumDistribution *self, const ThrumDistribution *other)
{
  if (other->n == 0)
    return;
  if (self->counts == NULL)
    thrum_distribution_prepare (self);

  guint first = thrum_bucket_of (other->shape, other->min);
  guint last = thrum_bucket_of (other->shape, other->max);
  if (self->shape.linear_bits == other->shape.linear_bits
      && self->shape.sub_bits == other->shape.sub_bits)
    merge_same_shape (self, other, first, last);
  else
    merge_finer (self, other, first, last);

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
  if (part->n == 0)
    return;

  guint last = thrum_bucket_of (part->shape, part->max);
  for (guint i = thrum_bucket_of (part->shape, part->min); i <= last; i++)
    {
      guint64 n = thrum_distribution_get (part, i);

      if (n == 0)
        continue;
      guint code = thrum_bucket_of (self->shape, thrum_bucket_low (part->shape, i));
      guint64 left = thrum_distribution_get (self, code) - n;
      self->counts[code] = (guint8)left;
      if (self->carries != NULL)
        self->carries[code] = (guint32)(left >> 8);
    }
  self->n -= part->n;
  self->sum -= part->sum;
  self->sum_of_squares -= part->sum_of_squares;
  self->extremes_known = FALSE;
}

ThrumBucketRank
thrum_distribution_find_next (const ThrumDistribution *self, ThrumBucketCursor *cursor,
                              guint64 rank)
{
  ThrumBucketRank found = { 0 };
  guint64 here;

  if (self->n == 0)
    return found;
  rank = CLAMP (rank, 1, self->n);
  if (self->extremes_known && (rank == 1 || rank == self->n))
    {
      found.low = rank == 1 ? self->min : self->max;
      found.width = found.rank = found.count = 1;
      return found;
    }

  guint i = MAX (cursor->code, thrum_bucket_of (self->shape, self->min));
  guint end = thrum_bucket_of (self->shape, self->max) + 1;
  guint64 below = cursor->below;
  for (; i + BLOCK <= end && below + (here = sum_buckets (self, i, i + BLOCK)) < rank; i += BLOCK)
    below += here;
  for (; below + (here = thrum_distribution_get (self, i)) < rank; i++)
    below += here;
  g_assert (i < end);
  *cursor = (ThrumBucketCursor){ i, below };
  found.low = thrum_bucket_low (self->shape, i);
  found.width = thrum_bucket_width (self->shape, i);
  found.rank = rank - below;
  found.count = here;
  return found;
}

ThrumBucketRank
thrum_distribution_find (const ThrumDistribution *self, guint64 rank)
{
  ThrumBucketCursor cursor = { 0 };

  return thrum_distribution_find_next (self, &cursor, rank);
}

guint64
thrum_distribution_count_below (const ThrumDistribution *self, gint64 value)
{
  guint64 below = 0;

  if (self->n == 0 || value < self->min)
    return 0;
  if (value >= self->max)
    return self->n;

  guint end = thrum_bucket_of (self->shape, value) + 1;
  for (guint i = thrum_bucket_of (self->shape, self->min); i < end; i += BLOCK)
    below += sum_buckets (self, i, MIN (i + BLOCK, end));
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
