/* SPDX-License-Identifier: MIT
 *
 * The progress line. Its rate and percentiles cover the time since the last update, so that a
 * change shows when it happens. Reads the tally under its lock, for microseconds; main thread.
 */
#include "run/course/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/format.h"
#include "plan/plan.h"
#include "base/clock.h"
#include "base/printing.h"
#include "base/units.h"

#define TERMINAL_PERIOD_MS 500
#define LINES_PERIOD_MS 5000
#define BAR_WIDTH 16

struct _ThrumProgress {
  ThrumDrain *drain;
  const ThrumLoad *load;
  gint64 t0, last;
  gboolean is_terminal, shown;
  guint source;
};

static gchar *
format_clock (gint64 ns)
{
  gint64 s = ns / 1000000000;

  if (s < 60)
    return g_strdup_printf ("%" G_GINT64_FORMAT "s", s);
  if (s < 3600)
    return g_strdup_printf ("%" G_GINT64_FORMAT "m%02" G_GINT64_FORMAT "s", s / 60, s % 60);
  return g_strdup_printf ("%" G_GINT64_FORMAT "h%02" G_GINT64_FORMAT "m", s / 3600, s / 60 % 60);
}

static void
add_bar (GString *line, const ThrumProgressState *state)
{
  gint64 part = state->duration_ns > 0 ? state->elapsed_ns * BAR_WIDTH / state->duration_ns : 0;
  gint filled = (gint)CLAMP (part, 0, BAR_WIDTH);

  g_string_append_c (line, '[');
  for (gint i = 0; i < BAR_WIDTH; i++)
    g_string_append_c (line, i < filled ? '=' : i == filled ? '>' : ' ');
  g_string_append (line, "] ");
}

gchar *
thrum_progress_format (const ThrumProgressState *state, guint width, gboolean with_bar)
{
  GString *line = g_string_new (NULL);
  g_autofree gchar *elapsed = format_clock (state->elapsed_ns);
  g_autofree gchar *total = format_clock (state->duration_ns);
  g_autofree gchar *left = format_clock (MAX (state->duration_ns - state->elapsed_ns, 0));
  g_autofree gchar *rate = thrum_format_rate (state->rate);
  g_autofree gchar *busy = thrum_format_count (state->is_open ? state->in_flight : state->users);
  g_autofree gchar *failures = thrum_format_count (state->failures);

  if (with_bar)
    add_bar (line, state);
  g_string_append_printf (line, "%s/%s  %s %s  %s", elapsed, total,
                          state->is_open ? "in flight" : "users", busy, rate);
  if (state->asked > 0)
    {
      g_autofree gchar *asked = thrum_format_rate (state->asked);
      g_string_append_printf (line, " of %s", asked);
    }
  if (state->dropped > 0)
    {
      g_autofree gchar *dropped = thrum_format_count (state->dropped);
      g_string_append_printf (line, "  dropped %s (%.1f%%)", dropped,
                              100.0 * (gdouble)state->dropped
                                  / (gdouble)MAX (state->offered, state->dropped));
    }
  if (state->p50_ns >= 0)
    {
      g_autofree gchar *p50 = thrum_format_time (state->p50_ns);
      g_autofree gchar *p99 = thrum_format_time (state->p99_ns);
      g_string_append_printf (line, "  p50 %s  p99 %s", p50, p99);
    }
  g_string_append_printf (line, "  failed %s (%.1f%%)", failures,
                          state->done > 0 ? 100.0 * (gdouble)state->failures / (gdouble)state->done
                                          : 0.0);
  if (state->elapsed_ns < state->duration_ns)
    g_string_append_printf (line, "  ETA %s", left);
  else
    g_string_append (line, "  draining");
  if (width > 0 && line->len > width && with_bar)
    {
      g_string_free (line, TRUE);
      return thrum_progress_format (state, width, FALSE);
    }
  if (width > 0 && line->len > width)
    g_string_truncate (line, width);
  return g_string_free (line, FALSE);
}

