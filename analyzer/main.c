/* SPDX-License-Identifier: MIT
 *
 * thrum-analyze: from the command line to the report, one step after the other. Main thread.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>

#include <gio/gio.h>

#include "analyzer/compute/analysis.h"
#include "analyzer/compare/compare-report.h"
#include "analyzer/options.h"
#include "analyzer/report/report.h"
#include "analyzer/report/summary.h"
#include "analyzer/report/tables.h"
#include "base/exit-codes.h"
#include "base/child.h"
#include "base/printing.h"

/* JSON escapes by itself what must be. */
static void
print (gboolean is_json, const char *text)
{
  if (is_json)
    fputs (text, stdout);
  else
    thrum_printing_say (stdout, "%s", text);
}

static int
fail (const GError *error, int code)
{
  thrum_printing_say (stderr, "thrum-analyze: %s\n", error->message);
  return code;
}

/* What cannot be read is the user's matter, a disk too small for a copy of it the machine's. */
static int
code_of (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
    return THRUM_EXIT_INCOMPLETE;
  return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) ? THRUM_EXIT_CANNOT_START
                                                                   : THRUM_EXIT_USAGE;
}

static gboolean
open_files (const ThrumAnalyzeOptions *options, GStrv paths, GPtrArray *inputs, GArray *files,
            GError **error)
{
  for (guint i = 0; paths[i] != NULL; i++)
    {
      ThrumInput *input = thrum_input_open (paths[i], options->output, error);
      ThrumScanFile file = { .input = input };

      if (input == NULL)
        return FALSE;
      g_ptr_array_add (inputs, input);
      if (input->spilled)
        thrum_printing_say (
            stderr,
            "thrum-analyze: %s cannot be read at any place: %.1f MB of it lie in %s until the "
            "end\n",
            input->path, (double)input->size / 1e6,
            options->output != NULL ? options->output : input->folder);
      g_autofree char *damage = thrum_input_describe_damage (input);
      if (damage != NULL)
        thrum_printing_say (stderr, "thrum-analyze: %s\n", damage);
      if (!thrum_scan_detect (&file, options->format, options->columns, error))
        return FALSE;
      g_array_append_val (files, file);
    }
  return TRUE;
}

static void
warn_of_faults (const ThrumScanFaults *faults)
{
  if (faults->n_malformed > 0)
    thrum_printing_say (stderr,
                        "thrum-analyze: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                        " lines are no rows and left out:\n",
                        faults->n_malformed, faults->n_lines);
  for (guint i = 0; i < faults->complaints->len; i++)
    thrum_printing_say (stderr, "  %s\n", (const char *)g_ptr_array_index (faults->complaints, i));
  for (guint i = 0; i < faults->torn->len; i++)
    thrum_printing_say (stderr, "thrum-analyze: %s\n",
                        (const char *)g_ptr_array_index (faults->torn, i));
}

/* The analysis, which knows what @thresholds (nullable) ask; done again without the warm-up if it is to be
 * left out. */
static ThrumAnalysis *
analyze (const ThrumAnalyzeOptions *options, GArray *files, const ThrumRunInfo *info,
         const GPtrArray *thresholds, gboolean want_rows, GError **error)
{
  g_autoptr (GArray) asked = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; thresholds != NULL && i < thresholds->len; i++)
    {
      const ThrumAnalyzerThreshold *threshold = g_ptr_array_index (thresholds, i);

      if (threshold->kind == THRUM_MEASURED_QUANTILE)
        g_array_append_val (asked, threshold->quantile);
    }
  ThrumAnalysisOptions how = { .interval = options->interval,
                               .jobs = options->jobs,
                               .cut = info != NULL ? info->warm_up : 0,
                               .apdex = options->apdex,
                               .asked = (const double *)asked->data,
                               .n_asked = asked->len,
                               .want_rows = want_rows };
  g_autoptr (ThrumAnalysis) analysis =
      thrum_analysis_new ((ThrumScanFile *)files->data, files->len, &how, error);

  if (analysis == NULL || !options->skip_warm_up || analysis->findings.warm_up == 0)
    return g_steal_pointer (&analysis);
  how.cut = analysis->findings.warm_up;
  return thrum_analysis_new ((ThrumScanFile *)files->data, files->len, &how, error);
}

/* Prints what was asked of a test of @seconds and what came of it, writes --junit; the exit code.
 * @on_invalid (nullable): as the run's config has it. */
