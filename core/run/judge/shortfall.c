/* SPDX-License-Identifier: MIT
 *
 * Turns what was counted, and what was not, into numbers within bounds. Pure functions that know
 * nothing of limits.
 */
#include "run/judge/shortfall.h"

#include <math.h>

static guint64
count_no_port (const ThrumOutcome *outcome)
{
  return outcome->failures[THRUM_FAILURE_NO_PORT];
}

ThrumSample
thrum_shortfall_get_response (const ThrumShortfall *shortfall, const ThrumOutcome *outcome)
{
  guint64 no_port = count_no_port (outcome);

  return (ThrumSample){ .histogram = outcome->response,
                        .censored = outcome->response_censored,
                        .batches = outcome->response_batches,
                        .unseen = shortfall->dropped + shortfall->lost + no_port,
                        .less_lag = outcome->response_less_lag,
                        .less_lag_censored = outcome->response_less_lag_censored,
                        .own = shortfall->own_dropped + no_port };
}

ThrumSample
thrum_shortfall_get_service (const ThrumShortfall *shortfall, const ThrumOutcome *outcome)
{
  ThrumSample sample = thrum_shortfall_get_response (shortfall, outcome);

  sample.histogram = outcome->service;
  sample.censored = outcome->service_censored;
  sample.batches = outcome->service_batches;
  sample.less_lag = sample.less_lag_censored = NULL;
  return sample;
}

static gdouble
get_share (guint64 count, guint64 of)
{
  return of > 0 ? (gdouble)count / (gdouble)of : 0;
}

ThrumBracket
thrum_shortfall_get_failures (const ThrumShortfall *shortfall, const ThrumOutcome *outcome)
{
  guint64 failures = thrum_outcome_get_failures (outcome);
  guint64 all = outcome->rows + shortfall->lost + shortfall->own_dropped;

  return (ThrumBracket){ get_share (failures - count_no_port (outcome), all),
                         get_share (failures + shortfall->lost + shortfall->own_dropped, all) };
}

ThrumBracket
thrum_shortfall_get_dropped (const ThrumShortfall *shortfall, const ThrumOutcome *outcome)
{
  guint64 offered = outcome->rows + shortfall->lost + shortfall->dropped;

  return (ThrumBracket){ get_share (shortfall->dropped - shortfall->own_dropped, offered),
                         get_share (shortfall->dropped, offered) };
}

ThrumBracket
thrum_shortfall_get_rate (const ThrumShortfall *shortfall, const ThrumOutcome *outcome,
                          gdouble seconds)
{
  guint64 missed = shortfall->own_dropped + count_no_port (outcome) + outcome->late;
  gdouble rate = seconds > 0 ? (gdouble)outcome->answered / seconds : 0;
  gdouble most = seconds > 0 ? (gdouble)(outcome->answered + missed) / seconds : 0;

  if (shortfall->is_bound || shortfall->stalled >= 1)
    most = HUGE_VAL;
  else
    most /= 1 - shortfall->stalled;
  return (ThrumBracket){ rate, most };
}
