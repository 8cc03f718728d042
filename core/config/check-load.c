/* SPDX-License-Identifier: MIT
 *
 * Checks [load]: makes single checked values into a load that makes sense, with every default
 * filled in. Owns the rules between its keys: what excludes what, and how users, processes and
 * threads follow from each other. Main thread.
 */
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include "config/check.h"
#include "base/limits.h"
#include "base/units.h"

#define DEFAULT_USERS 10

/* A request that has timed out leaves its slot a little after that: timers come late. */
#define LATEST_TO_FREE_NS G_GINT64_CONSTANT (100000000)

/* The most slots that the open model takes unless it is told how many. A session and its thread take
 * some SESSION_BYTES once they are used; a quarter of the memory may go to them. */
#define MOST_DEFAULT_IN_FLIGHT 10000
#define MOST_DEFAULT_SESSIONS 4000
#define SESSION_BYTES (192 << 10)

typedef enum { KIND_UNKNOWN, KIND_SESSION, KIND_CODEC } Kind;

/* [load] with the file's values; the keys are indices of THRUM_LOAD_. */
typedef struct {
  ThrumCheck *check;
  const ThrumSection *section; /* (nullable) */
  ThrumLoad *load;
  Kind kind; /* of the targets' plugins */
} LoadCheck;

static gboolean
is_given (const LoadCheck *self, guint key)
{
  return self->check->load.given[key] != NULL;
}

static gint64
value_of (const LoadCheck *self, guint key)
{
  return thrum_value (&self->check->load.values, key)->integer;
}

static const gchar *
text_of (const LoadCheck *self, guint key)
{
  return thrum_value (&self->check->load.values, key)->string;
}

static const gchar *
name_of (guint key)
{
  guint n_keys;

  return thrum_keys_of (THRUM_SECTION_LOAD, &n_keys)[key].option.key;
}

#define TELL(self, key, ...)                                                                       \
  thrum_problems_add ((self)->check->reading.problems, (self)->check->load.given[key]->place,      \
                      "load", name_of (key), __VA_ARGS__)

/* Whether @key asks for something: given, and not a 0 that says "none". */
static gboolean
is_wanted (const LoadCheck *self, guint key)
{
  const ThrumOptionTable *table = &self->check->load.table;

  return is_given (self, key)
         && (thrum_option_table_get (table, key)->type != THRUM_OPTION_DURATION
             || value_of (self, key) > 0);
}

/* Tells that @key cannot stand beside @other. */
static void
check_exclusive (const LoadCheck *self, guint key, guint other, const gchar *why)
{
  if (!is_wanted (self, key) || !is_wanted (self, other))
    return;
  g_autofree gchar *where = thrum_place_to_text (self->check->load.given[other]->place);
  TELL (self, key, "cannot stand beside '%s'%s: %s", name_of (other), where, why);
}

/* ---- Stages and the two models ------------------------------------------------------------- */

static gdouble
highest_level (const GArray *stages)
{
  gdouble highest = 0;

  for (guint i = 0; i < stages->len; i++)
    highest = MAX (highest, g_array_index (stages, ThrumStage, i).level);
  return highest;
}

/* The texts that no option type covers. */
static void
parse_rates (LoadCheck *self)
{
  ThrumLoad *load = self->load;
  gboolean are_rates = FALSE;

  if (text_of (self, THRUM_LOAD_RATE) != NULL)
    {
      g_autoptr (GError) error = NULL;
      const gchar *text = text_of (self, THRUM_LOAD_RATE);
      load->is_open = TRUE;
      if (!thrum_parse_rate (text, &load->rate, &error))
        TELL (self, THRUM_LOAD_RATE, "%s%s", error->message, thrum_fields_comment_hint (text));
      else if (load->rate <= 0 || load->rate > THRUM_MOST_RATE)
        TELL (self, THRUM_LOAD_RATE, "'%s' is out of range: above 0/s, at most %.0f/s", text,
              THRUM_MOST_RATE);
    }
  if (text_of (self, THRUM_LOAD_STAGES) != NULL)
    {
      g_autoptr (GError) error = NULL;
      const gchar *text = text_of (self, THRUM_LOAD_STAGES);
      load->stages = thrum_parse_stages (text, &are_rates, &error);
      if (load->stages == NULL)
        TELL (self, THRUM_LOAD_STAGES, "%s%s", error->message, thrum_fields_comment_hint (text));
      else
        load->is_open |= are_rates;
    }
}

