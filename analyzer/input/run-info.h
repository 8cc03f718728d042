/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* One second of the run's timeline. */
typedef struct {
  double second;
  double users;   /* that had started */
  double offered; /* arrivals in it, about */
  double dropped; /* of them, never sent */
} ThrumRunSecond;

/* A threshold of the config. */
typedef struct {
  char *request; /* (nullable): of all */
  char *key;
  char *limit;
  double least;  /* s, of a time: the better end of its bracket; -1: not known */
  int judgement; /* ThrumJudgement; -1: the run does not say */
} ThrumRunThreshold;

/* Durations that the rows do not have, as the run reports them: from a histogram, without the
 * warm-up. */
enum { THRUM_RUN_SLOT_WAIT, THRUM_RUN_LAG, THRUM_RUN_CLIENT_DELAY, THRUM_RUN_N_TIMES };

/* The figures of each of these durations, in the order of every table. */
enum {
  THRUM_RUN_MEAN,
  THRUM_RUN_P50,
  THRUM_RUN_P90,
  THRUM_RUN_P95,
  THRUM_RUN_P99,
  THRUM_RUN_P999,
  THRUM_RUN_MAX,
  THRUM_RUN_N_FIGURES
};

typedef struct {
  guint64 n;                           /* requests; 0: nothing is known */
  double figures[THRUM_RUN_N_FIGURES]; /* s */
} ThrumRunTimes;

typedef struct {
  const char *name; /* "slot wait" */
  const char *key;  /* of run.json and summary.json: "slot_wait" */
} ThrumRunTimesName;

extern const ThrumRunTimesName thrum_run_times[THRUM_RUN_N_TIMES];
extern const char *const thrum_run_figures[THRUM_RUN_N_FIGURES]; /* "mean" */

/* What the run itself reports of one request, or of all requests. */
typedef struct {
  char *name;             /* NULL: all requests */
  double weight;          /* of the config; 0: unknown */
  double rate;            /* 1/s */
  double rate_at_most;    /* without the generator's part; HUGE_VAL: nobody knows */
  ThrumRunTimes less_lag; /* response times less their lag */
} ThrumRunRequest;

/* What run.json reports of the run that wrote results.csv. Every member may be missing: strings and
 * vectors are then NULL, numbers 0. */
typedef struct {
  char *name;
  char *state;   /* complete, running, interrupted, incomplete */
  GStrv columns; /* of results.csv */
  char *config;  /* the resolved INI text */
  char *version; /* of thrum */
  char *host;
  char *plugin; /* "http 0.1.0, tcp 0.1.0" */
  char *level;  /* VALID, DEGRADED, INVALID */
  GStrv reasons;
  gboolean is_untrusted; /* the load was not as intended: `achieved` or `stalled` is INVALID */
  char *on_invalid;      /* judge, fail, warn */
  double duration;       /* planned, s */
  double seconds;        /* from t0 to the end; 0: it has not ended, or was killed */
  double warm_up;        /* s: no summary counts what was intended before this */
  gint64 started;        /* t0, ns since 1970 */
  double asked_rate;     /* 1/s after the warm-up; 0: the run does not say */
  gint64 offered;        /* arrivals that the schedule asked for, with the warm-up */
  gint64 dropped;        /* arrivals that were never sent */
  gint64 own_dropped;    /* of these, after the warm-up and for lack of the generator */
  gboolean is_open;      /* arrivals come at a rate of their own */
  gint64 unseen;         /* dropped after the warm-up, or lost: rows that are missing */
  gint64 lost;           /* requests in flight in a worker that was killed */
  gint64 rows;           /* rows that the run wrote */
  gint64 unwritten;      /* rows that it could not write */
  ThrumRunTimes times[THRUM_RUN_N_TIMES];
  GArray *timeline;      /* ThrumRunSecond, by time; never NULL, may be empty */
  GPtrArray *thresholds; /* ThrumRunThreshold; never NULL, may be empty */
  ThrumRunRequest all;
  GPtrArray *requests; /* ThrumRunRequest; never NULL, may be empty */
} ThrumRunInfo;

/* Reads @file. Returns NULL and @error if it is not a run.json of a known format. (transfer
 * full) */
ThrumRunInfo *thrum_run_info_load (const char *file, GError **error);
void thrum_run_info_free (ThrumRunInfo *self);

/* Returns what the run reports of @request (NULL: of all requests), or NULL if it reports nothing.
 * @self (nullable). */
const ThrumRunRequest *thrum_run_info_get_request (const ThrumRunInfo *self, const char *request);

/* Returns the rate that the schedule asked for, 1/s: after the warm-up, or over the whole run if
 * the run does not give that. 0: the schedule asked for no rate, or nobody knows. */
double thrum_run_info_get_asked (const ThrumRunInfo *self);

/* Returns @request's share of the weights of all requests; 0: unknown. @self (nullable). */
double thrum_run_info_get_share (const ThrumRunInfo *self, const char *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRunInfo, thrum_run_info_free)

G_END_DECLS
