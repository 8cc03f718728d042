/* SPDX-License-Identifier: MIT
 *
 * Finds the two ends between which a time of the service lies, once the generator's part is taken
 * off. They are exact ranks among the response times, and among these less their lag. It knows
 * neither rows nor runs. Main thread.
 */
#include <math.h>

#include "analyzer/compute/brackets.h"

static ThrumEnd
ask (ThrumSelection *selection, ThrumScope scope, guint index, const ThrumDistribution *d,
     guint64 rank, guint64 nothing)
{
  ThrumEnd end = { .kind = THRUM_END_OF_RANK };

  if (rank <= nothing)
    end.kind = THRUM_END_NOTHING;
  else if (rank - nothing > d->n)
    end.kind = THRUM_END_UNKNOWN;
  else
    end.query = thrum_selection_ask (selection, scope, index, d, rank - nothing);
  return end;
}

static double
answer (const ThrumSelection *selection, ThrumEnd end, double units)
{
  return end.kind == THRUM_END_UNKNOWN ? HUGE_VAL
         : end.kind == THRUM_END_NOTHING
             ? 0
             : (double)thrum_selection_get (selection, end.query) / units;
}

/* Rounds as the run's histograms do: a rank that a rounding error puts above a whole one is that
 * one. */
static guint64
get_rank (guint64 n, double quantile)
{
  double rank = (double)n * quantile;

  return (guint64)MAX (ceil (rank - 1e-9 * MAX (rank, 1)), 1);
}

static void
bound_sums (ThrumTimeBrackets *brackets, const ThrumBracketSource *source, double units)
{
  const ThrumDistribution *less_lag = source->less_lag;
  gboolean is_open = source->n_given_up + source->theirs > 0;

  brackets->mean = brackets->max = (ThrumBracket){ HUGE_VAL, HUGE_VAL };
  if (is_open)
    return;
  brackets->mean.least = (double)less_lag->sum / units / (double)(less_lag->n + source->own);
  brackets->max.least = (double)less_lag->max / units;
  if (source->own > 0)
    return;
  brackets->mean.most = thrum_distribution_mean (source->all, units);
  brackets->max.most = (double)source->all->max / units;
}

void
thrum_brackets_ask (ThrumBracketQueries *queries, ThrumSelection *selection,
                    const ThrumBracketSource *source, double units)
{
  guint64 n = source->all->n + source->own + source->theirs;

  for (guint i = 0; i < queries->n_asked; i++)
    {
      guint64 rank = get_rank (n, queries->asked[i]);

      queries->values[i] =
          thrum_selection_ask (selection, source->scope, source->index, source->all,
                               get_rank (source->all->n, queries->asked[i]));
      queries->most[i] =
          ask (selection, source->certain_scope, source->index, source->certain, rank, 0);
      queries->least[i] = ask (selection, source->less_lag_scope, source->index, source->less_lag,
                               rank, source->own);
    }
  bound_sums (queries->brackets, source, units);
}

void
thrum_brackets_answer (const ThrumBracketQueries *queries, const ThrumSelection *selection,
                       double units)
{
  ThrumTimeBrackets *brackets = queries->brackets;

  for (guint i = 0; i < queries->n_asked; i++)
    {
      brackets->values[i] = (double)thrum_selection_get (selection, queries->values[i]) / units;
      brackets->quantiles[i] = (ThrumBracket){ answer (selection, queries->least[i], units),
                                               answer (selection, queries->most[i], units) };
    }
}
