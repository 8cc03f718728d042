/* SPDX-License-Identifier: MIT
 *
 * The verdict. Each signal is judged by itself, by the rules of verdict-load.c, verdict-stops.c,
 * verdict-notes.c and some in this file. The gravest signal decides the verdict. doc/design.md
 * explains the limits. Pure; knows nothing of rings or processes.
 */
#include "base/format.h"
#include "run/judge/verdict-judge.h"
#include "base/units.h"

/* Fewer requests say nothing of shares and percentiles. */
#define FEW 100

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

void
thrum_judge_add (ThrumJudge *judge, const gchar *signal, ThrumVerdictLevel level, gdouble figure,
                 gdouble limit, const gchar *unit, gchar *text)
{
  ThrumVerdictReason reason = { signal, level, figure, limit, unit, text };

  g_ptr_array_add (judge->verdict->reasons, g_memdup2 (&reason, sizeof reason));
  judge->verdict->level = MAX (judge->verdict->level, level);
}

ThrumVerdictLevel
thrum_judge_share (guint64 count, guint64 n, gdouble degraded, gdouble invalid, gdouble *limit)
{
  gdouble share = n > 0 ? (gdouble)count / (gdouble)n : 0;

  *limit = invalid;
  if (count >= THRUM_VERDICT_INVALID_COUNT && share > invalid)
    return THRUM_VERDICT_INVALID;
  *limit = degraded;
  return count >= THRUM_VERDICT_DEGRADED_COUNT && share > degraded ? THRUM_VERDICT_DEGRADED
                                                                   : THRUM_VERDICT_VALID;
}

static void
judge_ring (ThrumJudge *judge)
{
  const ThrumVerdictFigures *figures = judge->figures;
  g_autofree gchar *paused = thrum_format_time (figures->pause_ns);

  if (figures->pauses > 0)
    thrum_judge_add (
        judge, "ring", THRUM_VERDICT_INVALID, (gdouble)figures->pauses, 0, "count",
        g_strdup_printf ("workers waited %" G_GUINT64_FORMAT " times, %s in all, for "
                         "results.csv to be written; write to a faster disk, or leave thrum "
                         "itself a CPU",
                         figures->pauses, paused));
  else if (figures->fullest_ring > 0.5)
    thrum_judge_add (
        judge, "ring", THRUM_VERDICT_DEGRADED, figures->fullest_ring, 0.5, "ratio",
        g_strdup_printf ("results.csv was written only just in time: a worker's samples "
                         "filled %.0f%% of their room; write to a faster disk, or leave "
                         "thrum itself a CPU",
                         100 * figures->fullest_ring));
}

static void
judge_ports (ThrumJudge *judge)
{
  guint64 count = judge->figures->all->failures[THRUM_FAILURE_NO_PORT];
  guint64 rows = judge->figures->all->rows;
  gboolean is_invalid = (gdouble)count > 0.01 * (gdouble)rows;

  if (count == 0)
    return;
  thrum_judge_add (
      judge, "no-port", is_invalid ? THRUM_VERDICT_INVALID : THRUM_VERDICT_DEGRADED,
      (gdouble)count / (gdouble)rows, is_invalid ? 0.01 : 0, "ratio",
      g_strdup_printf ("%" G_GUINT64_FORMAT " requests found no local port or descriptor "
                       "free: that is this machine, not the service; reuse connections, or "
                       "give source-addresses",
                       count));
}

static void
judge_problem (ThrumJudge *judge)
{
  if (judge->figures->problem != NULL)
    thrum_judge_add (
        judge, "incomplete", THRUM_VERDICT_INVALID, 1, 0, "count",
        g_strdup_printf ("part of the load was not offered, or its rows are missing: %s",
                         judge->figures->problem));
}

static gint
compare_reasons (gconstpointer a, gconstpointer b)
{
  const ThrumVerdictReason *const *x = a, *const *y = b;

  return (gint)(*y)->level - (gint)(*x)->level;
}

ThrumVerdict *
thrum_verdict_new (const ThrumVerdictFigures *figures)
{
  ThrumJudge judge = { .figures = figures,
                       .verdict = g_new0 (ThrumVerdict, 1),
                       .n = figures->all->rows,
                       .part_level = THRUM_VERDICT_VALID };

  judge.verdict->reasons = g_ptr_array_new_with_free_func (free_reason);
  judge.verdict->level = THRUM_VERDICT_VALID;
  if (judge.n >= FEW)
    thrum_judge_brackets (&judge);
  if (figures->offered >= FEW)
    thrum_judge_arrivals (&judge);
  if (judge.n >= FEW)
    {
      thrum_judge_kept (&judge);
      thrum_judge_stops (&judge);
    }
  judge_ring (&judge);
  judge_ports (&judge);
  judge_problem (&judge);
  thrum_judge_note_missing (&judge);
  thrum_judge_note_quota (&judge);
  /* A sort that keeps the order of equals: there are a handful. */
  g_ptr_array_sort (judge.verdict->reasons, compare_reasons);

  if (judge.n < FEW && judge.verdict->level == THRUM_VERDICT_VALID)
    {
      judge.verdict->level = THRUM_VERDICT_NONE;
      thrum_judge_add (&judge, "requests", THRUM_VERDICT_NONE, (gdouble)judge.n, FEW, "count",
                       g_strdup_printf ("%" G_GUINT64_FORMAT
                                        " request%s too few to judge the generator "
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
