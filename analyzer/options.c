/* SPDX-License-Identifier: MIT
 *
 * The command line of thrum-analyze. Main thread.
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/read/column-names.h"
#include "analyzer/formats/formats.h"
#include "analyzer/options.h"
#include "base/exit-codes.h"
#include "base/units.h"
#include "thrum-config.h"
#include "base/printing.h"

#define ALL_CPUS G_MININT
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

static const char help_head[] =
    "makes tables, plots and a report of what a load test wrote down.\n\n"
    "PATH is a run's folder, a file of rows (packed by gzip or zstd or not), or - for standard\n"
    "input; several PATHs are one test. The report goes into\n"
    "RUN/report, beside a bare FILE into FILE-report.";

static char *
list_formats (void)
{
  GString *text = g_string_new ("Formats, told apart by their content:\n");

  for (guint i = 0; thrum_formats[i] != NULL; i++)
    g_string_append_printf (text, "  %-12s %s\n", thrum_formats[i]->name,
                            thrum_formats[i]->summary);
  g_string_append (text, "\n`interval` is the width of the analysis' intervals; a test's own "
                         "`interval` is its pacing.");
  return g_string_free (text, FALSE);
}

static gboolean
parse_conditions (ThrumAnalyzeOptions *self, GStrv fail_if, GStrv thresholds, GError **error)
{
  for (guint i = 0; fail_if != NULL && fail_if[i] != NULL; i++)
    {
      ThrumCompareCondition condition;

      if (!thrum_compare_condition_parse (&condition, fail_if[i], error))
        return FALSE;
      g_array_append_val (self->conditions, condition);
    }
  for (guint i = 0; thresholds != NULL && thresholds[i] != NULL; i++)
    {
      ThrumAnalyzerThreshold *threshold = thrum_analyzer_threshold_parse (thresholds[i], error);

      if (threshold == NULL)
        return FALSE;
      g_ptr_array_add (self->thresholds, threshold);
    }
  if (self->compare ? self->thresholds->len > 0 : self->conditions->len > 0)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                           "--fail-if is for --compare, --threshold for a single test");
      return FALSE;
    }
  return TRUE;
}

/* With --compare, what is behind -- up to the next option is the new side; GOption would drop the mark.
 * Options behind the new side move up. Without it returns how many words are behind --, all of them
 * paths. */
static guint
split_sides (ThrumAnalyzeOptions *self, int *argc, char **argv)
{
  GStrvBuilder *paths = g_strv_builder_new ();
  int mark = 1, rest;

  for (int i = 1; i < *argc; i++)
    self->compare |= strcmp (argv[i], "--compare") == 0;
  while (mark < *argc && strcmp (argv[mark], "--") != 0)
    mark++;
  for (rest = mark + 1; rest < *argc && argv[rest][0] != '-'; rest++)
    g_strv_builder_add (paths, argv[rest]);
  if (self->compare && mark < *argc)
    {
      self->new_paths = g_strv_builder_end (paths);
      for (; rest < *argc; rest++)
        argv[mark++] = argv[rest];
      *argc = mark;
      argv[mark] = NULL;
    }
  g_strv_builder_unref (paths);
  return mark < *argc ? (guint)(*argc - mark - 1) : 0;
}

static gboolean
has_any (GStrv paths)
{
  return paths != NULL && paths[0] != NULL;
}

/* @n_behind of the paths were behind --: without --compare both sides would be merged into one test. */
static gboolean
check_paths (const ThrumAnalyzeOptions *self, guint n_behind, GError **error)
{
  if (self->compare)
    {
      if (has_any (self->paths) && has_any (self->new_paths))
        return TRUE;
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                           "--compare needs both sides: thrum-analyze --compare BASE... -- NEW...");
      return FALSE;
    }
  if (!has_any (self->paths))
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                           "say which run's folder, or which file of rows, to analyze");
      return FALSE;
    }
  if (n_behind > 0 && n_behind < g_strv_length (self->paths))
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                           "there are paths on both sides of --: did you mean --compare BASE... -- "
                           "NEW...?");
      return FALSE;
    }
  return TRUE;
}

static gboolean
check (ThrumAnalyzeOptions *self, const char *interval, const char *format, const char *apdex,
       int jobs, gboolean no_plots, GError **error)
{
  gint64 ns;

  if (interval != NULL && strcmp (interval, "auto") != 0)
    {
      if (!thrum_parse_duration (interval, &ns, NULL) || ns < 1000000 || ns > 10000000 * NS_PER_S)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "--interval %s is no duration from 1ms on, like 2s or 250ms", interval);
          return FALSE;
        }
      self->interval = (double)ns / NS_PER_S;
    }
  if (apdex != NULL && (!thrum_parse_duration (apdex, &ns, NULL) || ns == 0))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--apdex %s is no duration, like 500ms", apdex);
      return FALSE;
    }
  if (apdex != NULL)
    self->apdex = (double)ns / NS_PER_S;
  if (self->plots != NULL && !g_str_equal (self->plots, "png") && !g_str_equal (self->plots, "svg")
      && !g_str_equal (self->plots, "none"))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--plots %s is neither png nor svg nor none", self->plots);
      return FALSE;
    }
  if (no_plots && self->plots != NULL && !g_str_equal (self->plots, "none"))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--plots %s and --no-plots contradict each other", self->plots);
      return FALSE;
    }
  if (format != NULL)
    {
      self->format = thrum_format_from_name (format);
      if (self->format == NULL)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "there is no format '%s'; --help lists them", format);
          return FALSE;
        }
    }
  if (self->columns != NULL)
    {
      ThrumReader reader = thrum_reader_of (&thrum_format_named);

      if (format != NULL)
        {
          g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                               "--format and --columns contradict each other");
          return FALSE;
        }
      if (!thrum_column_names_parse (&reader, self->columns, error))
        return FALSE;
    }
  if (jobs != ALL_CPUS && (jobs < 1 || jobs > 256))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--jobs %d is not within 1 .. 256", jobs);
      return FALSE;
    }
  self->jobs = jobs != ALL_CPUS ? (guint)jobs : MIN (g_get_num_processors (), 64);
  return TRUE;
}

