/* SPDX-License-Identifier: MIT
 *
 * Judges whether the generator ran: the times in which its workers stood still, or had no CPU
 * for more. Pure.
 */
#include "base/format.h"
#include "run/judge/verdict-judge.h"
#include "base/units.h"

#define US 1e3

/* The shares of the workers' time in hiccups; and of those that bunch what was due meanwhile. */
#define STALLED_DEGRADED 0.01
#define STALLED_INVALID 0.1
#define BUNCHED_INVALID 0.01

static void
judge_hiccups (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gdouble limit;
  ThrumVerdictLevel level = thrum_judge_share (figures->touched, judge->n, 0.001, 0.01, &limit);
  g_autofree gchar *touched = thrum_format_count (figures->touched);
  g_autofree gchar *n = thrum_format_count (judge->n);
  g_autofree gchar *longest = thrum_format_time (figures->longest_hiccup);

  if (level == THRUM_VERDICT_VALID)
    return;
  thrum_judge_add (
      judge, "hiccups", level, (gdouble)figures->touched / (gdouble)judge->n, limit, "ratio",
      g_strdup_printf ("workers stood still %" G_GUINT64_FORMAT " times, %s at most, "
                       "which held up %s of %s requests for longer than a usual one takes; "
                       "let nothing else run here, or use a machine whose CPUs are its own",
                       figures->n_hiccups, longest, touched, n));
}

/* What was due while a worker stood still is sent at once when it runs again: a bunch that the service
 * was not to have, and in which its replies may take longer by as much as the worker stood still. */
static void
judge_bunched (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  g_autofree gchar *longest = thrum_format_time (figures->longest_hiccup);

  if (figures->bunched > BUNCHED_INVALID)
    thrum_judge_add (
        judge, "stalled", THRUM_VERDICT_INVALID, figures->bunched, BUNCHED_INVALID, "ratio",
        g_strdup_printf ("workers stood still for %.2g%% of their time, %s at most, and sent "
                         "what was due meanwhile in bunches, which slow the service, too; let "
                         "nothing else run here, or use a machine whose CPUs are its own",
                         100 * figures->bunched, longest));
}

/* Users who send as soon as they can do nothing while their worker stands still, and nothing of that
 * shows in a request but the few that were under way. */
static void
judge_stalled (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gboolean is_invalid = figures->stalled > STALLED_INVALID;
  g_autofree gchar *longest = thrum_format_time (figures->longest_hiccup);

  if (figures->is_open || figures->interval_ns > 0 || figures->think_time_ns > 0)
    {
      judge_bunched (judge);
      return;
    }
  if (figures->stalled <= STALLED_DEGRADED)
    return;
  thrum_judge_add (
      judge, "stalled", is_invalid ? THRUM_VERDICT_INVALID : THRUM_VERDICT_DEGRADED,
      figures->stalled, is_invalid ? STALLED_INVALID : STALLED_DEGRADED, "ratio",
      g_strdup_printf ("workers stood still for %.2g%% of their time, %s at most: throughput "
                       "is a lower bound; let nothing else run here, or use a machine whose "
                       "CPUs are its own",
                       100 * figures->stalled, longest));
}

static void
judge_cpu (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;

  if (!figures->is_open && figures->busy_90 > THRUM_VERDICT_BUSY_SHARE)
    thrum_judge_add (
        judge, "cpu", THRUM_VERDICT_DEGRADED, figures->busy_90, THRUM_VERDICT_BUSY_SHARE, "ratio",
        g_strdup_printf ("generator-bound: throughput is a lower bound; a worker could run "
                         "no more in %.0f%% of its seconds; use more processes on more "
                         "CPUs%s",
                         100 * figures->busy_90,
                         figures->is_codec ? "" : ", or a codec plugin (http1)"));
  else if (figures->is_open && figures->busy_70 > THRUM_VERDICT_BUSY_SHARE
           && judge->part_level >= THRUM_VERDICT_DEGRADED)
    thrum_judge_add (
        judge, "cpu", THRUM_VERDICT_VALID, figures->busy_70, THRUM_VERDICT_BUSY_SHARE, "ratio",
        g_strdup_printf ("a worker had 70%% of what it can run to do in %.0f%% of its "
                         "seconds: bursts wait in it; lower the rate, or use more processes "
                         "on more CPUs",
                         100 * figures->busy_70));
}

static void
judge_run_delay (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gdouble service = thrum_histogram_get_mean (figures->all->service);
  gdouble limit = MAX (0.1 * service, 200 * US);
  g_autofree gchar *delay = thrum_format_time ((gint64)figures->run_delay);
  g_autofree gchar *mean = thrum_format_time ((gint64)service);
  g_autofree gchar *beside =
      service > 0 ? g_strdup_printf (", whose service took %s in the mean", mean) : g_strdup ("");

  if (figures->run_delay <= limit || judge->part_level < THRUM_VERDICT_DEGRADED)
    return;
  thrum_judge_add (
      judge, "run-delay", THRUM_VERDICT_VALID, figures->run_delay, limit, "ns",
      g_strdup_printf ("thrum's threads waited for a CPU for %s a request%s; use fewer users, "
                       "a lower rate, or more CPUs%s",
                       delay, beside, figures->is_codec ? "" : ", or a codec plugin (http1)"));
}

void
thrum_judge_stops (ThrumJudge *judge)
{
  judge_hiccups (judge);
  judge_stalled (judge);
  judge_cpu (judge);
  judge_run_delay (judge);
}

void
thrum_judge_note_quota (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;

  if (figures->cpu_quota <= 0 || judge->verdict->level < THRUM_VERDICT_DEGRADED
      || (figures->stalled <= STALLED_DEGRADED && figures->busy_90 <= THRUM_VERDICT_BUSY_SHARE
          && figures->cpu <= 0.7))
    return;
  thrum_judge_add (judge, "quota", THRUM_VERDICT_VALID, figures->cpu_quota, 0, "count",
                   g_strdup_printf ("a container's limit gives all of this the time of %.3g CPUs, "
                                    "and stops it when that is used up: raise it first, more "
                                    "processes are of no use",
                                    figures->cpu_quota));
}
