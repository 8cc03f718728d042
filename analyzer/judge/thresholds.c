/* SPDX-License-Identifier: MIT
 *
 * Parses thresholds, and judges the exact numbers by them. Main thread.
 */
#include <math.h>
#include <string.h>

#include "analyzer/write/text.h"
#include "analyzer/judge/thresholds.h"
#include "base/printing.h"
#include "base/units.h"

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
parse_limit (ThrumMeasuredKind kind, const char *text, double *limit, GError **error)
{
  gint64 ns;

  if (kind == THRUM_MEASURED_FAILURES || kind == THRUM_MEASURED_DROPPED)
    return thrum_parse_ratio (text, limit, error);
  if (kind == THRUM_MEASURED_RATE)
    return thrum_parse_rate (text, limit, error);
  if (!thrum_parse_duration (text, &ns, error))
    return FALSE;
  *limit = (double)ns / 1e9;
  return TRUE;
}

ThrumAnalyzerThreshold *
thrum_analyzer_threshold_new (const char *request, const char *key, const char *limit,
                              GError **error)
{
  ThrumMeasuredKind kind;
  double value = 0, quantile = 0;

  if (!thrum_measured_parse (key, &kind, &quantile))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "there is no threshold '%s': pN (a percentile, as p99.9), mean, max, failures, "
                   "dropped, rate",
                   key);
      return NULL;
    }
  if (kind == THRUM_MEASURED_DROPPED && request != NULL)
    {
      g_set_error (
          error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
          "threshold %s:dropped: drops are not told apart by request; ask for dropped alone",
          request);
      return NULL;
    }
  if (!parse_limit (kind, limit, &value, error))
    {
      g_prefix_error (error, "threshold %s: ", key);
      return NULL;
    }

  ThrumAnalyzerThreshold *self = g_new0 (ThrumAnalyzerThreshold, 1);
  self->request =
      request != NULL ? thrum_printing_escape (request, FALSE) : NULL; /* as names are */
  self->key = g_strdup (key);
  self->text = thrum_format_limit (key, limit, value);
  self->kind = kind;
  self->quantile = quantile;
  self->limit = value;
  self->said_least = -1;
  self->said_judgement = -1;
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

/* "65.7 ms", ">= 65.7 ms" where it could be any more, with what lies between in brackets where that
 * prints otherwise. */
static char *
describe (const ThrumAnalyzerThreshold *threshold, const ThrumMeasured *measured)
{
  ThrumBracket bracket = measured->bracket;
  gboolean is_rate = threshold->kind == THRUM_MEASURED_RATE;
  g_autofree char *value = thrum_measured_format (threshold->kind, measured->value);
  g_autofree char *least = isinf (bracket.least) || bracket.least >= measured->value
                               ? g_strdup (value)
                               : thrum_measured_format (threshold->kind, bracket.least);
  g_autofree char *most =
      isinf (bracket.most) ? NULL : thrum_measured_format (threshold->kind, bracket.most);

  if (most == NULL && (is_rate || g_str_equal (least, value)))
    return g_strconcat (">= ", value, NULL);
  if (most == NULL)
    return g_strdup_printf (">= %s (without the generator's part from %s)", value, least);
  if (g_str_equal (least, value) && g_str_equal (most, value))
    return g_steal_pointer (&value);
  return g_strdup_printf ("%s (between %s and %s)", value, least, most);
}

static void
append_number (GString *text, const char *name, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, "%s=%s ", name,
                          isinf (value) ? "unknown"
                                        : g_ascii_formatd (digits, sizeof digits, "%.9g", value));
}

/* The same for programs. */
static char *
describe_exactly (const ThrumAnalyzerThreshold *threshold, const ThrumMeasured *measured)
{
  GString *text = g_string_new (NULL);

  append_number (text, "value", measured->value);
  append_number (text, "least", measured->bracket.least);
  append_number (text, "most", measured->bracket.most);
  g_string_append_printf (text, "unit=%s",
                          threshold->kind == THRUM_MEASURED_RATE      ? "1/s"
                          : threshold->kind < THRUM_MEASURED_FAILURES ? "s"
                                                                      : "share");
  return g_string_free (text, FALSE);
}

/* Why nobody knows. */
static const char *
explain (const ThrumAnalyzerThreshold *threshold, ThrumBracket bracket)
{
  gboolean breaks = threshold->kind == THRUM_MEASURED_RATE ? bracket.most < threshold->limit
                                                           : bracket.least > threshold->limit;

  return breaks
             ? ": undecided, since the load was not as intended, which was the generator's doing "
               "(see achieved and stalled)"
             : ": undecided, since what the generator did itself could be what breaks it";
}

static ThrumCheckResult *
check (const ThrumAnalysis *analysis, const ThrumAnalyzerThreshold *threshold)
{
  const ThrumSummary *summary = find_summary (analysis, threshold->request);
  gboolean is_rate = threshold->kind == THRUM_MEASURED_RATE;
  gboolean is_trusted = !analysis->is_untrusted;
  char *name =
      g_strdup_printf ("%s%s%s %s %s", threshold->request != NULL ? threshold->request : "",
                       threshold->request != NULL ? ": " : "", threshold->key,
                       is_rate ? ">=" : "<=", threshold->text);

  if (threshold->request != NULL && !analysis->has_request && threshold->said_judgement >= 0)
    return thrum_check_result_new (
        THRUM_CHECK_LIMIT, name,
        g_strdup ("the rows do not say which request each is of: as the run judged"),
        (ThrumJudgement)threshold->said_judgement);
  if (summary == NULL || (summary->n_rows == 0 && threshold->kind != THRUM_MEASURED_DROPPED))
    return thrum_check_result_new (THRUM_CHECK_LIMIT, name, g_strdup ("no requests"),
                                   THRUM_JUDGEMENT_FAILED);
  ThrumMeasured measured = thrum_measure (analysis, summary, threshold->kind, threshold->quantile);
  if (!measured.has_value)
    return thrum_check_result_new (THRUM_CHECK_LIMIT, name, g_strdup ("no replies"),
                                   THRUM_JUDGEMENT_FAILED);

  if (!analysis->has_lag && threshold->said_least >= 0)
    measured.bracket.least = MIN (threshold->said_least, measured.bracket.most);
  ThrumJudgement judgement =
      thrum_bracket_judge (measured.bracket, threshold->limit, is_rate, is_trusted);
  g_autofree char *text = describe (threshold, &measured);
  const char *why =
      judgement == THRUM_JUDGEMENT_UNDECIDED ? explain (threshold, measured.bracket) : "";
  ThrumCheckResult *result =
      thrum_check_result_new (THRUM_CHECK_LIMIT, name, g_strconcat (text, why, NULL), judgement);
  result->detail = describe_exactly (threshold, &measured);
  return result;
}

void
thrum_thresholds_check (const ThrumAnalysis *analysis, GPtrArray *thresholds, GPtrArray *results)
{
  for (guint i = 0; i < thresholds->len; i++)
    g_ptr_array_add (results, check (analysis, g_ptr_array_index (thresholds, i)));
}
