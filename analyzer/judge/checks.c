/* SPDX-License-Identifier: MIT
 *
 * Turns an analysis into results for CI: the checks of the run itself, the exit code, and JUnit
 * XML. They agree with what `thrum run` said of the run. Main thread.
 */
#include "analyzer/judge/checks.h"
#include "base/exit-codes.h"
#include "base/printing.h"

ThrumCheckResult *
thrum_check_result_new (ThrumCheckKind kind, char *name, char *message, ThrumJudgement judgement)
{
  ThrumCheckResult *result = g_new0 (ThrumCheckResult, 1);

  result->kind = kind;
  result->name = name;
  result->message = message;
  result->judgement = judgement;
  return result;
}

void
thrum_check_result_free (gpointer data)
{
  ThrumCheckResult *result = data;

  g_free (result->name);
  g_free (result->message);
  g_free (result->detail);
  g_free (result);
}

gboolean
thrum_check_result_is_worth_a_line (const ThrumCheckResult *self)
{
  return self->kind == THRUM_CHECK_LIMIT || self->judgement != THRUM_JUDGEMENT_PASSED;
}

/* ---- The run itself -------------------------------------------------------------------------- */

static void
add (GPtrArray *results, ThrumCheckKind kind, const char *name, char *message,
     ThrumJudgement judgement)
{
  g_ptr_array_add (results, thrum_check_result_new (kind, g_strdup (name), message, judgement));
}

static void
add_verdict (const ThrumChecked *checked, GPtrArray *results)
{
  const ThrumRunInfo *info = checked->info;
  gboolean is_strict = g_strcmp0 (info->on_invalid, "fail") == 0;
  gboolean is_lenient = g_strcmp0 (info->on_invalid, "warn") == 0;

  if (is_lenient || info->level == NULL || (!is_strict && checked->has_asked))
    return;
  add (results, THRUM_CHECK_VERDICT, "the verdict is not INVALID",
       g_strdup_printf ("the verdict is %s%s%s", info->level,
                        info->reasons != NULL && info->reasons[0] != NULL ? ": " : "",
                        info->reasons != NULL && info->reasons[0] != NULL ? info->reasons[0] : ""),
       g_str_equal (info->level, "INVALID") ? THRUM_JUDGEMENT_UNDECIDED : THRUM_JUDGEMENT_PASSED);
}

void
thrum_checks_add_run (const ThrumChecked *checked, GPtrArray *results)
{
  if (checked->info != NULL || checked->incomplete != NULL)
    add (results, THRUM_CHECK_COMPLETE, "the run is complete",
         g_strdup (checked->incomplete != NULL ? checked->incomplete : "it is"),
         checked->incomplete != NULL ? THRUM_JUDGEMENT_UNDECIDED : THRUM_JUDGEMENT_PASSED);
  if (checked->info == NULL)
    return;
  if (g_strcmp0 (checked->info->state, "aborted") == 0)
    add (results, THRUM_CHECK_SERVICE, "no threshold ended the run",
         g_strdup ("a threshold of abort-on ended it"), THRUM_JUDGEMENT_FAILED);
  if (!checked->has_failures)
    add (results, THRUM_CHECK_SERVICE, "some request succeeded",
         g_strdup (checked->has_success ? "some did" : "not one request succeeded"),
         checked->has_success ? THRUM_JUDGEMENT_PASSED : THRUM_JUDGEMENT_FAILED);
  add_verdict (checked, results);
}

/* ---- The exit code --------------------------------------------------------------------------- */

int
thrum_checks_get_code (const GPtrArray *results, const char *on_invalid)
{
  gboolean is_incomplete = FALSE, has_failed = FALSE, is_undecided = FALSE;

  for (guint i = 0; i < results->len; i++)
    {
      const ThrumCheckResult *result = g_ptr_array_index (results, i);

      has_failed |= result->judgement == THRUM_JUDGEMENT_FAILED;
      if (result->judgement != THRUM_JUDGEMENT_UNDECIDED)
        continue;
      if (result->kind == THRUM_CHECK_COMPLETE)
        is_incomplete = TRUE;
      else
        is_undecided |= g_strcmp0 (on_invalid, "warn") != 0;
    }
  return is_incomplete  ? THRUM_EXIT_INCOMPLETE
         : has_failed   ? THRUM_EXIT_THRESHOLD
         : is_undecided ? THRUM_EXIT_INVALID
                        : THRUM_EXIT_GOOD;
}

