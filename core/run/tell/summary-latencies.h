/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/tell/run.h"

G_BEGIN_DECLS

/* The most columns of a summary. */
#define THRUM_SUMMARY_WIDTH 80

/* Appends the table of @run's latencies to @text. Main thread. */
void thrum_summary_add_latencies (GString *text, const ThrumRun *run);

G_END_DECLS
