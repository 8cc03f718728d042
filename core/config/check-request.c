/* SPDX-License-Identifier: MIT
 *
 * Checks [request NAME], and the default requests of targets that have none, each with the
 * defaults that its target gives. Makes each request once, so that the plugin can judge its
 * values. Main thread.
 */
#include <string.h>

#include "config/check.h"
#include "base/nearest.h"
#include "plugin/descriptor.h"
#include "base/units.h"

/* ---- Texts that no option type covers ------------------------------------------------------ */

static gboolean
parse_range (const gchar *text, ThrumStatusRange *range, GError **error)
{
  const gchar *dash = *text != '\0' ? strchr (text + 1, '-') : NULL;
  g_autofree gchar *first_text =
      dash != NULL ? g_strndup (text, (gsize)(dash - text)) : g_strdup (text);
  gint64 first, last;

  if (!thrum_parse_integer (first_text, &first, NULL)
      || !thrum_parse_integer (dash != NULL ? dash + 1 : text, &last, NULL) || first < 1
      || last > G_MAXINT32 || first > last)
    {
      g_set_error (error, G_NUMBER_PARSER_ERROR, G_NUMBER_PARSER_ERROR_INVALID,
                   "'%s' is not a status or a range of them, like 200, 300-399", text);
      return FALSE;
    }
  *range = (ThrumStatusRange){ (gint32)first, (gint32)last };
  return TRUE;
}

GArray *
thrum_parse_status_ranges (const gchar *text, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (ThrumStatusRange));

  for (guint i = 0; i == 0 || parts[i] != NULL; i++)
    {
      ThrumStatusRange range;
      if (!parse_range (parts[i] != NULL ? g_strstrip (parts[i]) : "", &range, error))
        return NULL;
      g_array_append_val (ranges, range);
    }
  return g_steal_pointer (&ranges);
}

static GRegex *
compile_regex (const gchar *text, GError **error)
{
  if (*text == '\0')
    {
      g_set_error_literal (error, G_REGEX_ERROR, G_REGEX_ERROR_COMPILE,
                           "it is empty, so every reply would match");
      return NULL;
    }
  return g_regex_new (text, G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, error);
}

/* ---- One request --------------------------------------------------------------------------- */

static void
read_checks (ThrumCheck *check, const ThrumSubject *request, ThrumRequestConfig *config)
{
  const ThrumEntry *status = request->core.given[THRUM_REQUEST_EXPECT_STATUS];
  const ThrumEntry *body = request->core.given[THRUM_REQUEST_EXPECT_BODY];

  if (status != NULL && status->value != NULL)
    {
      g_autoptr (GError) error = NULL;
      config->expect_status = thrum_parse_status_ranges (status->value, &error);
      if (config->expect_status == NULL)
        thrum_problems_add (check->reading.problems, status->place,
                            thrum_check_section_of (check, status)->name, status->key, "%s%s",
                            error->message, thrum_fields_comment_hint (status->value));
    }
  if (body != NULL && body->value != NULL)
    {
      g_autoptr (GError) error = NULL;
      config->expect_body = compile_regex (body->value, &error);
      if (config->expect_body == NULL)
        thrum_problems_add (check->reading.problems, body->place,
                            thrum_check_section_of (check, body)->name, body->key, "%s",
                            error->message);
    }
}

/* What the target gave for all its requests; a problem with it was told there. */
static gboolean
inherit (ThrumFields *fields, const ThrumFields *defaults, const ThrumSection *section,
         ThrumReading *reading)
{
  gboolean is_good = TRUE;
  ThrumProblems silent;
  ThrumReading quietly = *reading;
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);

  thrum_problems_init (&silent, reading->problems->file);
  quietly.problems = &silent;
  for (guint i = 0; i < defaults->table.n_options; i++)
    if (defaults->given[i] != NULL)
      is_good &= thrum_fields_set (fields, i, defaults->given[i], section, &quietly);
  thrum_problems_finish (&silent, texts);
  return is_good;
}

/* Whether the request was given @entry itself: then it must have a use for it. What its target gave
 * may be for other requests, and is dropped. */
static gboolean
is_own (const ThrumSubject *request, ThrumEntry *entry)
{
  return g_ptr_array_find (request->section->entries, entry, NULL);
}

