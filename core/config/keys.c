/* SPDX-License-Identifier: MIT
 *
 * The core's own keys of an INI file, as tables. This file alone says what they are called,
 * hold, default to and are for. Other files check what they mean to each other (check-load.c,
 * ...). Static data; any thread.
 */
#include "config/keys.h"

#include "base/units.h"

static const char *const arrivals_choices[] = { "uniform", "poisson", NULL };
static const char *const overload_choices[] = { "drop", "queue", NULL };
static const char *const engine_choices[] = { "auto", "epoll", "io_uring", NULL };
static const char *const idle_choices[] = { "sleep", "spin", NULL };
static const char *const on_invalid_choices[] = { "judge", "fail", "warn", NULL };

#define DURATION(key_, least, fallback_, standard_, available, help_)                              \
  {                                                                                                \
    .option = { .key = key_,                                                                       \
                .type = THRUM_OPTION_DURATION,                                                     \
                .minimum = least,                                                                  \
                .maximum = (gdouble)THRUM_LONGEST_NS,                                              \
                .fallback = fallback_,                                                             \
                .help = help_ },                                                                   \
    .standard = standard_, .is_available = available                                               \
  }
#define INTEGER(key_, least, most, fallback_, standard_, available, help_)                         \
  {                                                                                                \
    .option = { .key = key_,                                                                       \
                .type = THRUM_OPTION_INT,                                                          \
                .minimum = least,                                                                  \
                .maximum = most,                                                                   \
                .fallback = fallback_,                                                             \
                .help = help_ },                                                                   \
    .standard = standard_, .is_available = available                                               \
  }
#define CHOICE(key_, choices_, fallback_, available, help_)                                        \
  {                                                                                                \
    .option = { .key = key_,                                                                       \
                .type = THRUM_OPTION_ENUM,                                                         \
                .choices = choices_,                                                               \
                .fallback = fallback_,                                                             \
                .help = help_ },                                                                   \
    .is_available = available                                                                      \
  }
#define TEXT(key_, form_, fallback_, standard_, available, help_)                                  \
  {                                                                                                \
    .option = { .key = key_, .type = THRUM_OPTION_STRING, .fallback = fallback_, .help = help_ },  \
    .form = form_, .standard = standard_, .is_available = available                                \
  }

#define NAMES(key_, help_)                                                                         \
  {                                                                                                \
    .option = { .key = key_,                                                                       \
                .type = THRUM_OPTION_LIST,                                                         \
                .flags = THRUM_OPTION_COMMAS,                                                      \
                .help = help_ },                                                                   \
    .form = "list of names", .standard = "none", .is_available = TRUE                              \
  }

