/* SPDX-License-Identifier: MIT
 *
 * Writes the report of one test as an HTML page. Main thread.
 */
#include "analyzer/report/html.h"
#include "analyzer/report/html-numbers.h"
#include "analyzer/report/page.h"
#include "analyzer/write/text.h"

/* What was asked and what came of it; of what is no threshold only what does not hold. */
static void
append_checks (GString *html, const GPtrArray *checks)
{
  static const char *const words[] = { "passed", "<strong>FAILED</strong>",
                                       "<strong>UNDECIDED</strong>" };
  guint n_lines = 0;

  for (guint i = 0; checks != NULL && i < checks->len; i++)
    {
      const ThrumCheckResult *check = g_ptr_array_index (checks, i);

      if (!thrum_check_result_is_worth_a_line (check))
        continue;
      if (n_lines++ == 0)
        g_string_append (html, "<h2>Thresholds</h2>\n<div class=\"scroll\"><table class=\"small "
                               "checks\">\n<tbody>\n");
      thrum_page_append_name_cell (html, check->name);
      g_string_append_printf (html, "<td>%s</td><td class=\"text\">", words[check->judgement]);
      thrum_page_append_text (html, check->message);
      g_string_append (html, "</td></tr>\n");
    }
  if (n_lines > 0)
    g_string_append (html, "</tbody></table></div>\n");
}

static void
append_occurrences (GString *html, const char *heading, const GPtrArray *occurrences, guint64 of)
{
  if (occurrences->len == 0)
    return;
  g_string_append_printf (html, "<h2>%s</h2>\n<div class=\"scroll\"><table class=\"small\">\n",
                          heading);
  for (guint i = 0; i < occurrences->len && i < 30; i++)
    {
      const ThrumOccurrence *occurrence = g_ptr_array_index (occurrences, i);
      g_autofree char *n = thrum_text_count (occurrence->n);
      g_autofree char *ratio = thrum_text_percent ((double)occurrence->n / (double)MAX (of, 1));

      thrum_page_append_name_cell (html, occurrence->name);
      thrum_page_append_cell (html, n);
      thrum_page_append_cell (html, ratio);
      g_string_append (html, "</tr>\n");
    }
  g_string_append (html, "</table></div>\n");
}

/* ---- What was run, and whether to believe it ----------------------------------------------- */

static void
append_run (GString *html, const ThrumRunInfo *info)
{
  const char *facts[] = { info->state, info->plugin, info->host, info->version };
  gboolean first = TRUE;

  g_string_append (html, "<p class=\"soft\">");
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    if (facts[i] != NULL)
      {
        g_string_append (html, first ? "" : " &middot; ");
        g_string_append (html, i == 3 ? "thrum " : "");
        thrum_page_append_text (html, facts[i]);
        first = FALSE;
      }
  g_string_append (html, "</p>\n");
}

static void
append_verdict (GString *html, const ThrumRunInfo *info)
{
  g_autoptr (GPtrArray) reasons = g_ptr_array_new ();

  if (info->level != NULL)
    {
      gboolean known = g_str_equal (info->level, "VALID") || g_str_equal (info->level, "DEGRADED")
                       || g_str_equal (info->level, "INVALID");

      g_string_append_printf (html, "<p>Can these numbers be trusted? <span class=\"verdict %s\">",
                              known ? info->level : "");
      thrum_page_append_text (html, info->level);
      g_string_append (html, "</span></p>\n");
    }
  for (guint i = 0; info->reasons != NULL && info->reasons[i] != NULL; i++)
    g_ptr_array_add (reasons, info->reasons[i]);
  thrum_page_append_list (html, reasons);
}

static void
append_faults (GString *html, const ThrumScanFaults *faults)
{
  if (faults->n_malformed == 0 && faults->torn->len == 0)
    return;
  g_string_append (html, "<div class=\"warn\">\n");
  if (faults->n_malformed > 0)
    {
      g_autofree char *n = thrum_text_count (faults->n_malformed);
      g_autofree char *of = thrum_text_count (faults->n_lines);
      g_string_append_printf (
          html, "<p>%s of %s lines are no rows and left out, for example:</p>\n", n, of);
    }
  thrum_page_append_list (html, faults->complaints);
  thrum_page_append_list (html, faults->torn);
  g_string_append (html, "</div>\n");
}

static void
append_notes (GString *html, const GPtrArray *notes)
{
  for (guint i = 0; i < notes->len; i++)
    {
      g_string_append (html, "<p class=\"warn\">");
      thrum_page_append_text (html, g_ptr_array_index (notes, i));
      g_string_append (html, "</p>\n");
    }
}

char *
thrum_report_to_html (const ThrumAnalysis *analysis, const ThrumReportOptions *options,
                      GPtrArray *plots, ThrumOutput *output)
{
  GString *html = g_string_new (NULL);
  const ThrumRunInfo *info = options->source->info;

  thrum_page_begin (html, options->source->title);
  if (info != NULL)
    append_run (html, info);
  append_notes (html, options->source->notes);
  if (info != NULL)
    append_verdict (html, info);
  append_faults (html, &analysis->faults);
  thrum_html_append_tiles (html, analysis);
  append_checks (html, options->checks);
  thrum_html_append_overall (html, analysis);
  thrum_html_append_findings (html, analysis);
  thrum_html_append_table (html, analysis);
  append_occurrences (html, "Failures by kind", analysis->kinds, analysis->total.n_rows);
  append_occurrences (html, "Statuses", analysis->statuses, analysis->total.n_rows);
  if (plots->len > 0)
    g_string_append (html, "<h2>Plots</h2>\n");
  for (guint i = 0; i < plots->len; i++)
    thrum_page_append_plot (html, g_ptr_array_index (plots, i), options->plots, output);
  if (info != NULL && info->config != NULL)
    {
      g_string_append (html, "<h2>Configuration</h2>\n<pre>");
      thrum_page_append_text (html, info->config);
      g_string_append (html, "</pre>\n");
    }
  thrum_page_end (html);
  return g_string_free (html, FALSE);
}
