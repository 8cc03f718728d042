/* SPDX-License-Identifier: MIT */
#pragma once

#include "worker/lane/lane.h"

G_BEGIN_DECLS

/* Open model: the sessions of one worker, each with a thread of its own. They share the
 * arrivals, the lane's ring and its counters; only the thread that holds the crew's lock writes
 * to these. Sessions are made when arrivals need them, up to the worker's share of
 * max-in-flight. */

/* Starts the first sessions and waits until they are open. NULL with @error set: one could not
 * be opened. */
ThrumCrew *thrum_crew_new (ThrumLane *lane, GError **error);

/* Runs the lane's whole schedule. Makes further sessions meanwhile, and returns when all have
 * ended. FALSE with @error set, at once: a plugin failed. */
gboolean thrum_crew_run (ThrumCrew *crew, GError **error);

/* Waits until every session has ended. That is soon, once the run is over or its calls are
 * cancelled. */
void thrum_crew_free (ThrumCrew *crew);

G_END_DECLS
