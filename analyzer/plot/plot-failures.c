/* SPDX-License-Identifier: MIT
 *
 * Draws failures over time, per second. Each kind is a layer of its own colour, the most frequent
 * at the bottom. A token has the same colour in every report. The legend lists the kinds in the
 * order of the layers, so that a print without colours can be read.
 */
#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"

#define MOST 6 /* kinds that are told apart; the others are one layer */

#define OTHERS "SOFT"

/* A token has its colour in every report. Those of one family, which seldom come together, are shades:
 * blues for what never connected, dark ones for connections that broke. */
static const struct {
  const char *token;
  const char *colour;
} known[] = {
  { "timeout", "AMBER" },        { "connect-refused", "BLUE" }, { "connect-failed", "SKY" },
  { "no-address", "PALE" },      { "no-port", "'#8FA9BF'" },    { "tls-verify", "GREEN" },
  { "tls-failed", "'#7FCEB8'" }, { "reset", "NAVY" },           { "closed-early", "INK" },
  { "protocol", "PINK" },        { "too-large", "'#E5BBD2'" },  { "check", "'#8C3B6E'" },
  { "unfinished", "'#F4E3B2'" }, { "cancelled", "'#C9CDD2'" },  { "redirects", "'#7A4A12'" },
  { "other", "'#A8A03A'" },
};

/* The others', by rank, as statuses are: none of them a token's. Neighbours differ in lightness, too. */
static const char *const by_rank[] = { "RED",       "'#F7C9A3'", "'#8E2F00'",
                                       "'#F0E442'", "'#FF8F6B'", "'#5E4B8B'" };

static const ThrumOccurrence *
get_kind (const ThrumAnalysis *analysis, guint i)
{
  return g_ptr_array_index (analysis->kinds, i);
}

static const char *
find_known_colour (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (known[i].token, name))
      return known[i].colour;
  return NULL;
}

/* Of layer @curve, in the most frequent one's order. */
static const char *
get_colour (const ThrumAnalysis *analysis, guint curve)
{
  const char *colour = curve < MOST ? find_known_colour (get_kind (analysis, curve)->name) : OTHERS;
  guint rank = 0;

  for (guint i = 0; i < curve && i < MOST; i++)
    rank += find_known_colour (get_kind (analysis, i)->name) == NULL;
  return colour != NULL ? colour : by_rank[rank];
}

static double
get_rate (const ThrumAnalysis *analysis, guint curve, const ThrumPlotStep *step)
{
  guint64 n = 0;

  for (guint i = curve; i < (curve < MOST ? curve + 1 : analysis->kinds->len); i++)
    for (guint j = step->first; j < step->stop; j++)
      n += get_kind (analysis, i)->per_interval[j];
  return (double)n / (step->end - step->begin);
}

/* The kinds' names go into the data alone, and there only as text. */
/* A column's head, which a spreadsheet must not take for a formula. (transfer full) */
static char *
make_head (const char *name)
{
  char *head = g_strconcat (strchr ("=+-@", *name) != NULL ? "'" : "", name, NULL);

  return g_strdelimit (head, ",\"", '_');
}

static gboolean
write_data (const ThrumAnalysis *analysis, guint n, guint n_curves, double *most,
            ThrumOutput *output, GError **error)
{
  g_autoptr (GString) text = g_string_new ("start");

  for (guint i = 0; i < n_curves; i++)
    {
      g_autofree char *head = make_head (i < MOST ? get_kind (analysis, i)->name : "others");

      g_string_append_printf (text, ",%s", head);
    }
  g_string_append_c (text, '\n');
  for (guint i = thrum_plot_get_first (analysis, n); i <= n && n > 0; i++)
    {
      ThrumPlotStep step = thrum_plot_get_step (analysis, MIN (i, n - 1));
      double sum = 0;

      thrum_append_double (text, i < n ? step.begin : step.end);
      for (guint j = 0; j < n_curves; j++)
        {
          double rate = get_rate (analysis, j, &step);

          sum += rate;
          g_string_append_c (text, ',');
          thrum_append_double (text, rate);
        }
      *most = MAX (*most, sum);
      g_string_append_c (text, '\n');
    }
  return thrum_output_write (output, "failures.csv", text->str, (gssize)text->len, error);
}

/* The names are not ours: a column of labels at the right, each a quoted text. */
static void
append_names (ThrumPlot *plot, const ThrumAnalysis *analysis, guint n_curves)
{
  g_string_append (plot->script, "set rmargin at screen 0.7700\n");
  for (guint i = 0; i < n_curves; i++)
    {
      const char *name = i < MOST ? get_kind (analysis, i)->name : "others";
      double y = 0.82 - 0.045 * (n_curves - 1 - i);

      g_string_append_printf (plot->script, "set label %u ", 20 + i);
      thrum_append_quoted (plot->script, name, 18);
      g_string_append_printf (plot->script,
                              " at screen 0.8000,%.4f left noenhanced textcolor rgb '#3C4149' "
                              "point pointtype 5 pointsize 1.6 linecolor rgb %s offset 0.9,-0.12\n",
                              y, get_colour (analysis, i));
    }
}

ThrumPlot *
thrum_plot_failures (const ThrumAnalysis *analysis, const char *title, ThrumOutput *output,
                     GError **error)
{
  g_autoptr (ThrumPlot) plot = thrum_plot_new ("failures", "failures over time", title, analysis);
  guint n_curves = MIN (analysis->kinds->len, MOST + 1);
  guint n = thrum_plot_count_steps (analysis);
  double most = 0;

  if (!write_data (analysis, n, n_curves, &most, output, error))
    return NULL;

  ThrumAxis x = thrum_axis_time (thrum_plot_get_end (analysis));
  ThrumAxis y = thrum_axis_amount (most);
  g_autofree char *width = thrum_text_width ((double)analysis->interval_width / analysis->units);
  thrum_plot_append_axes (plot, &x, &y, "failures per second");
  thrum_plot_append_cut (plot, analysis, &x);
  g_string_append_printf (
      plot->script, "set xlabel 'time since the start (%s), in intervals of %s'\n", x.unit, width);
  if (n_curves == 0)
    thrum_plot_append_nothing (plot, "no failures");
  else if (most == 0)
    {
      thrum_plot_append_nothing (plot, "all failures are far from the test in time");
      n_curves = 0;
    }
  else
    append_names (plot, analysis, n_curves);
  /* From the top layer down: each covers what the ones above it have in common with it. */
  for (guint i = n_curves; i-- > 0;)
    {
      g_autoptr (GString) sum = g_string_new ("$2");

      for (guint j = 1; j <= i; j++)
        g_string_append_printf (sum, "+$%u", j + 2);
      for (guint edge = 0; edge < 2; edge++)
        {
          g_string_append_printf (plot->script, "%s skip 1 using ($1*",
                                  i + 1 == n_curves && edge == 0 ? "plot 'failures.csv'"
                                                                 : ", \\\n  ''");
          thrum_append_double (plot->script, x.scale);
          g_string_append_printf (plot->script,
                                  edge == 0
                                      ? "):(%s) with fillsteps fillcolor rgb %s"
                                      : "):(%s) with steps linewidth 1 linecolor rgb '#FFFFFF'",
                                  sum->str, get_colour (analysis, i));
        }
    }
  g_string_append (plot->script, n_curves > 0 ? "\n" : "");
  g_autofree char *count = thrum_text_count (analysis->total.n_failures);
  plot->alt = g_strdup_printf ("Failures per second over time, the kinds one upon the other, the "
                               "most frequent at the bottom: %s in all.",
                               count);
  return g_steal_pointer (&plot);
}
