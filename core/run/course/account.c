/* SPDX-License-Identifier: MIT
 *
 * Adds up, after a run, what the rings, the counters and the ends of the workers say. Checks
 * whether it adds up, and finds words for what does not. Main thread, once the drain thread has
 * ended.
 */
#include "run/course/account.h"

static void
add_problem (ThrumRun *run, gchar *problem)
{
  g_ptr_array_add (run->problems, problem);
}

/* Arrivals that waited for a slot in a worker that is gone: never sent. */
static guint64
count_waiting (ThrumWorkerProcess *process)
{
  gint64 waiting = 0;

  for (guint lane = 0; lane < thrum_region_get_n_lanes (process->region); lane++)
    {
      const ThrumLaneCounters *counters = thrum_region_get_counters (process->region, lane);

      waiting +=
          (gint64)(thrum_counter_get (&counters->offered) - thrum_counter_get (&counters->sent)
                   - thrum_counter_get (&counters->dropped));
    }
  return (guint64)MAX (waiting, 0);
}

/* Requests that worker @process began, by its counters. */
static guint64
count_sent (ThrumWorkerProcess *process)
{
  guint64 sent = 0;

  for (guint lane = 0; lane < thrum_region_get_n_lanes (process->region); lane++)
    sent += thrum_counter_get (&thrum_region_get_counters (process->region, lane)->sent);
  return sent;
}

/* What the rings, the counters and the ends of the workers come to. A worker that ended well has no
 * row missing; if it has, that is our error, and said. */
static void
account (ThrumRun *run, GPtrArray *processes, ThrumDrain *drain, guint64 *rows,
         gboolean *is_corrupt)
{
  thrum_drain_get_counters (drain, &run->counters);
  run->workers = g_array_new (FALSE, TRUE, sizeof (ThrumObserved));
  run->reasons = thrum_reason_list_new ();
  for (guint i = 0; i < processes->len; i++)
    {
      ThrumWorkerProcess *process = processes->pdata[i];
      guint64 sent = count_sent (process), mine = thrum_drain_get_rows (drain, i);

      ThrumObserved observed = thrum_drain_get_observed (drain, i);

      *rows += mine;
      g_array_append_val (run->workers, observed);
      thrum_reason_list_add (run->reasons, thrum_region_get_reasons (process->region));
      run->spoilt += thrum_drain_get_spoilt (drain, i);
      if (thrum_drain_is_corrupt (drain, i))
        {
          *is_corrupt = TRUE;
          add_problem (run,
                       g_strdup_printf ("worker %u's shared memory was overwritten by its plugin: "
                                        "its rows are incomplete, its counts worth nothing",
                                        i));
        }
      else if (!process->is_done)
        {
          run->lost += sent > mine ? sent - mine : 0;
          run->counters.sum.dropped += count_waiting (process);
        }
    }
  thrum_reason_list_finish (run->reasons);
  run->unwritten = thrum_drain_get_unwritten (drain);
  run->is_conserved = !*is_corrupt && thrum_run_is_conserved (run, *rows);
}

static void
explain (ThrumRun *run, ThrumDrain *drain, guint64 rows, gboolean is_corrupt)
{
  const ThrumLaneCounters *sum = &run->counters.sum;
  const GError *error = thrum_drain_get_error (drain);

  if (run->lost > 0)
    add_problem (run,
                 g_strdup_printf ("%" G_GUINT64_FORMAT " requests in flight were lost with their "
                                  "worker: no row stands for them",
                                  run->lost));
  if (error != NULL && run->unwritten > 0)
    add_problem (run, g_strdup_printf ("%s: %" G_GUINT64_FORMAT " rows are missing", error->message,
                                       run->unwritten));
  else if (error != NULL && run->stopped_at > 0)
    add_problem (run,
                 g_strdup_printf ("%s: the run ended early; no row is missing", error->message));
  else if (error != NULL)
    add_problem (run, g_strdup (error->message));
  if (run->unwritten == 0 && !run->is_conserved && !is_corrupt)
    add_problem (run, g_strdup_printf ("the counts do not add up: offered %" G_GUINT64_FORMAT
                                       ", sent %" G_GUINT64_FORMAT ", dropped %" G_GUINT64_FORMAT
                                       ", rows %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT
                                       ": an error in thrum, or in a plugin's use of memory",
                                       sum->offered, sum->sent, sum->dropped, rows, run->lost));
}

void
thrum_account (ThrumRun *run, GPtrArray *processes, ThrumDrain *drain)
{
  guint64 rows = 0;
  gboolean is_corrupt = FALSE;

  account (run, processes, drain, &rows, &is_corrupt);
  explain (run, drain, rows, is_corrupt);
}
