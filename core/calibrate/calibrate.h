/* SPDX-License-Identifier: MIT */
#pragma once

#include "calibrate/calibration.h"

G_BEGIN_DECLS

/* Measures what this machine and this build add, in about @duration_ns, 4 s to 1 h, by runs against
 * servers of its own on loopback; a line on each to stderr if @verbose. After
 * thrum_trial_block_signals (). FALSE with @error set: G_IO_ERROR_CANCELLED if interrupted. Leaves
 * nothing behind in either case. Main thread. */
gboolean thrum_calibrate (ThrumCalibration *calibration, gint64 duration_ns, gboolean verbose,
                          GError **error);

G_END_DECLS
