/* SPDX-License-Identifier: MIT
 *
 * --fail-if: what a comparison is held against in CI. Main thread.
 */
#include <string.h>

#include "analyzer/compare-condition.h"

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

static gboolean
is_beyond (const ThrumCompareCondition *self, const ThrumComparison *result)
{
  double worse = self->measure == THRUM_COMPARE_THROUGHPUT ? 1 - result->change
                 : self->measure == THRUM_COMPARE_FAILURES ? result->change
                                                           : result->change - 1;

  return worse > self->limit;
}

/* Whether a lower bound leaves open what is asked: NEW could be worse than it seems; or only BASE's keeps
 * NEW from being shown to be worse. (nullable) */
static const char *
find_bound (const ThrumCompareCondition *self, const ThrumComparison *result)
{
  if (result->new_at_least)
    return "new is a lower bound";
  if (result->base_at_least && result->p_adjusted <= THRUM_COMPARE_LEVEL
      && is_beyond (self, result))
    return "base is a lower bound";
  return NULL;
}

ThrumCheckResult *
thrum_compare_condition_check (const ThrumCompareCondition *self,
                               const ThrumCompareOutcome *outcome)
{
  const ThrumComparison *result = &outcome->results[self->measure];
  const char *bound = find_bound (self, result);
  gboolean worse = result->verdict == THRUM_COMPARE_WORSE && is_beyond (self, result);
  char *name =
      g_strdup_printf ("%s not worse by more than %g%s", thrum_compare_measures[self->measure],
                       self->limit * 100, self->measure == THRUM_COMPARE_FAILURES ? " pt" : "%");

  /* What was not measured was not shown to be well. */
  if (!result->possible)
    return thrum_check_result_new (
        name, g_strconcat ("no value: ", thrum_compare_describe_lack (outcome), NULL), FALSE);

  g_autofree char *change = thrum_compare_describe_shift (self->measure, result);
  return thrum_check_result_new (
      name,
      g_strconcat (change, ", ", thrum_compare_verdict_name (self->measure, result->verdict),
                   bound != NULL ? ": " : "", bound, NULL),
      !worse && bound == NULL);
}
