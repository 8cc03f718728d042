/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "net/transport.h"
#include "plugin/loader.h"
#include "thrum/plugin.h"

G_BEGIN_DECLS

/* A point of a piecewise-linear load: at @time_ns the rate (arrivals/s) or the number of users
 * is @level. */
typedef struct {
  gint64 time_ns;
  gdouble level;
} ThrumStage;

typedef enum { THRUM_ARRIVALS_UNIFORM, THRUM_ARRIVALS_POISSON } ThrumArrivals;
typedef enum { THRUM_OVERLOAD_DROP, THRUM_OVERLOAD_QUEUE } ThrumOverload;
typedef enum { THRUM_ENGINE_AUTO, THRUM_ENGINE_EPOLL, THRUM_ENGINE_IO_URING } ThrumEngine;
typedef enum { THRUM_IDLE_SLEEP, THRUM_IDLE_SPIN } ThrumIdle;

/* Says when a run whose generator was not good enough exits with 4. JUDGE: if that leaves a
 * threshold undecided, or if no threshold was given. FAIL: for every verdict INVALID, too. WARN:
 * never. */
typedef enum {
  THRUM_ON_INVALID_JUDGE,
  THRUM_ON_INVALID_FAIL,
  THRUM_ON_INVALID_WARN
} ThrumOnInvalid;

/* [load], with every default filled in. Durations in ns. */
typedef struct {
  gboolean is_open; /* rate or rate stages were given: the open model */
  gint64 duration_ns;
  gint64 ramp_up_ns;
  gint64 interval_ns;   /* 0: none */
  gint64 think_time_ns; /* 0: none */
  gint64 warm_up_ns;
  gint64 timeout_ns;
  gint64 drain_ns;
  guint users; /* closed: virtual users, the highest level if there are user stages. Open with a
                  session plugin: the most sessions in all (= max_in_flight) */
  guint processes;
  guint threads; /* pool threads per process; open with a session plugin: the most sessions per
                    process */
  gdouble rate;  /* open: arrivals per second over the whole test; 0 with stages */
  ThrumArrivals arrivals;
  guint max_in_flight;       /* open: over the whole test */
  gboolean slots_are_capped; /* max_in_flight was not given, and one of our own bounds made it less
                           than peak rate x timeout: arrivals may be dropped for that reason */
  ThrumOverload overload;
  GArray *stages; /* ThrumStage, (nullable) */
  guint64 seed;
  ThrumEngine engine;
  ThrumIdle idle; /* codec: what an event loop does while it has nothing to do */
  ThrumOnInvalid on_invalid;
} ThrumLoad;

/* An inclusive range of statuses, as in `expect-status = 200, 300-399`. */
typedef struct {
  gint32 first, last;
} ThrumStatusRange;

typedef struct {
  gchar *name;
  const ThrumPluginModule *module;
  ThrumValues values;    /* in the order of the plugin's target table */
  ThrumValues transport; /* codec: in the order of thrum_plugin_transport_options () */
  /* What may be printed of the values that were given (gchar *), in the order of the same
   * tables. References stay and secrets are left out. NULL: the value was not given. */
  GPtrArray *shown, *shown_transport;
} ThrumTargetConfig;

typedef struct {
  gchar *name;    /* a target without requests has one request of its own, under the target's
                     name */
  guint target;   /* index into targets */
  gdouble weight; /* > 0 */
  gint64 timeout_ns;
  GArray *expect_status; /* ThrumStatusRange, (nullable) */
  GRegex *expect_body;   /* raw bytes, (nullable) */
  ThrumValues values;    /* in the order of the plugin's request table */
  GPtrArray *shown;      /* as in ThrumTargetConfig */
} ThrumRequestConfig;

typedef enum {
  THRUM_MEASURE_QUANTILE, /* p50, p99.9: quantile holds 0.5, 0.999; limit in ns */
  THRUM_MEASURE_MEAN,     /* limit in ns */
  THRUM_MEASURE_MAX,      /* limit in ns */
  THRUM_MEASURE_FAILURES, /* limit is a ratio 0..1 */
  THRUM_MEASURE_RATE,     /* limit is requests/s and a lower bound; the other limits are upper
                             bounds */
  THRUM_MEASURE_DROPPED   /* limit is a ratio of the arrivals; for all requests together */
} ThrumMeasure;

typedef struct {
  gchar *key;  /* as written: "p99" */
  gchar *text; /* the limit as written; a bare number gets its unit: "250ms" */
  ThrumMeasure measure;
  gdouble quantile;
  gdouble limit;
  gint request;          /* index, or -1: all requests */
  gint64 abort_after_ns; /* the run ends once the limit has been broken for so long; -1: never */
} ThrumThreshold;

