/* SPDX-License-Identifier: MIT
 *
 * Reads run.json leniently: what is missing or of another type is left out, because a report of the
 * rows is worth having without it. Main thread.
 */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "analyzer/input/run-info.h"
#include "base/regular-file.h"
#include "stats/bracket.h"
#include "base/units.h"

#define SUPPORTED_FORMAT 1
/* Twice what a timeline of two days takes. */
#define MOST_BYTES (64 * 1024 * 1024)

const ThrumRunTimesName thrum_run_times[THRUM_RUN_N_TIMES] = {
  [THRUM_RUN_SLOT_WAIT] = { "slot wait", "slot_wait" },
  [THRUM_RUN_LAG] = { "lag", "lag" },
  [THRUM_RUN_CLIENT_DELAY] = { "client delay", "client_delay" },
};

const char *const thrum_run_figures[THRUM_RUN_N_FIGURES] = {
  [THRUM_RUN_MEAN] = "mean", [THRUM_RUN_P50] = "p50", [THRUM_RUN_P90] = "p90",
  [THRUM_RUN_P95] = "p95",   [THRUM_RUN_P99] = "p99", [THRUM_RUN_P999] = "p99.9",
  [THRUM_RUN_MAX] = "max",
};

static JsonNode *
member (JsonObject *object, const char *name, JsonNodeType type)
{
  JsonNode *node = object == NULL ? NULL : json_object_get_member (object, name);

  return node != NULL && JSON_NODE_TYPE (node) == type ? node : NULL;
}

static JsonObject *
get_object (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_OBJECT);

  return node == NULL ? NULL : json_node_get_object (node);
}

static char *
get_string (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_VALUE);

  if (node == NULL || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_dup_string (node);
}

static double
get_number (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_VALUE);

  if (node == NULL
      || (json_node_get_value_type (node) != G_TYPE_INT64
          && json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return 0;
  return json_node_get_double (node);
}

static GStrv
get_strings (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_ARRAY);

  if (node == NULL)
    return NULL;

  JsonArray *array = json_node_get_array (node);
  GStrvBuilder *builder = g_strv_builder_new ();
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_value_type (element) == G_TYPE_STRING)
        g_strv_builder_add (builder, json_node_get_string (element));
      else
        g_strv_builder_add (builder, ""); /* keeps its place: a column that is skipped */
    }
  GStrv strings = g_strv_builder_end (builder);
  g_strv_builder_unref (builder);
  return strings;
}

/* "reasons" is an array of objects with text, or of texts. */
static GStrv
get_reasons (JsonObject *verdict)
{
  JsonNode *node = member (verdict, "reasons", JSON_NODE_ARRAY);
  GStrv reasons = get_strings (verdict, "reasons");

  for (guint i = 0; reasons != NULL && reasons[i] != NULL; i++)
    {
      JsonNode *element = json_array_get_element (json_node_get_array (node), i);
      char *text = JSON_NODE_HOLDS_OBJECT (element)
                       ? get_string (json_node_get_object (element), "text")
                       : NULL;

      if (text == NULL)
        continue;
      g_free (reasons[i]);
      reasons[i] = text;
    }
  return reasons;
}

/* "plugins" is an array of objects with name and version, or of names. */
static char *
get_plugins (JsonObject *root)
{
  JsonNode *node = member (root, "plugins", JSON_NODE_ARRAY);
  GString *text = g_string_new (NULL);

  for (guint i = 0; node != NULL && i < json_array_get_length (json_node_get_array (node)); i++)
    {
      JsonNode *element = json_array_get_element (json_node_get_array (node), i);
      g_autofree char *name = NULL, *version = NULL;

      if (JSON_NODE_HOLDS_OBJECT (element))
        {
          name = get_string (json_node_get_object (element), "name");
          version = get_string (json_node_get_object (element), "version");
        }
      else if (JSON_NODE_HOLDS_VALUE (element))
        name = json_node_dup_string (element);
      if (name == NULL)
        continue;
      g_string_append_printf (text, "%s%s%s%s", text->len > 0 ? ", " : "", name,
                              version != NULL ? " " : "", version != NULL ? version : "");
    }
  return g_string_free (text, text->len == 0);
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  JsonNode *node = member (object, name, JSON_NODE_ARRAY);

  return node == NULL ? NULL : json_node_get_array (node);
}

/* The object at @i of @array, NULL where there is none or something else. */
static JsonObject *
get_element (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static GArray *
get_timeline (JsonObject *root)
{
  JsonArray *array = get_array (root, "timeline");
  GArray *timeline = g_array_new (FALSE, FALSE, sizeof (ThrumRunSecond));

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonObject *object = get_element (array, i);
      ThrumRunSecond second = { .second = get_number (object, "second"),
                                .users = get_number (object, "users"),
                                .offered = get_number (object, "offered"),
                                .dropped = get_number (object, "dropped") };

      g_array_append_val (timeline, second);
    }
  return timeline;
}

