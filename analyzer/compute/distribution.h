/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/buckets.h"

G_BEGIN_DECLS

typedef unsigned __int128 ThrumWide; /* sums that cannot overflow */

/* What is kept of many integers: the exact count, sums, extremes, and a histogram. One thread
 * writes it; threads are merged after the end. A distribution that is all-zero except for @shape is
 * empty; its buckets are made with the first value.
 *
 * A bucket's count is split. The low 8 bits, which every value touches, lie close together, so that
 * a dozen histograms at once fit into a core's caches. The carries, which each 256th value touches,
 * lie apart. */
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
  guint8 *counts;          /* (nullable) (owned): its pages exist only where they were touched */
  guint32 *carries;  /* (nullable) (owned): counted in units of 256; NULL: no bucket has one */
  guint first_carry; /* all carries are within [first_carry, end_carry) */
  guint end_carry;
} ThrumDistribution;

/* Gives @self its buckets. */
void thrum_distribution_prepare (ThrumDistribution *self);
void thrum_distribution_clear (ThrumDistribution *self);

/* Adds @other, which may have another shape if that is at least as fine as @self's. */
void thrum_distribution_merge (ThrumDistribution *self, const ThrumDistribution *other);

/* Takes @part out of @self, which must hold all of its values. min and max become bounds. */
void thrum_distribution_subtract (ThrumDistribution *self, const ThrumDistribution *part);

/* The place of the value of rank @rank (1 .. n, ascending): its bucket's least value and width, its
 * rank within the bucket (from 1), and how many values the bucket holds. */
typedef struct {
  gint64 low;
  gint64 width;
  guint64 rank;
  guint64 count;
} ThrumBucketRank;

ThrumBucketRank thrum_distribution_find (const ThrumDistribution *self, guint64 rank);

/* A cursor for ranks that ascend: each search goes on from where the last one ended. Starts
 * all-zero. */
typedef struct {
  guint code;
  guint64 below;
} ThrumBucketCursor;

ThrumBucketRank thrum_distribution_find_next (const ThrumDistribution *self,
                                              ThrumBucketCursor *cursor, guint64 rank);

/* Returns how many values are at most @value, to the precision of the buckets. */
guint64 thrum_distribution_count_below (const ThrumDistribution *self, gint64 value);

/* Returns the rank of the type-1 quantile @per_million / 10^6 among @n values: ceil (n q), at least
 * 1. It is computed in integers, because 0.99 x 100 is above 99 in doubles. n = 1000, p99 ->
 * 990. */
guint64 thrum_quantile_rank (guint64 n, guint per_million);

/* Return the mean and the standard deviation (n - 1) in units; 0 if there are too few values. The
 * mean is the quotient of two correctly rounded doubles, as a script's sum (values) / len
 * (values). */
double thrum_distribution_mean (const ThrumDistribution *self, double units_per_second);
double thrum_distribution_sd (const ThrumDistribution *self);

/* Returns how many values bucket @code holds. Call it only once there is a value. */
static inline guint64
thrum_distribution_get (const ThrumDistribution *self, guint code)
{
  return self->counts[code] + (self->carries != NULL ? (guint64)self->carries[code] << 8 : 0);
}

/* Adds @n values to bucket @code, and changes nothing else. */
void thrum_distribution_put (ThrumDistribution *self, guint code, guint64 n);
void thrum_distribution_carry (ThrumDistribution *self, guint code);

/* Adds one value to bucket @code, and changes nothing else. */
static inline void
thrum_distribution_mark (ThrumDistribution *self, guint code)
{
  if (G_UNLIKELY (++self->counts[code] == 0))
    thrum_distribution_carry (self, code);
}

/* Adds @value to everything except the sum of squares: for values whose deviation is not asked
 * for. */
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