/* ---- JUnit XML ------------------------------------------------------------------------------- */

/* A character that XML cannot hold becomes a question mark. */
static void
append_text (GString *xml, const char *value)
{
  g_autofree char *valid = thrum_printing_escape (value, FALSE);
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

static void
append_time (GString *xml, double seconds)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  append_attribute (xml, "time", g_ascii_formatd (digits, sizeof digits, "%.3f", seconds));
}

/* The element of a case that did not pass; NULL: it did. */
static const char *
get_element (const ThrumCheckResult *result, const char *on_invalid)
{
  switch (result->judgement)
    {
    case THRUM_JUDGEMENT_FAILED:
      return "failure";
    case THRUM_JUDGEMENT_UNDECIDED:
      return result->kind != THRUM_CHECK_COMPLETE && g_strcmp0 (on_invalid, "warn") == 0 ? "skipped"
                                                                                         : "error";
    default:
      return NULL;
    }
}

/* Jenkins, GitLab and others add these up over files: on both levels, times as numbers. */
static void
append_counts (GString *xml, const GPtrArray *results, double seconds, const char *on_invalid)
{
  static const char *const elements[] = { "failure", "error", "skipped" };
  static const char *const counts[] = { "failures", "errors", "skipped" };

  g_string_append_printf (xml, " tests=\"%u\"", results->len);
  for (guint i = 0; i < G_N_ELEMENTS (elements); i++)
    {
      guint n = 0;

      for (guint j = 0; j < results->len; j++)
        n += g_strcmp0 (get_element (g_ptr_array_index (results, j), on_invalid), elements[i]) == 0;
      g_string_append_printf (xml, " %s=\"%u\"", counts[i], n);
    }
  append_time (xml, seconds);
}

static void
append_case (GString *xml, const char *suite, const ThrumCheckResult *result, double seconds,
             const char *on_invalid)
{
  static const char *const types[] = { "threshold", "incomplete", "service", "verdict" };
  const char *element = get_element (result, on_invalid);

  g_string_append (xml, "<testcase");
  append_attribute (xml, "classname", suite);
  append_attribute (xml, "name", result->name);
  append_time (xml, seconds);
  g_string_append (xml, ">");
  if (element != NULL)
    {
      g_string_append_printf (xml, "<%s", element);
      append_attribute (xml, "type", types[result->kind]);
      append_attribute (xml, "message", result->message);
      /* Some show the message, some the text. */
      g_string_append (xml, ">");
      append_text (xml, result->name);
      g_string_append (xml, ": ");
      append_text (xml, result->message);
      g_string_append_printf (xml, "</%s>", element);
    }
  /* An element has the words already. */
  if (element == NULL || result->detail != NULL)
    {
      g_string_append (xml, "<system-out>");
      append_text (xml, element == NULL ? result->message : "");
      g_string_append (xml, element == NULL && result->detail != NULL ? "; " : "");
      append_text (xml, result->detail != NULL ? result->detail : "");
      g_string_append (xml, "</system-out>");
    }
  g_string_append (xml, "</testcase>\n");
}

char *
thrum_junit_to_xml (const char *suite, const GPtrArray *results, double seconds,
                    const char *on_invalid)
{
  GString *xml = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *timestamp = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");

  append_attribute (xml, "name", "thrum-analyze");
  append_counts (xml, results, seconds, on_invalid);
  g_string_append (xml, ">\n<testsuite");
  append_attribute (xml, "name", suite);
  append_counts (xml, results, seconds, on_invalid);
  append_attribute (xml, "timestamp", timestamp);
  append_attribute (xml, "hostname", g_get_host_name ());
  g_string_append (xml, ">\n");
  for (guint i = 0; i < results->len; i++)
    append_case (xml, suite, g_ptr_array_index (results, i), seconds, on_invalid);
  g_string_append (xml, "</testsuite>\n</testsuites>\n");
  return g_string_free (xml, FALSE);
}
