/* SPDX-License-Identifier: MIT
 *
 * The report as one HTML page. Everything that is not ours is escaped. Main thread.
 */
#include "analyzer/html.h"
#include "analyzer/text.h"
#include "thrum-config.h"

static void
append_escaped (GString *html, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *escaped = g_markup_escape_text (valid, -1);

  g_string_append (html, escaped);
}

static void
append_tile (GString *html, const char *name, const char *value, gboolean bad)
{
  g_string_append_printf (html, "<div%s><dt>%s</dt><dd>%s</dd></div>\n",
                          bad ? " class=\"bad\"" : "", name, value);
}

static char *
describe_time (const ThrumAnalysis *analysis, gint64 value, gboolean at_least)
{
  g_autofree char *text = thrum_text_duration ((double)value / analysis->units);

  return g_strconcat (at_least ? "&ge;&nbsp;" : "", text, NULL);
}

static void
append_tiles (GString *html, const ThrumAnalysis *analysis)
{
  const ThrumSummary *total = &analysis->total;
  const ThrumLatency *latency = &total->latency;
  static const guint shown[] = { THRUM_QUANTILE_P50, THRUM_QUANTILE_P95, THRUM_QUANTILE_P99 };
  g_autofree char *n = thrum_text_count (total->n_rows);
  g_autofree char *extent = thrum_text_duration (analysis->extent);
  g_autofree char *rate = thrum_text_number (
      analysis->extent > analysis->cut ? (double)total->n_rows / (analysis->extent - analysis->cut)
                                       : 0,
      1);
  g_autofree char *failed = thrum_text_percent (
      total->n_rows > 0 ? (double)total->n_failures / (double)total->n_rows : 0);

  g_string_append (html, "<dl class=\"tiles\">\n");
  append_tile (html, "requests", n, FALSE);
  append_tile (html, "time", extent, FALSE);
  append_tile (html, "requests/s", rate, FALSE);
  append_tile (html, "failed", failed, total->n_failures > 0);
  for (guint i = 0; i < G_N_ELEMENTS (shown) && latency->n > 0; i++)
    {
      const ThrumQuantile *quantile = &latency->quantiles[shown[i]];
      g_autofree char *value = describe_time (analysis, quantile->value, quantile->at_least);
      append_tile (html, thrum_quantiles[shown[i]].name, value, FALSE);
    }
  if (latency->n > 0)
    {
      g_autofree char *max = describe_time (analysis, latency->max, latency->max_at_least);
      append_tile (html, "max", max, FALSE);
    }
  g_string_append (html, "</dl>\n");
}

static void
append_row (GString *html, const ThrumAnalysis *analysis, const char *name, guint64 n,
            gint64 n_failures, const ThrumLatency *latency)
{
  g_autofree char *count = thrum_text_count (n);

  g_string_append (html, "<tr><td class=\"name\">");
  append_escaped (html, name);
  g_string_append_printf (html, "</td><td>%s</td>", count);
  if (n_failures < 0)
    g_string_append (html, "<td></td>");
  else
    {
      g_autofree char *failed = thrum_text_percent (n == 0 ? 0 : (double)n_failures / (double)n);
      g_string_append_printf (html, "<td>%s</td>", failed);
    }
  if (latency->n == 0)
    {
      g_string_append (html, "<td>&ndash;</td></tr>\n");
      return;
    }
  g_autofree char *mean = thrum_text_duration (latency->mean);
  g_string_append_printf (html, "<td>%s</td>", mean);
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    {
      g_autofree char *value =
          describe_time (analysis, latency->quantiles[i].value, latency->quantiles[i].at_least);
      g_string_append_printf (html, "<td>%s</td>", value);
    }
  g_autofree char *max = describe_time (analysis, latency->max, latency->max_at_least);
  g_string_append_printf (html, "<td>%s</td></tr>\n", max);
}

static void
append_table (GString *html, const ThrumAnalysis *analysis)
{
  const ThrumSummary *total = &analysis->total;

  g_string_append (html, "<h2>Response times</h2>\n<div class=\"scroll\"><table>\n"
                         "<tr><th></th><th>count</th><th>failed</th><th>mean</th>");
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    g_string_append_printf (html, "<th>%s</th>", thrum_quantiles[i].name);
  g_string_append (html, "<th>max</th></tr>\n");
  append_row (html, analysis, "all", total->n_rows, (gint64)total->n_failures, &total->latency);
  append_row (html, analysis, "successes", total->n_rows - total->n_failures, -1, &total->ok);
  if (analysis->has_service)
    append_row (html, analysis, "service time", analysis->service.n, -1, &analysis->service);
  for (guint i = 0; i < analysis->requests->len && analysis->requests->len > 1; i++)
    {
      const ThrumSummary *request = g_ptr_array_index (analysis->requests, i);
      append_row (html, analysis, request->name, request->n_rows, (gint64)request->n_failures,
                  &request->latency);
    }
  g_string_append (html, "</table></div>\n");
  if (total->latency.n < total->n_rows)
    g_string_append (html, "<p class=\"soft\">What never connected is a failure, not a latency: it "
                           "counts on the left only.</p>\n");
  if (total->latency.max_at_least)
    g_string_append (html, "<p class=\"soft\">&ge;: requests that timed out or were unfinished "
                           "count with the time waited, so that the true value is no less.</p>\n");
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

      g_string_append (html, "<tr><td class=\"name\">");
      append_escaped (html, occurrence->name);
      g_string_append_printf (html, "</td><td>%s</td><td>%s</td></tr>\n", n, ratio);
    }
  g_string_append (html, "</table></div>\n");
}

