/* SPDX-License-Identifier: MIT
 *
 * Checks [thresholds] and [thresholds REQUEST]: what makes a run pass or fail, and what ends it
 * early. Main thread.
 */
#include <string.h>

#include "config/check.h"
#include "base/nearest.h"
#include "base/units.h"

/* "p99.9" -> 0.999; FALSE: no such quantile. */
static gboolean
parse_quantile (const gchar *key, gdouble *quantile)
{
  gdouble percent;

  if (key[0] != 'p' || !g_ascii_isdigit (key[1]) || strchr (key, 'e') != NULL
      || !thrum_parse_number (key + 1, &percent, NULL) || percent <= 0 || percent >= 100)
    return FALSE;
  *quantile = percent / 100;
  return TRUE;
}

static gboolean
parse_measure (const gchar *key, ThrumThreshold *threshold)
{
  if (parse_quantile (key, &threshold->quantile))
    threshold->measure = THRUM_MEASURE_QUANTILE;
  else if (g_str_equal (key, "mean"))
    threshold->measure = THRUM_MEASURE_MEAN;
  else if (g_str_equal (key, "max"))
    threshold->measure = THRUM_MEASURE_MAX;
  else if (g_str_equal (key, "failures"))
    threshold->measure = THRUM_MEASURE_FAILURES;
  else if (g_str_equal (key, "dropped"))
    threshold->measure = THRUM_MEASURE_DROPPED;
  else if (g_str_equal (key, "rate"))
    threshold->measure = THRUM_MEASURE_RATE;
  else
    return FALSE;
  return TRUE;
}

static gboolean
parse_limit (const gchar *text, ThrumThreshold *threshold, GError **error)
{
  gint64 ns;

  if (threshold->measure == THRUM_MEASURE_FAILURES || threshold->measure == THRUM_MEASURE_DROPPED)
    return thrum_parse_ratio (text, &threshold->limit, error);
  if (threshold->measure == THRUM_MEASURE_RATE)
    return thrum_parse_rate (text, &threshold->limit, error);
  if (!thrum_parse_duration (text, &ns, error))
    return FALSE;
  threshold->limit = (gdouble)ns;
  return TRUE;
}

static void
tell_unknown (ThrumCheck *check, const ThrumSection *section, const ThrumEntry *entry)
{
  ThrumNearest nearest = thrum_nearest_init (entry->key);
  guint n_keys;
  const ThrumKey *keys = thrum_keys_of (THRUM_SECTION_THRESHOLDS, &n_keys);

  for (guint i = 0; i < n_keys; i++)
    thrum_nearest_offer (&nearest, keys[i].option.key);
  g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
  thrum_problems_add (check->reading.problems, entry->place, section->name, entry->key,
                      "unknown key; known are pN (a percentile), mean, max, failures, dropped, "
                      "rate, abort-on%s",
                      hint);
}

/* Arrivals are dropped at a rate alone, and before they are of any request. */
static gboolean
check_dropped (ThrumCheck *check, const ThrumSection *section, const ThrumEntry *entry)
{
  const gchar *problem = NULL;

  if (section->title != NULL)
    problem = "drops are not told apart by request: give it in [thresholds]";
  else if (!check->config->load.is_open && check->load.given[THRUM_LOAD_RATE] == NULL)
    problem = "is of use with 'rate' (or stages of rates) only";
  if (problem != NULL)
    thrum_problems_add (check->reading.problems, entry->place, section->name, entry->key, "%s",
                        problem);
  return problem == NULL;
}

static void
append_threshold (ThrumCheck *check, ThrumThreshold *threshold, const gchar *key, const gchar *text)
{
  threshold->key = g_strdup (key);
  threshold->text = thrum_format_limit (key, text, threshold->limit);
  g_ptr_array_add (check->config->thresholds, g_memdup2 (threshold, sizeof *threshold));
}

gboolean
thrum_check_has_dropped (const ThrumCheck *check)
{
  const ThrumSection *section =
      thrum_document_find (check->document, THRUM_SECTION_THRESHOLDS, NULL);

  return section != NULL && thrum_section_find (section, "dropped") != NULL;
}

/* What nobody sent is no load: a run that drops more than a little has not shown what it was to show. */
static void
add_default (ThrumCheck *check)
{
  ThrumThreshold threshold = { .measure = THRUM_MEASURE_DROPPED,
                               .request = -1,
                               .abort_after_ns = -1 };

  if (!check->config->load.is_open || thrum_check_has_dropped (check)
      || !thrum_parse_ratio (THRUM_DROPPED_DEFAULT, &threshold.limit, NULL))
    return;
  append_threshold (check, &threshold, "dropped", THRUM_DROPPED_DEFAULT);
}

