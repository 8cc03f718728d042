/* SPDX-License-Identifier: MIT
 *
 * How a number that is known within bounds is judged by a limit.
 */
#include "stats/bracket.h"

#include <math.h>

static void
test_judge (void)
{
  static const struct {
    ThrumBracket bracket;
    gdouble limit;
    gboolean is_floor, is_trusted;
    ThrumJudgement judgement;
  } cases[] = {
    /* Both ends are one: judged as a number is. */
    { { 50, 50 }, 50, FALSE, TRUE, THRUM_JUDGEMENT_PASSED },
    { { 51, 51 }, 50, FALSE, TRUE, THRUM_JUDGEMENT_FAILED },
    { { 100, 100 }, 100, TRUE, TRUE, THRUM_JUDGEMENT_PASSED },
    { { 99, 99 }, 100, TRUE, TRUE, THRUM_JUDGEMENT_FAILED },
    /* Within, at and across the limit. */
    { { 40, 60 }, 60, FALSE, TRUE, THRUM_JUDGEMENT_PASSED },
    { { 40, 60 }, 59, FALSE, TRUE, THRUM_JUDGEMENT_UNDECIDED },
    { { 40, 60 }, 40, FALSE, TRUE, THRUM_JUDGEMENT_UNDECIDED },
    { { 40, 60 }, 39, FALSE, TRUE, THRUM_JUDGEMENT_FAILED },
    { { 90, 110 }, 90, TRUE, TRUE, THRUM_JUDGEMENT_PASSED },
    { { 90, 110 }, 91, TRUE, TRUE, THRUM_JUDGEMENT_UNDECIDED },
    { { 90, 110 }, 110, TRUE, TRUE, THRUM_JUDGEMENT_UNDECIDED },
    { { 90, 110 }, 111, TRUE, TRUE, THRUM_JUDGEMENT_FAILED },
    /* Nobody knows the upper end. */
    { { 40, HUGE_VAL }, 50, FALSE, TRUE, THRUM_JUDGEMENT_UNDECIDED },
    { { 60, HUGE_VAL }, 50, FALSE, TRUE, THRUM_JUDGEMENT_FAILED },
    { { HUGE_VAL, HUGE_VAL }, 50, FALSE, TRUE, THRUM_JUDGEMENT_FAILED },
    { { 90, HUGE_VAL }, 90, TRUE, TRUE, THRUM_JUDGEMENT_PASSED },
    { { 90, HUGE_VAL }, 1e9, TRUE, TRUE, THRUM_JUDGEMENT_UNDECIDED },
    /* A load that was not as planned can still show that a limit is kept, never that it was broken. */
    { { 40, 60 }, 60, FALSE, FALSE, THRUM_JUDGEMENT_PASSED },
    { { 51, 51 }, 50, FALSE, FALSE, THRUM_JUDGEMENT_UNDECIDED },
    { { 100, 100 }, 100, TRUE, FALSE, THRUM_JUDGEMENT_PASSED },
    { { 99, 99 }, 100, TRUE, FALSE, THRUM_JUDGEMENT_UNDECIDED },
    /* Zero is a number like others. */
    { { 0, 0 }, 0, FALSE, TRUE, THRUM_JUDGEMENT_PASSED },
    { { 0, 0.01 }, 0, FALSE, TRUE, THRUM_JUDGEMENT_UNDECIDED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("case %" G_GSIZE_FORMAT, i);
      g_assert_cmpint (thrum_bracket_judge (cases[i].bracket, cases[i].limit, cases[i].is_floor,
                                            cases[i].is_trusted),
                       ==, cases[i].judgement);
    }
}

static void
test_names (void)
{
  g_assert_cmpstr (thrum_judgement_name (THRUM_JUDGEMENT_PASSED), ==, "passed");
  g_assert_cmpstr (thrum_judgement_name (THRUM_JUDGEMENT_FAILED), ==, "failed");
  g_assert_cmpstr (thrum_judgement_name (THRUM_JUDGEMENT_UNDECIDED), ==, "undecided");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bracket/judge", test_judge);
  g_test_add_func ("/bracket/names", test_names);
  return g_test_run ();
}
