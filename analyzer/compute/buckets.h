/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A log-linear histogram of non-negative integers. Below 2^linear_bits each value has a bucket of
 * its own; above that, each octave has 2^sub_bits buckets; all values from 2^40 up share the last
 * bucket. The histogram is the first pass of exact selection: the value of a rank is exact at once
 * if its bucket is one unit wide.
 *
 * Worked example, {18, 11}: 200000 has a bucket of its own; 300000 (2^18 .. 2^19) shares one that
 * is 2^(18-11) = 128 wide, 299904 .. 300031. In microseconds, all times up to 262 ms are exact at
 * once. */
typedef struct {
  guint8 linear_bits;
  guint8 sub_bits; /* at most linear_bits */
} ThrumBucketShape;

#define THRUM_BUCKETS_TOP_BIT 40

static const ThrumBucketShape thrum_bucket_shape_finest = { 18, 11 };
static const ThrumBucketShape thrum_bucket_shape_fine = { 16, 11 };
static const ThrumBucketShape thrum_bucket_shape_middle = { 12, 9 };
static const ThrumBucketShape thrum_bucket_shape_coarse = { 9, 7 };

static inline guint
thrum_bucket_count (ThrumBucketShape shape)
{
  return (1u << shape.linear_bits)
         + ((guint)(THRUM_BUCKETS_TOP_BIT - shape.linear_bits) << shape.sub_bits) + 1;
}

static inline guint
thrum_bucket_of (ThrumBucketShape shape, gint64 value)
{
  guint64 v = (guint64)value;

  if (G_LIKELY (v < (G_GUINT64_CONSTANT (1) << shape.linear_bits)))
    return (guint)v;

  guint top = 63 - (guint)__builtin_clzll (v);
  if (G_UNLIKELY (top >= THRUM_BUCKETS_TOP_BIT))
    return thrum_bucket_count (shape) - 1;
  return (1u << shape.linear_bits) + ((top - shape.linear_bits) << shape.sub_bits)
         + ((guint)(v >> (top - shape.sub_bits)) & ((1u << shape.sub_bits) - 1));
}

/* Returns the least value in bucket @code; thrum_bucket_width () returns how many values it
 * holds. */
static inline gint64
thrum_bucket_low (ThrumBucketShape shape, guint code)
{
  guint linear = 1u << shape.linear_bits;

  if (code < linear)
    return code;
  if (code == thrum_bucket_count (shape) - 1)
    return G_GINT64_CONSTANT (1) << THRUM_BUCKETS_TOP_BIT;

  guint top = ((code - linear) >> shape.sub_bits) + shape.linear_bits;
  gint64 sub = (code - linear) & ((1u << shape.sub_bits) - 1);
  return (G_GINT64_CONSTANT (1) << top) + (sub << (top - shape.sub_bits));
}

static inline gint64
thrum_bucket_width (ThrumBucketShape shape, guint code)
{
  guint linear = 1u << shape.linear_bits;

  if (code < linear)
    return 1;
  if (code == thrum_bucket_count (shape) - 1)
    return G_MAXINT64 - (G_GINT64_CONSTANT (1) << THRUM_BUCKETS_TOP_BIT);
  return G_GINT64_CONSTANT (1) << (((code - linear) >> shape.sub_bits) + shape.linear_bits
                                   - shape.sub_bits);
}

G_END_DECLS
