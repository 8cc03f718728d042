/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/course/drain.h"
#include "run/tell/run.h"
#include "run/crew/worker-process.h"

G_BEGIN_DECLS

/* Fills in @run's counters, workers, reasons, lost, spoilt, unwritten and is_conserved, from the
 * finished @drain and from how @processes (ThrumWorkerProcess) ended. Adds a problem to @run for
 * each thing that went wrong. */
void thrum_account (ThrumRun *run, GPtrArray *processes, ThrumDrain *drain);

G_END_DECLS