static int
conclude (const ThrumAnalyzeOptions *options, const char *suite, GPtrArray *results, double seconds,
          const char *on_invalid)
{
  static const char *const words[] = { "passed", "FAILED", "UNDECIDED" };
  int code = thrum_checks_get_code (results, on_invalid);

  for (guint i = 0; i < results->len && !options->json; i++)
    {
      const ThrumCheckResult *result = g_ptr_array_index (results, i);

      if (thrum_check_result_is_worth_a_line (result))
        thrum_printing_say (stdout, "%s  %s (%s)\n", words[result->judgement], result->name,
                            result->message);
    }
  if (options->junit == NULL)
    return code;
  if (results->len == 0)
    thrum_printing_say (stderr, "thrum-analyze: %s has no tests: %s\n", options->junit,
                        options->compare ? "there is no --fail-if"
                                         : "there is no --threshold, nor has the run's config any");

  g_autofree char *xml = thrum_junit_to_xml (suite, results, seconds, on_invalid);
  g_autoptr (GError) error = NULL;
  if (!thrum_printing_write_file (options->junit, xml, &error))
    return fail (error, THRUM_EXIT_CANNOT_START);
  return code;
}

/* The thresholds of the command line; without any, those of the run's config. (transfer full) */
static GPtrArray *
pick_thresholds (const ThrumAnalyzeOptions *options, const ThrumRunInfo *info)
{
  GPtrArray *own;

  if (options->thresholds->len > 0)
    return g_ptr_array_ref (options->thresholds);
  own = g_ptr_array_new_with_free_func (thrum_analyzer_threshold_free);
  for (guint i = 0; info != NULL && i < info->thresholds->len; i++)
    {
      const ThrumRunThreshold *configured = g_ptr_array_index (info->thresholds, i);
      ThrumAnalyzerThreshold *threshold = thrum_analyzer_threshold_new (
          configured->request, configured->key, configured->limit, NULL);

      if (threshold == NULL)
        continue;
      threshold->said_least = configured->least;
      threshold->said_judgement = configured->judgement;
      g_ptr_array_add (own, threshold);
    }
  return own;
}

/* What was asked of the test, and what came of it: thresholds, then the run itself. (transfer full) */
static GPtrArray *
check_all (const ThrumAnalysis *analysis, const ThrumSource *source, GPtrArray *thresholds)
{
  GPtrArray *results = g_ptr_array_new_with_free_func (thrum_check_result_free);
  const ThrumSummary *total = &analysis->total;
  ThrumChecked checked = { .info = source->info,
                           .incomplete = source->incomplete,
                           .has_success = total->n_failures < total->n_rows
                                          || total->n_rows == total->n_no_port };

  for (guint i = 0; i < thresholds->len; i++)
    {
      const ThrumAnalyzerThreshold *threshold = g_ptr_array_index (thresholds, i);

      checked.has_failures |=
          threshold->kind == THRUM_MEASURED_FAILURES && threshold->request == NULL;
      checked.has_asked |= threshold->kind != THRUM_MEASURED_DROPPED;
    }
  thrum_thresholds_check (analysis, thresholds, results);
  thrum_checks_add_run (&checked, results);
  return results;
}

/* A test in which nothing was done makes a report, too, but is no success. */
static void
warn_of_emptiness (const ThrumAnalysis *analysis, const GArray *files)
{
  gboolean empty = analysis->total.n_rows == 0 && analysis->faults.n_cut == 0;

  for (guint i = 0; i < files->len; i++)
    {
      const ThrumInput *input = g_array_index (files, ThrumScanFile, i).input;

      if (empty || input->size == 0)
        thrum_printing_say (stderr, "thrum-analyze: no rows in %s\n", input->path);
    }
}

/* A file of which no line is a row is not what it was taken for. */
static gboolean
refuse_files_without_rows (const ThrumAnalysis *analysis, const GArray *files, GError **error)
{
  const ThrumScanFaults *faults = &analysis->faults;

  if (faults->barren == 0)
    return TRUE;
  const ThrumScanFile *file = &g_array_index (files, ThrumScanFile, faults->barren - 1);
  g_set_error (
      error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
      "cannot analyze %s: none of its lines behind the header, if any, is a row of %s: %s; "
      "expected %s",
      file->input->path, file->reader.format->name, faults->barren_fault,
      file->reader.format->expects);
  return FALSE;
}

