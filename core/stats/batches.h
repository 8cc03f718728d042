/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Durations, counted by when they were: the run is cut into 20 to 40 equal batches of time.
 * Requests that follow each other are alike (a freeze hits all requests of its time). So how far
 * a percentile can be trusted shows in how much the batches differ, not in the number of
 * requests.
 *
 * Memory is bounded for a run of any length: the first span is short, and when the run outgrows
 * 40 batches each two neighbours become one. Only octaves of the histogram that hold something
 * take memory: some 4 KiB a batch, 20 KiB at most. One thread. */
typedef struct _ThrumBatches ThrumBatches;

#define THRUM_BATCHES_MOST 40
#define THRUM_BATCHES_LEAST 20

/* Make an empty one. @span_ns is the length of the first batches, > 0. Batches can only be
 * merged if they share it: new_like () makes one that can take in @other. */
ThrumBatches *thrum_batches_new (gint64 span_ns);
ThrumBatches *thrum_batches_new_like (const ThrumBatches *other);
void thrum_batches_free (ThrumBatches *batches);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumBatches, thrum_batches_free)

/* Returns a span with which a run of @length_ns ends with all 40 batches, and a run that ends
 * early with at least 20. */
gint64 thrum_batches_get_span (gint64 length_ns);

/* Counts @ns in the batch of the instant @at, which is in ns since the start of the first batch.
 * An earlier instant counts in the first batch. */
void thrum_batches_add (ThrumBatches *batches, gint64 at, gint64 ns);

/* Adds all of @from to @to. */
void thrum_batches_merge (ThrumBatches *to, const ThrumBatches *from);

/* Returns how many batches hold anything. */
guint thrum_batches_count (const ThrumBatches *batches);

/* Returns the standard error of the share of values that are at most @ns (exact to a bucket). It
 * is estimated from how the batches differ, by a ratio estimator (Cochran, Sampling Techniques,
 * 6.4):
 *
 *   sqrt (B / (B - 1) sum (y_b - p n_b)^2) / n, with p = sum y_b / n
 *
 * B is the number of batches that hold anything. Batch b holds n_b values, of which y_b are at
 * most @ns; n is the sum of all n_b. 0 for fewer than two batches. */
gdouble thrum_batches_get_share_error (const ThrumBatches *batches, gint64 ns);

/* Returns that standard error for @n_batches of any kind. @counts says how many values each
 * holds, @until how many of these are up to the value in question. Batches without a value do
 * not count. */
gdouble thrum_share_error (const gdouble *until, const gdouble *counts, guint n_batches);

G_END_DECLS
