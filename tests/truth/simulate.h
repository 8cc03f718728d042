/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "plan/plan.h"
#include "server/behaviour.h"

G_BEGIN_DECLS

/* One simulated request; instants in ns since t0. Always intended <= sent <= done. */
typedef struct {
  guint64 number; /* the arrival's, or the user's */
  gint64 intended;
  gint64 sent;
  gint64 service; /* the server's own time for it, without waiting */
  gint64 done;
} SimulatedRequest;

/* What a run of the plan against the target's model comes to when programs and network take no time.
 * Requests in the order in which the server received them. */
typedef struct {
  GArray *requests; /* SimulatedRequest */
  guint64 offered, dropped;
} Simulation;

/* Open model: the arrivals of @n_workers workers with @n_lanes lanes each, merged; @load's
 * max_in_flight slots (0: no limit) and overload. */
Simulation *simulate_open (const ThrumLoad *load, guint n_workers, guint n_lanes,
                           const ThrumBehaviour *behaviour);

/* Closed model: @load's users, by its pacing or think time. */
Simulation *simulate_closed (const ThrumLoad *load, const ThrumBehaviour *behaviour);

void simulation_free (Simulation *simulation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Simulation, simulation_free)

/* Response times (done - intended), or with @from_sent service times, of the requests intended at
 * or after @warm_up. */
typedef struct {
  gint64 *sorted; /* ns */
  gsize n;
  gdouble mean; /* ns */
} Sample;

/* Also puts every value into thrum's histogram, and asserts that it says the same: count, minimum,
 * maximum and mean exactly, quantiles within its stated bound. */
Sample *sample_new (const Simulation *simulation, gint64 warm_up, gboolean from_sent);
void sample_free (Sample *sample);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sample, sample_free)

/* Type 1: the value of rank ceil (nq), ns. */
gdouble sample_quantile (const Sample *sample, gdouble q);

G_END_DECLS
