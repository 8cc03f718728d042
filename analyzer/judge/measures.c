/* SPDX-License-Identifier: MIT
 *
 * Computes the numbers that thresholds and comparisons are about, each with its bracket. There is
 * one definition for all of them, which is the run's. Pure; main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/judge/measures.h"
#include "analyzer/write/text.h"
#include "base/units.h"

gboolean
thrum_measured_parse (const char *key, ThrumMeasuredKind *kind, double *quantile)
{
  static const struct {
    const char *name;
    ThrumMeasuredKind kind;
  } named[] = { { "mean", THRUM_MEASURED_MEAN },
                { "max", THRUM_MEASURED_MAX },
                { "failures", THRUM_MEASURED_FAILURES },
                { "dropped", THRUM_MEASURED_DROPPED },
                { "rate", THRUM_MEASURED_RATE } };
  double percent;

  for (guint i = 0; i < G_N_ELEMENTS (named); i++)
    if (strcmp (named[i].name, key) == 0)
      {
        *kind = named[i].kind;
        return TRUE;
      }
  if (key[0] != 'p' || !g_ascii_isdigit (key[1]) || strchr (key, 'e') != NULL
      || !thrum_parse_number (key + 1, &percent, NULL) || percent <= 0 || percent >= 100)
    return FALSE;
  *kind = THRUM_MEASURED_QUANTILE;
  *quantile = percent / 100;
  return TRUE;
}

static ThrumMeasured
measure_time (const ThrumAnalysis *analysis, const ThrumSummary *summary, ThrumMeasuredKind kind,
              double quantile)
{
  const ThrumTimeBrackets *brackets = &summary->brackets;
  gint asked = thrum_analysis_find_asked (analysis, quantile);

  if (summary->latency.n == 0 || (kind == THRUM_MEASURED_QUANTILE && asked < 0))
    return (ThrumMeasured){ 0 };
  switch (kind)
    {
    case THRUM_MEASURED_MEAN:
      return (ThrumMeasured){ TRUE, summary->latency.mean, brackets->mean };
    case THRUM_MEASURED_MAX:
      return (ThrumMeasured){ TRUE, (double)summary->latency.max / analysis->units, brackets->max };
    default:
      return (ThrumMeasured){ TRUE, brackets->values[asked], brackets->quantiles[asked] };
    }
}

static ThrumMeasured
measure_failures (const ThrumSummary *summary)
{
  double lost = (double)summary->lost, failures = (double)summary->n_failures;
  double sent = (double)summary->n_rows + lost;
  double own = (double)(summary->own_dropped + summary->missing);

  if (sent == 0)
    return (ThrumMeasured){ 0 };
  return (ThrumMeasured){ TRUE,
                          (failures + lost) / sent,
                          { (failures - (double)summary->n_no_port) / (sent + own),
                            (failures + lost + own) / (sent + own) } };
}

static ThrumMeasured
measure_dropped (const ThrumSummary *summary)
{
  double dropped = (double)summary->dropped;
  double offered = MAX ((double)(summary->n_rows + summary->lost + summary->missing) + dropped, 1);

  return (
      ThrumMeasured){ TRUE,
                      dropped / offered,
                      { (dropped - (double)summary->own_dropped) / offered, dropped / offered } };
}

static ThrumMeasured
measure_rate (const ThrumAnalysis *analysis, const ThrumSummary *summary)
{
  double rate = thrum_analysis_get_rate (analysis, summary);
  const ThrumRunRequest *said = thrum_run_info_get_request (analysis->info, summary->name);
  ThrumMeasured measured = { analysis->seconds > 0, rate, { rate, rate } };

  /* What it could have been more, whatever of the run is left out here. */
  if (said != NULL)
    measured.bracket.most = rate + MAX (said->rate_at_most - said->rate, 0);
  if (measured.has_value && summary->missing > 0)
    measured.bracket.most += (double)summary->missing / analysis->seconds;
  return measured;
}

ThrumMeasured
thrum_measure (const ThrumAnalysis *analysis, const ThrumSummary *summary, ThrumMeasuredKind kind,
               double quantile)
{
  switch (kind)
    {
    case THRUM_MEASURED_FAILURES:
      return measure_failures (summary);
    case THRUM_MEASURED_DROPPED:
      return measure_dropped (summary);
    case THRUM_MEASURED_RATE:
      return measure_rate (analysis, summary);
    default:
      return measure_time (analysis, summary, kind, quantile);
    }
}

gboolean
thrum_measure_tells_part (const ThrumAnalysis *analysis)
{
  return analysis->has_lag || analysis->info != NULL;
}

double
thrum_bracket_get_part (ThrumBracket bracket)
{
  return isinf (bracket.least) ? 0 : bracket.most - bracket.least;
}

gboolean
thrum_bracket_is_worth_a_word (ThrumBracket bracket)
{
  double part = thrum_bracket_get_part (bracket);

  return part > 200e-6 && (isinf (part) || part > 0.02 * bracket.most);
}

char *
thrum_measured_format (ThrumMeasuredKind kind, double value)
{
  switch (kind)
    {
    case THRUM_MEASURED_FAILURES:
    case THRUM_MEASURED_DROPPED:
      return thrum_text_percent (value);
    case THRUM_MEASURED_RATE:
      return thrum_text_rate (value);
    default:
      return thrum_text_duration (value);
    }
}
