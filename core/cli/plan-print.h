/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

#include "config/config.h"

G_BEGIN_DECLS

/* Writes what `thrum run --check` says of @config to @file: the load, which users each process has
 * and when each starts, targets with their options (secrets masked), requests with their shares,
 * thresholds. */
void thrum_plan_print (const ThrumConfig *config, FILE *file);

G_END_DECLS