static void
check_models (const LoadCheck *self)
{
  static const guint open_only[] = { THRUM_LOAD_ARRIVALS, THRUM_LOAD_MAX_IN_FLIGHT,
                                     THRUM_LOAD_OVERLOAD };
  gboolean has_user_stages = self->load->stages != NULL && !self->load->is_open;
  guint open_key = is_given (self, THRUM_LOAD_RATE) ? THRUM_LOAD_RATE : THRUM_LOAD_STAGES;

  check_exclusive (self, THRUM_LOAD_THINK_TIME, THRUM_LOAD_INTERVAL,
                   "either the start of a request or its end times the next one");
  check_exclusive (self, THRUM_LOAD_STAGES, THRUM_LOAD_RATE, "stages say the rate");
  check_exclusive (self, THRUM_LOAD_RAMP_UP, THRUM_LOAD_STAGES, "stages say how the load rises");
  if (self->load->is_open)
    {
      check_exclusive (self, THRUM_LOAD_INTERVAL, open_key, "arrivals follow the rate");
      check_exclusive (self, THRUM_LOAD_THINK_TIME, open_key, "arrivals follow the rate");
    }
  if (has_user_stages)
    check_exclusive (self, THRUM_LOAD_USERS, THRUM_LOAD_STAGES, "stages say how many users run");
  for (gsize i = 0; i < G_N_ELEMENTS (open_only) && !self->load->is_open; i++)
    if (is_given (self, open_only[i]) && (has_user_stages || !is_given (self, open_key)))
      TELL (self, open_only[i], "is of use with 'rate' (or stages of rates) only");
  for (guint key = 0; key < THRUM_N_LOAD_KEYS && self->kind == KIND_SESSION; key++)
    if (thrum_key_load_is_codec_only (key) && is_given (self, key))
      TELL (self, key,
            "is of use with codec plugins only; this test's is a session "
            "plugin");
}

/* ---- Times --------------------------------------------------------------------------------- */

static void
check_duration (LoadCheck *self)
{
  ThrumLoad *load = self->load;

  load->duration_ns = value_of (self, THRUM_LOAD_DURATION);
  if (load->stages != NULL)
    {
      gint64 end = g_array_index (load->stages, ThrumStage, load->stages->len - 1).time_ns;
      g_autofree gchar *end_text = thrum_format_duration (end);
      if (is_given (self, THRUM_LOAD_DURATION) && load->duration_ns != end)
        TELL (self, THRUM_LOAD_DURATION,
              "is %s, but the last stage is at %s, which is the duration; leave it out",
              text_of (self, THRUM_LOAD_DURATION), end_text);
      if (end > THRUM_LONGEST_NS)
        TELL (self, THRUM_LOAD_STAGES, "the last stage is at %s: at most 720h", end_text);
      load->duration_ns = MIN (end, THRUM_LONGEST_NS);
    }
  else if (!is_given (self, THRUM_LOAD_DURATION) && !is_given (self, THRUM_LOAD_STAGES))
    thrum_problems_add (self->check->reading.problems,
                        self->section != NULL ? self->section->place : (ThrumPlace){ 0 }, "load",
                        "duration", "must be given: how long requests are sent, like 60s");
}

static void
check_times (LoadCheck *self)
{
  ThrumLoad *load = self->load;
  g_autofree gchar *duration = thrum_format_duration (load->duration_ns);

  load->ramp_up_ns = value_of (self, THRUM_LOAD_RAMP_UP);
  load->interval_ns = value_of (self, THRUM_LOAD_INTERVAL);
  load->think_time_ns = value_of (self, THRUM_LOAD_THINK_TIME);
  load->warm_up_ns = value_of (self, THRUM_LOAD_WARM_UP);
  load->timeout_ns = value_of (self, THRUM_LOAD_TIMEOUT);
  load->drain_ns =
      is_given (self, THRUM_LOAD_DRAIN) ? value_of (self, THRUM_LOAD_DRAIN) : load->timeout_ns;

  if (load->duration_ns == 0)
    return;
  if (load->ramp_up_ns > load->duration_ns)
    TELL (self, THRUM_LOAD_RAMP_UP,
          "%s is longer than the duration, %s, which includes it: not every user would start",
          text_of (self, THRUM_LOAD_RAMP_UP), duration);
  if (load->warm_up_ns >= load->duration_ns)
    TELL (self, THRUM_LOAD_WARM_UP,
          "%s is not shorter than the duration, %s: nothing would be left",
          text_of (self, THRUM_LOAD_WARM_UP), duration);
}

/* ---- Users, processes, threads ------------------------------------------------------------- */