/* Nothing is no side to compare with, nor would it be named among others. */
static gboolean
refuse_run_without_rows (const ThrumAnalysis *analysis, const char *path, GError **error)
{
  if (analysis->total.n_rows > 0)
    return TRUE;
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "cannot compare %s: it has no rows%s", path,
               analysis->faults.n_cut > 0 ? " behind the warm-up" : "");
  return FALSE;
}

/* What a run that is not whole would have measured nobody knows. */
static gboolean
refuse_incomplete_run (const ThrumSource *source, const char *path, GError **error)
{
  if (source->incomplete == NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
               "cannot compare %s: it is incomplete: %s", path, source->incomplete);
  return FALSE;
}

/* Each path is a run of its own. */
static gboolean
add_runs (const ThrumAnalyzeOptions *options, GStrv paths, GPtrArray *inputs,
          ThrumCompareSide *side, GError **error)
{
  for (guint i = 0; paths[i] != NULL; i++)
    {
      char *one[] = { paths[i], NULL };
      g_autoptr (GArray) files = g_array_new (FALSE, TRUE, sizeof (ThrumScanFile));
      g_autoptr (ThrumAnalysis) analysis = NULL;

      if (!open_files (options, one, inputs, files, error))
        return FALSE;
      const ThrumInput *input = g_ptr_array_index (inputs, inputs->len - 1);
      analysis = analyze (options, files, input->info, NULL, FALSE, error);
      if (analysis == NULL)
        return FALSE;
      warn_of_faults (&analysis->faults);
      if (!refuse_files_without_rows (analysis, files, error)
          || !refuse_run_without_rows (analysis, paths[i], error))
        return FALSE;
      warn_of_emptiness (analysis, files);
      g_autoptr (ThrumSource) source = thrum_source_new (files);
      thrum_source_note_findings (source, analysis);
      thrum_source_note_missing (source, files, analysis->total.n_rows + analysis->faults.n_cut);
      if (!refuse_incomplete_run (source, paths[i], error))
        return FALSE;
      thrum_compare_side_add (side, analysis, source);
    }
  return TRUE;
}

static int
check_conditions (const ThrumAnalyzeOptions *options, const ThrumCompareOutcome *outcome,
                  double seconds)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (thrum_check_result_free);

  for (guint i = 0; i < options->conditions->len; i++)
    {
      const ThrumCompareCondition *condition =
          &g_array_index (options->conditions, ThrumCompareCondition, i);

      g_ptr_array_add (results, thrum_compare_condition_check (condition, outcome));
    }
  return conclude (options, "comparison", results, seconds, NULL);
}

/* A comparison that was refused is an error for CI, too. */
static int
conclude_refusal (const ThrumAnalyzeOptions *options, const GError *error)
{
  g_autoptr (GPtrArray) results = g_ptr_array_new_with_free_func (thrum_check_result_free);

  if (code_of (error) == THRUM_EXIT_INCOMPLETE && options->junit != NULL)
    {
      g_ptr_array_add (
          results, thrum_check_result_new (THRUM_CHECK_COMPLETE, g_strdup ("the runs are complete"),
                                           g_strdup (error->message), THRUM_JUDGEMENT_UNDECIDED));
      conclude (options, "comparison", results, 0, NULL);
    }
  return fail (error, code_of (error));
}

static int
compare (const ThrumAnalyzeOptions *options)
{
  static const char *const plots[] = { "overlay", "shift" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)thrum_input_free);
  g_autoptr (ThrumOutput) output = NULL;
  ThrumCompareSide base, new_;
  ThrumCompareOutcome outcome;
  int code = THRUM_EXIT_GOOD;

  thrum_compare_side_init (&base);
  thrum_compare_side_init (&new_);
  if (!add_runs (options, options->paths, inputs, &base, &error)
      || !add_runs (options, options->new_paths, inputs, &new_, &error))
    code = conclude_refusal (options, error);
  else
    {
      thrum_compare_sides (&outcome, &base, &new_);
      g_autofree char *text =
          options->json ? thrum_compare_to_json (&outcome) : thrum_compare_to_table (&outcome);
      g_autoptr (GArray) measured = thrum_inputs_identify (inputs);
      output = thrum_output_new (options->output, "compare-report", measured, &error);
      for (guint i = 0; output != NULL && i < G_N_ELEMENTS (plots); i++)
        thrum_output_note_old_plot (output, plots[i], plots[i]);
      if (output == NULL
          || !thrum_compare_write (&outcome, output,
                                   g_str_equal (options->plots, "none") ? NULL : options->plots,
                                   options->jobs, &error))
        code = fail (error, THRUM_EXIT_CANNOT_START);
      else
        {
          thrum_output_remove_old_plots (output);
          print (options->json, text);
          if (!options->json)
            thrum_printing_say (stdout, "comparison: %s/comparison.html\n",
                                thrum_output_get_folder (output));
          code = check_conditions (options, &outcome, base.seconds + new_.seconds);
        }
    }
  thrum_compare_side_clear (&base);
  thrum_compare_side_clear (&new_);
  return code;
}

