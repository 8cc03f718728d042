/* SPDX-License-Identifier: MIT
 *
 * Puts the report together: the plots' data and scripts, their images if gnuplot is installed, and
 * the page. Main thread.
 */
#include "analyzer/report/html.h"
#include "analyzer/plot/plot.h"
#include "analyzer/report/report.h"

static const ThrumPlotFunc plots[] = {
  thrum_plot_scatter,   thrum_plot_throughput,  thrum_plot_latency,  thrum_plot_heatmap,
  thrum_plot_histogram, thrum_plot_percentiles, thrum_plot_failures,
};

static const char *const plot_names[] = { "scatter",   "throughput",  "latency", "heatmap",
                                          "histogram", "percentiles", "failures" };

static gboolean
write_plots (const ThrumAnalysis *analysis, ThrumOutput *output, const char *title,
             GPtrArray *written, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (plots); i++)
    {
      ThrumPlot *plot = plots[i](analysis, title, output, error);

      if (plot == NULL)
        return FALSE;
      g_ptr_array_add (written, plot);
      if (!thrum_plot_write (plot, output, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
thrum_report_write (const ThrumAnalysis *analysis, ThrumOutput *output,
                    const ThrumReportOptions *options, GError **error)
{
  g_autoptr (GPtrArray) written = g_ptr_array_new_with_free_func ((GDestroyNotify)thrum_plot_free);

  for (guint i = 0; i < G_N_ELEMENTS (plot_names); i++)
    thrum_output_note_old_plot (output, plot_names[i], plot_names[i]);
  thrum_output_note_old_plot (output, "throughput", "users");
  if (options->plots != NULL)
    {
      if (!write_plots (analysis, output, options->source->title, written, error))
        return FALSE;
      thrum_plots_render_or_tell (written, output, options->plots, options->jobs);
    }
  g_autofree char *html = thrum_report_to_html (analysis, options, written, output);
  if (!thrum_output_write (output, "report.html", html, -1, error))
    return FALSE;
  thrum_output_remove_old_plots (output);
  return TRUE;
}