static guint
divide_up (guint a, guint b)
{
  return (a + b - 1) / b;
}

/* So many sessions may be made without anybody having asked for them: what memory and descriptors
 * allow. */
static gdouble
most_default_sessions (const LoadCheck *self)
{
  gdouble most = (gdouble)(thrum_limits_get ()->memory_bytes / 4 / SESSION_BYTES);
  guint processes = is_given (self, THRUM_LOAD_PROCESSES)
                        ? (guint)value_of (self, THRUM_LOAD_PROCESSES)
                        : thrum_limits_get ()->cpus;
  guint each = thrum_config_get_session_descriptors (self->check->config);
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max != RLIM_INFINITY)
    most = MIN (most, (gdouble)(limit.rlim_max - MIN (limit.rlim_max, THRUM_OTHER_DESCRIPTORS))
                          / MAX (each, 1) * processes);
  return CLAMP (floor (most), DEFAULT_USERS, MOST_DEFAULT_SESSIONS);
}

/* How many requests are outstanding at most in the open model, unless it is said: by Little's law what
 * is there when every request takes as long as it may, and leaves late. More than a bound of ours
 * there are not. */
static guint
default_in_flight (LoadCheck *self)
{
  ThrumLoad *load = self->load;
  gboolean is_codec = self->kind == KIND_CODEC;
  gdouble rate = load->stages != NULL ? highest_level (load->stages) : load->rate;
  gdouble outstanding = ceil (rate * (gdouble)(load->timeout_ns + LATEST_TO_FREE_NS) / 1e9);
  gdouble most = is_codec ? MOST_DEFAULT_IN_FLIGHT : most_default_sessions (self);
  guint least = (guint)MIN (MAX (1, value_of (self, THRUM_LOAD_PROCESSES))
                                * MAX (1, value_of (self, THRUM_LOAD_THREADS)),
                            THRUM_MOST_USERS);

  load->slots_are_capped = outstanding > MAX (most, least);
  return MAX (least, (guint)CLAMP (outstanding, is_codec ? 1 : DEFAULT_USERS, most));
}

/* A codec's users share event loops: a few processes of one loop each. */
static void
share_loops (LoadCheck *self, guint carried)
{
  ThrumLoad *load = self->load;

  load->processes = is_given (self, THRUM_LOAD_PROCESSES)
                        ? (guint)value_of (self, THRUM_LOAD_PROCESSES)
                        : MIN (thrum_limits_get ()->cpus, carried);
  load->threads =
      is_given (self, THRUM_LOAD_THREADS) ? (guint)value_of (self, THRUM_LOAD_THREADS) : 1;
  if ((guint64)load->processes * load->threads > carried)
    TELL (self, is_given (self, THRUM_LOAD_THREADS) ? THRUM_LOAD_THREADS : THRUM_LOAD_PROCESSES,
          "%u x %u event loops (processes x threads) are more than the %u %s that they carry",
          load->processes, load->threads, carried, load->is_open ? "requests in flight" : "users");
}

/* A session plugin's users are threads, one each. */
static void
share_threads (LoadCheck *self)
{
  ThrumLoad *load = self->load;
  gboolean has_processes = is_given (self, THRUM_LOAD_PROCESSES);
  gboolean has_threads = is_given (self, THRUM_LOAD_THREADS);
  guint threads = has_threads ? (guint)value_of (self, THRUM_LOAD_THREADS) : 1;

  if (has_processes)
    load->processes = (guint)value_of (self, THRUM_LOAD_PROCESSES);
  else if (has_threads)
    load->processes = divide_up (load->users, threads);
  else
    load->processes = MIN (thrum_limits_get ()->cpus, load->users);
  load->threads = divide_up (load->users, load->processes);

  if (load->threads > THRUM_MOST_THREADS)
    thrum_problems_add (self->check->reading.problems,
                        self->section != NULL ? self->section->place : (ThrumPlace){ 0 }, "load",
                        "processes",
                        "with a session plugin each user is a thread, and %u users are %u threads "
                        "in each process: at most %u; use more processes, or a codec plugin",
                        load->users, load->threads, THRUM_MOST_THREADS);
  else if (has_processes && load->processes > load->users)
    TELL (self, THRUM_LOAD_PROCESSES, "%u are more than the %u users", load->processes,
          load->users);
  else if (has_processes && has_threads && threads != load->threads)
    TELL (self, THRUM_LOAD_THREADS,
          "with a session plugin each thread is one user, and %u processes x %u threads are not %u "
          "users; leave one of the three out",
          load->processes, threads, load->users);
  else if (has_threads && threads > load->users)
    TELL (
        self, THRUM_LOAD_THREADS,
        "with a session plugin each thread is one user, and %u threads are more than the %u users; "
        "give users or processes, too",
        threads, load->users);
}

