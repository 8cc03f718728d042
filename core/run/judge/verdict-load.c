/* SPDX-License-Identifier: MIT
 *
 * Judges whether the load was sent as planned: how much of a percentile may be the generator's
 * own part, and how much of the load was not sent at all. Pure.
 */
#include <math.h>

#include "base/format.h"
#include "run/judge/verdict-judge.h"
#include "stats/intervals.h"
#include "base/units.h"

#define US 1e3
#define MS 1e6

/* How much of a percentile may be the generator's own part. */
#define DEGRADED_WIDTH 0.02
#define INVALID_WIDTH 0.1

/* What was seen besides tells who is to blame: hiccups are long and few, a CPU that was asleep is late
 * by less, each time. */
static gchar *
advise_on_lag (const ThrumVerdictFigures *figures, gdouble q)
{
  g_autofree gchar *longest = thrum_format_time (figures->longest_hiccup);

  if (figures->cpu > 0.7 || figures->busy_90 > THRUM_VERDICT_BUSY_SHARE)
    return g_strdup_printf ("its CPU is used up: use more processes (%u now) on more CPUs, or a "
                            "lower rate",
                            figures->processes);
  if (figures->stalled > (1 - q) / 2)
    return g_strdup_printf ("something stopped it or took its CPU, %" G_GUINT64_FORMAT
                            " times, %s at most: let nothing else run here, or use a machine "
                            "whose CPUs are its own",
                            figures->n_hiccups, longest);
  return g_strdup_printf (
      "an idle CPU wakes late here, or something else takes it for moments: pin the service and "
      "thrum to CPUs of their own%s",
      figures->can_spin ? ", and give idle = spin" : "");
}

/* The generator's part in percentile @q. */
typedef struct {
  gdouble q;
  ThrumBracket bracket;
  gdouble share; /* of the percentile; 1: nobody knows */
  ThrumVerdictLevel level;
} Part;

/* What percentile @q of @n requests can make of a run: few requests at or beyond it are chance. */
static ThrumVerdictLevel
get_gravest (guint64 n, gdouble q)
{
  gdouble beyond = (gdouble)n * (1 - q) + 1e-6;

  return beyond >= THRUM_VERDICT_INVALID_COUNT    ? THRUM_VERDICT_INVALID
         : beyond >= THRUM_VERDICT_DEGRADED_COUNT ? THRUM_VERDICT_DEGRADED
                                                  : THRUM_VERDICT_VALID;
}

static Part
judge_part (const ThrumSample *response, gdouble q)
{
  guint64 n = thrum_histogram_get_count (response->histogram);
  Part part = { .q = q,
                .bracket = thrum_sample_get_bracket (response, q),
                .level = THRUM_VERDICT_VALID };
  gdouble width = part.bracket.most - part.bracket.least;

  /* Where the least is not known either, that is for the service's sake. */
  if (part.bracket.least == HUGE_VAL || width <= 0)
    return part;
  part.share = part.bracket.most == HUGE_VAL ? 1 : width / part.bracket.most;
  if (part.share > INVALID_WIDTH && width > 1 * MS)
    part.level = THRUM_VERDICT_INVALID;
  else if (part.share > DEGRADED_WIDTH && width > 200 * US)
    part.level = THRUM_VERDICT_DEGRADED;
  part.level = MIN (part.level, get_gravest (n, q));
  return part;
}

static gchar *
explain_part (const ThrumVerdictFigures *figures, const Part *part)
{
  gboolean is_known = part->bracket.most < HUGE_VAL;
  g_autofree gchar *most = is_known ? thrum_format_time ((gint64)part->bracket.most) : NULL;
  g_autofree gchar *width =
      is_known ? thrum_format_time ((gint64)(part->bracket.most - part->bracket.least)) : NULL;
  g_autofree gchar *missing = thrum_format_count (figures->response.own);
  g_autofree gchar *advice = NULL;

  if (!is_known)
    return g_strdup_printf (
        "p%.3g of the response is not known: for lack of thrum, not of the service, "
        "%s requests were not sent",
        100 * part->q, missing);
  advice = advise_on_lag (figures, part->q);
  return g_strdup_printf (
      "of p%.3g of the response, %s, up to %s may be thrum's own, which sent late; %s",
      100 * part->q, most, width, advice);
}