static void
check_uses (ThrumCheck *check, ThrumSubject *request)
{
  ThrumFields *options = &request->options;

  for (guint i = 0; i < options->table.n_options; i++)
    {
      ThrumEntry *entry = options->given[i];
      g_autofree gchar *why =
          entry != NULL ? thrum_values_explain_no_use (&options->values, &options->table, i) : NULL;
      if (why == NULL)
        continue;
      if (!is_own (request, entry))
        {
          thrum_fields_drop (options, i);
          continue;
        }
      thrum_problems_add (check->reading.problems, entry->place, request->section->name, entry->key,
                          "%s", why);
      request->is_sound = FALSE;
    }
}

static const gchar no_reply[] = "is of no use: the request awaits no reply; leave it out";

/* There is nothing to hold them against. */
static void
refuse_checks (ThrumCheck *check, ThrumSubject *request, ThrumRequestConfig *config)
{
  for (guint i = THRUM_REQUEST_EXPECT_STATUS; i <= THRUM_REQUEST_EXPECT_BODY; i++)
    {
      ThrumEntry *entry = request->core.given[i];
      if (entry != NULL && is_own (request, entry))
        thrum_problems_add (check->reading.problems, entry->place, request->section->name,
                            entry->key, no_reply);
      else if (entry != NULL)
        thrum_fields_drop (&request->core, i);
    }
  g_clear_pointer (&config->expect_status, g_array_unref);
  g_clear_pointer (&config->expect_body, g_regex_unref);
}

static void
make_request (ThrumCheck *check, const ThrumSubject *target, ThrumSubject *request,
              ThrumRequestConfig *config)
{
  const ThrumPlugin *descriptor = request->module->descriptor;
  const ThrumFields *tables[] = { &request->options, &target->options };
  g_autoptr (GError) error = NULL;

  request->object = descriptor->request_new (thrum_plugin_host (), target->object,
                                             &request->options.values, &error);
  if (request->object == NULL)
    {
      thrum_check_tell_refusal (check, request->section, tables, G_N_ELEMENTS (tables), error);
      return;
    }
  if (!thrum_descriptor_awaits_reply (descriptor, request->object))
    refuse_checks (check, request, config);
  descriptor->request_free (g_steal_pointer (&request->object));
}

/* Reads a request of @target. @section is the request's, or the target's for its default one. */
static void
add_request (ThrumCheck *check, ThrumSection *section, guint target_index)
{
  const ThrumSubject *target = g_ptr_array_index (check->targets, target_index);
  ThrumSubject *request = thrum_subject_new (section);
  ThrumRequestConfig *config = g_new0 (ThrumRequestConfig, 1);
  ThrumFields *tables[2] = { &request->core, &request->options };
  const gboolean is_default = section == target->section;
  guint n_tables = 1;

  g_ptr_array_add (check->requests, request);
  g_ptr_array_add (check->config->requests, config);
  config->name = g_strdup (section->title);
  config->target = target_index;

  request->module = target->module;
  thrum_fields_init (&request->core, thrum_key_table_of (THRUM_SECTION_REQUEST), TRUE);
  request->is_sound = inherit (&request->core, &target->core_defaults, section, &check->reading);
  if (request->module != NULL)
    {
      thrum_fields_init (&request->options,
                         thrum_option_table_of_request (request->module->descriptor), FALSE);
      request->is_sound &= inherit (&request->options, &target->defaults, section, &check->reading);
      n_tables = 2;
    }
  check->reading.plugin = request->module != NULL ? request->module->descriptor : NULL;
  if (!is_default
      && !thrum_fields_read (tables, n_tables, request->module == NULL, section, &check->reading))
    request->is_sound = FALSE;
  if (n_tables == 2
      && !thrum_fields_check_required (&request->options, section, check->reading.problems))
    request->is_sound = FALSE;

  read_checks (check, request, config);
  config->weight = thrum_value (&request->core.values, THRUM_REQUEST_WEIGHT)->number;
  config->timeout_ns = request->core.given[THRUM_REQUEST_TIMEOUT] != NULL
                           ? thrum_value (&request->core.values, THRUM_REQUEST_TIMEOUT)->integer
                           : check->config->load.timeout_ns;
  if (request->is_sound && request->module != NULL)
    check_uses (check, request);
  if (request->is_sound && target->object != NULL)
    make_request (check, target, request, config);
}

/* ---- All of them --------------------------------------------------------------------------- */

