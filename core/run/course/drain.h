/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "run/tally/observed.h"
#include "run/tally/run-tally.h"
#include "record/region.h"
#include "record/results-writer.h"

G_BEGIN_DECLS

/* The thread that empties the workers' rings into results.csv and the tally, every 20 ms. It is the
 * only reader of the rings and the only writer of both. */
typedef struct _ThrumDrain ThrumDrain;

/* @regions (ThrumRegion, by worker), @writer and @tally are borrowed until free. NULL with @error set
 * (G_FILE_ERROR). */
ThrumDrain *thrum_drain_new (GPtrArray *regions, ThrumResultsWriter *writer, ThrumRunTally *tally,
                             GError **error);

/* Starts the thread, times counted from @t0. FALSE with @error set: no thread. Main thread. */
gboolean thrum_drain_start (ThrumDrain *drain, gint64 t0, GError **error);

/* After the workers have gone: takes all that is left, writes it, ends the thread. Main thread. */
void thrum_drain_finish (ThrumDrain *drain);

/* Guards the tally while the thread runs. Hold it for microseconds only. */
ThrumRunTally *thrum_drain_lock (ThrumDrain *drain);
void thrum_drain_unlock (ThrumDrain *drain);

void thrum_drain_get_counters (ThrumDrain *drain, ThrumDrainCounters *counters);

/* Why results.csv is not what it should be, or NULL. (transfer none). While the run goes on nothing
 * more is taken from the rings then; finish tries once more. Any thread. */
const GError *thrum_drain_get_error (ThrumDrain *drain);

/* How often the file began to refuse rows or took them again: even, while it takes them. @message: (out)
 * (nullable) (transfer full): why it did not the last time. Rows that were refused are kept and tried
 * again; once a lane has to wait for room there is an error. Any thread. */
guint64 thrum_drain_get_refusal (ThrumDrain *drain, gchar **message);

/* After finish: rows of worker @worker written and counted; records that a wild write had spoilt. */
guint64 thrum_drain_get_rows (ThrumDrain *drain, guint worker);
guint64 thrum_drain_get_spoilt (ThrumDrain *drain, guint worker);
/* After finish: whether worker @worker's shared memory was seen overwritten: its counters cannot be
 * believed. */
gboolean thrum_drain_is_corrupt (ThrumDrain *drain, guint worker);

/* After finish: what worker @worker observed of itself. */
ThrumObserved thrum_drain_get_observed (ThrumDrain *drain, guint worker);

/* After finish: rows of all workers that the disk did not take, or lost again. */
guint64 thrum_drain_get_unwritten (ThrumDrain *drain);

void thrum_drain_free (ThrumDrain *drain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumDrain, thrum_drain_free)

G_END_DECLS