static ThrumRunTimes
get_times (JsonObject *root, const char *name)
{
  JsonObject *object = get_object (root, name);
  double n = get_number (object, "count");
  ThrumRunTimes times = { .n = n >= 1 && n < 1e18 ? (guint64)n : 0 };

  for (guint i = 0; i < THRUM_RUN_N_FIGURES; i++)
    {
      g_autofree char *key = g_strconcat (thrum_run_figures[i], "_ns", NULL);
      times.figures[i] = get_number (object, key) / 1e9;
    }
  return times;
}

static void
free_threshold (gpointer data)
{
  ThrumRunThreshold *threshold = data;

  g_free (threshold->request);
  g_free (threshold->key);
  g_free (threshold->limit);
  g_free (threshold);
}

static int
get_judgement (JsonObject *threshold)
{
  g_autofree char *name = get_string (threshold, "judgement");

  for (int i = THRUM_JUDGEMENT_PASSED; i <= THRUM_JUDGEMENT_UNDECIDED; i++)
    if (g_strcmp0 (name, thrum_judgement_name ((ThrumJudgement)i)) == 0)
      return i;
  return -1;
}

static GPtrArray *
get_thresholds (JsonObject *root)
{
  JsonArray *array = get_array (root, "thresholds");
  GPtrArray *thresholds = g_ptr_array_new_with_free_func (free_threshold);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonObject *object = get_element (array, i);
      ThrumRunThreshold *threshold = g_new0 (ThrumRunThreshold, 1);

      threshold->request = get_string (object, "request");
      threshold->key = get_string (object, "key");
      threshold->limit = get_string (object, "limit");
      threshold->least = member (object, "least_ns", JSON_NODE_VALUE) != NULL
                             ? get_number (object, "least_ns") / 1e9
                             : -1;
      threshold->judgement = get_judgement (object);
      if (threshold->key != NULL && threshold->limit != NULL)
        g_ptr_array_add (thresholds, threshold);
      else
        free_threshold (threshold);
    }
  return thresholds;
}

/* What @object says of times without lag, of the rate, and of how far the generator may have held that
 * down: in runs that say so. */
static void
get_request (JsonObject *object, gboolean has_brackets, ThrumRunRequest *request)
{
  request->less_lag = get_times (object, "response_less_lag");
  request->rate = get_number (object, "rate");
  request->rate_at_most = !has_brackets ? request->rate
                          : member (object, "rate_at_most", JSON_NODE_VALUE)
                              ? get_number (object, "rate_at_most")
                              : HUGE_VAL;
}

static void
free_request (gpointer data)
{
  ThrumRunRequest *request = data;

  g_free (request->name);
  g_free (request);
}

static GPtrArray *
get_requests (JsonObject *root, gboolean has_brackets)
{
  JsonArray *array = get_array (root, "requests");
  GPtrArray *requests = g_ptr_array_new_with_free_func (free_request);

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonObject *object = get_element (array, i);
      ThrumRunRequest *request = g_new0 (ThrumRunRequest, 1);

      request->name = get_string (object, "name");
      get_request (object, has_brackets, request);
      g_ptr_array_add (requests, request);
    }
  return requests;
}

/* What of the resolved config, which is INI text, the rows are judged by. */
static void
read_config (ThrumRunInfo *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  gint64 ns;

  if (self->config == NULL
      || !g_key_file_load_from_data (file, self->config, -1, G_KEY_FILE_NONE, NULL))
    return;
  g_autofree char *warm_up = g_key_file_get_value (file, "load", "warm-up", NULL);
  if (warm_up != NULL && thrum_parse_duration (warm_up, &ns, NULL))
    self->warm_up = (double)ns / 1e9;
  self->on_invalid = g_key_file_get_value (file, "load", "on-invalid", NULL);
  self->is_open = g_key_file_has_key (file, "load", "arrivals", NULL);
  for (guint i = 0; i < self->requests->len; i++)
    {
      ThrumRunRequest *request = g_ptr_array_index (self->requests, i);
      g_autofree char *group = g_strconcat ("request ", request->name, NULL);

      request->weight = MAX (g_key_file_get_double (file, group, "weight", NULL), 0);
    }
}

/* Reports whether the load was not as intended for the generator's sake, so that a breach need not
 * be the service's. */
static gboolean
is_untrusted (JsonObject *verdict)
{
  JsonArray *reasons = get_array (verdict, "reasons");

  for (guint i = 0; reasons != NULL && i < json_array_get_length (reasons); i++)
    {
      JsonObject *reason = get_element (reasons, i);
      g_autofree char *signal = get_string (reason, "signal");
      g_autofree char *level = get_string (reason, "level");

      if (g_strcmp0 (level, "INVALID") == 0
          && (g_strcmp0 (signal, "achieved") == 0 || g_strcmp0 (signal, "stalled") == 0))
        return TRUE;
    }
  return FALSE;
}

