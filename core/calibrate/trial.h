/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "calibrate/calibration.h"

G_BEGIN_DECLS

/* One short `thrum run` in a process of its own, and what it says of itself. */
typedef struct {
  ThrumCost cost;
  ThrumQuantiles response, lag, client_delay;
} ThrumTrial;

/* Blocks the signals that a trial waits for: SIGINT, SIGTERM, SIGHUP, SIGCHLD. Before any thread
 * starts. Main thread. */
void thrum_trial_block_signals (void);

/* After the last one: signals do again what they did. */
void thrum_trial_unblock_signals (void);

/* Runs the test @ini in @folder, which it leaves as it was, for at most @limit_ns. FALSE with @error
 * set: G_IO_ERROR_CANCELLED after SIGINT, SIGTERM or SIGHUP (the run is ended first), else it
 * failed; its own words are on stderr. Main thread. */
gboolean thrum_trial_run (const gchar *ini, const gchar *folder, gint64 limit_ns, ThrumTrial *trial,
                          GError **error);

/* Deletes @folder with all that is in it, following no link. */
void thrum_trial_delete_folder (const gchar *folder);

G_END_DECLS
