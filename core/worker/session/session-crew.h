/* SPDX-License-Identifier: MIT */
#pragma once

#include "worker/lane/lane.h"

G_BEGIN_DECLS

/* Open model: the sessions of one worker, each with a thread of its own, and what they share: the
 * arrivals, the lane's ring and its counters, which whoever holds the crew's lock may write. Sessions
 * are made as arrivals need them, up to the worker's share of max-in-flight. */

/* Starts the first sessions and waits until they are open. NULL with @error set: one could not be. */
ThrumCrew *thrum_crew_new (ThrumLane *lane, GError **error);

/* Runs the lane's whole schedule: makes further sessions on the calling thread's behalf and returns
 * when all have ended. FALSE with @error set, at once: a plugin failed. */
gboolean thrum_crew_run (ThrumCrew *crew, GError **error);

/* Waits for every session's end, which comes soon once the run is over or its calls are cancelled. */
void thrum_crew_free (ThrumCrew *crew);

G_END_DECLS
