/* SPDX-License-Identifier: MIT
 *
 * Judges a number that is known within bounds by a limit. The thresholds of a run, of the
 * analyzer and of its comparisons all use this one rule. Pure; knows nothing of where the bounds
 * came from.
 */
#include "stats/bracket.h"

ThrumJudgement
thrum_bracket_judge (ThrumBracket bracket, gdouble limit, gboolean is_floor, gboolean is_trusted)
{
  gboolean worse_end_keeps = is_floor ? bracket.least >= limit : bracket.most <= limit;
  gboolean better_end_breaks = is_floor ? bracket.most < limit : bracket.least > limit;

  if (worse_end_keeps)
    return THRUM_JUDGEMENT_PASSED;
  return better_end_breaks && is_trusted ? THRUM_JUDGEMENT_FAILED : THRUM_JUDGEMENT_UNDECIDED;
}

const gchar *
thrum_judgement_name (ThrumJudgement judgement)
{
  static const gchar *const names[] = { "passed", "failed", "undecided" };

  return names[judgement];
}