static void
append_plot (GString *html, const ThrumPlot *plot, const char *extension, ThrumOutput *output)
{
  g_autofree char *name = g_strconcat (plot->name, ".", extension, NULL);
  g_autofree char *path = g_build_filename (thrum_output_get_folder (output), name, NULL);
  g_autofree char *data = NULL;
  gsize length;

  if (!g_file_get_contents (path, &data, &length, NULL))
    return;
  g_autofree char *encoded = g_base64_encode ((const guchar *)data, length);
  g_string_append_printf (html, "<figure><div><img width=\"%d\" height=\"%d\" alt=\"",
                          THRUM_PLOT_WIDTH, THRUM_PLOT_HEIGHT);
  append_escaped (html, plot->alt);
  g_string_append_printf (html, "\" src=\"data:image/%s;base64,%s\"></div>\n<figcaption>",
                          g_str_equal (extension, "svg") ? "svg+xml" : "png", encoded);
  append_escaped (html, plot->alt);
  g_string_append (html, "</figcaption></figure>\n");
}

static void
append_run (GString *html, const ThrumRunInfo *info)
{
  if (info->level != NULL)
    {
      gboolean known = g_str_equal (info->level, "VALID") || g_str_equal (info->level, "DEGRADED")
                       || g_str_equal (info->level, "INVALID");

      g_string_append_printf (html, "<p>Can these numbers be trusted? <span class=\"verdict %s\">",
                              known ? info->level : "");
      append_escaped (html, info->level);
      g_string_append (html, "</span></p>\n");
    }
  if (info->reasons != NULL && info->reasons[0] != NULL)
    {
      g_string_append (html, "<ul>\n");
      for (guint i = 0; info->reasons[i] != NULL; i++)
        {
          g_string_append (html, "<li>");
          append_escaped (html, info->reasons[i]);
          g_string_append (html, "</li>\n");
        }
      g_string_append (html, "</ul>\n");
    }
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
      g_string_append_printf (html, "<p>%s lines are no rows and left out, for example:</p>\n", n);
    }
  g_string_append (html, "<ul>\n");
  for (guint i = 0; i < faults->complaints->len + faults->torn->len; i++)
    {
      g_string_append (html, "<li>");
      append_escaped (html, i < faults->complaints->len
                                ? g_ptr_array_index (faults->complaints, i)
                                : g_ptr_array_index (faults->torn, i - faults->complaints->len));
      g_string_append (html, "</li>\n");
    }
  g_string_append (html, "</ul></div>\n");
}

static void
append_head (GString *html, const ThrumReportOptions *options)
{
  g_autoptr (GBytes) css =
      g_resources_lookup_data ("/thrum/analyzer/report.css", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  const ThrumRunInfo *info = options->info;

  g_string_append (html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width, "
                         "initial-scale=1\">\n<title>");
  append_escaped (html, options->title);
  g_string_append (html, "</title>\n<style>\n");
  g_string_append_len (html, g_bytes_get_data (css, NULL), (gssize)g_bytes_get_size (css));
  g_string_append (html, "</style>\n</head>\n<body>\n<h1>");
  append_escaped (html, options->title);
  g_string_append (html, "</h1>\n<p class=\"soft\">");
  if (info != NULL)
    {
      const char *facts[] = { info->state, info->plugin, info->host };
      const char *between = "";

      for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
        if (facts[i] != NULL)
          {
            g_string_append (html, between);
            append_escaped (html, facts[i]);
            between = " &middot; ";
          }
    }
  g_string_append (html, "</p>\n");
}

char *
thrum_report_to_html (const ThrumAnalysis *analysis, const ThrumReportOptions *options,
                      GPtrArray *plots, ThrumOutput *output)
{
  GString *html = g_string_new (NULL);

  append_head (html, options);
  if (options->info != NULL)
    append_run (html, options->info);
  append_faults (html, &analysis->faults);
  append_tiles (html, analysis);
  append_table (html, analysis);
  g_string_append (html, "<h2>Plots</h2>\n");
  for (guint i = 0; i < plots->len; i++)
    append_plot (html, g_ptr_array_index (plots, i), options->plots, output);
  append_occurrences (html, "Failures by kind", analysis->kinds, analysis->total.n_rows);
  append_occurrences (html, "Statuses", analysis->statuses, analysis->total.n_rows);
  if (options->info != NULL && options->info->config != NULL)
    {
      g_string_append (html, "<h2>Configuration</h2>\n<pre>");
      append_escaped (html, options->info->config);
      g_string_append (html, "</pre>\n");
    }
  g_string_append (html, "<p class=\"soft\">Quantiles are exact order statistics of rank "
                         "&lceil;n q&rceil;. Made by thrum-analyze " THRUM_VERSION ".</p>\n"
                         "</body>\n</html>\n");
  return g_string_free (html, FALSE);
}
