/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "net/transport.h"
#include "plugin/loader.h"
#include "thrum/plugin.h"

G_BEGIN_DECLS

/* A piecewise-linear stage: at @time_ns the rate (arrivals/s) or the number of users is @level. */
typedef struct {
  gint64 time_ns;
  gdouble level;
} ThrumStage;

typedef enum { THRUM_ARRIVALS_UNIFORM, THRUM_ARRIVALS_POISSON } ThrumArrivals;
typedef enum { THRUM_OVERLOAD_DROP, THRUM_OVERLOAD_QUEUE } ThrumOverload;
typedef enum { THRUM_ENGINE_AUTO, THRUM_ENGINE_EPOLL, THRUM_ENGINE_IO_URING } ThrumEngine;
typedef enum { THRUM_IDLE_SLEEP, THRUM_IDLE_SPIN } ThrumIdle;

/* What becomes of the exit code where the generator was not good enough: 4 where a threshold is undecided
 * for that, or none was given; for every verdict INVALID, too; never. */
typedef enum {
  THRUM_ON_INVALID_JUDGE,
  THRUM_ON_INVALID_FAIL,
  THRUM_ON_INVALID_WARN
} ThrumOnInvalid;

/* [load], every default filled in. Durations in ns. */
typedef struct {
  gboolean is_open; /* rate or rate stages were given: the open model */
  gint64 duration_ns;
  gint64 ramp_up_ns;
  gint64 interval_ns;   /* 0: none */
  gint64 think_time_ns; /* 0: none */
  gint64 warm_up_ns;
  gint64 timeout_ns;
  gint64 drain_ns;
  guint users; /* closed: virtual users; with user stages: the highest level. Open with a
                            session plugin: sessions in all, at most (= max_in_flight) */
  guint processes;
  guint threads; /* pool threads per process; open with a session plugin: its sessions, at most */
  gdouble rate;  /* open: arrivals per second over the whole test; 0 with stages */
  ThrumArrivals arrivals;
  guint max_in_flight; /* open: over the whole test */
  gboolean
      slots_are_capped; /* max_in_flight was not given, and a bound of ours has made it less than
                                peak rate x timeout: who is dropped may be so for that */
  ThrumOverload overload;
  GArray *stages; /* ThrumStage, (nullable) */
  guint64 seed;
  ThrumEngine engine;
  ThrumIdle idle; /* codec: what an event loop does while nothing is to do */
  ThrumOnInvalid on_invalid;
} ThrumLoad;

/* An inclusive range of statuses, of `expect-status = 200, 300-399`. */
typedef struct {
  gint32 first, last;
} ThrumStatusRange;

typedef struct {
  gchar *name;
  const ThrumPluginModule *module;
  ThrumValues values;    /* by the plugin's target table */
  ThrumValues transport; /* codec: by thrum_plugin_transport_options () */
  /* By the same tables: what may be printed of the values that were given (gchar *), references kept
   * and secrets left out; NULL: not given. */
  GPtrArray *shown, *shown_transport;
} ThrumTargetConfig;

typedef struct {
  gchar *name;    /* a target without requests is its own, under its name */
  guint target;   /* index into targets */
  gdouble weight; /* > 0 */
  gint64 timeout_ns;
  GArray *expect_status; /* ThrumStatusRange, (nullable) */
  GRegex *expect_body;   /* raw bytes, (nullable) */
  ThrumValues values;    /* by the plugin's request table */
  GPtrArray *shown;      /* as a target's */
} ThrumRequestConfig;

typedef enum {
  THRUM_MEASURE_QUANTILE, /* p50, p99.9: quantile holds 0.5, 0.999; limit in ns */
  THRUM_MEASURE_MEAN,     /* limit in ns */
  THRUM_MEASURE_MAX,      /* limit in ns */
  THRUM_MEASURE_FAILURES, /* limit is a ratio 0..1 */
  THRUM_MEASURE_RATE,     /* limit is requests/s, a lower bound; the others are upper bounds */
  THRUM_MEASURE_DROPPED   /* limit is a ratio of the arrivals; of all requests */
} ThrumMeasure;

