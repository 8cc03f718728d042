/* SPDX-License-Identifier: MIT
 *
 * Draws throughput over time: requests done per second in each interval, the failed ones among
 * them, and the requests asked for. Those are the schedule's arrivals with the dropped ones, or,
 * where it matters, the requests that began.
 */
#include <math.h>

#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"

static gboolean
write_data (const ThrumAnalysis *analysis, guint n, double *most, ThrumOutput *output,
            GError **error)
{
  g_autoptr (GString) text = g_string_new ("start,done,failed,begun,concurrency\n");

  for (guint i = thrum_plot_get_first (analysis, n); i <= n && n > 0; i++)
    {
      /* The last line repeats the last step at its end: steps need it. */
      ThrumPlotStep step = thrum_plot_get_step (analysis, MIN (i, n - 1));
      double sums[4] = { 0 }, width = step.end - step.begin;

      for (guint j = step.first; j < step.stop; j++)
        {
          const ThrumSummary *interval = &analysis->intervals[j];
          const double values[] = { (double)interval->n_rows, (double)interval->n_failures,
                                    (double)interval->n_intended, interval->time_in_system };

          for (guint k = 0; k < G_N_ELEMENTS (sums); k++)
            sums[k] += values[k];
        }
      *most = MAX (*most, MAX (sums[0], sums[2]) / width);
      thrum_append_double (text, i < n ? step.begin : step.end);
      for (guint k = 0; k < G_N_ELEMENTS (sums); k++)
        {
          g_string_append_c (text, ',');
          thrum_append_double (text, sums[k] / width);
        }
      g_string_append_c (text, '\n');
    }
  return thrum_output_write (output, "throughput.csv", text->str, (gssize)text->len, error);
}

/* Reports whether what began in an interval is far from what ended in it: the service fell
 * behind. */
static gboolean
offered_differs (const ThrumAnalysis *analysis, guint n)
{
  double difference = 0, sum = 0;

  for (guint i = 0; i < n; i++)
    {
      difference +=
          fabs ((double)analysis->intervals[i].n_rows - (double)analysis->intervals[i].n_intended);
      sum += (double)analysis->intervals[i].n_rows;
    }
  return difference > 0.1 * sum;
}

/* What a schedule with a rate asked for by the second, and what of it was dropped. */
typedef struct {
  gboolean is_known;
  double dropped; /* in all */
} Asked;

static gboolean
write_asked (const ThrumAnalysis *analysis, Asked *asked, double *most, ThrumOutput *output,
             GError **error)
{
  const ThrumRunInfo *info = analysis->info;
  const GArray *timeline = info != NULL ? info->timeline : NULL;
  g_autoptr (GString) text = g_string_new ("second,asked,dropped\n");
  double peak = 0;

  *asked = (Asked){ 0 };
  /* The last second once more at its end, where its step ends; what comes behind the test is none. */
  for (guint i = 0; timeline != NULL && i < timeline->len; i++)
    {
      const ThrumRunSecond *second = &g_array_index (timeline, ThrumRunSecond, i);

      if (second->second >= info->duration)
        break;
      asked->is_known |= info->is_open || second->dropped > 0;
      asked->dropped += second->dropped;
      peak = MAX (peak, second->offered);
      for (guint j = 0; j < 2; j++)
        {
          thrum_append_double (text, second->second + j);
          g_string_append_c (text, ',');
          thrum_append_double (text, second->offered);
          g_string_append_c (text, ',');
          thrum_append_double (text, second->dropped);
          g_string_append_c (text, '\n');
        }
    }
  if (!asked->is_known)
    return TRUE;
  *most = MAX (*most, peak);
  return thrum_output_write (output, "offered.csv", text->str, (gssize)text->len, error);
}

/* An open model has arrivals in place of users. */
static gboolean
has_users (const GArray *timeline)
{
  for (guint i = 0; timeline != NULL && i < timeline->len; i++)
    if (g_array_index (timeline, ThrumRunSecond, i).users > 0)
      return TRUE;
  return FALSE;
}

/* The panel beneath: the users that run.json has by the second, else how many requests were under
 * way. */
