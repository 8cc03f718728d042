/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"
#include "analyzer/compute/select.h"

G_BEGIN_DECLS

/* What the brackets of some rows' times are computed from. Two sorts of rows could have taken any
 * time, for all that is known: rows that were given up (they timed out or were unfinished), and
 * rows that are missing because of the service. A row that is missing for lack of the generator
 * could have taken any time at most, and no time at least. */
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

/* One end of a quantile's bracket: the value of a rank, 0 (NOTHING), or unknown. */
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

/* Asks @selection for the @asked quantiles and their ends. Sets the ends of the mean and the max of
 * @source's rows in @queries' brackets at once.
 *
 * With N rows in all, a quantile's rank is ceil ((N + own + theirs) q). The upper end is the value
 * of that rank among the certain rows. The lower end is the value of that rank among the same rows
 * less their lag, with @own times of 0 put before them. Example: of 98 rows of 1 .. 98 ms without
 * lag, with 2 rows of ours missing, the p50 is 48 to 50 ms, and the p99 is at least 97 ms, without
 * an upper end. */
void thrum_brackets_ask (ThrumBracketQueries *queries, ThrumSelection *selection,
                         const ThrumBracketSource *source, double units);

/* Sets the quantiles and their ends. Call it after the last pass. */
void thrum_brackets_answer (const ThrumBracketQueries *queries, const ThrumSelection *selection,
                            double units);

G_END_DECLS
