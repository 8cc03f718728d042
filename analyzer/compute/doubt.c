/* SPDX-License-Identifier: MIT
 *
 * Finds out which values are only lower bounds. It asks for exact values, so the answer does not
 * depend on how rows were counted. Main thread.
 */
#include "analyzer/compute/doubt.h"

#define TOLD_APART 1.008

ThrumDoubt
thrum_doubt_ask (ThrumSelection *selection, ThrumScope scope, guint index,
                 const ThrumDistribution *d, guint64 rank, guint64 unseen)
{
  ThrumDoubt self = { .min_censored = d->n_censored > 0 ? d->min_censored : G_MAXINT64,
                      .is_certain = d->n == 0 || (d->n_censored == 0 && unseen == 0) };
  guint64 ranks[2];

  if (self.is_certain)
    return self;
  ranks[0] = rank;
  ranks[1] = ranks[0] + d->n_censored;
  for (guint i = 0; i < 2; i++)
    {
      self.beyond[i] = ranks[i] > d->n;
      self.queries[i] = thrum_selection_ask (selection, scope, index, d, MIN (ranks[i], d->n));
    }
  return self;
}

gint64
thrum_doubt_get_most (const ThrumDoubt *self, const ThrumSelection *selection, gint64 value)
{
  guint which = 0;

  if (self->is_certain)
    return value;
  if (!self->beyond[0] && thrum_selection_get (selection, self->queries[0]) >= self->min_censored)
    which = 1;
  return self->beyond[which] ? G_MAXINT64
                             : MAX (thrum_selection_get (selection, self->queries[which]), value);
}

gboolean
thrum_doubt_is_larger (gint64 most, gint64 value)
{
  return (double)most > TOLD_APART * (double)value;
}
