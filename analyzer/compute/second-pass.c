/* SPDX-License-Identifier: MIT
 *
 * Runs the passes after the first: over the files, or only over the rows that matter if the first
 * pass could keep them. Main thread.
 */
#include "analyzer/compute/second-pass.h"

typedef struct {
  ThrumSelection *selection; /* (nullable) */
  ThrumScatter *scatter;     /* (nullable) */
} Second;

typedef struct {
  gpointer selection;
  gpointer scatter;
} SecondState;

static gpointer
second_new (gpointer data)
{
  const Second *second = data;
  SecondState *state = g_new0 (SecondState, 1);

  if (second->selection != NULL)
    state->selection = thrum_selection_state_new (second->selection);
  if (second->scatter != NULL)
    state->scatter = thrum_scatter_state_new (second->scatter);
  return state;
}

static void
second_consume (gpointer data, const ThrumRow *rows, guint n_rows)
{
  SecondState *state = data;

  if (state->selection != NULL)
    thrum_selection_consume (state->selection, rows, n_rows);
  if (state->scatter != NULL)
    thrum_scatter_consume (state->scatter, rows, n_rows);
}

/* A further pass over the rows that the first one kept, as far as selection looks at them. */
static void
select_among_kept (ThrumAnalysis *self, ThrumSelection *selection)
{
  const GArray *kept = self->tally->kept;
  gpointer state;

  thrum_selection_prepare (selection);
  state = thrum_selection_state_new (selection);
  for (guint i = 0; i < kept->len; i++)
    {
      const ThrumTallyKept *one = &g_array_index (kept, ThrumTallyKept, i);
      ThrumRow row = { .elapsed = one->slice * self->pass->slice_width,
                       .response = one->response,
                       .service = one->service,
                       .lag = one->lag,
                       .request = one->request,
                       .kind = one->kind };

      thrum_selection_consume (state, &row, 1);
    }
  thrum_selection_advance (selection, &state, 1);
}

gboolean
thrum_second_pass (ThrumScanPlan *plan, ThrumAnalysis *self, ThrumSelection *selection,
                   GError **error)
{
  static const ThrumScanConsumer consumer = { second_new, second_consume };
  gboolean gathered = self->scatter == NULL;

  while (self->tally->kept != NULL && !thrum_selection_is_done (selection))
    select_among_kept (self, selection);
  while (!gathered || !thrum_selection_is_done (selection))
    {
      g_autofree gpointer *states = g_new0 (gpointer, plan->jobs);
      g_autofree gpointer *selections = g_new0 (gpointer, plan->jobs);
      gboolean selecting = !thrum_selection_is_done (selection);
      Second second = { selecting ? selection : NULL, gathered ? NULL : self->scatter };
      ThrumScanFaults faults;

      if (selecting)
        thrum_selection_prepare (selection);
      gboolean good = thrum_scan_run (plan->files, plan->n_files, plan->jobs, &consumer, &second,
                                      states, &faults, error);
      thrum_scan_faults_clear (&faults);
      for (guint i = 0; i < plan->jobs; i++)
        {
          SecondState *state = states[i];

          selections[i] = state->selection;
          if (state->scatter != NULL)
            thrum_scatter_absorb (self->scatter, state->scatter);
          g_free (state);
        }
      if (selecting)
        thrum_selection_advance (selection, selections, plan->jobs);
      if (!gathered)
        thrum_scatter_finish (self->scatter);
      gathered = TRUE;
      if (!good)
        return FALSE;
    }
  return TRUE;
}
