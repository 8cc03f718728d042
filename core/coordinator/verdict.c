/* SPDX-License-Identifier: MIT
 *
 * The rules of the verdict. Each signal is judged by itself; the gravest is the verdict. The limits
 * and where they come from stand in doc/design.md. Pure; knows nothing of rings or processes.
 */
#include "coordinator/verdict.h"

#include <math.h>

#include "coordinator/format.h"
#include "record/intervals.h"
#include "record/units.h"

#define US 1e3
#define MS 1e6

/* Fewer requests say nothing of shares and percentiles. */
#define FEW 100
/* So many must be beyond a limit before it is one: a few are chance. */
#define DEGRADED_COUNT 5
#define INVALID_COUNT 10

/* How much of a percentile may be the generator's own part. */
#define DEGRADED_WIDTH 0.02
#define INVALID_WIDTH 0.1

/* The shares of the workers' time in hiccups; and of those that bunch what was due meanwhile. */
#define STALLED_DEGRADED 0.01
#define STALLED_INVALID 0.1
#define BUNCHED_INVALID 0.01

/* With fewer slots in each lane one has none while another's are free, by chance alone. */
#define FEW_SLOTS 16

/* The share of seconds in which a worker may be as busy as it can be. */
#define BUSY_SHARE 0.05

typedef struct {
  const ThrumVerdictFigures *figures;
  ThrumVerdict *verdict;
  guint64 n;                    /* requests that were judged */
  ThrumVerdictLevel part_level; /* of the brackets: what others explain is worth a note then */
} Judge;

const gchar *
thrum_verdict_level_name (ThrumVerdictLevel level)
{
  static const gchar *const names[] = { "NONE", "VALID", "DEGRADED", "INVALID" };

  return names[level];
}

static void
free_reason (gpointer data)
{
  ThrumVerdictReason *reason = data;

  g_free (reason->text);
  g_free (reason);
}

void
thrum_verdict_free (ThrumVerdict *verdict)
{
  if (verdict == NULL)
    return;
  g_ptr_array_unref (verdict->reasons);
  g_free (verdict);
}

/* @text: (transfer full) */
static void
add_reason (Judge *judge, const gchar *signal, ThrumVerdictLevel level, gdouble figure,
            gdouble limit, const gchar *unit, gchar *text)
{
  ThrumVerdictReason reason = { signal, level, figure, limit, unit, text };

  g_ptr_array_add (judge->verdict->reasons, g_memdup2 (&reason, sizeof reason));
  judge->verdict->level = MAX (judge->verdict->level, level);
}

/* The level of a share that @count of @n make, and the limit that it broke. */
static ThrumVerdictLevel
judge_share (guint64 count, guint64 n, gdouble degraded, gdouble invalid, gdouble *limit)
{
  gdouble share = n > 0 ? (gdouble)count / (gdouble)n : 0;

  *limit = invalid;
  if (count >= INVALID_COUNT && share > invalid)
    return THRUM_VERDICT_INVALID;
  *limit = degraded;
  return count >= DEGRADED_COUNT && share > degraded ? THRUM_VERDICT_DEGRADED : THRUM_VERDICT_VALID;
}

/* ---- The generator sent late --------------------------------------------------------------- */

/* What was seen besides tells who is to blame: hiccups are long and few, a CPU that was asleep is late
 * by less, each time. */
