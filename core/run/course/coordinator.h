/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/tell/run.h"

G_BEGIN_DECLS

/* How `thrum run` wants it. */
typedef struct {
  const gchar *output;   /* (nullable): the run's folder itself */
  gboolean quiet;        /* no progress */
  JsonNode *calibration; /* (nullable): what run.json cites; borrowed as long as the run */
  int left_code;         /* with which a second interrupt exits where the first has no effect */
} ThrumRunOptions;

/* Runs a checked test: makes the folder, starts the workers, drains, supervises, ends; run.json and
 * results.csv stand when it returns. NULL with @error set: could not start, and nothing was sent
 * (G_FILE_ERROR_EXIST: the folder holds a run). Blocks until the run has ended; takes SIGINT,
 * SIGTERM, SIGHUP and SIGTSTP meanwhile, unless they are ignored. What could not start leaves no folder. Main thread, once a process. */
ThrumRun *
thrum_coordinator_run (const ThrumConfig *config, const ThrumRunOptions *options, GError **error);

G_END_DECLS
