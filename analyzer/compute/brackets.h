/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"
#include "analyzer/compute/select.h"

G_BEGIN_DECLS

/* What brackets of some rows' times are made of. Rows that were given up (they timed out or were
 * unfinished) and those that are missing for the service's sake took any time, for all that is known;
 * those that are missing for lack of the generator took any time at the most, and none at the least. */
typedef struct {
  const ThrumDistribution *all; /* response times */
  ThrumScope scope;
  const ThrumDistribution *certain; /* response times of what was not given up */
  ThrumScope certain_scope;
  const ThrumDistribution
      *less_lag; /* the same rows' response - lag; @certain where no lag is known */
  ThrumScope less_lag_scope;
  guint index; /* of the scopes */
  guint64 n_given_up;
  guint64 own;    /* missing for lack of the generator */
  guint64 theirs; /* missing for the service's sake */
} ThrumBracketSource;

/* One end of a quantile's bracket: a rank's value, none at all, or any. */
typedef enum { THRUM_END_OF_RANK, THRUM_END_NOTHING, THRUM_END_UNKNOWN } ThrumEndKind;
typedef struct {
  ThrumEndKind kind;
  guint query; /* of THRUM_END_OF_RANK */
} ThrumEnd;

typedef struct {
  ThrumTimeBrackets *brackets; /* (unowned) where the answers go; NULL: nothing was asked */
  const double *asked;         /* (unowned) */
  guint n_asked;
  guint values[THRUM_MAX_ASKED]; /* queries */
  ThrumEnd least[THRUM_MAX_ASKED];
  ThrumEnd most[THRUM_MAX_ASKED];
} ThrumBracketQueries;

/* Asks @selection for @asked quantiles and their ends, and sets those of mean and max of @source's rows
 * in @queries' brackets at once. With N rows in all a quantile's rank is ceil ((N + own + theirs) q): at
 * the most among the certain, at the least among these less their lag with @own times of 0 before them.
 * Example: 98 rows of 1 .. 98 ms without lag and 2 of ours missing: the p50 is 48 to 50 ms, the p99 97 ms
 * to any. */
void thrum_brackets_ask (ThrumBracketQueries *queries, ThrumSelection *selection,
                         const ThrumBracketSource *source, double units);

/* After the last pass: sets the quantiles and their ends. */
void thrum_brackets_answer (const ThrumBracketQueries *queries, const ThrumSelection *selection,
                            double units);

G_END_DECLS
