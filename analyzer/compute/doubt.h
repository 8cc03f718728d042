/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/select.h"

G_BEGIN_DECLS

/* How large the value of some rank could be, given what is not known: how long the @unseen requests
 * would have taken, of which nothing came, and the requests that were given up, of which only a
 * least time is known. Example: if 5 of 100 values timed out, at the top, p50 and p95 are certain,
 * and p99 is not. */
typedef struct {
  guint queries[2];    /* the rank's value if the unseen are largest; if those given up are, too */
  gboolean beyond[2];  /* that rank is beyond the values that came */
  gint64 min_censored; /* G_MAXINT64: no request was given up */
  gboolean is_certain; /* nothing is missing */
} ThrumDoubt;

/* Asks @selection for what is needed to judge a value of @d. @rank is its rank if the @unseen are
 * larger than all other values. */
ThrumDoubt thrum_doubt_ask (ThrumSelection *selection, ThrumScope scope, guint index,
                            const ThrumDistribution *d, guint64 rank, guint64 unseen);

/* Returns, from the answers, what @value of that rank would be if all of these had been as slow as
 * they could be; G_MAXINT64: nobody knows. */
gint64 thrum_doubt_get_most (const ThrumDoubt *self, const ThrumSelection *selection, gint64 value);

/* Reports whether @value is only a lower bound: @most is larger by more than 0.8%. The run's own
 * summary uses the same margin, since its histogram does not tell smaller differences apart. */
gboolean thrum_doubt_is_larger (gint64 most, gint64 value);

G_END_DECLS
