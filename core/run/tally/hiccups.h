/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/tally/run-tally.h"
#include "record/observation.h"

G_BEGIN_DECLS

/* Which requests' service times a hiccup of their worker may be in: for each such request the longest
 * part of [sent, done] in which the worker did not run. Where the kernel stamped the reply it is in none,
 * unless the request took more of thrum than one send: it connected, was redirected or sent again, or its
 * reply was large. What comes before sent is lag. A request and the hiccup that
 * made it late may arrive in either order, so a request waits, some milliseconds, until the worker's
 * ticker has been beyond its end. Bounded memory: the last 1024 hiccups, at most 65,536 waiting
 * requests. The drain thread. */
typedef struct _ThrumHiccups ThrumHiccups;

ThrumHiccups *thrum_hiccups_new (void);
void thrum_hiccups_free (ThrumHiccups *hiccups);

/* Takes what the worker has observed up to @now, then tells @tally of the requests that this
 * settles. What cannot be (a hiccup that ends before it began, or later than now) is left out. */
void thrum_hiccups_poll (ThrumHiccups *hiccups, const ThrumObservation *observation, gint64 now,
                         ThrumRunTally *tally);

/* A request of this worker has ended. */
void thrum_hiccups_add (ThrumHiccups *hiccups, const ThrumRecord *record, ThrumRunTally *tally);

/* After the worker has gone: no more hiccups will come; settles all. */
void thrum_hiccups_finish (ThrumHiccups *hiccups, ThrumRunTally *tally);

/* How many, how long in all, and the longest, ns. */
guint64 thrum_hiccups_get_count (const ThrumHiccups *hiccups);
gint64 thrum_hiccups_get_total (const ThrumHiccups *hiccups);
gint64 thrum_hiccups_get_longest (const ThrumHiccups *hiccups);

/* The total by how long a hiccup was, in bins of a fifth or a quarter of their length. (transfer none) */
#define THRUM_HICCUP_BIN_BITS (THRUM_HISTOGRAM_STEP_BITS - 2)
#define THRUM_N_HICCUP_LENGTHS (THRUM_HISTOGRAM_BUCKETS >> THRUM_HICCUP_BIN_BITS)
const gint64 *thrum_hiccups_get_by_length (const ThrumHiccups *hiccups);

static inline guint
thrum_hiccup_length_bin (gint64 ns)
{
  return thrum_histogram_get_bucket (ns) >> THRUM_HICCUP_BIN_BITS;
}

G_END_DECLS
