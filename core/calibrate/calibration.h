/* SPDX-License-Identifier: MIT */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What one histogram of a run came to, ns; count 0: nothing was counted, the rest is 0. */
typedef struct {
  gint64 count;
  gdouble mean;
  gint64 p50, p90, p95, p99, p999, max;
} ThrumQuantiles;

/* What requests cost the generator: CPU time of coordinator and workers, theirs alone. */
typedef struct {
  gint64 requests;
  gdouble rate;   /* requests/s that one worker reached */
  gdouble cpu_ns; /* per request */
} ThrumCost;

/* The service that the error is taken against: it answers at once, but freezes for `freeze_ns`
 * every `period_ns`, while `rate` arrivals/s come. */
typedef struct {
  gint64 freeze_ns, period_ns;
  gdouble rate;
  ThrumQuantiles response;
} ThrumFreezeError;

/* What this machine and this build add to a measurement. */
typedef struct {
  gchar *time;                /* ISO 8601, UTC: when it began */
  gdouble load_average;       /* over one minute, when it began: what else ran here */
  gdouble seconds;            /* that it took */
  ThrumCost codec, session;   /* the null plugins: no service, and no I/O */
  ThrumCost http1;            /* with a connection's I/O, to a server in another process */
  ThrumQuantiles codec_lag;   /* wake-up lateness: lag where nothing waits for a slot */
  ThrumQuantiles spin_lag;    /* the same with idle = spin */
  ThrumQuantiles session_lag; /* the same of blocking plugins */
  ThrumQuantiles client_delay;
  ThrumQuantiles floor; /* response of a service that answers at once, at 1000/s */
  ThrumFreezeError freeze;
} ThrumCalibration;

/* The closed form: of quantile @q, or of the mean, ns. Mean P^2 / (2 Q); quantile
 * max (0, P - (1 - q) Q). Example: P = 250 ms, Q = 2 s: mean 15.6 ms, p99 230 ms. */
gdouble thrum_freeze_quantile (const ThrumFreezeError *freeze, gdouble q);
gdouble thrum_freeze_mean (const ThrumFreezeError *freeze);

/* The file's text; doc/results-format.md explains each key. (transfer full) */
gchar *thrum_calibration_to_json (const ThrumCalibration *calibration);

/* A table for people. (transfer full) */
gchar *thrum_calibration_to_text (const ThrumCalibration *calibration);

void thrum_calibration_clear (ThrumCalibration *calibration);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ThrumCalibration, thrum_calibration_clear)

/* Where `thrum calibrate` writes unless told: thrum/calibration.json in the user's state folder
 * (XDG_STATE_HOME, ~/.local/state). (transfer full) */
gchar *thrum_calibration_get_default_file (void);

/* What a run's run.json cites: the calibration in the default file, with a member `file`, if it is
 * of this host, its kernel and CPUs, and this version of thrum; else NULL. Any thread.
 * (transfer full) */
JsonNode *thrum_calibration_cite (void);

G_END_DECLS