static gboolean
append_users (const ThrumAnalysis *analysis, guint n, const ThrumAxis *x, GString *script,
              ThrumOutput *output, GError **error)
{
  const GArray *timeline = analysis->info != NULL ? analysis->info->timeline : NULL;
  gboolean known = has_users (timeline);
  g_autoptr (GString) text = g_string_new ("second,users\n");
  g_autoptr (GString) scale = g_string_new (NULL);
  double most = 0;

  /* The last second once more at its end, where its step ends. */
  for (guint i = 0; known && i <= timeline->len; i++)
    {
      const ThrumRunSecond *second =
          &g_array_index (timeline, ThrumRunSecond, MIN (i, timeline->len - 1));

      most = MAX (most, second->users);
      thrum_append_double (text, second->second + (i == timeline->len ? 1 : 0));
      g_string_append_c (text, ',');
      thrum_append_double (text, second->users);
      g_string_append_c (text, '\n');
    }
  if (known && !thrum_output_write (output, "users.csv", text->str, (gssize)text->len, error))
    return FALSE;
  for (guint i = 0; !known && i < n; i++)
    {
      ThrumPlotStep step = thrum_plot_get_step (analysis, i);
      double time = 0;

      for (guint j = step.first; j < step.stop; j++)
        time += analysis->intervals[j].time_in_system;
      most = MAX (most, time / (step.end - step.begin));
    }

  ThrumAxis y = thrum_axis_amount (most);
  y.step *= most > 0 && y.high / y.step > 4 ? 2 : 1;
  g_string_append (script,
                   "unset label\nunset arrow\nset tmargin at screen 0.3000\nset bmargin at screen "
                   "0.1214\nset xtics scale 0.6 textcolor rgb '#3C4149'\n");
  thrum_axis_append (x, script, 'x');
  thrum_axis_append (&y, script, 'y');
  thrum_append_double (scale, x->scale);
  g_string_append_printf (script,
                          "set label 4 '%s' at screen 0.0200,0.3300 left noenhanced textcolor rgb "
                          "'#3C4149'\n",
                          known ? "virtual users" : "requests under way, on average");
  g_string_append_printf (script,
                          "plot '%s' skip 1 using ($1*%s):%s with steps linewidth 2 linecolor rgb "
                          "GREEN\nunset multiplot\n",
                          known ? "users.csv" : "throughput.csv", scale->str, known ? "2" : "5");
  return TRUE;
}

ThrumPlot *
thrum_plot_throughput (const ThrumAnalysis *analysis, const char *title, ThrumOutput *output,
                       GError **error)
{
  g_autoptr (ThrumPlot) plot = thrum_plot_new ("throughput", "throughput", title, analysis);
  guint n = thrum_plot_count_steps (analysis);
  double most = 0;
  Asked asked;

  if (!write_data (analysis, n, &most, output, error)
      || !write_asked (analysis, &asked, &most, output, error))
    return NULL;

  ThrumAxis x = thrum_axis_time (thrum_plot_get_end (analysis));
  ThrumAxis y = thrum_axis_amount (most);
  g_autofree char *width = thrum_text_width ((double)analysis->interval_width / analysis->units);
  thrum_plot_append_axes (plot, &x, &y, "requests per second");
  thrum_plot_append_cut (plot, analysis, &x);
  g_string_append_printf (
      plot->script, "set xlabel 'time since the start (%s), in intervals of %s'\n", x.unit, width);
  gboolean differs = !asked.is_known && offered_differs (analysis, n);
  ThrumLegend legend[4] = { { "done", "BLUE", 0, 1 } };
  guint n_entries = 1;
  if (analysis->total.n_failures > 0)
    legend[n_entries++] = (ThrumLegend){ "of these failed", "RED", THRUM_MARK_SQUARE };
  if (differs)
    legend[n_entries++] = (ThrumLegend){ "begun", "INK", 0, 2 };
  if (asked.is_known)
    legend[n_entries++] = (ThrumLegend){ "asked", "INK", 0, 2 };
  if (asked.dropped > 0)
    legend[n_entries++] = (ThrumLegend){ "dropped", "AMBER", 0, 3 };
  if (analysis->total.n_rows == 0)
    thrum_plot_append_nothing (plot, "no requests");
  else
    {
      g_autoptr (GString) scale = g_string_new (NULL);

      thrum_plot_append_legend (plot, legend, n_entries);
      thrum_append_double (scale, x.scale);
      /* Two panels over one axis, whose labels stand below the lower one. */
      g_string_append (plot->script, "set multiplot\nset bmargin at screen 0.3700\nset xlabel ''\n"
                                     "set xtics scale 0 textcolor rgb '#FFFFFF'\n");
      g_string_append_printf (
          plot->script,
          "plot 'throughput.csv' skip 1 using ($1*%s):2 with fillsteps fillcolor rgb PALE, \\\n"
          "  '' skip 1 using ($1*%s):2 with steps linewidth 2 linecolor rgb BLUE, \\\n"
          "  '' skip 1 using ($1*%s):3 with fillsteps fillcolor rgb RED",
          scale->str, scale->str, scale->str);
      if (differs)
        g_string_append_printf (plot->script,
                                ", \\\n  '' skip 1 using ($1*%s):4 with steps linewidth 1.5 "
                                "dashtype 2 linecolor rgb INK",
                                scale->str);
      if (asked.is_known)
        g_string_append_printf (plot->script,
                                ", \\\n  'offered.csv' skip 1 using ($1*%s):2 with lines linewidth "
                                "1.5 dashtype 2 linecolor rgb INK",
                                scale->str);
      if (asked.dropped > 0)
        g_string_append_printf (plot->script,
                                ", \\\n  'offered.csv' skip 1 using ($1*%s):3 with lines linewidth "
                                "2 dashtype 3 linecolor rgb AMBER",
                                scale->str);
      g_string_append_printf (plot->script,
                              "\nset xlabel 'time since the start (%s), in intervals of %s'\n",
                              x.unit, width);
      if (!append_users (analysis, n, &x, plot->script, output, error))
        return NULL;
    }
  g_autofree char *mean = thrum_text_rate (thrum_analysis_get_rate (analysis, &analysis->total));
  g_autofree char *peak = thrum_text_number (most, 1);
  plot->alt =
      g_strdup_printf ("Requests done and failed per second, and how many were at it, over time: "
                       "%s answered in all, at most %s/s begun or done within %s.",
                       mean, peak, width);
  return g_steal_pointer (&plot);
}
