/* SPDX-License-Identifier: MIT
 *
 * Thresholds on the exact numbers, and their outcome as JUnit XML for CI. Main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/text.h"
#include "analyzer/thresholds.h"
#include "record/units.h"

ThrumCheckResult *
thrum_check_result_new (char *name, char *message, gboolean passed)
{
  ThrumCheckResult *result = g_new0 (ThrumCheckResult, 1);

  result->name = name;
  result->message = message;
  result->passed = passed;
  return result;
}

void
thrum_check_result_free (gpointer data)
{
  ThrumCheckResult *result = data;

  g_free (result->name);
  g_free (result->message);
  g_free (result);
}

void
thrum_analyzer_threshold_free (gpointer data)
{
  ThrumAnalyzerThreshold *threshold = data;

  g_free (threshold->request);
  g_free (threshold->key);
  g_free (threshold->text);
  g_free (threshold);
}

/* As the INI file has them: times in s, a ratio, requests per second. */
static gboolean
parse_limit (const char *key, const char *text, double *limit, GError **error)
{
  gint64 ns;

  if (strcmp (key, "failures") == 0)
    return thrum_parse_ratio (text, limit, error);
  if (strcmp (key, "rate") == 0)
    return thrum_parse_rate (text, limit, error);
  if (!thrum_parse_duration (text, &ns, error))
    return FALSE;
  *limit = (double)ns / 1e9;
  return TRUE;
}

static gboolean
is_known (const char *key)
{
  static const char *const others[] = { "mean", "max", "failures", "rate", NULL };

  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    if (strcmp (thrum_quantiles[i].name, key) == 0)
      return TRUE;
  return g_strv_contains (others, key);
}

ThrumAnalyzerThreshold *
thrum_analyzer_threshold_new (const char *request, const char *key, const char *limit,
                              GError **error)
{
  double value = 0;

  if (!is_known (key))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "there is no threshold '%s': p50 p90 p95 p99 p99.9 mean max failures rate", key);
      return NULL;
    }
  if (!parse_limit (key, limit, &value, error))
    {
      g_prefix_error (error, "threshold %s: ", key);
      return NULL;
    }

  ThrumAnalyzerThreshold *self = g_new0 (ThrumAnalyzerThreshold, 1);
  self->request = g_strdup (request);
  self->key = g_strdup (key);
  self->text = thrum_format_limit (key, limit, value);
  self->limit = value;
  return self;
}

ThrumAnalyzerThreshold *
thrum_analyzer_threshold_parse (const char *text, GError **error)
{
  /* A name may hold both marks; what is asked for and its limit hold neither. */
  const char *equals = strrchr (text, '=');
  const char *colon = equals == NULL ? NULL : g_strrstr_len (text, equals - text, ":");

  if (equals == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "--threshold '%s' is not like p99=250ms or REQUEST:failures=1%%", text);
      return NULL;
    }
  g_autofree char *request = colon == NULL ? NULL : g_strndup (text, (gsize)(colon - text));
  const char *start = colon == NULL ? text : colon + 1;
  g_autofree char *key = g_strndup (start, (gsize)(equals - start));
  return thrum_analyzer_threshold_new (request, g_strstrip (key),
                                       equals + 1 + strspn (equals + 1, " "), error);
}

static const ThrumSummary *
find_summary (const ThrumAnalysis *analysis, const char *request)
{
  if (request == NULL)
    return &analysis->total;
  for (guint i = 0; i < analysis->requests->len + analysis->journeys->len; i++)
    {
      const ThrumSummary *summary =
          i < analysis->requests->len
              ? g_ptr_array_index (analysis->requests, i)
              : g_ptr_array_index (analysis->journeys, i - analysis->requests->len);

      if (strcmp (summary->name, request) == 0)
        return summary;
    }
  return NULL;
}

gboolean
thrum_thresholds_find (const ThrumAnalysis *analysis, const GPtrArray *thresholds, GError **error)
{
  for (guint i = 0; analysis->n_request_names > 0 && i < thresholds->len; i++)
    {
      const ThrumAnalyzerThreshold *threshold = g_ptr_array_index (thresholds, i);

      if (find_summary (analysis, threshold->request) != NULL)
        continue;
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "cannot judge %s:%s: of more than %u names of requests this is none of the most "
                   "frequent, and what it did counts as %s; analyze fewer names, or rename alike "
                   "ones",
                   threshold->request, threshold->key, THRUM_MAX_REQUESTS - 1, THRUM_OTHERS);
      return FALSE;
    }
  return TRUE;
}

/* A time in s, -1 for no time, and what it could be @most; HUGE_VAL: nobody knows. */
static double
measure_time (const ThrumAnalysis *analysis, const ThrumSummary *summary, const char *key,
              double *most)
{
  const ThrumLatency *latency = &summary->latency;
  double value;

  if (latency->n == 0)
    return -1;
  for (guint i = 0; i < THRUM_N_QUANTILES; i++)
    if (strcmp (thrum_quantiles[i].name, key) == 0)
      {
        const ThrumQuantile *quantile = &latency->quantiles[i];

        value = (double)quantile->value / analysis->units;
        *most = !quantile->at_least            ? value
                : quantile->most == G_MAXINT64 ? HUGE_VAL
                                               : (double)quantile->most / analysis->units;
        return value;
      }
  value = strcmp (key, "mean") == 0 ? latency->mean : (double)latency->max / analysis->units;
  *most = latency->is_incomplete ? HUGE_VAL : value;
  return value;
}