static const ThrumKey load_keys[THRUM_N_LOAD_KEYS] = {
  [THRUM_LOAD_DURATION] = DURATION ("duration", 1, NULL, "required", TRUE,
                                    "how long requests are sent, ramp-up included"),
  [THRUM_LOAD_RAMP_UP] =
      DURATION ("ramp-up", 0, "0s", NULL, TRUE,
                "users start evenly spread over this; with a rate, it rises in a line over this"),
  [THRUM_LOAD_USERS] = INTEGER (
      "users", 1, THRUM_MOST_USERS, NULL,
      "processes x threads where both are given; with a rate: max-in-flight; else 10", TRUE,
      "virtual users in all; with a rate and a session plugin: its sessions, at most"),
  [THRUM_LOAD_PROCESSES] = INTEGER (
      "processes", 1, 1024, NULL,
      "the CPUs, or what a container may use of them, at most the users", TRUE, "worker processes"),
  [THRUM_LOAD_THREADS] = INTEGER (
      "threads", 1, THRUM_MOST_THREADS, NULL,
      "session plugin: users / processes, rounded up; codec plugin: 1", TRUE,
      "threads in each process; with a session plugin each is one user (with a rate: at most so "
      "many, made as arrivals need them), with a codec plugin each is an event loop that carries "
      "many"),
  [THRUM_LOAD_INTERVAL] = DURATION (
      "interval", 0, "0s", NULL, TRUE,
      "pacing: from the start of a user's request to the start of its next, which is sent "
      "at once when this has passed already; 0: as fast as replies come"),
  [THRUM_LOAD_THINK_TIME] = DURATION ("think-time", 0, "0s", NULL, TRUE,
                                      "a user's pause after each reply; excludes interval"),
  [THRUM_LOAD_RATE] =
      TEXT ("rate", "rate", NULL, "none: users send when they are ready", TRUE,
            "open model: arrivals per time over the whole test; excludes interval and think-time"),
  [THRUM_LOAD_ARRIVALS] =
      CHOICE ("arrivals", arrivals_choices, "uniform", TRUE,
              "open model: evenly spaced, or at random as independent users do"),
  [THRUM_LOAD_MAX_IN_FLIGHT] = INTEGER (
      "max-in-flight", 1, THRUM_MOST_USERS, NULL,
      "the highest rate x (timeout + 100 ms); session plugin: users if they are given, else 10 to "
      "4000, less where a quarter of the memory (192 KiB a session) or the limit of open files is "
      "less; codec "
      "plugin: at most 10000",
      TRUE,
      "open model: how many requests may be outstanding at a time, shared out evenly among the "
      "event loops (or processes), which lend none to each other"),
  [THRUM_LOAD_OVERLOAD] = CHOICE (
      "overload", overload_choices, "drop", TRUE,
      "open model: what becomes of an arrival beyond max-in-flight: not sent but counted, or "
      "sent as soon as a slot is free, its response counting from when it was intended"),
  [THRUM_LOAD_STAGES] = TEXT (
      "stages", "list of TIME LEVEL", NULL, "none", TRUE,
      "a rate, or a number of users, that changes in lines between points: 0s 0/s, 30s "
      "1000/s, 90s 1000/s; the last time is the duration; between points users are rounded up"),
  [THRUM_LOAD_WARM_UP] =
      DURATION ("warm-up", 0, "0s", NULL, TRUE,
                "requests intended before this are recorded, but left out of the summary"),
  [THRUM_LOAD_TIMEOUT] = DURATION ("timeout", 1e6, "30s", NULL, TRUE,
                                   "the limit of a request, after which it has failed"),
  [THRUM_LOAD_DRAIN] = DURATION ("drain", 0, NULL, "the timeout", TRUE,
                                 "how long the end waits for what is in flight"),
  [THRUM_LOAD_SEED] =
      INTEGER ("seed", 0, 9.3e18, "1", NULL, TRUE, "every random choice derives from it"),
  [THRUM_LOAD_ENGINE] =
      CHOICE ("engine", engine_choices, "auto", TRUE,
              "codec plugin: how the event loop asks the kernel; auto is epoll; where it forbids "
              "io_uring, epoll serves"),
  [THRUM_LOAD_IDLE] =
      CHOICE ("idle", idle_choices, "sleep", TRUE,
              "codec plugin: what an event loop does while nothing is to do: sleep, or spin: look "
              "again and again, which takes a CPU for each thread and sends on time where a "
              "sleeping CPU wakes late, as on most virtual machines"),
  [THRUM_LOAD_ON_INVALID] = CHOICE (
      "on-invalid", on_invalid_choices, "judge", TRUE,
      "what makes exit code 4: a threshold that the generator's own part leaves undecided, or a "
      "verdict INVALID where no threshold was given; every verdict INVALID, too; nothing"),
};

static const ThrumKey results_keys[THRUM_N_RESULTS_KEYS] = {
  [THRUM_RESULTS_DIRECTORY] =
      TEXT ("directory", "path", "results", NULL, TRUE,
            "the folder that runs are put into, relative to the current one"),
  [THRUM_RESULTS_COLUMNS] =
      TEXT ("columns", "list of names", THRUM_COLUMNS_DEFAULT, NULL, TRUE,
            "what results.csv holds of each request; begins with elapsed, response, status"),
  [THRUM_RESULTS_SECRET_HEADERS] = NAMES (
      "secret-headers",
      "headers whose values are secrets, besides Authorization, Cookie, and those named like "
      "a key, a token or a password"),
  [THRUM_RESULTS_SECRET_KEYS] =
      NAMES ("secret-keys",
             "keys of targets and requests whose values are secrets, like hello and send of tcp"),
};

static const ThrumKey target_keys[THRUM_N_TARGET_KEYS] = {
  [THRUM_TARGET_PLUGIN] = TEXT ("plugin", "name or path", NULL, "required", TRUE,
                                "the plugin that speaks the protocol: its name, or a path with a "
                                "slash, relative to the INI file"),
};

static const ThrumKey request_keys[THRUM_N_REQUEST_KEYS] = {
  [THRUM_REQUEST_TARGET] = TEXT ("target", "name", NULL, "the only target", TRUE,
                                 "the [target NAME] that the request goes to"),
  [THRUM_REQUEST_WEIGHT] = { .option = { .key = "weight",
                                         .type = THRUM_OPTION_DOUBLE,
                                         .minimum = 1e-6,
                                         .maximum = 1e6,
                                         .fallback = "1",
                                         .help = "how often it is chosen, relative to the other "
                                                 "requests" },
                             .is_available = TRUE },
  [THRUM_REQUEST_TIMEOUT] = DURATION ("timeout", 1e6, NULL, "[load] timeout", TRUE,
                                      "its limit, after which it has failed"),
  [THRUM_REQUEST_EXPECT_STATUS] =
      TEXT ("expect-status", "list of codes and ranges", NULL, "what the plugin counts as success",
            TRUE, "any other status is a failure `check`: 200, 300-399"),
  [THRUM_REQUEST_EXPECT_BODY] = TEXT ("expect-body", "regular expression", NULL, "none", TRUE,
                                      "a reply's payload without a match is a failure `check`"),
};

