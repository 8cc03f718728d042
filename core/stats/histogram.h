/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A log-linear histogram of durations in ns. It has 128 steps an octave, so a bucket is at most
 * 0.79% of its value wide. A quantile is given as the middle of its bucket, so it is within
 * 0.4%. Values below 128 ns are exact, and so are the minimum, the maximum and the sum. One
 * writer. Takes 1 KiB for each of its 36 octaves that holds anything. */
typedef struct _ThrumHistogram ThrumHistogram;

ThrumHistogram *thrum_histogram_new (void);
void thrum_histogram_free (ThrumHistogram *histogram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumHistogram, thrum_histogram_free)

/* Counts @ns. A negative value counts as 0; a value beyond 2^42 ns (73 minutes) counts in the
 * last bucket. */
void thrum_histogram_add (ThrumHistogram *histogram, gint64 ns);

/* Forgets everything. */
void thrum_histogram_clear (ThrumHistogram *histogram);

/* Adds all of @from to @to. */
void thrum_histogram_merge (ThrumHistogram *to, const ThrumHistogram *from);

guint64 thrum_histogram_get_count (const ThrumHistogram *histogram);

/* Return the minimum, the maximum and so on, in ns; 0 for an empty histogram. */
gint64 thrum_histogram_get_min (const ThrumHistogram *histogram);
gint64 thrum_histogram_get_max (const ThrumHistogram *histogram);
gdouble thrum_histogram_get_mean (const ThrumHistogram *histogram);

/* Returns quantile @q, in [0, 1], of type 1: the value of rank ceil (n q), never beyond the
 * minimum and the maximum. Example: of 1, 2, ... 100 ns, q = 0.99 gives 99. 0 for an empty
 * histogram. */
gint64 thrum_histogram_get_quantile (const ThrumHistogram *histogram, gdouble q);

/* Returns the value of rank @rank, which is 1-based and clamped to 1 .. count. 0 for an empty
 * histogram. */
gint64 thrum_histogram_get_ranked (const ThrumHistogram *histogram, guint64 rank);

/* The buckets themselves, for those that keep their counts in another way: returns the bucket
 * that counts @ns. */
#define THRUM_HISTOGRAM_STEP_BITS 7
#define THRUM_HISTOGRAM_TOP_BITS 42
#define THRUM_HISTOGRAM_BUCKETS                                                                    \
  ((THRUM_HISTOGRAM_TOP_BITS - THRUM_HISTOGRAM_STEP_BITS + 1) << THRUM_HISTOGRAM_STEP_BITS)
guint thrum_histogram_get_bucket (gint64 ns);

/* Return how many values are in the buckets up to that of @ns, or above it. */
guint64 thrum_histogram_count_until (const ThrumHistogram *histogram, gint64 ns);
guint64 thrum_histogram_count_above (const ThrumHistogram *histogram, gint64 ns);

/* Takes all of @part, which was added to @histogram before, out again. The minimum and the
 * maximum stay as they are. */
void thrum_histogram_subtract (ThrumHistogram *histogram, const ThrumHistogram *part);

/* Returns half the width of the bucket that holds @ns. A quantile there has at most this error. */
gint64 thrum_histogram_get_error (gint64 ns);

G_END_DECLS
