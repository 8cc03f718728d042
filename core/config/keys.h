/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/document.h"
#include "plugin/values.h"
#include "record/columns.h"

G_BEGIN_DECLS

/* The most users of a test, and the most requests in flight. The ranges in the tables name these
 * bounds, and sums must keep them. */
#define THRUM_MOST_USERS 1000000
#define THRUM_MOST_THREADS 65535 /* in each process: lanes have 16 bits */
#define THRUM_MOST_RATE 1e8      /* arrivals per second */

/* One of the core's own keys. Errors, suggestions, `thrum init` and thrum.ini(5) are made from
 * these. */
typedef struct {
  ThrumOption option;    /* must come first: a table of keys is also a table of options */
  const gchar *form;     /* (nullable): what a STRING holds, if that is not free text: "rate" */
  const gchar *standard; /* (nullable): what holds if the key is not given and no fallback can
                            say it */
  gboolean is_available; /* FALSE: the grammar knows it, but this version refuses it */
} ThrumKey;

enum {
  THRUM_LOAD_DURATION,
  THRUM_LOAD_RAMP_UP,
  THRUM_LOAD_USERS,
  THRUM_LOAD_PROCESSES,
  THRUM_LOAD_THREADS,
  THRUM_LOAD_INTERVAL,
  THRUM_LOAD_THINK_TIME,
  THRUM_LOAD_RATE,
  THRUM_LOAD_ARRIVALS,
  THRUM_LOAD_MAX_IN_FLIGHT,
  THRUM_LOAD_OVERLOAD,
  THRUM_LOAD_STAGES,
  THRUM_LOAD_WARM_UP,
  THRUM_LOAD_TIMEOUT,
  THRUM_LOAD_DRAIN,
  THRUM_LOAD_SEED,
  THRUM_LOAD_ENGINE,
  THRUM_LOAD_IDLE,
  THRUM_LOAD_ON_INVALID,
  THRUM_N_LOAD_KEYS
};

enum {
  THRUM_RESULTS_DIRECTORY,
  THRUM_RESULTS_COLUMNS,
  THRUM_RESULTS_SECRET_HEADERS,
  THRUM_RESULTS_SECRET_KEYS,
  THRUM_N_RESULTS_KEYS
};

enum { THRUM_TARGET_PLUGIN, THRUM_N_TARGET_KEYS };

/* The keys from WEIGHT on may also stand in [target NAME], as the defaults of its requests. */
enum {
  THRUM_REQUEST_TARGET,
  THRUM_REQUEST_WEIGHT,
  THRUM_REQUEST_TIMEOUT,
  THRUM_REQUEST_EXPECT_STATUS,
  THRUM_REQUEST_EXPECT_BODY,
  THRUM_N_REQUEST_KEYS
};

/* In the order of ThrumMeasure's kinds. A quantile pN of any other N is known without a row. */
enum {
  THRUM_THRESHOLD_P50,
  THRUM_THRESHOLD_P90,
  THRUM_THRESHOLD_P95,
  THRUM_THRESHOLD_P99,
  THRUM_THRESHOLD_P999,
  THRUM_THRESHOLD_MEAN,
  THRUM_THRESHOLD_MAX,
  THRUM_THRESHOLD_FAILURES,
  THRUM_THRESHOLD_DROPPED,
  THRUM_THRESHOLD_RATE,
  THRUM_THRESHOLD_ABORT_ON,
  THRUM_N_THRESHOLD_KEYS
};

/* What holds in the open model if [thresholds] does not mention `dropped`. */
#define THRUM_DROPPED_DEFAULT "1%"

/* Returns the keys of a kind of section, in the order of the enums above. Static. */
const ThrumKey *thrum_keys_of (ThrumSectionKind kind, guint *n_keys);

/* Returns the same keys as an option table. */
ThrumOptionTable thrum_key_table_of (ThrumSectionKind kind);

gboolean thrum_key_is_available (const ThrumKey *key);

/* Returns whether @key of [load] has a use with codec plugins only. */
gboolean thrum_key_load_is_codec_only (guint key);

/* Returns whether this version fills @column of results.csv: the format has some that it does
 * not. */
gboolean thrum_key_column_is_available (ThrumColumn column);

/* Returns what kind of value a key takes, for people: "duration", "rate". Static. */
const gchar *thrum_key_type_name (const ThrumKey *key);

/* For tests: makes every key count as available. Call it before any config is loaded. */
void thrum_keys_set_all_available (gboolean all_available);

G_END_DECLS