static void
read_counts (ThrumRunInfo *self, JsonObject *counts)
{
  gint64 in_warm_up = (gint64)get_number (counts, "dropped_in_warm_up");

  self->offered = (gint64)get_number (counts, "offered");
  self->dropped = (gint64)get_number (counts, "dropped");
  self->lost = (gint64)get_number (counts, "lost");
  self->unseen = self->dropped - in_warm_up + self->lost;
  self->own_dropped = CLAMP ((gint64)get_number (counts, "dropped_by_generator"), 0,
                             MAX (self->dropped - in_warm_up, 0));
}

ThrumRunInfo *
thrum_run_info_load (const char *file, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) reason = NULL;
  gsize length;
  g_autofree char *text = thrum_regular_file_read_json (file, MOST_BYTES, &length, error);

  if (text == NULL)
    return NULL;
  if (!json_parser_load_from_data (parser, text, (gssize)length, &reason))
    {
      g_set_error (error, reason->domain, reason->code, "cannot read %s: %s", file,
                   reason->message);
      return NULL;
    }
  JsonNode *top = json_parser_get_root (parser);
  if (top == NULL || !JSON_NODE_HOLDS_OBJECT (top))
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "cannot read %s: it is no object",
                   file);
      return NULL;
    }

  JsonObject *root = json_node_get_object (top);
  double format = get_number (root, "format");
  if (format != SUPPORTED_FORMAT)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                   "cannot read %s: its format is %g, this thrum-analyze knows %d", file, format,
                   SUPPORTED_FORMAT);
      return NULL;
    }

  ThrumRunInfo *self = g_new0 (ThrumRunInfo, 1);
  JsonObject *verdict = get_object (root, "verdict");
  JsonObject *counts = get_object (root, "counts");
  JsonObject *all = get_object (root, "all");
  gboolean has_brackets = member (counts, "dropped_by_generator", JSON_NODE_VALUE) != NULL;
  self->name = get_string (root, "name");
  self->state = get_string (root, "state");
  self->columns = get_strings (root, "columns");
  self->config = get_string (root, "config");
  self->version = get_string (root, "version");
  self->host = get_string (root, "host");
  self->plugin = get_plugins (root);
  self->level = get_string (verdict, "level");
  self->reasons = get_reasons (verdict);
  self->duration = get_number (root, "duration");
  self->seconds = get_number (root, "seconds");
  self->asked_rate = get_number (root, "asked_rate");
  self->is_untrusted = is_untrusted (verdict);
  self->requests = get_requests (root, has_brackets);
  get_request (all, has_brackets, &self->all);
  read_config (self);
  self->started = (gint64)get_number (get_object (root, "start"), "realtime_ns");
  read_counts (self, counts);
  self->unwritten = (gint64)get_number (counts, "unwritten");
  self->rows = (gint64)(get_number (all, "rows") + get_number (all, "warm_up")) - self->unwritten;
  for (guint i = 0; i < THRUM_RUN_N_TIMES; i++)
    self->times[i] = get_times (root, thrum_run_times[i].key);
  self->timeline = get_timeline (root);
  self->thresholds = get_thresholds (root);
  return self;
}

void
thrum_run_info_free (ThrumRunInfo *self)
{
  g_free (self->name);
  g_free (self->state);
  g_strfreev (self->columns);
  g_free (self->config);
  g_free (self->version);
  g_free (self->host);
  g_free (self->plugin);
  g_free (self->level);
  g_strfreev (self->reasons);
  g_array_unref (self->timeline);
  g_ptr_array_unref (self->thresholds);
  g_ptr_array_unref (self->requests);
  g_free (self->on_invalid);
  g_free (self);
}

const ThrumRunRequest *
thrum_run_info_get_request (const ThrumRunInfo *self, const char *request)
{
  if (self == NULL || request == NULL)
    return self != NULL ? &self->all : NULL;
  for (guint i = 0; i < self->requests->len; i++)
    {
      const ThrumRunRequest *one = g_ptr_array_index (self->requests, i);

      if (g_strcmp0 (one->name, request) == 0)
        return one;
    }
  return NULL;
}

double
thrum_run_info_get_asked (const ThrumRunInfo *self)
{
  if (self->asked_rate > 0)
    return self->asked_rate;
  return self->is_open && self->seconds > 0 ? (double)self->offered / self->seconds : 0;
}

double
thrum_run_info_get_share (const ThrumRunInfo *self, const char *request)
{
  const ThrumRunRequest *one = thrum_run_info_get_request (self, request);
  double sum = 0;

  for (guint i = 0; self != NULL && i < self->requests->len; i++)
    sum += ((const ThrumRunRequest *)g_ptr_array_index (self->requests, i))->weight;
  return one != NULL && sum > 0 ? one->weight / sum : 0;
}