#define LIMIT(key_, help_)                                                                         \
  {                                                                                                \
    .option = { .key = key_,                                                                       \
                .type = THRUM_OPTION_DURATION,                                                     \
                .maximum = (gdouble)THRUM_LONGEST_NS,                                              \
                .help = help_ },                                                                   \
    .standard = "none", .is_available = TRUE                                                       \
  }

static const ThrumKey threshold_keys[THRUM_N_THRESHOLD_KEYS] = {
  [THRUM_THRESHOLD_P50] = LIMIT ("p50", "the most that the median response may be"),
  [THRUM_THRESHOLD_P90] = LIMIT ("p90", "the most that the 90th percentile may be"),
  [THRUM_THRESHOLD_P95] = LIMIT ("p95", "the most that the 95th percentile may be"),
  [THRUM_THRESHOLD_P99] = LIMIT ("p99", "the most that the 99th percentile may be"),
  [THRUM_THRESHOLD_P999] = LIMIT ("p99.9", "the most that the 99.9th percentile may be"),
  [THRUM_THRESHOLD_MEAN] = LIMIT ("mean", "the most that the mean response may be"),
  [THRUM_THRESHOLD_MAX] = LIMIT ("max", "the most that any response may be"),
  [THRUM_THRESHOLD_FAILURES] = TEXT ("failures", "share", NULL, "none", TRUE,
                                     "the largest share of requests that may fail: 1%"),
  [THRUM_THRESHOLD_DROPPED] =
      TEXT ("dropped", "share", NULL, THRUM_DROPPED_DEFAULT " with a rate, else none", TRUE,
            "the largest share of arrivals that may be dropped, of all requests; 100% allows all"),
  [THRUM_THRESHOLD_RATE] =
      TEXT ("rate", "rate", NULL, "none", TRUE,
            "the least that must be answered per time, within the duration: 100/s"),
  [THRUM_THRESHOLD_ABORT_ON] = TEXT (
      "abort-on", "list of KEY DURATION", NULL, "none", TRUE,
      "thresholds of this section that end the run once breached for so long: failures 10s, p99"),
};

static gboolean is_all_available;

const ThrumKey *
thrum_keys_of (ThrumSectionKind kind, guint *n_keys)
{
  static const struct {
    const ThrumKey *keys;
    guint n_keys;
  } tables[THRUM_N_SECTION_KINDS] = {
    [THRUM_SECTION_LOAD] = { load_keys, G_N_ELEMENTS (load_keys) },
    [THRUM_SECTION_RESULTS] = { results_keys, G_N_ELEMENTS (results_keys) },
    [THRUM_SECTION_TARGET] = { target_keys, G_N_ELEMENTS (target_keys) },
    [THRUM_SECTION_REQUEST] = { request_keys, G_N_ELEMENTS (request_keys) },
    [THRUM_SECTION_THRESHOLDS] = { threshold_keys, G_N_ELEMENTS (threshold_keys) },
  };

  *n_keys = tables[kind].n_keys;
  return tables[kind].keys;
}

ThrumOptionTable
thrum_key_table_of (ThrumSectionKind kind)
{
  guint n_keys;
  const ThrumKey *keys = thrum_keys_of (kind, &n_keys);

  return (ThrumOptionTable){ &keys->option, n_keys, sizeof *keys };
}

gboolean
thrum_key_is_available (const ThrumKey *key)
{
  return key->is_available || is_all_available;
}

gboolean
thrum_key_load_is_codec_only (guint key)
{
  return key == THRUM_LOAD_ENGINE || key == THRUM_LOAD_IDLE;
}

gboolean
thrum_key_column_is_available (ThrumColumn column)
{
  return is_all_available
         || (column != THRUM_COLUMN_MACHINE && column != THRUM_COLUMN_JOURNEY
             && column != THRUM_COLUMN_STEP);
}

const gchar *
thrum_key_type_name (const ThrumKey *key)
{
  return key->form != NULL ? key->form : thrum_option_type_name (key->option.type);
}

void
thrum_keys_set_all_available (gboolean all_available)
{
  is_all_available = all_available;
}