static void
add_threshold (ThrumCheck *check, const ThrumSection *section, const ThrumEntry *entry,
               gint request)
{
  ThrumThreshold threshold = { .request = request, .abort_after_ns = -1 };
  g_autoptr (GError) error = NULL;

  if (!parse_measure (entry->key, &threshold))
    tell_unknown (check, section, entry);
  else if (entry->value == NULL)
    return;
  else if (!parse_limit (entry->value, &threshold, &error))
    thrum_problems_add (check->reading.problems, entry->place, section->name, entry->key, "%s%s",
                        error->message, thrum_fields_comment_hint (entry->value));
  else if (threshold.measure != THRUM_MEASURE_DROPPED || check_dropped (check, section, entry))
    append_threshold (check, &threshold, entry->key, entry->value);
}

/* One "KEY [DURATION]" of abort-on, for a threshold of the same section (those from @first on). */
static gboolean
apply_abort (ThrumCheck *check, guint first, const gchar *text, GError **error)
{
  g_autofree gchar *key = g_strndup (text, strcspn (text, " \t"));
  const gchar *rest = text + strlen (key);
  gint64 after = 0;

  if (*rest != '\0' && !thrum_parse_duration (rest, &after, error))
    return FALSE;
  for (guint i = first; i < check->config->thresholds->len; i++)
    {
      ThrumThreshold *threshold = g_ptr_array_index (check->config->thresholds, i);
      if (!g_str_equal (threshold->key, key))
        continue;
      if (threshold->abort_after_ns >= 0)
        {
          g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
                       "'%s' stands twice; give one duration for it", key);
          return FALSE;
        }
      threshold->abort_after_ns = after;
      return TRUE;
    }
  g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
               "'%s' is no threshold of this section; abort-on is like: failures 10s, p99", key);
  return FALSE;
}

static void
read_abort (ThrumCheck *check, const ThrumSection *section, const ThrumEntry *entry, guint first)
{
  guint n_keys;
  const ThrumKey *keys = thrum_keys_of (THRUM_SECTION_THRESHOLDS, &n_keys);

  if (entry->value == NULL)
    return;
  g_auto (GStrv) parts = g_strsplit (entry->value, ",", -1);
  for (guint i = 0; i == 0 || parts[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      const gchar *part = parts[i] != NULL ? g_strstrip (parts[i]) : ""; /* no text has no parts */
      if (!apply_abort (check, first, part, &error))
        {
          thrum_problems_add (check->reading.problems, entry->place, section->name, entry->key,
                              "%s%s", error->message, thrum_fields_comment_hint (entry->value));
          return;
        }
    }
  if (!thrum_key_is_available (&keys[THRUM_THRESHOLD_ABORT_ON]))
    thrum_problems_add (check->reading.problems, entry->place, section->name, entry->key,
                        "is not available in this version");
}

/* The request a section is about: its index; -1: all; -2: none, and that is told. */
static gint
find_request (ThrumCheck *check, const ThrumSection *section)
{
  if (section->title == NULL)
    return -1;

  ThrumNearest nearest = thrum_nearest_init (section->title);
  for (guint i = 0; i < check->config->requests->len; i++)
    {
      const ThrumRequestConfig *request = g_ptr_array_index (check->config->requests, i);
      if (g_str_equal (request->name, section->title))
        return (gint)i;
      thrum_nearest_offer (&nearest, request->name);
    }
  /* A request that has problems of its own is there all the same. */
  if (thrum_document_find (check->document, THRUM_SECTION_REQUEST, section->title) != NULL)
    return -2;
  g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
  thrum_problems_add (check->reading.problems, section->place, section->name, NULL,
                      "there is no request '%s'%s", section->title, hint);
  return -2;
}

void
thrum_check_thresholds (ThrumCheck *check)
{
  add_default (check);
  for (guint i = 0; i < check->document->sections->len; i++)
    {
      const ThrumSection *section = g_ptr_array_index (check->document->sections, i);
      if (section->kind != THRUM_SECTION_THRESHOLDS)
        continue;

      gint request = find_request (check, section);
      guint first = check->config->thresholds->len;
      const ThrumEntry *abort_on = thrum_section_find (section, "abort-on");
      for (guint j = 0; j < section->entries->len; j++)
        if (g_ptr_array_index (section->entries, j) != abort_on)
          add_threshold (check, section, g_ptr_array_index (section->entries, j), request);
      if (abort_on != NULL)
        read_abort (check, section, abort_on, first);
    }
}
