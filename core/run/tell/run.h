/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "config/config.h"
#include "stats/percentile.h"
#include "run/tell/run-folder.h"
#include "run/tally/observed.h"
#include "run/tally/run-tally.h"
#include "run/judge/thresholds.h"
#include "run/judge/verdict.h"

G_BEGIN_DECLS

typedef enum {
  THRUM_RUN_RUNNING,
  THRUM_RUN_COMPLETE,
  THRUM_RUN_INTERRUPTED, /* a signal ended it */
  THRUM_RUN_INCOMPLETE,  /* a worker died, or the disk took no more */
  THRUM_RUN_ABORTED      /* a threshold that was broken for long enough ended it */
} ThrumRunState;

/* One instant as both clocks show it. */
typedef struct {
  gint64 monotonic_ns, realtime_ns;
} ThrumInstant;

ThrumInstant thrum_instant_now (void);

/* What a run comes to. Each has an exit code. */
typedef enum {
  THRUM_RUN_IS_GOOD,
  THRUM_RUN_IS_BREACHED,  /* a threshold failed, or not one request succeeded */
  THRUM_RUN_IS_INVALID,   /* because of the generator nobody can judge, as on-invalid defines it */
  THRUM_RUN_IS_UNFINISHED /* a part of the run is missing */
} ThrumRunResult;

/* What is known of a run, for run.json, the summary and the exit code. Main thread. */
typedef struct {
  const ThrumConfig *config;
  JsonNode *calibration; /* (nullable): this machine's calibration, which run.json cites;
                            borrowed */
  ThrumRunFolder *folder;
  ThrumRunState state;
  ThrumInstant start, end; /* t0, and when everything had ended */
  gint64 stopped_at;       /* when the workers were told to end, ns since t0; 0: they were not */
  gdouble seconds;         /* from t0 to the end of the duration, or to when it was cut short */
  ThrumRunTally *tally;
  ThrumOutcome *all; /* (nullable) until the drain has ended: the tally's requests together */
  ThrumDrainCounters counters;
  guint64 own_dropped;             /* how many of the dropped arrivals were dropped because of
                                      the generator */
  guint64 lost;                    /* requests that workers had sent before they died, and that
                                      never ended */
  guint64 spoilt;                  /* records that a wild write had hit */
  guint64 unwritten;               /* rows that the disk did not take */
  gboolean is_conserved;           /* the sums add up: see thrum_run_is_conserved () */
  gboolean slots_ran_short;        /* a worker could not make the sessions that arrivals needed */
  GPtrArray *problems;             /* gchar *: what went wrong, one line each */
  ThrumReasonList *reasons;        /* (nullable) until the drain has ended: why requests failed */
  GArray *thresholds;              /* ThrumThresholdResult */
  GArray *workers;                 /* ThrumObserved, by worker */
  ThrumThresholdResult aborted_by; /* aborted: the threshold, with what its last window came to */
  gint64 aborted_at;               /* ns since t0 */
  ThrumVerdict *verdict;           /* (nullable) until the run has been judged */
} ThrumRun;

/* Returns whether offered = ok + failed + timed out + unfinished + lost + dropped, and each
 * request that was sent has one row, except the lost ones. @warm_up rows count as what they are. */
gboolean thrum_run_is_conserved (const ThrumRun *run, guint64 rows);

/* Sets run->verdict and own_dropped from the tally, the counters and the workers, and then
 * run->thresholds from these. */
void thrum_run_judge (ThrumRun *run);

/* Returns whether requests were sent and not one succeeded. Such a run failed, whatever its
 * thresholds on times say. FALSE where a threshold on the failures of all requests can judge
 * that, and where requests failed for want of a local port, which is not the service's doing. */
gboolean thrum_run_has_no_success (const ThrumRun *run);
#define THRUM_RUN_NO_SUCCESS "not one request succeeded"

/* Returns what the judged @run comes to; where several results apply, the gravest. */
ThrumRunResult thrum_run_get_result (const ThrumRun *run);

/* Returns what is missing of request @request (-1: of all). Nobody knows to which request a
 * dropped arrival belongs, so each request is given its weight's share of them. */
ThrumShortfall thrum_run_get_shortfall (const ThrumRun *run, gint request);

/* Fills in end and seconds. Call it when the run has ended and its state is set. */
void thrum_run_note_end (ThrumRun *run);

/* Returns how long the run was after its warm-up, at most its duration. */
gdouble thrum_run_get_measured_seconds (const ThrumRun *run);

/* Returns the mean rate that the schedule asked for after the warm-up (open model); else 0. */
gdouble thrum_run_get_asked (const ThrumRun *run);

/* Returns the text of run.json. (transfer full) */
gchar *thrum_run_to_json (const ThrumRun *run);

/* Returns the summary for people, of at most THRUM_SUMMARY_WIDTH columns. @color: with ANSI
 * colours. (transfer full) */
gchar *thrum_run_to_text (const ThrumRun *run, gboolean color);

void thrum_run_free (ThrumRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRun, thrum_run_free)

G_END_DECLS