static gchar *
advise_on_lag (const ThrumVerdictFigures *figures, gdouble q)
{
  g_autofree gchar *longest = thrum_format_time (figures->longest_hiccup);

  if (figures->cpu > 0.7 || figures->busy_90 > BUSY_SHARE)
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

static Part
judge_part (const ThrumSample *response, gdouble q)
{
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
static void
judge_brackets (Judge *judge)
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
    add_reason (judge, "bracket", worst.level, worst.share,
                is_invalid ? INVALID_WIDTH : DEGRADED_WIDTH, "ratio",
                explain_part (figures, &worst));
}

/* Of the arrivals that were dropped, those for which thrum did not run: all if its CPU was used up, else
 * those that came while a worker stood still for longer than its slots could take them in. */
static guint64
count_missed_drops (const ThrumVerdictFigures *figures)
{
  gdouble each_second = (gdouble)figures->offered / MAX (figures->seconds, 1e-9);
  gdouble burst = each_second * (gdouble)figures->longest_hiccup / 1e9;

  if (figures->busy_90 > BUSY_SHARE)
    return figures->dropped;
  /* Both are shared out among lanes alike. */
  if (burst <= figures->max_in_flight)
    return 0;
  return MIN (figures->dropped, (guint64)ceil (figures->stalled * (gdouble)figures->offered));
}

guint64
thrum_verdict_count_own_drops (const ThrumVerdictFigures *figures)
{
  return figures->slots_are_capped ? figures->dropped : count_missed_drops (figures);
}

static void
judge_achieved (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  guint64 missed = figures->late + count_missed_drops (figures);
  g_autofree gchar *count = thrum_format_count (missed);
  g_autofree gchar *offered = thrum_format_count (figures->offered);
  gdouble limit;
  ThrumVerdictLevel level = judge_share (missed, figures->offered, 0.001, 0.01, &limit);

  if (!figures->is_open || level == THRUM_VERDICT_VALID)
    return;
  add_reason (
      judge, "achieved", level, 1 - (gdouble)missed / (gdouble)figures->offered, 1 - limit, "ratio",
      g_strdup_printf ("the rate is beyond what thrum reaches here: %s of %s arrivals were "
                       "not sent within the duration; lower the rate, or use more "
                       "processes on more CPUs%s",
                       count, offered, figures->is_codec ? "" : ", or a codec plugin (http1)"));
}

/* What users with a schedule would have done in the time for which lag kept them from it. */
static void
judge_kept (Judge *judge)
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
  ThrumVerdictLevel level = judge_share (missed, judge->n + missed, 0.001, 0.01, &limit);

  if (figures->is_open || (figures->interval_ns == 0 && figures->think_time_ns == 0)
      || level == THRUM_VERDICT_VALID)
    return;
  add_reason (judge, "achieved", level, 1 - (gdouble)missed / (gdouble)(judge->n + missed),
              1 - limit, "ratio",
              g_strdup_printf ("thrum kept its users from some %s requests, beside %s made, by "
                               "sending late; %s",
                               count, made, advice));
}

/* ---- The generator did not run ------------------------------------------------------------- */

static void
judge_hiccups (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gdouble limit;
  ThrumVerdictLevel level = judge_share (figures->touched, judge->n, 0.001, 0.01, &limit);
  g_autofree gchar *touched = thrum_format_count (figures->touched);
  g_autofree gchar *n = thrum_format_count (judge->n);
  g_autofree gchar *longest = thrum_format_time (figures->longest_hiccup);

  if (level == THRUM_VERDICT_VALID)
    return;
  add_reason (judge, "hiccups", level, (gdouble)figures->touched / (gdouble)judge->n, limit,
              "ratio",
              g_strdup_printf ("workers stood still %" G_GUINT64_FORMAT " times, %s at most, "
                               "which held up %s of %s requests for longer than a usual one takes; "
                               "let nothing else run here, or use a machine whose CPUs are its own",
                               figures->n_hiccups, longest, touched, n));
}

/* What was due while a worker stood still is sent at once when it runs again: a bunch that the service
 * was not to have, and in which its replies may take longer by as much as the worker stood still. */
static void
judge_bunched (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  g_autofree gchar *longest = thrum_format_time (figures->longest_hiccup);

  if (figures->bunched > BUNCHED_INVALID)
    add_reason (
        judge, "stalled", THRUM_VERDICT_INVALID, figures->bunched, BUNCHED_INVALID, "ratio",
        g_strdup_printf ("workers stood still for %.2g%% of their time, %s at most, and sent "
                         "what was due meanwhile in bunches, which slow the service, too; let "
                         "nothing else run here, or use a machine whose CPUs are its own",
                         100 * figures->bunched, longest));
}

/* Users who send as soon as they can do nothing while their worker stands still, and nothing of that
 * shows in a request but the few that were under way. */
static void
judge_stalled (Judge *judge)
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
  add_reason (
      judge, "stalled", is_invalid ? THRUM_VERDICT_INVALID : THRUM_VERDICT_DEGRADED,
      figures->stalled, is_invalid ? STALLED_INVALID : STALLED_DEGRADED, "ratio",
      g_strdup_printf ("workers stood still for %.2g%% of their time, %s at most: throughput "
                       "is a lower bound; let nothing else run here, or use a machine whose "
                       "CPUs are its own",
                       100 * figures->stalled, longest));
}

static void
judge_cpu (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;

  if (!figures->is_open && figures->busy_90 > BUSY_SHARE)
    add_reason (judge, "cpu", THRUM_VERDICT_DEGRADED, figures->busy_90, BUSY_SHARE, "ratio",
                g_strdup_printf ("generator-bound: throughput is a lower bound; a worker could run "
                                 "no more in %.0f%% of its seconds; use more processes on more "
                                 "CPUs%s",
                                 100 * figures->busy_90,
                                 figures->is_codec ? "" : ", or a codec plugin (http1)"));
  else if (figures->is_open && figures->busy_70 > BUSY_SHARE
           && judge->part_level >= THRUM_VERDICT_DEGRADED)
    add_reason (
        judge, "cpu", THRUM_VERDICT_VALID, figures->busy_70, BUSY_SHARE, "ratio",
        g_strdup_printf ("a worker had 70%% of what it can run to do in %.0f%% of its "
                         "seconds: bursts wait in it; lower the rate, or use more processes "
                         "on more CPUs",
                         100 * figures->busy_70));
}