/* The worst of those percentiles of all requests' response that so many requests support. */
void
thrum_judge_brackets (ThrumJudge *judge)
{
  static const gdouble quantiles[] = { 0.5, 0.9, 0.95, 0.99 };
  const ThrumVerdictFigures *figures = judge->figures;
  guint64 n = thrum_histogram_get_count (figures->response.histogram);
  Part worst = { .level = THRUM_VERDICT_VALID };
  gboolean is_invalid;

  for (gsize i = 0; i < G_N_ELEMENTS (quantiles) && n >= thrum_interval_get_least (quantiles[i]);
       i++)
    {
      Part part = judge_part (&figures->response, quantiles[i]);

      if (part.level > worst.level || (part.level == worst.level && part.share > worst.share))
        worst = part;
    }
  judge->part_level = worst.level;
  is_invalid = worst.level == THRUM_VERDICT_INVALID;
  if (worst.level >= THRUM_VERDICT_DEGRADED)
    thrum_judge_add (judge, "bracket", worst.level, worst.share,
                     is_invalid ? INVALID_WIDTH : DEGRADED_WIDTH, "ratio",
                     explain_part (figures, &worst));
}

guint64
thrum_judge_count_missed_drops (const ThrumVerdictFigures *figures)
{
  if (figures->busy_90 > THRUM_VERDICT_BUSY_SHARE)
    return figures->dropped;
  return MIN (figures->dropped, (guint64)ceil (figures->overrun * (gdouble)figures->offered));
}

guint64
thrum_verdict_count_own_drops (const ThrumVerdictFigures *figures)
{
  return figures->slots_are_capped ? figures->dropped : thrum_judge_count_missed_drops (figures);
}

static void
judge_achieved (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  guint64 missed = figures->late + thrum_judge_count_missed_drops (figures);
  g_autofree gchar *count = thrum_format_count (missed);
  g_autofree gchar *offered = thrum_format_count (figures->offered);
  gdouble limit;
  ThrumVerdictLevel level = thrum_judge_share (missed, figures->offered, 0.001, 0.01, &limit);

  if (!figures->is_open || level == THRUM_VERDICT_VALID)
    return;
  thrum_judge_add (
      judge, "achieved", level, 1 - (gdouble)missed / (gdouble)figures->offered, 1 - limit, "ratio",
      g_strdup_printf ("the rate is beyond what thrum reaches here: %s of %s arrivals were "
                       "not sent within the duration; lower the rate, or use more "
                       "processes on more CPUs%s",
                       count, offered, figures->is_codec ? "" : ", or a codec plugin (http1)"));
}

/* What users with a schedule would have done in the time for which lag kept them from it. */
void
thrum_judge_kept (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gdouble service = thrum_histogram_get_mean (figures->all->service);
  gdouble cycle = figures->interval_ns > 0 ? MAX ((gdouble)figures->interval_ns, service)
                                           : (gdouble)figures->think_time_ns + service;
  guint64 missed = cycle > 0 ? (guint64)((gdouble)figures->kept_ns / cycle) : 0;
  g_autofree gchar *count = thrum_format_count (missed);
  g_autofree gchar *made = thrum_format_count (judge->n);
  g_autofree gchar *advice = advise_on_lag (figures, 0.99);
  gdouble limit;
  ThrumVerdictLevel level = thrum_judge_share (missed, judge->n + missed, 0.001, 0.01, &limit);

  if (figures->is_open || (figures->interval_ns == 0 && figures->think_time_ns == 0)
      || level == THRUM_VERDICT_VALID)
    return;
  thrum_judge_add (
      judge, "achieved", level, 1 - (gdouble)missed / (gdouble)(judge->n + missed), 1 - limit,
      "ratio",
      g_strdup_printf ("thrum kept its users from some %s requests, beside %s made, by "
                       "sending late; %s",
                       count, made, advice));
}

/* No slot was free, though the file did not ask for so few: thrum would not have more. */
static void
judge_slots (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  guint64 missed =
      thrum_verdict_count_own_drops (figures) - thrum_judge_count_missed_drops (figures);
  g_autofree gchar *count = thrum_format_count (missed);
  g_autofree gchar *offered = thrum_format_count (figures->offered);
  gdouble limit;
  ThrumVerdictLevel level = thrum_judge_share (missed, figures->offered, 0.001, 0.01, &limit);

  if (level == THRUM_VERDICT_VALID)
    return;
  thrum_judge_add (
      judge, "slots", level, (gdouble)missed / (gdouble)figures->offered, limit, "ratio",
      figures->slots_ran_short
          ? g_strdup_printf (
              "%s of %s arrivals were dropped for want of a slot, of which thrum could "
              "not make more: it found no thread, no descriptor or no memory; raise "
              "their limits (ulimit -u, ulimit -n, or the container's), or use a codec "
              "plugin (http1)",
              count, offered)
          : g_strdup_printf (
              "%s of %s arrivals were dropped for want of a slot, of which thrum had "
              "only %u by its own bound, less than the rate and the timeout may "
              "take; give max-in-flight, more processes, or a shorter timeout",
              count, offered, figures->max_in_flight));
}

void
thrum_judge_arrivals (ThrumJudge *judge)
{
  judge_achieved (judge);
  judge_slots (judge);
}
