/* SPDX-License-Identifier: MIT */
#pragma once

#include "coordinator/run-tally.h"
#include "record/observation.h"

G_BEGIN_DECLS

/* Which requests of one worker a hiccup of that worker may have touched: for each request the
 * longest part of [intended, done] in which the worker did not run. A request and the hiccup that
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

G_END_DECLS