typedef struct {
  gchar *key;  /* as written: "p99" */
  gchar *text; /* the limit, as written but for its unit: "250ms" */
  ThrumMeasure measure;
  gdouble quantile;
  gdouble limit;
  gint request;          /* index, or -1: all requests */
  gint64 abort_after_ns; /* ends the run once breached for so long; -1: never */
} ThrumThreshold;

/* A whole checked test. Immutable once made; any thread. */
typedef struct {
  gchar *name; /* the INI file's base name, or the host of a URL; [A-Za-z0-9._-]+ */
  ThrumLoad load;
  GPtrArray *targets;    /* ThrumTargetConfig */
  GPtrArray *requests;   /* ThrumRequestConfig, at least one */
  GPtrArray *thresholds; /* ThrumThreshold */
  gchar *results_directory;
  gchar **columns;      /* of results.csv: NULL-terminated, begins elapsed, response, status */
  gchar *resolved_text; /* INI text that loads to this same config: every value explicit (what a
                           plugin's option is when nobody says stands in a comment), paths absolute,
                           secrets as ${env:NAME} references */
  gchar **environment;  /* NAME=VALUE, NULL-terminated: secrets that stood in the file itself, which
                           the resolved text calls ${env:THRUM_SECRET_1} and so on. Whoever loads it
                           again in another process sets these there. Never write them down */
} ThrumConfig;

/* `--set SECTION.KEY=VALUE`, -d, -u, ...: a value that replaces the file's, and how errors name
 * where it came from ("--set load.users"). A later one replaces an earlier one. An `append` puts
 * the value onto a LIST as one more element (-H; escape it by thrum_value_escape_element ()).
 * [target ...] and [request ...] must be in the file; the section "target" is the only target,
 * whatever its name, and holds for its requests even where they say otherwise. */
typedef struct {
  const gchar *section, *key, *value, *origin;
  gboolean append;
} ThrumOverride;

/* Checks a test. @text is INI text and @file what errors call it (a file's name, or a URL); paths
 * and plugins in it are relative to @base_directory (nullable), [results] directory to the current
 * one. NULL after appending every problem found, each a line
 * "file:line: [section] key: what, why, nearest known name", to @problems (gchar *, g_free).
 * Loads plugins, makes each target and request once and frees it; sends nothing. Main thread. */
ThrumConfig *
thrum_config_load (const gchar *text, gsize length, const gchar *file, const gchar *base_directory,
                   const ThrumOverride *overrides, gsize n_overrides, GPtrArray *problems);

/* The name of the plugin that serves @url: the one named like its scheme, or else the first by name.
 * NULL with @error set: none does, or @url is none. (transfer full) */
gchar *thrum_config_plugin_for_url (const gchar *url, GError **error);

/* INI text of a test with the one [target site] @url, 10 s long, for `thrum run URL`. NULL with
 * @error set as above. (transfer full) */
gchar *thrum_config_text_for_url (const gchar *url, GError **error);

/* Takes the argument of --set apart: SECTION.KEY=VALUE, at its first '=' and the first dot
 * before it, or the last one in target.NAME.KEY and request.NAME.KEY, also written "target NAME.KEY".
 * FALSE with @error set (G_OPTION_ERROR). All three: (transfer full). */
gboolean thrum_config_parse_set (const gchar *argument, gchar **section, gchar **key, gchar **value,
                                 GError **error);

/* The name of a test that was read from @file, or a URL: what ThrumConfig.name is. Never empty, not
 * hidden, safe as a folder's name. (transfer full) */
gchar *thrum_config_name_for (const gchar *file);

void thrum_config_free (ThrumConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumConfig, thrum_config_free)

/* The one plugin kind of a test (every target's plugin is of it). */
gboolean thrum_config_is_codec (const ThrumConfig *config);

/* How many descriptors one session of each target may hold open, in all. */
guint thrum_config_get_session_descriptors (const ThrumConfig *config);

/* A process's descriptors besides: standard streams, memory, sockets to the coordinator, plugins' files. */
#define THRUM_OTHER_DESCRIPTORS 64

/* What part of all requests are request number @request's, by its weight; 1 for -1, all of them. */
gdouble thrum_config_get_weight_share (const ThrumConfig *config, gint request);

/* Whether any threshold may end the run early. */
gboolean thrum_config_has_aborts (const ThrumConfig *config);

G_END_DECLS
