/* SPDX-License-Identifier: MIT */
#pragma once

#include "coordinator/run.h"
#include "coordinator/worker-process.h"

G_BEGIN_DECLS

/* Fills in @run's counters, workers, lost, spoilt, unwritten and is_conserved from the finished
 * @drain and the ends of @processes (ThrumWorkerProcess), and adds a problem for each thing amiss. */
void thrum_account (ThrumRun *run, GPtrArray *processes, ThrumDrain *drain);

/* Adds what the workers have begun so far to @counts, by requests. They count it: there is a
 * threshold that may end the run. Main thread. */
void thrum_account_count_begun (GPtrArray *processes, ThrumOpenCount *counts, guint n_requests);

G_END_DECLS
