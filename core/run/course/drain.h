/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "run/tally/observed.h"
#include "run/tally/run-tally.h"
#include "record/region.h"
#include "record/results-writer.h"

G_BEGIN_DECLS

/* The thread that empties the workers' rings into results.csv and the tally, every 20 ms. Nobody
 * else reads the rings or writes to the file and the tally. */
typedef struct _ThrumDrain ThrumDrain;

/* Borrows @regions (ThrumRegion, by worker), @writer and @tally until free. NULL with @error set
 * (G_FILE_ERROR). */
ThrumDrain *thrum_drain_new (GPtrArray *regions, ThrumResultsWriter *writer, ThrumRunTally *tally,
                             GError **error);

/* Starts the thread. Times are counted from @t0. FALSE with @error set: the thread could not be
 * made. Main thread. */
gboolean thrum_drain_start (ThrumDrain *drain, gint64 t0, GError **error);

/* Takes all that is left in the rings, writes it, and ends the thread. Call it after the workers
 * have gone. Main thread. */
void thrum_drain_finish (ThrumDrain *drain);

/* Locks the tally, which the thread writes to, and returns it. Hold the lock for microseconds
 * only. */
ThrumRunTally *thrum_drain_lock (ThrumDrain *drain);
void thrum_drain_unlock (ThrumDrain *drain);

void thrum_drain_get_counters (ThrumDrain *drain, ThrumDrainCounters *counters);

/* Returns why results.csv is not what it should be, or NULL. Once there is an error, nothing
 * more is taken from the rings while the run goes on; finish tries once more. Any thread.
 * (transfer none) */
const GError *thrum_drain_get_error (ThrumDrain *drain);

/* Returns how often the file began to refuse rows or to take them again. The count is even while
 * the file takes them. @message: (out) (nullable) (transfer full): why it refused the last time.
 * Rows that were refused are kept and tried again. When a lane has to wait for room because of
 * them, that is an error. Any thread. */
guint64 thrum_drain_get_refusal (ThrumDrain *drain, gchar **message);

/* After finish: return how many rows of worker @worker were written and counted, and how many of
 * its records a wild write had spoilt. */
guint64 thrum_drain_get_rows (ThrumDrain *drain, guint worker);
guint64 thrum_drain_get_spoilt (ThrumDrain *drain, guint worker);
/* After finish: returns whether worker @worker's shared memory was seen overwritten. Its
 * counters can then not be believed. */
gboolean thrum_drain_is_corrupt (ThrumDrain *drain, guint worker);

/* After finish: returns what worker @worker observed of itself. */
ThrumObserved thrum_drain_get_observed (ThrumDrain *drain, guint worker);

/* After finish: returns how many rows of all workers the disk did not take, or lost again. */
guint64 thrum_drain_get_unwritten (ThrumDrain *drain);

void thrum_drain_free (ThrumDrain *drain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumDrain, thrum_drain_free)

G_END_DECLS
