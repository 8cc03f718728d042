/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/select.h"

G_BEGIN_DECLS

/* What a value of some rank could be at most, for what is not known: how long the @unseen, of which
 * nothing came, would have taken, and those that were given up, of whom only a least time is known.
 * Example: of 100 values 5 timed out, at the top: p50 and p95 are certain, p99 is not. */
typedef struct {
  guint queries[2];    /* the rank's value with the unseen behind all; and with the given up, too */
  gboolean beyond[2];  /* that rank is none of those that came */
  gint64 min_censored; /* G_MAXINT64: none was given up */
  gboolean is_certain; /* nothing is missing */
} ThrumDoubt;

/* Asks @selection what it takes to tell of a value of @d; @rank is its rank if the @unseen are larger than
 * all. */
ThrumDoubt thrum_doubt_ask (ThrumSelection *selection, ThrumScope scope, guint index,
                            const ThrumDistribution *d, guint64 rank, guint64 unseen);

/* With the answers: what @value, which is of that rank, would be with all of these as slow as can be;
 * G_MAXINT64: nobody knows. */
gint64 thrum_doubt_get_most (const ThrumDoubt *self, const ThrumSelection *selection, gint64 value);

/* Whether @value is but a lower bound, since it could be @most: larger by more than 0.8%, as the run's
 * own summary has it (its histogram tells no less apart). */
gboolean thrum_doubt_is_larger (gint64 most, gint64 value);

G_END_DECLS