/* The mean rate of arrivals that the plan has for the time since the last update. */
static gdouble
get_asked (const ThrumProgress *progress, gint64 now)
{
  const ThrumLoad *load = progress->load;

  if (!load->is_open || now <= progress->last)
    return 0;
  return (thrum_plan_arrivals_until (load, now - progress->t0)
          - thrum_plan_arrivals_until (load, progress->last - progress->t0))
         * 1e9 / (gdouble)(now - progress->last);
}

static void
read_state (ThrumProgress *progress, ThrumProgressState *state)
{
  gint64 now = thrum_clock_now ();
  ThrumDrainCounters counters;
  ThrumRunTally *tally;

  thrum_drain_get_counters (progress->drain, &counters);
  *state = (ThrumProgressState){
    .elapsed_ns = MAX (now - progress->t0, 0),
    .duration_ns = progress->load->duration_ns,
    .is_open = progress->load->is_open,
    .users = counters.sum.users,
    .offered = counters.sum.offered,
    .dropped = counters.sum.dropped,
    .asked = get_asked (progress, now),
    /* Read one by one while they rise: the second may be ahead. */
    .in_flight = counters.sum.sent - MIN (counters.sum.done, counters.sum.sent),
    .p50_ns = -1,
  };

  tally = thrum_drain_lock (progress->drain);
  for (guint i = 0; i < tally->n_requests; i++)
    {
      const ThrumOutcome *outcome = &tally->requests[i];
      state->done += outcome->rows + outcome->warm_up;
      state->failures += thrum_outcome_get_failures (outcome);
    }
  if (thrum_histogram_get_count (tally->progress) > 0)
    {
      state->p50_ns = thrum_histogram_get_quantile (tally->progress, 0.5);
      state->p99_ns = thrum_histogram_get_quantile (tally->progress, 0.99);
    }
  state->rate = (gdouble)tally->progress_rows * 1e9 / (gdouble)MAX (now - progress->last, 1);
  thrum_histogram_clear (tally->progress);
  tally->progress_rows = 0;
  thrum_drain_unlock (progress->drain);
  progress->last = now;
}

static guint
get_width (void)
{
  struct winsize size;

  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1)
    return size.ws_col - 1u;
  return 79;
}

static gboolean
update (gpointer data)
{
  ThrumProgress *progress = data;
  ThrumProgressState state;
  g_autofree gchar *line = NULL;

  read_state (progress, &state);
  line = thrum_progress_format (&state, progress->is_terminal ? get_width () : 0,
                                progress->is_terminal);
  if (progress->is_terminal)
    thrum_printing_note ("\r\033[K%s", line);
  else
    thrum_printing_note ("%s\n", line);
  progress->shown = TRUE;
  return G_SOURCE_CONTINUE;
}

ThrumProgress *
thrum_progress_new (ThrumDrain *drain, gint64 t0, const ThrumLoad *load)
{
  ThrumProgress *progress = g_new0 (ThrumProgress, 1);
  const gchar *term = g_getenv ("TERM");

  progress->drain = drain;
  progress->t0 = progress->last = t0;
  progress->load = load;
  progress->is_terminal = isatty (STDERR_FILENO) && term != NULL && strcmp (term, "dumb") != 0;
  progress->source = g_timeout_add (progress->is_terminal ? TERMINAL_PERIOD_MS : LINES_PERIOD_MS,
                                    update, progress);
  return progress;
}

void
thrum_progress_clear (ThrumProgress *progress)
{
  if (progress->is_terminal && progress->shown)
    {
      thrum_printing_note ("\r\033[K");
      progress->shown = FALSE;
    }
}

void
thrum_progress_free (ThrumProgress *progress)
{
  if (progress == NULL)
    return;
  thrum_progress_clear (progress);
  g_source_remove (progress->source);
  g_free (progress);
}
