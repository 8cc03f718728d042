/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/tally/run-tally.h"
#include "record/observation.h"

G_BEGIN_DECLS

/* Finds the requests whose service times may hold a hiccup of their worker. For each it gives
 * the longest part of [sent, done] in which the worker did not run. What comes before sent is
 * lag.
 *
 * A request whose reply the kernel stamped holds no hiccup, unless it took more of thrum than
 * one send: it connected, was redirected, was sent again, or its reply was large.
 *
 * A request and the hiccup that made it late may arrive in either order. So a request waits some
 * milliseconds, until the worker's ticker has been beyond its end. Memory is bounded: the last
 * 1024 hiccups, at most 65,536 waiting requests. The drain thread. */
typedef struct _ThrumHiccups ThrumHiccups;

ThrumHiccups *thrum_hiccups_new (void);
void thrum_hiccups_free (ThrumHiccups *hiccups);

/* Takes what the worker has observed up to @now, then reports to @tally the requests that this
 * settles. Leaves out what cannot be: a hiccup that ends before it began, or later than now. */
void thrum_hiccups_poll (ThrumHiccups *hiccups, const ThrumObservation *observation, gint64 now,
                         ThrumRunTally *tally);

/* Takes a request of this worker that has ended. */
void thrum_hiccups_add (ThrumHiccups *hiccups, const ThrumRecord *record, ThrumRunTally *tally);

/* Settles all requests. Call it after the worker has gone: no more hiccups will come. */
void thrum_hiccups_finish (ThrumHiccups *hiccups, ThrumRunTally *tally);

/* Return how many hiccups there were, how long they were in all, and the longest, in ns. */
guint64 thrum_hiccups_get_count (const ThrumHiccups *hiccups);
gint64 thrum_hiccups_get_total (const ThrumHiccups *hiccups);
gint64 thrum_hiccups_get_longest (const ThrumHiccups *hiccups);

/* Returns the total by the length of a hiccup. A bin is a fifth to a quarter of that length
 * wide. (transfer none) */
#define THRUM_HICCUP_BIN_BITS (THRUM_HISTOGRAM_STEP_BITS - 2)
#define THRUM_N_HICCUP_LENGTHS (THRUM_HISTOGRAM_BUCKETS >> THRUM_HICCUP_BIN_BITS)
const gint64 *thrum_hiccups_get_by_length (const ThrumHiccups *hiccups);

static inline guint
thrum_hiccup_length_bin (gint64 ns)
{
  return thrum_histogram_get_bucket (ns) >> THRUM_HICCUP_BIN_BITS;
}

G_END_DECLS