static void
judge_run_delay (Judge *judge)
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
  add_reason (
      judge, "run-delay", THRUM_VERDICT_VALID, figures->run_delay, limit, "ns",
      g_strdup_printf ("thrum's threads waited for a CPU for %s a request%s; use fewer users, "
                       "a lower rate, or more CPUs%s",
                       delay, beside, figures->is_codec ? "" : ", or a codec plugin (http1)"));
}

/* ---- The generator could not ---------------------------------------------------------------- */

/* No slot was free, though the file did not ask for so few: thrum would not have more. */
static void
judge_slots (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  guint64 missed = thrum_verdict_count_own_drops (figures) - count_missed_drops (figures);
  g_autofree gchar *count = thrum_format_count (missed);
  g_autofree gchar *offered = thrum_format_count (figures->offered);
  gdouble limit;
  ThrumVerdictLevel level = judge_share (missed, figures->offered, 0.001, 0.01, &limit);

  if (level == THRUM_VERDICT_VALID)
    return;
  add_reason (judge, "slots", level, (gdouble)missed / (gdouble)figures->offered, limit, "ratio",
              figures->slots_ran_short
                  ? g_strdup_printf (
                      "%s of %s arrivals were dropped for want of a slot, of which thrum could "
                      "not make more: it found no thread or no descriptor; raise their limits "
                      "(ulimit -u, ulimit -n, or the container's), or use a codec plugin "
                      "(http1)",
                      count, offered)
                  : g_strdup_printf (
                      "%s of %s arrivals were dropped for want of a slot, of which thrum had "
                      "only %u by its own bound, less than the rate and the timeout may "
                      "take; give max-in-flight, more processes, or a shorter timeout",
                      count, offered, figures->max_in_flight));
}

static void
judge_ring (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  g_autofree gchar *paused = thrum_format_time (figures->pause_ns);

  if (figures->pauses > 0)
    add_reason (
        judge, "ring", THRUM_VERDICT_INVALID, (gdouble)figures->pauses, 0, "count",
        g_strdup_printf ("workers waited %" G_GUINT64_FORMAT " times, %s in all, for "
                         "results.csv to be written; write to a faster disk, or leave thrum "
                         "itself a CPU",
                         figures->pauses, paused));
  else if (figures->fullest_ring > 0.5)
    add_reason (judge, "ring", THRUM_VERDICT_DEGRADED, figures->fullest_ring, 0.5, "ratio",
                g_strdup_printf ("results.csv was written only just in time: a worker's samples "
                                 "filled %.0f%% of their room; write to a faster disk, or leave "
                                 "thrum itself a CPU",
                                 100 * figures->fullest_ring));
}

static void
judge_ports (Judge *judge)
{
  guint64 count = judge->figures->all->failures[THRUM_FAILURE_NO_PORT];
  guint64 rows = judge->figures->all->rows;
  gboolean is_invalid = (gdouble)count > 0.01 * (gdouble)rows;

  if (count == 0)
    return;
  add_reason (judge, "no-port", is_invalid ? THRUM_VERDICT_INVALID : THRUM_VERDICT_DEGRADED,
              (gdouble)count / (gdouble)rows, is_invalid ? 0.01 : 0, "ratio",
              g_strdup_printf ("%" G_GUINT64_FORMAT " requests found no local port or descriptor "
                               "free: that is this machine, not the service; reuse connections, or "
                               "give source-addresses",
                               count));
}

static void
judge_problem (Judge *judge)
{
  if (judge->figures->problem != NULL)
    add_reason (judge, "incomplete", THRUM_VERDICT_INVALID, 1, 0, "count",
                g_strdup_printf ("part of the load was not offered, or its rows are missing: %s",
                                 judge->figures->problem));
}

/* ---- What is no fault, but must be known ------------------------------------------------------ */

