/* SPDX-License-Identifier: MIT
 *
 * The command line of thrum-analyze. Main thread.
 */
#include <stdio.h>
#include <string.h>

#include "analyzer/options.h"
#include "analyzer/text.h"
#include "cli/cli.h"
#include "thrum-config.h"

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
check (ThrumOptions *self, const char *interval, const char *format, const char *apdex, int jobs,
       GError **error)
{
  if (self->paths == NULL || self->paths[0] == NULL)
    {
      g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                           "say which run's folder, or which file of rows, to analyze");
      return FALSE;
    }
  if (interval != NULL && strcmp (interval, "auto") != 0)
    {
      self->interval = thrum_duration_parse (interval);
      if (self->interval < 0.001 || self->interval > 1e7)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "--interval %s is no duration from 1ms on, like 2s or 250ms", interval);
          return FALSE;
        }
    }
  if (apdex != NULL && (self->apdex = thrum_duration_parse (apdex)) <= 0)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--apdex %s is no duration, like 500ms", apdex);
      return FALSE;
    }
  if (self->plots != NULL && !g_str_equal (self->plots, "png") && !g_str_equal (self->plots, "svg")
      && !g_str_equal (self->plots, "none"))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--plots %s is neither png nor svg nor none", self->plots);
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
  if (jobs < 0 || jobs > 256)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--jobs %d is not within 1 .. 256", jobs);
      return FALSE;
    }
  self->jobs = jobs > 0 ? (guint)jobs : MIN (g_get_num_processors (), 64);
  return TRUE;
}

gboolean
thrum_options_parse (ThrumOptions *self, int argc, char **argv, int *code)
{
  gboolean version = FALSE, no_plots = FALSE;
  int jobs = 0;
  g_autofree char *interval = NULL;
  g_autofree char *format = NULL;
  g_autofree char *apdex = NULL;
  g_autofree char *formats = list_formats ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new ("PATH...");
  const GOptionEntry entries[] = {
    { "interval", 'i', 0, G_OPTION_ARG_STRING, &interval,
      "width of an interval of time; some 100 intervals unless told", "DURATION" },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output, "where the report goes", "DIR" },
    { "format", 'f', 0, G_OPTION_ARG_STRING, &format, "take the rows for this format", "NAME" },
    { "jobs", 'j', 0, G_OPTION_ARG_INT, &jobs, "threads; as many as CPUs unless told", "N" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, "print summary.json in place of the table",
      NULL },
    { "plots", 0, 0, G_OPTION_ARG_STRING, &self->plots, "png (unless told), svg or none", "KIND" },
    { "no-plots", 0, 0, G_OPTION_ARG_NONE, &no_plots, "numbers alone: --plots none", NULL },
    { "skip-warm-up", 0, 0, G_OPTION_ARG_NONE, &self->skip_warm_up,
      "leave out the warm-up that is found, if any", NULL },
    { "apdex", 0, 0, G_OPTION_ARG_STRING, &apdex, "Apdex score for this satisfying time",
      "DURATION" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "print the version", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->paths, NULL, NULL },
    { NULL }
  };

  memset (self, 0, sizeof *self);
  g_option_context_set_summary (context, help_head);
  g_option_context_set_description (context, formats);
  g_option_context_add_main_entries (context, entries, NULL);
  *code = THRUM_EXIT_USAGE;
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (!version && !check (self, interval, format, apdex, jobs, &error)))
    {
      fprintf (stderr, "thrum-analyze: %s\n", error->message);
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
thrum_options_clear (ThrumOptions *self)
{
  g_strfreev (self->paths);
  g_free (self->output);
  g_free (self->plots);
}
