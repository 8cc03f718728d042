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
  char *alt;        /* what it shows, in words and numbers, for who does not see it */
  GString *script;
  char *nothing; /* (nullable) why it shows nothing */
} ThrumPlot;

/* A script with the style and a title at its head. (transfer full) */
ThrumPlot *thrum_plot_new (const char *name, const char *heading, const char *title,
                           const ThrumAnalysis *analysis);
/* The same with @title alone on the first line and @subtitle on the second. */
ThrumPlot *thrum_plot_new_plain (const char *name, const char *title, const char *subtitle);
void thrum_plot_free (ThrumPlot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumPlot, thrum_plot_free)

/* Appends 'text' so that gnuplot takes it for nothing but text: in single quotes, its own ones turned
 * into apostrophes, without control characters, cut at @max characters. */
void thrum_append_quoted (GString *script, const char *text, guint max);

/* " Half took at most 8.1 ms; p99 is 60 ms; the slowest took 226 ms.", for descriptions; "" without a
 * reply. (transfer full) */
char *thrum_plot_describe_latency (const ThrumAnalysis *analysis);

/* Where the last interval ends, s: the right end of plots over intervals. */
double thrum_plot_get_end (const ThrumAnalysis *analysis);

/* Where interval @i begins, s; of the number of intervals: where the last one ends, which is drawn as far
 * as the test reached into it. */
double thrum_plot_get_edge (const ThrumAnalysis *analysis, guint i);

/* Rates are drawn in steps, each an interval, but that a last one of less than a tenth of the width is part
 * of the step before it: three replies in the last millisecond are no peak of 3,000/s. */
typedef struct {
  double begin, end; /* s */
  guint first, stop; /* the intervals [first, stop) */
} ThrumPlotStep;

guint thrum_plot_count_steps (const ThrumAnalysis *analysis);
ThrumPlotStep thrum_plot_get_step (const ThrumAnalysis *analysis, guint i);

/* The least time above 0 in @d, units; 1 where there is none. Zeros have no place on a log axis. */
gint64 thrum_plot_get_least_positive (const ThrumDistribution *d);

/* The first interval of which nothing was left out as warm-up, but one before @n in any case. */
guint thrum_plot_get_first (const ThrumAnalysis *analysis, guint n);

/* Appends both axes; the y axis' title is @what with its unit, as a line above the plot. */
void
thrum_plot_append_axes (ThrumPlot *self, const ThrumAxis *x, const ThrumAxis *y, const char *what);

/* Shades what was left out at the beginning, if anything, on the time axis @x. */
void thrum_plot_append_cut (ThrumPlot *self, const ThrumAnalysis *analysis, const ThrumAxis *x);

/* An entry of the legend, in @colour (a name of data/style.gp): a mark of gnuplot's @point_type, or
 * where @dash is not 0 a piece of line of that dash type, since print has no colours. */
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

/* Appends an x axis of nines, -log10 (1 - q) for the quantile q, that reaches to @end. */
void thrum_append_nines_axis (GString *script, double end);

/* Writes the script. */
gboolean thrum_plot_write (ThrumPlot *self, ThrumOutput *output, GError **error);

/* Lets the program @gnuplot render @plots (ThrumPlot) as @extension, "png" or "svg", @jobs at a time;
 * an old picture is never left standing. FALSE and @error for the first that could not be rendered. */
gboolean thrum_plots_render (GPtrArray *plots, ThrumOutput *output, const char *gnuplot,
                             const char *extension, guint jobs, GError **error);

/* The same, but what goes wrong, or that there is no gnuplot, is said on stderr. */
void thrum_plots_render_or_tell (GPtrArray *plots, ThrumOutput *output, const char *extension,
                                 guint jobs);

/* The plots. Each writes its data and returns its script; (transfer full); NULL and @error where a
 * file cannot be written. */
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

/* For plots without a row to show: says so in the middle, and a page in place of the picture. */
void thrum_plot_append_nothing (ThrumPlot *self, const char *why);

G_END_DECLS
