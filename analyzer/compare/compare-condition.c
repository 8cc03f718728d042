/* SPDX-License-Identifier: MIT
 *
 * Parses and checks --fail-if: the conditions that a comparison must meet in CI. Main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/compare/compare-condition.h"

/* "p99 lower than 5%" would ask for the contrary of what is meant. */
static gboolean
fits (guint measure, const char *word)
{
  const char *own = measure == THRUM_COMPARE_THROUGHPUT ? "lower"
                    : measure == THRUM_COMPARE_FAILURES ? "higher"
                                                        : "slower";

  return strcmp (word, "worse") == 0 || strcmp (word, own) == 0;
}

gboolean
thrum_compare_condition_parse (ThrumCompareCondition *self, const char *text, GError **error)
{
  g_autoptr (GRegex) form =
      g_regex_new ("^\\s*(\\S+)\\s+(\\w+)\\s+than\\s+([0-9]+(?:\\.[0-9]+)?)\\s*%\\s*$", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (g_regex_match (form, text, 0, &match))
    {
      g_autofree char *name = g_match_info_fetch (match, 1);
      g_autofree char *word = g_match_info_fetch (match, 2);
      g_autofree char *percent = g_match_info_fetch (match, 3);

      self->limit = g_ascii_strtod (percent, NULL) / 100;
      for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
        if (strcmp (thrum_compare_measures[i], name) == 0 && fits (i, word))
          {
            self->measure = i;
            return TRUE;
          }
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--fail-if '%s' is not like 'p99 slower than 5%%', 'throughput lower than 2%%' or "
               "'failures higher than 1%%'",
               text);
  return FALSE;
}

/* Reports whether @change, by which NEW @is_shown to differ, is worse by more than the limit. */
static gboolean
is_beyond (const ThrumCompareCondition *self, double change, gboolean is_shown)
{
  double worse = self->measure == THRUM_COMPARE_THROUGHPUT ? 1 - change
                 : self->measure == THRUM_COMPARE_FAILURES ? change
                                                           : change - 1;

  return is_shown && (isnan (change) || worse > self->limit);
}

/* It fails if it is shown to be worse by more than the limit, whatever the brackets leave open, and is
 * undecided if it could be. */
static ThrumJudgement
judge (const ThrumCompareCondition *self, const ThrumComparison *result)
{
  gboolean less_is_worse = self->measure == THRUM_COMPARE_THROUGHPUT;
  double best = less_is_worse ? result->most_change : result->least_change;
  double worst = less_is_worse ? result->least_change : result->most_change;
  gboolean could_be = less_is_worse ? result->could_be_less : result->could_be_more;

  if (result->verdict == THRUM_COMPARE_WORSE && !isnan (best) && is_beyond (self, best, TRUE))
    return THRUM_JUDGEMENT_FAILED;
  return is_beyond (self, worst, could_be) ? THRUM_JUDGEMENT_UNDECIDED : THRUM_JUDGEMENT_PASSED;
}

ThrumCheckResult *
thrum_compare_condition_check (const ThrumCompareCondition *self,
                               const ThrumCompareOutcome *outcome)
{
  const ThrumComparison *result = &outcome->results[self->measure];
  char *name =
      g_strdup_printf ("%s not worse by more than %g%s", thrum_compare_measures[self->measure],
                       self->limit * 100, self->measure == THRUM_COMPARE_FAILURES ? " pt" : "%");

  /* What was not measured was not shown to be well. */
  if (!result->possible)
    return thrum_check_result_new (
        THRUM_CHECK_LIMIT, name,
        g_strconcat ("no value: ", thrum_compare_describe_lack (outcome), NULL),
        THRUM_JUDGEMENT_FAILED);

  ThrumJudgement judgement = judge (self, result);
  g_autofree char *change = thrum_compare_describe_shift (self->measure, result);
  const char *why = judgement != THRUM_JUDGEMENT_UNDECIDED ? ""
                    : result->contradicts  ? ": what the blocks of time show the whole runs do not"
                    : result->new_at_least ? ": new is a lower bound"
                    : result->base_at_least
                        ? ": base is a lower bound"
                        : ": the generator's own part could be what makes the difference";
  return thrum_check_result_new (
      THRUM_CHECK_LIMIT, name,
      g_strconcat (change, ", ", thrum_compare_verdict_name (self->measure, result->verdict), why,
                   NULL),
      judgement);
}