static ThrumCheckResult *
check (const ThrumAnalysis *analysis, const ThrumAnalyzerThreshold *threshold)
{
  const ThrumSummary *summary = find_summary (analysis, threshold->request);
  gboolean is_rate = strcmp (threshold->key, "rate") == 0;
  gboolean is_failures = strcmp (threshold->key, "failures") == 0;
  char *name =
      g_strdup_printf ("%s%s%s %s %s", threshold->request != NULL ? threshold->request : "",
                       threshold->request != NULL ? ": " : "", threshold->key,
                       is_rate ? ">=" : "<=", threshold->text);

  if (summary == NULL || summary->n_rows == 0)
    return thrum_check_result_new (name, g_strdup ("no requests"), FALSE);
  if (is_rate)
    {
      double time = analysis->extent - analysis->cut;
      /* What was answered, as the run itself judges. */
      guint64 answered = summary->latency.n - summary->latency.n_censored;
      double rate = time > 0 ? (double)answered / time : 0;
      g_autofree char *text = thrum_text_number (rate, 1);
      return thrum_check_result_new (name, g_strconcat (text, "/s", NULL),
                                     rate >= threshold->limit);
    }
  if (is_failures)
    {
      /* Of all requests, as the run itself has it, those that were lost are failures, too. */
      guint64 lost = threshold->request == NULL ? analysis->n_lost : 0;
      double ratio = (double)(summary->n_failures + lost) / (double)(summary->n_rows + lost);
      return thrum_check_result_new (name, thrum_text_percent (ratio), ratio <= threshold->limit);
    }
  double most = 0, value = measure_time (analysis, summary, threshold->key, &most);
  if (value < 0)
    return thrum_check_result_new (name, g_strdup ("no replies"), FALSE);
  g_autofree char *text = thrum_text_duration (value);
  g_autofree char *most_text = isinf (most) ? NULL : thrum_text_duration (most);
  char *message = isinf (most)   ? g_strconcat (">= ", text, NULL)
                  : most > value ? g_strconcat (text, " to ", most_text, NULL)
                                 : g_strdup (text);
  /* By the worst that can be, as the run itself judges. */
  return thrum_check_result_new (name, message, most <= threshold->limit);
}

void
thrum_thresholds_check (const ThrumAnalysis *analysis, GPtrArray *thresholds, GPtrArray *results)
{
  for (guint i = 0; i < thresholds->len; i++)
    g_ptr_array_add (results, check (analysis, g_ptr_array_index (thresholds, i)));
}

/* What XML cannot hold becomes a question mark. */
static void
append_text (GString *xml, const char *value)
{
  g_autofree char *valid = g_utf8_make_valid (value, -1);

  for (char *p = valid; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      *p = '?';
  g_autofree char *escaped = g_markup_escape_text (valid, -1);
  g_string_append (xml, escaped);
}

static void
append_attribute (GString *xml, const char *name, const char *value)
{
  g_string_append_printf (xml, " %s=\"", name);
  append_text (xml, value);
  g_string_append_c (xml, '"');
}

/* Jenkins, GitLab and others add these up over files: on both levels, times as numbers. */
static void
append_counts (GString *xml, const GPtrArray *results)
{
  guint n_failed = 0;

  for (guint i = 0; i < results->len; i++)
    n_failed += !((ThrumCheckResult *)g_ptr_array_index (results, i))->passed;
  g_string_append_printf (xml,
                          " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\" time=\"0\"",
                          results->len, n_failed);
}

char *
thrum_junit_to_xml (const char *suite, GPtrArray *results)
{
  GString *xml = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *timestamp = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");

  append_attribute (xml, "name", "thrum-analyze");
  append_counts (xml, results);
  g_string_append (xml, ">\n<testsuite");
  append_attribute (xml, "name", suite);
  append_counts (xml, results);
  append_attribute (xml, "timestamp", timestamp);
  append_attribute (xml, "hostname", g_get_host_name ());
  g_string_append (xml, ">\n");
  for (guint i = 0; i < results->len; i++)
    {
      const ThrumCheckResult *result = g_ptr_array_index (results, i);

      g_string_append (xml, "<testcase");
      append_attribute (xml, "classname", suite);
      append_attribute (xml, "name", result->name);
      g_string_append (xml, " time=\"0\">");
      if (!result->passed)
        {
          g_string_append (xml, "<failure type=\"threshold\"");
          append_attribute (xml, "message", result->message);
          /* Some show the message, some the text. */
          g_string_append (xml, ">");
          append_text (xml, result->name);
          g_string_append (xml, ": ");
          append_text (xml, result->message);
          g_string_append (xml, "</failure>");
        }
      g_string_append (xml, "</testcase>\n");
    }
  g_string_append (xml, "</testsuite>\n</testsuites>\n");
  return g_string_free (xml, FALSE);
}
