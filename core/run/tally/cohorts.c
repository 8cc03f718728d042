/* SPDX-License-Identifier: MIT
 *
 * Counts what became of the requests of each second. A request is judged with those that were
 * intended in the same second, whenever it ends, so that quick requests of later seconds cannot
 * hide a slow one.
 */
#include "run/tally/cohorts.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define KEPT_LONGER 60
#define MOST_KEPT 100000 /* seconds */

typedef struct {
  gint64 second;
  ThrumCohort cohort;
} Cell;

/* One threshold's, a ring. */
typedef struct {
  guint n_cells; /* 0: the threshold is none of these */
  Cell *cells;
} Ring;

struct _ThrumCohorts {
  GPtrArray *thresholds;
  Ring *rings; /* by thresholds */
};

gboolean
thrum_cohorts_decide (const ThrumThreshold *threshold)
{
  return threshold->abort_after_ns >= 0
         && (threshold->measure == THRUM_MEASURE_QUANTILE
             || threshold->measure == THRUM_MEASURE_MAX);
}

ThrumCohorts *
thrum_cohorts_new (GPtrArray *thresholds)
{
  ThrumCohorts *cohorts = g_new0 (ThrumCohorts, 1);

  cohorts->thresholds = thresholds;
  cohorts->rings = g_new0 (Ring, thresholds->len);
  for (guint i = 0; i < thresholds->len; i++)
    {
      const ThrumThreshold *threshold = thresholds->pdata[i];
      Ring *ring = &cohorts->rings[i];

      if (!thrum_cohorts_decide (threshold))
        continue;
      ring->n_cells = (guint)MIN (threshold->limit / 1e9 + KEPT_LONGER, MOST_KEPT);
      ring->cells = g_new0 (Cell, ring->n_cells);
    }
  return cohorts;
}

void
thrum_cohorts_free (ThrumCohorts *cohorts)
{
  if (cohorts == NULL)
    return;
  for (guint i = 0; i < cohorts->thresholds->len; i++)
    g_free (cohorts->rings[i].cells);
  g_free (cohorts->rings);
  g_free (cohorts);
}

void
thrum_cohorts_add (ThrumCohorts *cohorts, guint request, gint64 intended, gint64 response)
{
  gint64 second = intended / NS_PER_S;

  for (guint i = 0; i < cohorts->thresholds->len; i++)
    {
      const ThrumThreshold *threshold = cohorts->thresholds->pdata[i];
      Ring *ring = &cohorts->rings[i];
      Cell *cell;

      if (ring->n_cells == 0 || (threshold->request >= 0 && threshold->request != (gint)request))
        continue;
      cell = &ring->cells[second % ring->n_cells];
      if (cell->second > second)
        continue; /* of a second that was forgotten */
      if (cell->second < second)
        *cell = (Cell){ .second = second };
      if ((gdouble)response <= threshold->limit)
        cell->cohort.within++;
      else
        cell->cohort.beyond++;
    }
}

ThrumCohort
thrum_cohorts_get (const ThrumCohorts *cohorts, guint threshold, gint64 second)
{
  const Ring *ring = &cohorts->rings[threshold];
  const Cell *cell;

  if (ring->n_cells == 0)
    return (ThrumCohort){ 0 };
  cell = &ring->cells[second % ring->n_cells];
  return cell->second == second ? cell->cohort : (ThrumCohort){ 0 };
}