/* @lanes: processes x threads, 0 if not both are given. */
static guint
choose_users (LoadCheck *self, guint lanes)
{
  const ThrumLoad *load = self->load;
  gboolean is_codec = self->kind == KIND_CODEC;

  if (load->stages != NULL && !load->is_open)
    return (guint)highest_level (load->stages);
  if (is_given (self, THRUM_LOAD_USERS))
    return (guint)value_of (self, THRUM_LOAD_USERS);
  if (lanes > 0 && !(load->is_open && is_codec))
    return lanes;
  if (!load->is_open)
    return DEFAULT_USERS;
  if (is_given (self, THRUM_LOAD_MAX_IN_FLIGHT))
    return (guint)value_of (self, THRUM_LOAD_MAX_IN_FLIGHT);
  if (!is_codec && is_given (self, THRUM_LOAD_THREADS))
    return (guint)value_of (self, THRUM_LOAD_THREADS) * thrum_limits_get ()->cpus;
  return default_in_flight (self);
}

static void
check_users (LoadCheck *self)
{
  ThrumLoad *load = self->load;
  guint64 lanes = (guint64)value_of (self, THRUM_LOAD_PROCESSES)
                  * (guint64)value_of (self, THRUM_LOAD_THREADS); /* 0: not both are given */
  gboolean has_limit = is_given (self, THRUM_LOAD_MAX_IN_FLIGHT);
  guint limit = (guint)value_of (self, THRUM_LOAD_MAX_IN_FLIGHT);

  if (lanes > THRUM_MOST_USERS)
    {
      TELL (self, THRUM_LOAD_THREADS, "processes x threads are more than %d", THRUM_MOST_USERS);
      return;
    }
  load->users = choose_users (self, (guint)lanes);
  if (load->is_open)
    {
      load->max_in_flight = has_limit ? limit : load->users;
      if (self->kind == KIND_CODEC && is_given (self, THRUM_LOAD_USERS))
        TELL (self, THRUM_LOAD_USERS,
              "a codec plugin's requests that arrive at a rate need no "
              "users; max-in-flight bounds them");
      else if (self->kind != KIND_CODEC && has_limit && load->users != limit)
        TELL (self, THRUM_LOAD_MAX_IN_FLIGHT,
              "is %u, but there are %u users, and with a session plugin each carries one request; "
              "leave one of the two out",
              limit, load->users);
      load->users = load->max_in_flight;
    }
  if (self->kind == KIND_CODEC)
    share_loops (self, load->users);
  else
    share_threads (self);
}

static Kind
kind_of_targets (const ThrumCheck *check)
{
  for (guint i = 0; i < check->targets->len; i++)
    {
      const ThrumSubject *target = g_ptr_array_index (check->targets, i);
      if (target->module != NULL)
        return target->module->descriptor->codec != NULL ? KIND_CODEC : KIND_SESSION;
    }
  return KIND_UNKNOWN;
}

void
thrum_check_load (ThrumCheck *check)
{
  const ThrumSection *section = thrum_document_find (check->document, THRUM_SECTION_LOAD, NULL);
  ThrumFields *tables[] = { &check->load };
  LoadCheck self = { .check = check,
                     .section = section,
                     .load = &check->config->load,
                     .kind = kind_of_targets (check) };

  gboolean are_values =
      section == NULL || thrum_fields_read (tables, 1, FALSE, section, &check->reading);

  parse_rates (&self);
  if (!are_values)
    {
      /* Values that are no values say nothing about each other; one that lacks is still told. */
      if (!is_given (&self, THRUM_LOAD_STAGES))
        check_duration (&self);
      return;
    }
  check_models (&self);
  check_duration (&self);
  check_times (&self);
  check_users (&self);
  self.load->arrivals = (ThrumArrivals)value_of (&self, THRUM_LOAD_ARRIVALS);
  self.load->overload = (ThrumOverload)value_of (&self, THRUM_LOAD_OVERLOAD);
  self.load->seed = (guint64)value_of (&self, THRUM_LOAD_SEED);
  self.load->engine = (ThrumEngine)value_of (&self, THRUM_LOAD_ENGINE);
  self.load->idle = (ThrumIdle)value_of (&self, THRUM_LOAD_IDLE);
  self.load->on_invalid = (ThrumOnInvalid)value_of (&self, THRUM_LOAD_ON_INVALID);
}
