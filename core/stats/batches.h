/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Durations counted by when they were: the run cut into 20 to 40 equal batches of time. Requests
 * that follow each other are alike (a freeze hits all of its time), so how much a percentile is
 * worth shows in how much the batches differ, not in the number of requests.
 *
 * Memory is bounded for a run of any length: the first span is short, and once the run outgrows 40
 * batches each two neighbours become one. Only octaves of the histogram that hold something take
 * memory: some 4 KiB a batch, 20 KiB at most. One thread. */
typedef struct _ThrumBatches ThrumBatches;

#define THRUM_BATCHES_MOST 40
#define THRUM_BATCHES_LEAST 20

/* @span_ns: the first batches' length, > 0. Batches to be merged must share it: an empty one that
 * may take in @other is made by new_like (). */
ThrumBatches *thrum_batches_new (gint64 span_ns);
ThrumBatches *thrum_batches_new_like (const ThrumBatches *other);
void thrum_batches_free (ThrumBatches *batches);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumBatches, thrum_batches_free)

/* A span that makes a run of @length_ns end with all 40 batches, and one that ends early with 20 at
 * least. */
gint64 thrum_batches_get_span (gint64 length_ns);

/* Counts @ns in the batch of the instant @at, ns since the first batch's start (before it: the
 * first). */
void thrum_batches_add (ThrumBatches *batches, gint64 at, gint64 ns);

/* Adds all of @from to @to. */
void thrum_batches_merge (ThrumBatches *to, const ThrumBatches *from);

/* How many batches hold anything. */
guint thrum_batches_count (const ThrumBatches *batches);

/* The standard error of the share of values that are up to @ns (by buckets), estimated from how the
 * batches differ: a ratio estimator, sqrt (B / (B - 1) sum (y_b - p n_b)^2) / n over the B batches
 * that hold anything, y_b of whose n_b values are up to @ns, p = sum y_b / n (Cochran, Sampling
 * Techniques, 6.4). 0 for fewer than two batches. */
gdouble thrum_batches_get_share_error (const ThrumBatches *batches, gint64 ns);

/* The same of @n_batches of any kind, by how many values each holds, @counts, and how many of these are
 * up to the one in question, @until; those without a value are none. */
gdouble thrum_share_error (const gdouble *until, const gdouble *counts, guint n_batches);

G_END_DECLS
