/* SPDX-License-Identifier: MIT
 *
 * Writes a comparison as an HTML page. Main thread.
 */
#include <math.h>

#include "analyzer/compare/compare-report.h"
#include "analyzer/report/page.h"
#include "analyzer/write/text.h"

/* The measures of a verdict in one sentence: "slower: mean +12.00%, p99 +30.10%". */
static void
append_verdict (GString *html, const ThrumCompareOutcome *outcome, const char *verdict)
{
  guint n = 0;

  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      const ThrumComparison *result = &outcome->results[i];

      if (!g_str_equal (thrum_compare_verdict_name (i, result->verdict), verdict))
        continue;
      if (n++ == 0)
        g_string_append_printf (html, "<li><strong>%s</strong>: ", verdict);
      else
        g_string_append (html, ", ");
      g_string_append (html, thrum_compare_measures[i]);
      if (result->possible)
        {
          g_autofree char *change = thrum_compare_describe_shift (i, result);
          g_string_append_c (html, ' ');
          thrum_page_append_text (html, change);
        }
    }
  if (n > 0)
    g_string_append (html, "</li>\n");
}

/* As report.html marks lower bounds. */
static void
append_value (GString *html, guint measure, double value, gboolean at_least)
{
  g_autofree char *number = thrum_compare_describe_value (measure, value, FALSE);
  g_autofree char *cell = g_strconcat (at_least ? "&ge;&nbsp;" : "", number, NULL);

  thrum_page_append_cell (html, cell);
}

static void
append_measures (GString *html, const ThrumCompareOutcome *outcome)
{
  g_string_append (html,
                   "<div class=\"scroll\"><table>\n<thead><tr><th></th><th>base</th>"
                   "<th>new</th><th>change<br>95% interval</th><th class=\"extra\">p</th></tr>"
                   "</thead>\n<tbody>\n");
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    {
      const ThrumComparison *result = &outcome->results[i];

      g_string_append_printf (
          html, "<tr><th scope=\"row\" class=\"name\">%s<br><strong>%s</strong></th>",
          thrum_compare_measures[i], thrum_compare_describe_verdict (i, result));
      if (!result->possible)
        {
          g_string_append_printf (html, "<td colspan=\"4\" class=\"none\">%s</td></tr>\n",
                                  thrum_compare_describe_lack (outcome));
          continue;
        }
      g_autofree char *change = thrum_compare_describe_shift (i, result);
      g_autofree char *interval = thrum_compare_describe_interval (i, result, " to ");
      append_value (html, i, result->base, result->base_at_least);
      append_value (html, i, result->new, result->new_at_least);
      g_string_append (html, "<td class=\"interval\">");
      thrum_page_append_text (html, change);
      g_string_append (html, "<br>");
      thrum_page_append_text (html, interval);
      g_string_append_printf (html, "</td><td class=\"extra\">%.3g</td></tr>\n",
                              result->p_adjusted);
    }
  g_string_append (html, "</tbody></table></div>\n");
}

static void
append_run (GString *html, const ThrumCompareSide *side, guint i)
{
  const ThrumCompareRun *run = g_ptr_array_index (side->runs, i);
  const ThrumCompareReplicate *replicate =
      &g_array_index (side->replicates, ThrumCompareReplicate, i);
  g_autofree char *n = thrum_text_count (run->n_rows);

  thrum_page_append_name_cell (html, run->name);
  thrum_page_append_cell (html, n);
  for (guint j = 0; j < THRUM_N_COMPARE_MEASURES; j++)
    append_value (html, j, replicate->values[j], isinf (replicate->brackets[j].most));
  g_string_append (html, "</tr>\n");
}

