/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/buckets.h"

G_BEGIN_DECLS

typedef unsigned __int128 ThrumWide; /* sums that cannot overflow */

/* What is kept of many integers: exact count, sums, extremes, and a histogram. One thread; merged
 * after the end. All-zero but for @shape is the empty one; the buckets come with the first value.
 *
 * A bucket's count is split: its low 8 bits, which every value touches, lie close together, so that a
 * dozen histograms at once stay within a core's caches; what they carry, at each 256th value, lies
 * apart. */
typedef struct {
  ThrumBucketShape shape;
  guint64 n;
  ThrumWide sum;
  ThrumWide sum_of_squares;
  gint64 min; /* meaningless while n is 0 */
  gint64 max;
  gboolean extremes_known; /* else min and max are only bounds */
  guint64 n_censored;      /* of these the value is a lower bound: timed out, unfinished */
  gint64 min_censored;     /* meaningless while n_censored is 0 */
  guint8 *counts;          /* (nullable) (owned), pages that exist only where they were touched */
  guint32 *carries;        /* (nullable) (owned) the same, in 256; NULL: none anywhere */
  guint first_carry;       /* none is outside [first_carry, end_carry) */
  guint end_carry;
} ThrumDistribution;

/* Gives @self its buckets. */
void thrum_distribution_prepare (ThrumDistribution *self);
void thrum_distribution_clear (ThrumDistribution *self);

/* Adds @other, whatever its shape is as long as it is as fine as @self's or finer. */
void thrum_distribution_merge (ThrumDistribution *self, const ThrumDistribution *other);

/* Takes @part, all of whose values are in @self, out of @self; min and max
 * become bounds. */
void thrum_distribution_subtract (ThrumDistribution *self, const ThrumDistribution *part);

/* Where the value of rank @rank (1 .. n, in ascending order) is: its bucket's least value and width,
 * and its rank within the bucket (from 1). Also how many the bucket holds. */
typedef struct {
  gint64 low;
  gint64 width;
  guint64 rank;
  guint64 count;
} ThrumBucketRank;

ThrumBucketRank thrum_distribution_find (const ThrumDistribution *self, guint64 rank);

/* The same for ranks that ascend: each goes on from where the last was found. All-zero to begin. */
typedef struct {
  guint code;
  guint64 below;
} ThrumBucketCursor;

ThrumBucketRank thrum_distribution_find_next (const ThrumDistribution *self,
                                              ThrumBucketCursor *cursor, guint64 rank);

/* How many values are at most @value, to the precision of the buckets. */
guint64 thrum_distribution_count_below (const ThrumDistribution *self, gint64 value);

/* The rank of the type-1 quantile @per_million / 10^6 among @n values: ceil (n q), at least 1. In
 * integers, since 0.99 x 100 is above 99 in doubles. n = 1000, p99 -> 990. */
guint64 thrum_quantile_rank (guint64 n, guint per_million);

/* Mean and standard deviation (n - 1) in units; 0 where there are too few. The mean is the quotient
 * of two correctly rounded doubles, as a script's sum (values) / len (values). */
double thrum_distribution_mean (const ThrumDistribution *self, double units_per_second);
double thrum_distribution_sd (const ThrumDistribution *self);

/* How many values bucket @code holds; not before the first value. */
static inline guint64
thrum_distribution_get (const ThrumDistribution *self, guint code)
{
  return self->counts[code] + (self->carries != NULL ? (guint64)self->carries[code] << 8 : 0);
}

/* Adds @n values to bucket @code and to nothing else. */
void thrum_distribution_put (ThrumDistribution *self, guint code, guint64 n);
void thrum_distribution_carry (ThrumDistribution *self, guint code);

/* Adds one value to bucket @code and to nothing else. */
static inline void
thrum_distribution_mark (ThrumDistribution *self, guint code)
{
  if (G_UNLIKELY (++self->counts[code] == 0))
    thrum_distribution_carry (self, code);
}

/* For what no deviation is asked of: all but the sum of squares. */
static inline void
thrum_distribution_add_plain (ThrumDistribution *self, gint64 value)
{
  if (G_UNLIKELY (self->counts == NULL))
    thrum_distribution_prepare (self);
  thrum_distribution_mark (self, thrum_bucket_of (self->shape, value));
  self->n++;
  self->sum += (guint64)value;
  if (G_UNLIKELY (value < self->min)) /* seldom, so no write */
    self->min = value;
  if (G_UNLIKELY (value > self->max))
    self->max = value;
}

static inline void
thrum_distribution_add (ThrumDistribution *self, gint64 value)
{
  thrum_distribution_add_plain (self, value);
  self->sum_of_squares += (ThrumWide)(guint64)value * (guint64)value;
}

static inline void
thrum_distribution_censor (ThrumDistribution *self, gint64 value)
{
  if (self->n_censored++ == 0 || value < self->min_censored)
    self->min_censored = value;
}

G_END_DECLS
