/* SPDX-License-Identifier: MIT
 *
 * Notes what is not the generator's fault but must be known to read the numbers, and decides who
 * caused the drops. Pure.
 */
#include <math.h>

#include "base/format.h"
#include "run/judge/verdict-judge.h"
#include "base/units.h"

/* With fewer slots in each lane one has none while another's are free, by chance alone. */
#define FEW_SLOTS 16

static gchar *
explain_drops (const ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gdouble rate = figures->seconds > 0 ? (gdouble)figures->offered / figures->seconds : 0;
  gdouble needed = ceil (rate * thrum_histogram_get_mean (figures->all->service) / 1e9);
  g_autofree gchar *count = thrum_format_count (figures->dropped);
  g_autofree gchar *what =
      g_strdup_printf (figures->queues ? "%s arrivals still waited for a slot when the run ended"
                                       : "%s arrivals were dropped for want of a free slot",
                       count);
  /* Of a blocking plugin both name the same. */
  const gchar *key =
      figures->is_codec ? "max-in-flight" : "users (or max-in-flight, if it is given)";
  g_autofree gchar *answered =
      thrum_format_rate ((gdouble)figures->all->answered / MAX (figures->seconds, 1e-9));
  gboolean are_few = figures->n_lanes > 1 && figures->max_in_flight < FEW_SLOTS * figures->n_lanes;
  g_autofree gchar *shared =
      are_few ? g_strdup_printf ("; %u workers share the slots out and lend none: with so few, "
                                 "give processes = 1",
                                 figures->n_lanes)
              : g_strdup ("");

  if (figures->slots_are_capped)
    return g_strdup_printf ("%s, of which thrum %s more: percentiles are lower bounds", what,
                            figures->slots_ran_short ? "could not make" : "would not have");
  if (2 * thrum_judge_count_missed_drops (figures) >= figures->dropped)
    return g_strdup_printf ("%s, and thrum itself was slow: percentiles are lower bounds", what);
  if (needed > figures->max_in_flight)
    return g_strdup_printf (
        "%s: the service answered %s with the %u requests at a time that the limit "
        "allows: lower the rate, or, if it can serve more at a time "
        "(some %.0f, as fast as these), raise %s%s",
        what, answered, figures->max_in_flight, needed, key, shared);
  return g_strdup_printf (
      "the service, not thrum, was slow for a while: %s, all of which waited for "
      "replies; raise %s to see how long they would have taken%s",
      what, key, shared);
}

/* Users who are to send so often, but still wait then. */
static void
note_pacing (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  guint64 slow = figures->interval_ns > 0
                     ? thrum_histogram_count_above (figures->all->service, figures->interval_ns)
                     : 0;
  g_autofree gchar *count = thrum_format_count (slow);
  g_autofree gchar *interval = thrum_format_time (figures->interval_ns);

  if (figures->is_open || (gdouble)slow <= 0.01 * (gdouble)judge->n)
    return;
  thrum_judge_add (
      judge, "pacing", THRUM_VERDICT_VALID, (gdouble)slow / (gdouble)judge->n, 0.01, "ratio",
      g_strdup_printf ("the service, not thrum, kept users from their interval of %s: %s "
                       "requests took longer, after which the next was sent at once; the "
                       "load was lower than planned: use more users, or a rate",
                       interval, count));
}

void
thrum_judge_note_missing (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;

  if (figures->dropped > 0)
    thrum_judge_add (judge, "dropped", THRUM_VERDICT_VALID, (gdouble)figures->dropped, 0, "count",
                     explain_drops (judge));
  note_pacing (judge);
  if (figures->all->unfinished > 0)
    thrum_judge_add (
        judge, "unfinished", THRUM_VERDICT_VALID, (gdouble)figures->all->unfinished, 0, "count",
        g_strdup_printf ("%" G_GUINT64_FORMAT " request%s had no reply when the run ended: "
                         "percentiles that could change for it are lower bounds",
                         figures->all->unfinished, figures->all->unfinished == 1 ? "" : "s"));
}