static void
append_runs (GString *html, const char *heading, const ThrumCompareSide *side)
{
  g_string_append_printf (html,
                          "<h2>%s</h2>\n<div class=\"scroll\"><table class=\"wide\">\n<thead><tr>"
                          "<th></th><th>requests</th>",
                          heading);
  for (guint i = 0; i < THRUM_N_COMPARE_MEASURES; i++)
    g_string_append_printf (html, "<th>%s</th>", thrum_compare_measures[i]);
  g_string_append (html, "</tr></thead>\n<tbody>\n");
  for (guint i = 0; i < side->runs->len; i++)
    append_run (html, side, i);
  g_string_append (html, "</tbody></table></div>\n");
}

static void
append_notes (GString *html, const ThrumCompareOutcome *outcome)
{
  g_autoptr (GPtrArray) notes = thrum_compare_list_notes (outcome);

  for (guint i = 0; i < notes->len; i++)
    {
      g_string_append (html, "<p class=\"warn\">");
      thrum_page_append_text (html, g_ptr_array_index (notes, i));
      g_string_append (html, "</p>\n");
    }
}

char *
thrum_compare_to_html (const ThrumCompareOutcome *outcome, const GPtrArray *plots,
                       const char *extension, ThrumOutput *output)
{
  static const char *const verdicts[] = {
    "more", "slower", "fewer", "faster", "no difference shown", "inconclusive"
  };
  const ThrumCompareRun *base = g_ptr_array_index (outcome->base->runs, 0);
  const ThrumCompareRun *new_ = g_ptr_array_index (outcome->new_->runs, 0);
  const char *method = thrum_compare_describe_method (outcome);
  g_autofree char *title = g_strdup_printf (
      "%s%s against %s%s", new_->name, outcome->new_->runs->len > 1 ? " and more" : "", base->name,
      outcome->base->runs->len > 1 ? " and more" : "");
  GString *html = g_string_new (NULL);

  thrum_page_begin (html, title);
  g_string_append_printf (html, "<p class=\"soft\">new: %u run%s &middot; base: %u run%s</p>\n",
                          outcome->new_->runs->len, outcome->new_->runs->len == 1 ? "" : "s",
                          outcome->base->runs->len, outcome->base->runs->len == 1 ? "" : "s");
  append_notes (html, outcome);
  if (method != NULL)
    g_string_append_printf (html, "<p class=\"warn\">Weaker than it could be: %s.</p>\n", method);
  g_string_append (html, "<ul>\n");
  for (guint i = 0; i < G_N_ELEMENTS (verdicts); i++)
    append_verdict (html, outcome, verdicts[i]);
  g_string_append (html, "</ul>\n<h2>What changed</h2>\n");
  append_measures (html, outcome);
  g_string_append (
      html,
      "<p class=\"soft\">base and new are geometric means over runs, of one run a side its own "
      "figures. A measure is faster or slower "
      "where Welch&rsquo;s t test on the logarithms of the runs&rsquo; values says so, with p by "
      "Holm&rsquo;s procedure, so that all of them together raise a false alarm in at most 5 of "
      "100 comparisons. No difference shown: it says nothing, and the interval lies within 5% "
      "either way. Inconclusive: a difference of 5% could hide in the interval. Of failures the "
      "shares are compared, as means over runs: more or fewer where the test says so, and no "
      "difference shown within 1 point of percent (pt). The intervals hold all at once. "
      "What a run did itself widens them: a difference is shown only if it holds for all that the "
      "values could be but for thrum&rsquo;s own part. "
      "&ge; marks a lower bound: how long requests that timed out or were lost would "
      "have taken is unknown, so that the new side cannot be shown to be faster by it, nor "
      "slower than such a base.</p>\n");
  if (plots->len > 0)
    g_string_append (html, "<h2>Plots</h2>\n");
  for (guint i = 0; i < plots->len; i++)
    thrum_page_append_plot (html, g_ptr_array_index (plots, i), extension, output);
  append_runs (html, "Runs of the base", outcome->base);
  append_runs (html, "Runs of the new", outcome->new_);
  thrum_page_end (html);
  return g_string_free (html, FALSE);
}
