/* SPDX-License-Identifier: MIT
 *
 * What all plots share: a script's head, text that cannot be taken for commands, and gnuplot itself,
 * run without a shell. Main thread; each gnuplot is waited for on a thread of its own.
 */
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/judge/measures.h"
#include "analyzer/plot/plot.h"
#include "analyzer/write/text.h"
#include "base/child.h"
#include "base/printing.h"

void
thrum_append_quoted (GString *script, const char *text, guint max)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  guint n = 0;

  g_string_append_c (script, '\'');
  for (const char *p = valid; *p != '\0' && n < max; p = g_utf8_next_char (p), n++)
    {
      gunichar c = g_utf8_get_char (p);

      /* Doubled within quotes it would do, were it not that gnuplot 5.4 takes a string that begins
       * with '' for an empty one. */
      if (c == '\'')
        g_string_append (script, "\342\200\231");
      else if (g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029)
        g_string_append_c (script, ' ');
      else
        g_string_append_unichar (script, c);
      if (n + 1 == max && *g_utf8_next_char (p) != '\0')
        g_string_append (script, "\342\200\246");
    }
  g_string_append_c (script, '\'');
}

static char *
make_subtitle (const ThrumAnalysis *analysis)
{
  const ThrumSummary *total = &analysis->total;
  g_autofree char *n = thrum_text_count (total->n_rows);
  g_autofree char *extent = thrum_text_extent (analysis->seconds + analysis->cut, analysis->cut);
  g_autofree char *failed = thrum_text_percent (
      total->n_rows == 0 ? 0 : (double)total->n_failures / (double)total->n_rows);

  double asked = analysis->info != NULL ? thrum_run_info_get_asked (analysis->info) : 0;
  g_autofree char *text = g_strdup_printf ("%s request%s in %s, %s failed", n,
                                           total->n_rows == 1 ? "" : "s", extent, failed);

  if (asked <= 0)
    return g_steal_pointer (&text);
  g_autofree char *asked_text = thrum_text_rate (asked);
  g_autofree char *answered = thrum_text_rate (thrum_analysis_get_rate (analysis, total));
  g_autofree char *dropped =
      thrum_text_percent (thrum_measure (analysis, total, THRUM_MEASURED_DROPPED, 0).value);
  return g_strdup_printf ("%s; asked %s, answered %s, %s dropped", text, asked_text, answered,
                          dropped);
}

ThrumPlot *
thrum_plot_new (const char *name, const char *heading, const char *title,
                const ThrumAnalysis *analysis)
{
  g_autofree char *subtitle = make_subtitle (analysis);
  g_autofree char *whole = g_strdup_printf ("%s: %s", title, heading);

  return thrum_plot_new_plain (name, whole, subtitle);
}