gboolean
thrum_options_parse (ThrumAnalyzeOptions *self, int argc, char **argv, int *code)
{
  gboolean version = FALSE, no_plots = FALSE;
  int jobs = ALL_CPUS;
  guint n_behind;
  g_autofree char *interval = NULL;
  g_autofree char *format = NULL;
  g_autofree char *apdex = NULL;
  g_auto (GStrv) fail_if = NULL;
  g_auto (GStrv) thresholds = NULL;
  g_autofree char *formats = list_formats ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context =
      g_option_context_new ("PATH... | --compare BASE... -- NEW...");
  const GOptionEntry entries[] = {
    { "interval", 'i', 0, G_OPTION_ARG_STRING, &interval,
      "width of an interval of time; some 100 intervals unless told", "DURATION" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output, "where the report goes", "DIR" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &format, "take the rows for this format", "NAME" },
    { "columns", 0, 0, G_OPTION_ARG_STRING, &self->columns,
      "what the rows' columns are, with their units: time:ms,latency:ms,status,-", "NAMES" },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &jobs, "threads; as many as CPUs unless told", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, "print summary.json in place of the table",
      NULL },
    { "plots", 0, 0, G_OPTION_ARG_STRING, &self->plots, "png (unless told), svg or none", "KIND" },
    { "no-plots", 0, 0, G_OPTION_ARG_NONE, &no_plots, "numbers alone: --plots none", NULL },
    { "skip-warm-up", 0, 0, G_OPTION_ARG_NONE, &self->skip_warm_up,
      "leave out the warm-up that is found, if any", NULL },
    { "apdex", 0, 0, G_OPTION_ARG_STRING, &apdex, "Apdex score for this satisfying time",
      "DURATION" },
    { "threshold", 0, 0, G_OPTION_ARG_STRING_ARRAY, &thresholds,
      "exit 1 if it is breached, 4 if that is undecided: p99=250ms, failures=1%, dropped=1%, "
      "rate=100/s, REQUEST:p99=250ms",
      "KEY=LIMIT" },
    { "junit", 0, 0, G_OPTION_ARG_FILENAME, &self->junit,
      "write the outcome of thresholds as JUnit XML", "FILE" },
    { "compare", 0, 0, G_OPTION_ARG_NONE, &self->compare, "compare runs with runs", NULL },
    { "fail-if", 0, 0, G_OPTION_ARG_STRING_ARRAY, &fail_if,
      "with --compare, exit 1 if (4 if that is undecided): 'p99 slower than 5%', 'failures higher "
      "than 1%'",
      "CONDITION" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->paths, NULL, NULL },
    { NULL }
  };

  memset (self, 0, sizeof *self);
  self->conditions = g_array_new (FALSE, FALSE, sizeof (ThrumCompareCondition));
  self->thresholds = g_ptr_array_new_with_free_func (thrum_analyzer_threshold_free);
  n_behind = split_sides (self, &argc, argv);
  g_option_context_set_summary (context, help_head);
  g_option_context_set_description (context, formats);
  g_option_context_add_main_entries (context, entries, NULL);
  *code = THRUM_EXIT_USAGE;
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (!version
          && (!check_paths (self, n_behind, &error)
              || !check (self, interval, format, apdex, jobs, no_plots, &error)
              || !parse_conditions (self, fail_if, thresholds, &error))))
    {
      thrum_printing_say (stderr, "thrum-analyze: %s\n", error->message);
      return FALSE;
    }
  if (no_plots || self->plots == NULL)
    {
      g_free (self->plots);
      self->plots = g_strdup (no_plots ? "none" : "png");
    }
  if (version)
    {
      printf ("thrum-analyze %s\n", THRUM_VERSION);
      *code = THRUM_EXIT_GOOD;
      return FALSE;
    }
  return TRUE;
}

void
thrum_options_clear (ThrumAnalyzeOptions *self)
{
  g_strfreev (self->paths);
  g_strfreev (self->new_paths);
  g_clear_pointer (&self->conditions, g_array_unref);
  g_clear_pointer (&self->thresholds, g_ptr_array_unref);
  g_free (self->columns);
  g_free (self->junit);
  g_free (self->output);
  g_free (self->plots);
}