static int
run (const ThrumAnalyzeOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func ((GDestroyNotify)thrum_input_free);
  g_autoptr (GArray) files = g_array_new (FALSE, TRUE, sizeof (ThrumScanFile));

  if (!open_files (options, options->paths, inputs, files, &error))
    return fail (error, code_of (error));

  const ThrumInput *first = g_ptr_array_index (inputs, 0);
  g_autoptr (GPtrArray) thresholds = pick_thresholds (options, first->info);
  g_autoptr (ThrumAnalysis) analysis = analyze (options, files, first->info, thresholds,
                                                !g_str_equal (options->plots, "none"), &error);
  if (analysis == NULL || !refuse_files_without_rows (analysis, files, &error))
    return fail (error, THRUM_EXIT_USAGE);
  warn_of_faults (&analysis->faults);
  warn_of_emptiness (analysis, files);
  if (!thrum_thresholds_find (analysis, options->thresholds, &error))
    return fail (error, THRUM_EXIT_USAGE);

  g_autoptr (ThrumSource) source = thrum_source_new (files);
  thrum_source_note_missing (source, files, analysis->total.n_rows + analysis->faults.n_cut);
  thrum_source_note_findings (source, analysis);
  g_autoptr (GPtrArray) checks = check_all (analysis, source, thresholds);
  g_autofree char *json = thrum_summary_to_json (analysis, source);
  g_autoptr (GArray) measured = thrum_inputs_identify (inputs);
  g_autoptr (ThrumOutput) output =
      thrum_output_new (options->output, first->folder, measured, &error);
  if (output == NULL || !thrum_intervals_write (analysis, output, &error)
      || !thrum_output_write (output, "summary.json", json, -1, &error))
    return fail (error, THRUM_EXIT_CANNOT_START);

  g_autofree char *table = thrum_summary_table (analysis, source);
  print (options->json, options->json ? json : table);
  if (fflush (stdout) != 0 || ferror (stdout))
    {
      error = g_error_new (G_FILE_ERROR, g_file_error_from_errno (errno),
                           "cannot write to standard output: %s", g_strerror (errno));
      return fail (error, THRUM_EXIT_CANNOT_START);
    }

  ThrumReportOptions report = { .source = source,
                                .checks = checks,
                                .jobs = options->jobs,
                                .plots =
                                    g_str_equal (options->plots, "none") ? NULL : options->plots };
  if (!thrum_report_write (analysis, output, &report, &error))
    return fail (error, THRUM_EXIT_CANNOT_START);
  if (!options->json)
    thrum_printing_say (stdout, "report: %s/report.html\n", thrum_output_get_folder (output));
  /* A folder's name has a time in it: a CI system would take each run's thresholds for new ones. */
  int code = conclude (
      options,
      source->info != NULL && source->info->name != NULL ? source->info->name : source->title,
      checks, analysis->seconds, source->info != NULL ? source->info->on_invalid : NULL);
  /* What says nothing is no success. */
  return analysis->total.n_rows == 0 ? THRUM_EXIT_USAGE : code;
}

int
main (int argc, char **argv)
{
  ThrumAnalyzeOptions options;
  int code;

  thrum_child_note_signals ();
  setlocale (LC_CTYPE, "C.UTF-8");
  thrum_printing_check_at_exit ("thrum-analyze", THRUM_EXIT_CANNOT_START);
  if (thrum_options_parse (&options, argc, argv, &code))
    code = options.compare ? compare (&options) : run (&options);
  thrum_options_clear (&options);
  return code;
}