/* A whole test, checked. Immutable once made; any thread may read it. */
typedef struct {
  gchar *name; /* the INI file's base name, or the host of a URL; [A-Za-z0-9._-]+ */
  ThrumLoad load;
  GPtrArray *targets;    /* ThrumTargetConfig */
  GPtrArray *requests;   /* ThrumRequestConfig, at least one */
  GPtrArray *thresholds; /* ThrumThreshold */
  gchar *results_directory;
  gchar **columns;      /* of results.csv: NULL-terminated; begins with elapsed, response, status */
  gchar *resolved_text; /* INI text that loads to this same config. Every value is explicit (a
                           plugin option that nobody gave stands in a comment), paths are
                           absolute, and secrets are ${env:NAME} references */
  gchar **environment;  /* NAME=VALUE, NULL-terminated: secrets that stood in the file itself;
                           the resolved text calls them ${env:THRUM_SECRET_1} and so on. A
                           process that loads that text sets these first. Never write them down */
} ThrumConfig;

/* A value that replaces the file's, from `--set SECTION.KEY=VALUE`, -d, -u, ... Errors name its
 * @origin: "--set load.users". A later override replaces an earlier one. An `append` adds the
 * value to a LIST as one more element (-H; escape it with thrum_value_escape_element ()).
 *
 * The file must contain the sections [target ...] and [request ...] that an override names. The
 * section "target" means the only target, whatever its name. Its values then hold for that
 * target's requests, even where these say otherwise. */
typedef struct {
  const gchar *section, *key, *value, *origin;
  gboolean append;
} ThrumOverride;

/* Checks a test. @text is INI text. Errors call it @file (a file's name, or a URL). Paths and
 * plugins in it are relative to @base_directory (nullable); the directory of [results] is
 * relative to the current one. Loads plugins, makes each target and request once and frees it,
 * and sends nothing. Main thread.
 *
 * Returns NULL after it has appended every problem it found to @problems (gchar *, g_free). Each
 * is a line "file:line: [section] key: what, why, nearest known name". */
ThrumConfig *
thrum_config_load (const gchar *text, gsize length, const gchar *file, const gchar *base_directory,
                   const ThrumOverride *overrides, gsize n_overrides, GPtrArray *problems);

/* Returns the name of the plugin that serves @url: the one named like the URL's scheme, or else
 * the first by name. NULL with @error set: no plugin serves it, or @url is not a URL. (transfer
 * full) */
gchar *thrum_config_plugin_for_url (const gchar *url, GError **error);

/* Returns INI text for `thrum run URL`: a test of 10 s with the one [target site] @url. NULL
 * with @error set as above. (transfer full) */
gchar *thrum_config_text_for_url (const gchar *url, GError **error);

/* Splits the argument of --set, SECTION.KEY=VALUE, at its first '=' and the first dot before it.
 * In target.NAME.KEY and request.NAME.KEY (also written "target NAME.KEY") it splits at the last
 * dot. FALSE with @error set (G_OPTION_ERROR). All three: (transfer full). */
gboolean thrum_config_parse_set (const gchar *argument, gchar **section, gchar **key, gchar **value,
                                 GError **error);

/* Returns ThrumConfig.name for a test that was read from @file, which may be a URL. The name is
 * never empty, not hidden, and safe as a folder's name. (transfer full) */
gchar *thrum_config_name_for (const gchar *file);

/* Returns an empty config, for the pipeline to fill in. (transfer full) */
ThrumConfig *thrum_config_new (void);
void thrum_config_free (ThrumConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumConfig, thrum_config_free)

/* Returns whether the test's plugins are codecs. All targets of a test have plugins of one kind. */
gboolean thrum_config_is_codec (const ThrumConfig *config);

/* Returns how many descriptors one session of each target may hold open, in all. */
guint thrum_config_get_session_descriptors (const ThrumConfig *config);

/* The descriptors that a process needs besides: standard streams, shared memory, the sockets to
 * the coordinator, the plugins' files. */
#define THRUM_OTHER_DESCRIPTORS 64

/* Returns which share of all requests is request number @request's, by its weight. It is 1 for
 * -1, which means all requests. */
gdouble thrum_config_get_weight_share (const ThrumConfig *config, gint request);

/* Returns whether any threshold may end the run early. */
gboolean thrum_config_has_aborts (const ThrumConfig *config);

G_END_DECLS
