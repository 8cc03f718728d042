/* SPDX-License-Identifier: MIT
 *
 * The rules of the verdict. Each signal is judged by itself; the gravest is the verdict. The limits
 * and where they come from stand in doc/design.md. Pure; knows nothing of rings or processes.
 */
#include "coordinator/verdict.h"

#include <math.h>

#include "coordinator/format.h"
#include "record/units.h"

#define US 1e3
#define MS 1e6

/* Fewer requests say nothing of shares and percentiles. */
#define FEW 100
/* So many must be beyond a limit before it is one: a few are chance. */
#define DEGRADED_COUNT 5
#define INVALID_COUNT 10

/* The shares of the workers' time in hiccups. */
#define STALLED_DEGRADED 0.01
#define STALLED_INVALID 0.1

/* With fewer slots in each lane one has none while another's are free, by chance alone. */
#define FEW_SLOTS 16

/* The share of seconds in which a worker may be as busy as it can be. */
#define BUSY_SHARE 0.05

typedef struct {
  const ThrumVerdictFigures *figures;
  ThrumVerdict *verdict;
  guint64 n;                   /* requests that were judged */
  ThrumVerdictLevel lag_level; /* which other rules look at */
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

/* p99; with few requests the percentile that no more than @count of them are at or beyond. */
static gdouble
get_judged_quantile (guint64 n, guint count)
{
  return MIN (0.99, (gdouble)(n - MIN (n, count - 1)) / (gdouble)MAX (n, 1));
}

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

/* Whether @lag, of quantile @q, is beyond @share of the response's and @least; what that is. */
static gboolean
is_late (const ThrumVerdictFigures *figures, gdouble q, gdouble share, gdouble least,
         gdouble *limit)
{
  *limit = MAX (share * (gdouble)thrum_histogram_get_quantile (figures->all->response, q), least);
  return (gdouble)thrum_histogram_get_quantile (figures->lag, q) > *limit;
}

static void
judge_lag (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gdouble q = get_judged_quantile (judge->n, INVALID_COUNT), limit;
  g_autofree gchar *lag_text = NULL, *response_text = NULL, *advice = NULL;

  if (is_late (figures, q, 0.1, 1 * MS, &limit))
    judge->lag_level = THRUM_VERDICT_INVALID;
  else
    {
      q = get_judged_quantile (judge->n, DEGRADED_COUNT);
      if (is_late (figures, q, 0.01, 200 * US, &limit))
        judge->lag_level = THRUM_VERDICT_DEGRADED;
    }
  if (judge->lag_level < THRUM_VERDICT_DEGRADED)
    return;
  lag_text = thrum_format_time (thrum_histogram_get_quantile (figures->lag, q));
  response_text = thrum_format_time (thrum_histogram_get_quantile (figures->all->response, q));
  advice = advise_on_lag (figures, q);
  add_reason (judge, "lag", judge->lag_level,
              (gdouble)thrum_histogram_get_quantile (figures->lag, q), limit, "ns",
              g_strdup_printf ("thrum sent late: p%.3g of the lag is %s, of the response %s; %s",
                               100 * q, lag_text, response_text, advice));
}

/* How many of the arrivals that were dropped, or never had their turn, it was for lack of the generator
 * that slots were taken: all if its CPU was used up, else those that came while a worker stood still
 * for longer than its slots could take them in. */
static guint64
count_own_drops (const Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gdouble each_second = (gdouble)figures->offered / MAX (figures->seconds, 1e-9);
  gdouble burst = each_second * (gdouble)figures->longest_hiccup / 1e9;

  if (figures->busy_90 > BUSY_SHARE)
    return figures->dropped;
  /* Both are shared out among lanes alike. */
  if (burst <= figures->max_in_flight)
    return 0;
  return MIN (figures->dropped, (guint64)ceil (figures->stalled * (gdouble)figures->offered));
}

static void
judge_achieved (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  guint64 missed = figures->late + count_own_drops (judge);
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
  g_autofree gchar *advice = advise_on_lag (figures, get_judged_quantile (judge->n, INVALID_COUNT));
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

/* Users who send as soon as they can do nothing while their worker stands still, and nothing of that
 * shows in a request but the few that were under way. */
static void
judge_stalled (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gboolean is_invalid = figures->stalled > STALLED_INVALID;
  g_autofree gchar *longest = thrum_format_time (figures->longest_hiccup);

  if (figures->is_open || figures->interval_ns > 0 || figures->think_time_ns > 0
      || figures->stalled <= STALLED_DEGRADED)
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
  else if (figures->is_open && figures->busy_90 > BUSY_SHARE
           && judge->lag_level >= THRUM_VERDICT_DEGRADED)
    add_reason (
        judge, "cpu", THRUM_VERDICT_INVALID, figures->busy_90, BUSY_SHARE, "ratio",
        g_strdup_printf ("a worker had 90%% of what it can run to do in %.0f%% of its "
                         "seconds, and sent late; lower the rate, or use more processes on more "
                         "CPUs",
                         100 * figures->busy_90));
  else if (figures->is_open && figures->busy_70 > BUSY_SHARE)
    add_reason (judge, "cpu", THRUM_VERDICT_DEGRADED, figures->busy_70, BUSY_SHARE, "ratio",
                g_strdup_printf ("a worker had 70%% of what it can run to do in %.0f%% of its "
                                 "seconds: bursts wait in it; use more processes on more CPUs",
                                 100 * figures->busy_70));
}

static void
judge_run_delay (Judge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  gdouble service = thrum_histogram_get_mean (figures->all->service);
  gdouble degraded = MAX (0.1 * service, 200 * US), invalid = MAX (0.5 * service, 2 * MS);
  gboolean is_invalid = figures->run_delay > invalid;
  g_autofree gchar *delay = thrum_format_time ((gint64)figures->run_delay);
  g_autofree gchar *mean = thrum_format_time ((gint64)service);
  g_autofree gchar *beside =
      service > 0 ? g_strdup_printf (", whose service took %s in the mean", mean) : g_strdup ("");

  if (figures->run_delay <= degraded)
    return;
  add_reason (
      judge, "run-delay", is_invalid ? THRUM_VERDICT_INVALID : THRUM_VERDICT_DEGRADED,
      figures->run_delay, is_invalid ? invalid : degraded, "ns",
      g_strdup_printf ("thrum's threads waited for a CPU for %s a request%s; use fewer users, "
                       "a lower rate, or more CPUs%s",
                       delay, beside, figures->is_codec ? "" : ", or a codec plugin (http1)"));
}

/* ---- The generator could not ---------------------------------------------------------------- */

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

  if (2 * count_own_drops (judge) >= figures->dropped)
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
                  .n = thrum_histogram_get_count (figures->lag),
                  .lag_level = THRUM_VERDICT_VALID };

  judge.verdict->reasons = g_ptr_array_new_with_free_func (free_reason);
  judge.verdict->level = THRUM_VERDICT_VALID;
  if (judge.n >= FEW)
    judge_lag (&judge);
  if (figures->offered >= FEW)
    judge_achieved (&judge);
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