ThrumPlot *
thrum_plot_new_plain (const char *name, const char *title, const char *subtitle)
{
  g_autoptr (GBytes) style =
      g_resources_lookup_data ("/thrum/analyzer/style.gp", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  ThrumPlot *self = g_new0 (ThrumPlot, 1);

  self->name = name;
  self->script = g_string_new (NULL);
  g_string_append_printf (
      self->script,
      THRUM_OUTPUT_SCRIPT_HEAD
      " To render it again, in this folder: gnuplot %s.gp\n"
      "# or as SVG: gnuplot -e \"ext = 'svg'\" %s.gp\n"
      "if (!exists('ext')) ext = 'png'\n"
      "if (!exists('out')) out = '%s.' . ext\n"
      "if (ext eq 'svg') set terminal svg size %d,%d font 'DejaVu Sans,15' background rgb 'white'\n"
      "if (ext ne 'svg' && strstrt(GPVAL_TERMINALS, 'pngcairo')) \\\n"
      "  set terminal pngcairo size %d,%d font 'DejaVu Sans,15' background rgb 'white'\n"
      "if (ext ne 'svg' && !strstrt(GPVAL_TERMINALS, 'pngcairo')) \\\n"
      "  set terminal png size %d,%d large\n"
      "set output out\n\n",
      name, name, name, THRUM_PLOT_WIDTH, THRUM_PLOT_HEIGHT, THRUM_PLOT_WIDTH, THRUM_PLOT_HEIGHT,
      THRUM_PLOT_WIDTH, THRUM_PLOT_HEIGHT);
  g_string_append_len (self->script, g_bytes_get_data (style, NULL),
                       (gssize)g_bytes_get_size (style));
  g_string_append (self->script, "\nset label 1 ");
  thrum_append_quoted (self->script, title, 70);
  g_string_append (self->script, " at screen 0.0200,0.9640 left noenhanced font 'DejaVu Sans "
                                 "Bold,18' textcolor rgb INK\nset label 2 ");
  thrum_append_quoted (self->script, subtitle, 120);
  g_string_append (self->script, " at screen 0.0200,0.9180 left noenhanced textcolor rgb SOFT\n");
  return self;
}

void
thrum_plot_free (ThrumPlot *self)
{
  g_free (self->alt);
  g_free (self->nothing);
  g_string_free (self->script, TRUE);
  g_free (self);
}

char *
thrum_plot_describe_latency (const ThrumAnalysis *analysis)
{
  const ThrumLatency *latency = &analysis->total.latency;
  g_autofree char *half =
      thrum_text_duration ((double)latency->quantiles[THRUM_QUANTILE_P50].value / analysis->units);
  g_autofree char *most =
      thrum_text_duration ((double)latency->quantiles[THRUM_QUANTILE_P99].value / analysis->units);
  g_autofree char *max = thrum_text_duration ((double)latency->max / analysis->units);

  if (latency->n == 0)
    return g_strdup ("");
  return g_strdup_printf (" Half took at most %s; p99 is %s%s; the slowest took %s%s.", half, most,
                          latency->quantiles[THRUM_QUANTILE_P99].at_least ? " or more" : "", max,
                          latency->is_incomplete ? " or more" : "");
}

double
thrum_plot_get_end (const ThrumAnalysis *analysis)
{
  return analysis->n_intervals * (double)analysis->interval_width / analysis->units;
}

double
thrum_plot_get_edge (const ThrumAnalysis *analysis, guint i)
{
  double width = (double)analysis->interval_width / analysis->units;

  /* A row on the very edge of the test is in an interval of no width, which is to be seen, too. */
  return i < analysis->n_intervals ? i * width
                                   : CLAMP (analysis->extent, (i - 0.98) * width, i * width);
}

guint
thrum_plot_count_steps (const ThrumAnalysis *analysis)
{
  double width = (double)analysis->interval_width / analysis->units;
  guint n = analysis->n_intervals;

  return n > 1 && analysis->extent - (n - 1) * width < 0.1 * width ? n - 1 : n;
}

ThrumPlotStep
thrum_plot_get_step (const ThrumAnalysis *analysis, guint i)
{
  guint stop = i + 1 < thrum_plot_count_steps (analysis) ? i + 1 : analysis->n_intervals;

  return (ThrumPlotStep){ thrum_plot_get_edge (analysis, i), thrum_plot_get_edge (analysis, stop),
                          i, stop };
}

gint64
thrum_plot_get_least_positive (const ThrumDistribution *d)
{
  guint64 n_zeros = thrum_distribution_count_below (d, 0);

  if (n_zeros == d->n)
    return 1;
  return MAX (n_zeros == 0 ? d->min : thrum_distribution_find (d, n_zeros + 1).low, 1);
}

guint
thrum_plot_get_first (const ThrumAnalysis *analysis, guint n)
{
  double width = (double)analysis->interval_width / analysis->units;
  double first = ceil (analysis->cut / width - 1e-9);

  return n == 0 ? 0 : (guint)MIN (first, n - 1);
}

void
thrum_plot_append_axes (ThrumPlot *self, const ThrumAxis *x, const ThrumAxis *y, const char *what)
{
  thrum_axis_append (x, self->script, 'x');
  thrum_axis_append (y, self->script, 'y');
  g_string_append_printf (self->script, "set xlabel 'time since the start (%s)'\n", x->unit);
  g_string_append_printf (self->script,
                          "set label 4 '%s%s%s%s' at screen 0.0200,0.8720 left noenhanced "
                          "textcolor rgb '#3C4149'\n",
                          what,
                          y->log             ? ", log scale"
                          : *y->unit != '\0' ? " ("
                                             : "",
                          y->log ? "" : y->unit, y->log || *y->unit == '\0' ? "" : ")");
}

void
thrum_plot_append_cut (ThrumPlot *self, const ThrumAnalysis *analysis, const ThrumAxis *x)
{
  double end = analysis->cut * x->scale;

  if (end <= 0)
    return;
  g_string_append (self->script, "set object 1 rectangle from graph 0, graph 0 to first ");
  thrum_append_double (self->script, end);
  g_string_append (self->script, ", graph 1 behind fillcolor rgb '#EEF0F2' fillstyle solid "
                                 "noborder\n");
  /* The subtitle says it, too, where there is no room. */
  if (end < 0.13 * x->high)
    return;
  g_string_append (self->script, "set label 6 \"warm-up,\\nleft out\" at first ");
  thrum_append_double (self->script, end / 2);
  g_string_append (self->script, ", graph 0.93 center noenhanced textcolor rgb SOFT\n");
}

void
thrum_plot_append_legend (ThrumPlot *self, const ThrumLegend *entries, guint n_entries)
{
  const double character = 0.0085, mark = 0.021, line = 0.045, space = 0.018; /* of the width */
  double place = 0.9783;

  for (guint i = 0; i < n_entries; i++)
    place -= (double)g_utf8_strlen (entries[i].text, -1) * character
             + (entries[i].dash > 0 ? line : mark) + (i > 0 ? space : 0);
  for (guint i = 0; i < n_entries; i++)
    {
      const ThrumLegend *entry = &entries[i];

      g_string_append_printf (self->script, "set label %u '%s' at screen ", 10 + i, entry->text);
      thrum_append_double (self->script, place + (entry->dash > 0 ? line : mark / 2));
      g_string_append (self->script, ",0.8720 left noenhanced textcolor rgb '#3C4149'");
      if (entry->dash == 0)
        g_string_append_printf (self->script,
                                " point pointtype %u pointsize 1.6 linewidth 2 linecolor rgb %s "
                                "offset 0.9,-0.12\n",
                                entry->point_type, entry->colour);
      else
        {
          g_string_append_printf (self->script, "\nset arrow %u from screen ", 10 + i);
          thrum_append_double (self->script, place);
          g_string_append (self->script, ",0.8720 to screen ");
          thrum_append_double (self->script, place + line - 0.008);
          g_string_append_printf (self->script,
                                  ",0.8720 nohead linewidth 3 dashtype %u linecolor rgb %s\n",
                                  entry->dash, entry->colour);
        }
      place += (double)g_utf8_strlen (entry->text, -1) * character + (entry->dash > 0 ? line : mark)
               + space;
    }
}

void
thrum_plot_append_nothing (ThrumPlot *self, const char *why)
{
  self->nothing = g_strdup (why);
  /* Axes of nothing would have tics that mean nothing. */
  g_string_append (self->script, "unset xtics\nunset ytics\nunset xlabel\nunset label 4\n"
                                 "set border 0\nset label 3 ");
  thrum_append_quoted (self->script, why, 80);
  g_string_append (self->script, " at graph 0.5,0.5 center noenhanced textcolor rgb SOFT\n"
                                 "plot NaN notitle\n");
}

gboolean
thrum_plot_write (ThrumPlot *self, ThrumOutput *output, GError **error)
{
  g_autofree char *name = g_strconcat (self->name, ".gp", NULL);

  return thrum_output_write (output, name, self->script->str, (gssize)self->script->len, error);
}

void
thrum_append_nines_axis (GString *script, double end)
{
  /* Tics' labels are formats: %% is a percent sign. */
  static const char *const labels[] = { "0%%",       "90%%",       "99%%",
                                        "99.9%%",    "99.99%%",    "99.999%%",
                                        "99.9999%%", "99.99999%%", "99.999999%%" };

  g_string_append (script, "set xrange [0:");
  thrum_append_double (script, MAX (end, 1) + 0.05);
  g_string_append (script, "]\nset xtics (");
  for (guint i = 0; i < G_N_ELEMENTS (labels) && i <= MAX (end, 1); i++)
    {
      /* A long label at the very end would be cut. */
      gboolean fits = i < 4 || i < 0.97 * (end + 0.05);
      g_string_append_printf (script, "%s'%s' %u", i > 0 ? ", " : "", fits ? labels[i] : "", i);
    }
  g_string_append (script, ", '50%%' 0.30103, '' 0.60206 1, '' 1.30103 1, '' 2.30103 1)\n"
                           "set xlabel 'share of requests that took at most so long'\n");
}

/* ---- Rendering ----------------------------------------------------------------------------- */

typedef struct {
  GPtrArray *plots;
  ThrumOutput *output;
  const char *gnuplot; /* the program */
  const char *extension;
  char **environment;
  gint next; /* atomic */
  GMutex lock;
  GError *error; /* the first */
} Rendering;

static gboolean
render (Rendering *rendering, const ThrumPlot *plot, GError **error)
{
  const char *folder = thrum_output_get_folder (rendering->output);
  g_autofree char *image = g_strconcat (plot->name, ".", rendering->extension, NULL);
  g_autofree char *script = g_strconcat (plot->name, ".gp", NULL);
  g_autofree char *path = thrum_output_get_path (rendering->output, image, error);
  g_autofree char *scratch_path = NULL, *scratch = NULL, *setting = NULL, *messages = NULL;
  const char *argv[] = { rendering->gnuplot, "-d", "-e", NULL, script, NULL };
  GStatBuf made;
  int status;

  if (path == NULL)
    return FALSE;
  g_unlink (path);
  scratch_path = thrum_output_make_scratch (rendering->output, plot->name, error);
  if (scratch_path == NULL)
    return FALSE;
  scratch = g_path_get_basename (scratch_path);
  argv[3] = setting = g_strdup_printf ("ext = '%s'; out = '%s'", rendering->extension, scratch);
  if (!g_spawn_sync (folder, (char **)argv, rendering->environment, G_SPAWN_STDOUT_TO_DEV_NULL,
                     thrum_child_prepare, NULL, NULL, &messages, &status, error))
    {
      g_unlink (scratch_path);
      return FALSE;
    }
  if (!g_spawn_check_wait_status (status, NULL) || g_stat (scratch_path, &made) < 0
      || made.st_size == 0)
    {
      g_unlink (scratch_path);
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "gnuplot cannot render %s/%s: %s",
                   folder, script, g_strstrip (messages));
      return FALSE;
    }
  if (g_rename (scratch_path, path) < 0)
    {
      int saved = errno;

      g_unlink (scratch_path);
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved),
                   "cannot rename %s to %s: %s", scratch_path, path, g_strerror (saved));
      return FALSE;
    }
  return TRUE;
}

