/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/course/drain.h"
#include "run/tell/run.h"
#include "run/crew/worker-process.h"

G_BEGIN_DECLS

/* Fills in @run's counters, workers, reasons, lost, spoilt, unwritten and is_conserved from the finished
 * @drain and the ends of @processes (ThrumWorkerProcess), and adds a problem for each thing amiss. */
void thrum_account (ThrumRun *run, GPtrArray *processes, ThrumDrain *drain);

G_END_DECLS