/* The index of the target that [request] @section names, or -1. */
static gint
find_target (ThrumCheck *check, ThrumSection *section)
{
  const ThrumEntry *entry = thrum_section_find (section, "target");

  if (entry == NULL && check->targets->len == 1)
    return 0;
  if (entry == NULL)
    {
      thrum_problems_add (check->reading.problems, section->place, section->name, "target",
                          "must be given: there is more than one target");
      return -1;
    }
  if (entry->value == NULL)
    return -1;

  ThrumNearest nearest = thrum_nearest_init (entry->value);
  for (guint i = 0; i < check->targets->len; i++)
    {
      const ThrumSubject *target = g_ptr_array_index (check->targets, i);
      if (g_str_equal (target->section->title, entry->value))
        return (gint)i;
      thrum_nearest_offer (&nearest, target->section->title);
    }
  g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
  thrum_problems_add (check->reading.problems, entry->place, section->name, "target",
                      "there is no [target %s]%s", entry->value, hint);
  return -1;
}

/* A name stands for one request; a default one carries its target's. */
static void
check_name_is_free (ThrumCheck *check, const ThrumSection *section)
{
  for (guint i = 0; i < check->config->requests->len; i++)
    {
      const ThrumRequestConfig *request = g_ptr_array_index (check->config->requests, i);
      const ThrumSubject *subject = g_ptr_array_index (check->requests, i);
      if (!g_str_equal (request->name, section->title))
        continue;
      g_autofree gchar *where = thrum_place_to_text (subject->section->place);
      thrum_problems_add (check->reading.problems, section->place, section->name, NULL,
                          "there are two requests '%s', this and [%s]%s: a target without requests "
                          "is one of its own name",
                          section->title, subject->section->name, where);
    }
}

/* How the requests of a target fare with one of the values it gives them. */
static void
count_uses (const ThrumCheck *check, guint target_index, gboolean is_core, guint key,
            const ThrumEntry *entry, const ThrumSubject **without)
{
  for (guint i = 0; i < check->requests->len; i++)
    {
      const ThrumRequestConfig *config = g_ptr_array_index (check->config->requests, i);
      const ThrumSubject *request = g_ptr_array_index (check->requests, i);
      const ThrumFields *fields = is_core ? &request->core : &request->options;
      if (config->target != target_index)
        continue;
      if (fields->given[key] == entry)
        {
          *without = NULL;
          return;
        }
      if (fields->given[key] == NULL)
        *without = request;
    }
}

/* Tells of what a target gives and none of its requests has a use for. */
static void
check_defaults (ThrumCheck *check, guint target_index)
{
  const ThrumSubject *target = g_ptr_array_index (check->targets, target_index);
  const ThrumFields *const tables[] = { &target->defaults, &target->core_defaults };

  for (guint t = 0; t < G_N_ELEMENTS (tables); t++)
    for (guint i = 0; i < tables[t]->table.n_options; i++)
      {
        const ThrumEntry *entry = tables[t]->given[i];
        const ThrumSubject *without = NULL;
        if (entry != NULL)
          count_uses (check, target_index, t == 1, i, entry, &without);
        if (without == NULL)
          continue;
        g_autofree gchar *why =
            t == 0 ? thrum_values_explain_no_use (&without->options.values, &tables[t]->table, i)
                   : g_strdup (no_reply);
        thrum_problems_add (check->reading.problems, entry->place, target->section->name,
                            entry->key, "%s", why);
      }
}

void
thrum_check_requests (ThrumCheck *check)
{
  const GPtrArray *sections = check->document->sections;
  g_autofree gint *target_of = g_new (gint, sections->len + 1);

  for (guint i = 0; i < sections->len; i++)
    {
      ThrumSection *section = g_ptr_array_index (sections, i);
      target_of[i] = -1;
      if (section->kind != THRUM_SECTION_REQUEST || check->targets->len == 0)
        continue;
      target_of[i] = find_target (check, section);
      if (target_of[i] >= 0)
        ((ThrumSubject *)g_ptr_array_index (check->targets, target_of[i]))->n_requests++;
    }

  guint target_index = 0;
  for (guint i = 0; i < sections->len; i++)
    {
      ThrumSection *section = g_ptr_array_index (sections, i);
      if (section->kind == THRUM_SECTION_TARGET)
        {
          const ThrumSubject *target = g_ptr_array_index (check->targets, target_index);
          if (target->n_requests == 0)
            target_of[i] = (gint)target_index;
          target_index++;
        }
      if (target_of[i] < 0)
        continue;
      check_name_is_free (check, section);
      add_request (check, section, (guint)target_of[i]);
    }
  for (guint i = 0; i < check->targets->len; i++)
    check_defaults (check, i);
}
