/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/tell/run.h"

G_BEGIN_DECLS

/* What the user of `thrum run` asked for. */
typedef struct {
  const gchar *output;   /* (nullable): the folder for this run; NULL: a new one is made */
  gboolean quiet;        /* no progress */
  JsonNode *calibration; /* (nullable): the calibration that run.json cites; borrowed until the
                            run has ended */
  int left_code;         /* the code with which a second interrupt exits, where the first has no
                            effect */
} ThrumRunOptions;

/* Runs a checked test: makes the folder, starts the workers, drains their rings, supervises them
 * and ends them. run.json and results.csv are complete when it returns. Blocks until the run has
 * ended. Handles SIGINT, SIGTERM, SIGHUP and SIGTSTP meanwhile, unless they are ignored. Main
 * thread, once in a process.
 *
 * NULL with @error set: the run could not start, and nothing was sent (G_FILE_ERROR_EXIST: the
 * folder holds a run). A run that could not start leaves no folder. */
ThrumRun *
thrum_coordinator_run (const ThrumConfig *config, const ThrumRunOptions *options, GError **error);

G_END_DECLS
