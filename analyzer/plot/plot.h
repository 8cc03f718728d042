/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"
#include "analyzer/plot/axis.h"
#include "analyzer/write/output.h"

G_BEGIN_DECLS

#define THRUM_PLOT_WIDTH 1200 /* pixels */
#define THRUM_PLOT_HEIGHT 700

/* One picture: a gnuplot script in the making. Its data is in files of its own, named after it. All
 * text that is not ours goes through thrum_append_quoted (). */
typedef struct {
  const char *name; /* of its files; ours, never the user's */
  char *alt;        /* what it shows, in words and numbers, for people who cannot see it */
  GString *script;
  char *nothing; /* (nullable) why it shows nothing */
} ThrumPlot;

/* Returns a script that begins with the style and a title. (transfer full) */
ThrumPlot *thrum_plot_new (const char *name, const char *heading, const char *title,
                           const ThrumAnalysis *analysis);
/* Returns a script as above, with @title alone on the first line and @subtitle on the second. */
ThrumPlot *thrum_plot_new_plain (const char *name, const char *title, const char *subtitle);
void thrum_plot_free (ThrumPlot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumPlot, thrum_plot_free)

/* Appends 'text' so that gnuplot takes it for plain text: in single quotes, with its own quotes
 * turned into apostrophes, without control characters, cut at @max characters. */
void thrum_append_quoted (GString *script, const char *text, guint max);

/* Returns a description, " Half took at most 8.1 ms; p99 is 60 ms; the slowest took 226 ms."; "" if
 * there was no reply. (transfer full) */
char *thrum_plot_describe_latency (const ThrumAnalysis *analysis);

/* Returns where the last interval ends, s: the right end of plots over intervals. */
double thrum_plot_get_end (const ThrumAnalysis *analysis);

/* Returns where interval @i begins, s. For @i = the number of intervals, returns where the last one
 * ends, which is drawn only as far as the test reached into it. */
double thrum_plot_get_edge (const ThrumAnalysis *analysis, guint i);

/* Rates are drawn in steps. Each step is an interval, except that a last interval of less than a
 * tenth of the width is part of the step before it: three replies in the last millisecond are not a
 * peak of 3,000/s. */
typedef struct {
  double begin, end; /* s */
  guint first, stop; /* the intervals [first, stop) */
} ThrumPlotStep;

guint thrum_plot_count_steps (const ThrumAnalysis *analysis);
ThrumPlotStep thrum_plot_get_step (const ThrumAnalysis *analysis, guint i);

/* Returns the least time above 0 in @d, units; 1 if there is none. Zeros have no place on a log
 * axis. */
gint64 thrum_plot_get_least_positive (const ThrumDistribution *d);

/* Returns the first interval of which no part was left out as warm-up, but always one before @n. */
guint thrum_plot_get_first (const ThrumAnalysis *analysis, guint n);

/* Appends both axes. The title of the y axis is @what with its unit, as a line above the plot. */
void
thrum_plot_append_axes (ThrumPlot *self, const ThrumAxis *x, const ThrumAxis *y, const char *what);

/* Shades the part that was left out at the beginning, if any, on the time axis @x. */
void thrum_plot_append_cut (ThrumPlot *self, const ThrumAnalysis *analysis, const ThrumAxis *x);

/* An entry of the legend, in @colour (a name of data/style.gp). It shows a mark of gnuplot's
 * @point_type, or, if @dash is not 0, a piece of a line of that dash type, because print has no
 * colours. */
typedef struct {
  const char *text; /* ours */
  const char *colour;
  guint point_type;
  guint dash;
} ThrumLegend;

#define THRUM_MARK_SQUARE 5
#define THRUM_MARK_DISC 7
#define THRUM_MARK_CROSS 2

/* Appends the legend, one line that ends at the plot's right edge. */
void thrum_plot_append_legend (ThrumPlot *self, const ThrumLegend *entries, guint n_entries);

/* Appends an x axis of nines, -log10 (1 - q) for the quantile q, that ends at @end. */
void thrum_append_nines_axis (GString *script, double end);

/* Writes the script. */
gboolean thrum_plot_write (ThrumPlot *self, ThrumOutput *output, GError **error);

/* Lets the program @gnuplot render @plots (ThrumPlot) as @extension, "png" or "svg", @jobs at a
 * time. An old picture is never left standing. Returns FALSE and @error for the first plot that
 * could not be rendered. */
gboolean thrum_plots_render (GPtrArray *plots, ThrumOutput *output, const char *gnuplot,
                             const char *extension, guint jobs, GError **error);

/* Renders @plots as above, but reports on stderr what goes wrong, or that gnuplot is not
 * installed. */
void thrum_plots_render_or_tell (GPtrArray *plots, ThrumOutput *output, const char *extension,
                                 guint jobs);

/* The plots. Each function writes its data and returns its script (transfer full), or returns NULL
 * and @error if a file cannot be written. */
typedef ThrumPlot *(*ThrumPlotFunc) (const ThrumAnalysis *analysis, const char *title,
                                     ThrumOutput *output, GError **error);
ThrumPlot *thrum_plot_scatter (const ThrumAnalysis *analysis, const char *title,
                               ThrumOutput *output, GError **error);
ThrumPlot *thrum_plot_throughput (const ThrumAnalysis *analysis, const char *title,
                                  ThrumOutput *output, GError **error);
ThrumPlot *thrum_plot_latency (const ThrumAnalysis *analysis, const char *title,
                               ThrumOutput *output, GError **error);

ThrumPlot *thrum_plot_heatmap (const ThrumAnalysis *analysis, const char *title,
                               ThrumOutput *output, GError **error);
ThrumPlot *thrum_plot_histogram (const ThrumAnalysis *analysis, const char *title,
                                 ThrumOutput *output, GError **error);
ThrumPlot *thrum_plot_percentiles (const ThrumAnalysis *analysis, const char *title,
                                   ThrumOutput *output, GError **error);
ThrumPlot *thrum_plot_failures (const ThrumAnalysis *analysis, const char *title,
                                ThrumOutput *output, GError **error);

/* Writes @why in the middle of a plot that has no row to show; a page shows it in place of the
 * picture. */
void thrum_plot_append_nothing (ThrumPlot *self, const char *why);

G_END_DECLS
