/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

#include "run/tell/run.h"

G_BEGIN_DECLS

/* Adds the member "verdict" of run.json: null for a run that was not judged. Main thread. */
void thrum_verdict_add_json (const ThrumVerdict *verdict, JsonBuilder *json);

/* Adds the member "workers": what each worker observed of itself. Main thread. */
void thrum_observed_add_json (const GArray *workers, JsonBuilder *json);

G_END_DECLS