static gpointer
render_some (gpointer data)
{
  Rendering *rendering = data;

  for (;;)
    {
      guint i = (guint)g_atomic_int_add (&rendering->next, 1);
      g_autoptr (GError) error = NULL;

      if (i >= rendering->plots->len)
        return NULL;
      if (render (rendering, g_ptr_array_index (rendering->plots, i), &error))
        continue;
      g_mutex_lock (&rendering->lock);
      if (rendering->error == NULL)
        rendering->error = g_steal_pointer (&error);
      g_mutex_unlock (&rendering->lock);
    }
}

gboolean
thrum_plots_render (GPtrArray *plots, ThrumOutput *output, const char *gnuplot,
                    const char *extension, guint jobs, GError **error)
{
  Rendering rendering = {
    .plots = plots, .output = output, .gnuplot = gnuplot, .extension = extension
  };
  g_autofree GThread **threads = NULL;

  jobs = CLAMP (jobs, 1, plots->len);
  threads = g_new0 (GThread *, jobs);
  rendering.environment = g_environ_setenv (g_get_environ (), "LC_ALL", "C", TRUE);
  g_mutex_init (&rendering.lock);
  for (guint i = 1; i < jobs; i++)
    threads[i] = g_thread_try_new ("render", render_some, &rendering, NULL);
  render_some (&rendering);
  for (guint i = 1; i < jobs; i++)
    if (threads[i] != NULL)
      g_thread_join (threads[i]);
  g_mutex_clear (&rendering.lock);
  g_strfreev (rendering.environment);
  if (rendering.error == NULL)
    return TRUE;
  g_propagate_error (error, rendering.error);
  return FALSE;
}

void
thrum_plots_render_or_tell (GPtrArray *plots, ThrumOutput *output, const char *extension,
                            guint jobs)
{
  g_autofree char *gnuplot = thrum_child_find_program ("gnuplot");
  g_autoptr (GError) error = NULL;

  if (gnuplot == NULL)
    thrum_printing_say (
        stderr,
        "thrum-analyze: gnuplot is not installed, so there are scripts and data but no "
        "pictures; with Debian's gnuplot-nox: cd %s && for i in *.gp; do gnuplot \"$i\"; "
        "done\n",
        thrum_output_get_folder (output));
  else if (!thrum_plots_render (plots, output, gnuplot, extension, jobs, &error))
    thrum_printing_say (stderr, "thrum-analyze: %s\n", error->message);
}
