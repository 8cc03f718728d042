/* SPDX-License-Identifier: MIT
 *
 * Parses the text of `stages`: points in time, with levels that are rates or users. Knows the
 * list's own rules, not those between keys. Pure; any thread.
 */
#include <string.h>

#include "config/check.h"
#include "base/units.h"

static gboolean
parse_stage (const gchar *text, ThrumStage *stage, gboolean *is_rate, GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (text, " \t", -1);
  const gchar *time = NULL, *level = NULL;
  guint n_words = 0;
  gint64 users;

  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0' && n_words++ < 2)
      *(n_words == 1 ? &time : &level) = words[i];
  if (n_words != 2)
    {
      g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
                   "'%s' is not a time and a level, like 30s 1000/s (a rate) or 30s 50 (users)",
                   text);
      return FALSE;
    }
  if (!thrum_parse_duration (time, &stage->time_ns, error))
    return FALSE;
  *is_rate = strchr (level, '/') != NULL;
  if (*is_rate && !thrum_parse_rate (level, &stage->level, error))
    return FALSE;
  if (*is_rate && stage->level > THRUM_MOST_RATE)
    {
      g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS,
                   "'%s' is out of range: at most %.0f/s", level, THRUM_MOST_RATE);
      return FALSE;
    }
  if (*is_rate)
    return TRUE;
  if (!thrum_parse_integer (level, &users, error))
    return FALSE;
  if (users < 0 || users > THRUM_MOST_USERS)
    {
      g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_OUT_OF_BOUNDS,
                   "'%s' is out of range: 0 to %d users", level, THRUM_MOST_USERS);
      return FALSE;
    }
  stage->level = (gdouble)users;
  return TRUE;
}

static gboolean
check_order (const GArray *stages, GError **error)
{
  const ThrumStage *stage = &g_array_index (stages, ThrumStage, 0);
  const ThrumStage *last = &stage[stages->len - 1];
  const gchar *wrong = NULL;
  gdouble highest = 0;

  for (guint i = 0; i < stages->len; i++)
    {
      highest = MAX (highest, stage[i].level);
      if (i > 0 && stage[i].time_ns < stage[i - 1].time_ns)
        wrong = "the times must not go back";
      if (i > 1 && stage[i].time_ns == stage[i - 2].time_ns)
        wrong = "a time may stand twice (a step), not three times";
    }
  if (stage[0].time_ns != 0)
    wrong = "the first stage must be at 0s";
  else if (last->time_ns <= 0 || stages->len < 2)
    wrong = "there must be a later stage, whose time is the test's duration";
  else if (highest <= 0)
    wrong = "no stage is above 0";
  if (wrong != NULL)
    g_set_error_literal (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID, wrong);
  return wrong == NULL;
}

GArray *
thrum_parse_stages (const gchar *text, gboolean *are_rates, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GArray) stages = g_array_new (FALSE, FALSE, sizeof (ThrumStage));

  for (guint i = 0; parts[i] != NULL; i++)
    {
      ThrumStage stage;
      gboolean is_rate;

      if (!parse_stage (g_strstrip (parts[i]), &stage, &is_rate, error))
        return NULL;
      if (i > 0 && is_rate != *are_rates)
        {
          g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
                       "'%s': rates (1000/s) and numbers of users (50) don't mix", parts[i]);
          return NULL;
        }
      *are_rates = is_rate;
      g_array_append_val (stages, stage);
    }
  if (stages->len == 0)
    {
      g_set_error_literal (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
                           "it is empty; stages are like 0s 0/s, 30s 1000/s, 90s 1000/s");
      return NULL;
    }
  return check_order (stages, error) ? g_steal_pointer (&stages) : NULL;
}