static gchar *
explain_drops (const Judge *judge)
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
  if (2 * count_missed_drops (figures) >= figures->dropped)
    return g_strdup_printf ("%s, and thrum itself was slow: percentiles are lower bounds", what);
  if (needed > figures->max_in_flight)
    return g_strdup_printf (
        "the service, not thrum, is the bottleneck: %s; it answered %s with %u "
        "requests at a time: lower the rate, or, if it can serve more at a time "
        "(some %.0f, as fast as these), raise %s%s",
        what, answered, figures->max_in_flight, needed, key, shared);
  return g_strdup_printf (
      "the service, not thrum, was slow for a while: %s, all of which waited for "
      "replies; raise %s to see how long they would have taken%s",
      what, key, shared);
}

/* Users who are to send so often, but still wait then. */
static void
note_pacing (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  guint64 slow = figures->interval_ns > 0
                     ? thrum_histogram_count_above (figures->all->service, figures->interval_ns)
                     : 0;
  g_autofree gchar *count = thrum_format_count (slow);
  g_autofree gchar *interval = thrum_format_time (figures->interval_ns);

  if (figures->is_open || (gdouble)slow <= 0.01 * (gdouble)judge->n)
    return;
  add_reason (judge, "pacing", THRUM_VERDICT_VALID, (gdouble)slow / (gdouble)judge->n, 0.01,
              "ratio",
              g_strdup_printf ("the service, not thrum, kept users from their interval of %s: %s "
                               "requests took longer, after which the next was sent at once; the "
                               "load was lower than planned: use more users, or a rate",
                               interval, count));
}

static void
note_missing (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;

  if (figures->dropped > 0)
    add_reason (judge, "dropped", THRUM_VERDICT_VALID, (gdouble)figures->dropped, 0, "count",
                explain_drops (judge));
  note_pacing (judge);
  if (figures->all->unfinished > 0)
    add_reason (
        judge, "unfinished", THRUM_VERDICT_VALID, (gdouble)figures->all->unfinished, 0, "count",
        g_strdup_printf ("%" G_GUINT64_FORMAT " request%s had no reply when the run ended: "
                         "percentiles that could change for it are lower bounds",
                         figures->all->unfinished, figures->all->unfinished == 1 ? "" : "s"));
}

/* ------------------------------------------------------------------------------------------------ */

static gint
compare_reasons (gconstpointer a, gconstpointer b)
{
  const ThrumVerdictReason *const *x = a, *const *y = b;

  return (gint)(*y)->level - (gint)(*x)->level;
}

ThrumVerdict *
thrum_verdict_new (const ThrumVerdictFigures *figures)
{
  Judge judge = { .figures = figures,
                  .verdict = g_new0 (ThrumVerdict, 1),
                  .n = figures->all->rows,
                  .part_level = THRUM_VERDICT_VALID };

  judge.verdict->reasons = g_ptr_array_new_with_free_func (free_reason);
  judge.verdict->level = THRUM_VERDICT_VALID;
  if (judge.n >= FEW)
    judge_brackets (&judge);
  if (figures->offered >= FEW)
    {
      judge_achieved (&judge);
      judge_slots (&judge);
    }
  if (judge.n >= FEW)
    {
      judge_kept (&judge);
      judge_hiccups (&judge);
      judge_stalled (&judge);
      judge_cpu (&judge);
      judge_run_delay (&judge);
    }
  judge_ring (&judge);
  judge_ports (&judge);
  judge_problem (&judge);
  note_missing (&judge);
  /* A sort that keeps the order of equals: there are a handful. */
  g_ptr_array_sort (judge.verdict->reasons, compare_reasons);

  if (judge.n < FEW && judge.verdict->level == THRUM_VERDICT_VALID)
    {
      judge.verdict->level = THRUM_VERDICT_NONE;
      add_reason (&judge, "requests", THRUM_VERDICT_NONE, (gdouble)judge.n, FEW, "count",
                  g_strdup_printf ("%" G_GUINT64_FORMAT " request%s too few to judge the generator "
                                   "by: it takes %d",
                                   judge.n, judge.n == 1 ? " is" : "s are", FEW));
    }
  return judge.verdict;
}

const ThrumVerdictReason *
thrum_verdict_find (const ThrumVerdict *verdict, const gchar *signal)
{
  for (guint i = 0; i < verdict->reasons->len; i++)
    {
      const ThrumVerdictReason *reason = verdict->reasons->pdata[i];

      if (g_str_equal (reason->signal, signal))
        return reason;
    }
  return NULL;
}

gboolean
thrum_verdict_is_trusted (const ThrumVerdict *verdict)
{
  static const gchar *const signals[] = { "achieved", "stalled" };

  for (gsize i = 0; i < G_N_ELEMENTS (signals); i++)
    {
      const ThrumVerdictReason *reason = thrum_verdict_find (verdict, signals[i]);

      if (reason != NULL && reason->level == THRUM_VERDICT_INVALID)
        return FALSE;
    }
  return TRUE;
}
