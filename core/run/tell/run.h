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
  THRUM_RUN_INTERRUPTED, /* by a signal */
  THRUM_RUN_INCOMPLETE,  /* a worker died, or the disk took no more */
  THRUM_RUN_ABORTED      /* by a threshold that was breached for long enough */
} ThrumRunState;

/* An instant by both clocks. */
typedef struct {
  gint64 monotonic_ns, realtime_ns;
} ThrumInstant;

ThrumInstant thrum_instant_now (void);

/* What a run comes to: an exit code each. */
typedef enum {
  THRUM_RUN_IS_GOOD,
  THRUM_RUN_IS_BREACHED,  /* a threshold failed, or not one request succeeded */
  THRUM_RUN_IS_INVALID,   /* for the generator's sake nobody can say, as on-invalid has it */
  THRUM_RUN_IS_UNFINISHED /* part of it is missing */
} ThrumRunResult;

/* What is known of a run: for run.json, the summary and the exit code. Main thread. */
typedef struct {
  const ThrumConfig *config;
  JsonNode *calibration; /* (nullable): of this machine, which run.json cites; borrowed */
  ThrumRunFolder *folder;
  ThrumRunState state;
  ThrumInstant start, end; /* t0 and when all had ended */
  gint64 stopped_at;       /* ns since t0, when the workers were told to end; 0: they were not */
  gdouble seconds;         /* from t0 to the end of the duration, or when it was cut short */
  ThrumRunTally *tally;
  ThrumOutcome *all; /* (nullable) until the drain has ended: the tally's requests in one */
  ThrumDrainCounters counters;
  guint64 own_dropped;             /* of the arrivals dropped, those for lack of the generator */
  guint64 lost;                    /* sent by workers that died, and never ended */
  guint64 spoilt;                  /* records that a wild write had hit */
  guint64 unwritten;               /* rows that the disk did not take */
  gboolean is_conserved;           /* the sums add up: see thrum_run_is_conserved () */
  gboolean slots_ran_short;        /* a worker could not make the sessions that arrivals needed */
  GPtrArray *problems;             /* gchar *: what went wrong, a line each */
  ThrumReasonList *reasons;        /* (nullable) until the drain has ended: why requests failed */
  GArray *thresholds;              /* ThrumThresholdResult */
  GArray *workers;                 /* ThrumObserved, by worker */
  ThrumThresholdResult aborted_by; /* aborted: what the threshold's last window came to */
  gint64 aborted_at;               /* ns since t0 */
  ThrumVerdict *verdict;           /* (nullable) until it has been judged */
} ThrumRun;

/* offered = ok + failed + timed out + unfinished + lost + dropped, and each request that was sent
 * has one row, but for the lost. @warm_up rows count as what they are. */
gboolean thrum_run_is_conserved (const ThrumRun *run, guint64 rows);

/* Gives run->verdict and own_dropped, from the tally, the counters and the workers, and then
 * run->thresholds by them. */
void thrum_run_judge (ThrumRun *run);

/* Whether requests were sent and not one succeeded: a run that failed whatever its thresholds on times
 * say. FALSE where a threshold on the failures of all requests is there to judge that, and where it was
 * for want of a local port, which is not the service's doing. */
gboolean thrum_run_has_no_success (const ThrumRun *run);
#define THRUM_RUN_NO_SUCCESS "not one request succeeded"

/* What the judged @run comes to: the gravest first. */
ThrumRunResult thrum_run_get_result (const ThrumRun *run);

/* What is missing of request @request (-1: all). Drops are not told apart by request: each request is
 * thought to have its weight's share. */
ThrumShortfall thrum_run_get_shortfall (const ThrumRun *run, gint request);

/* Fills in end and seconds, now that it has ended as its state says. */
void thrum_run_note_end (ThrumRun *run);

/* How long the run was after its warm-up, at most its duration. */
gdouble thrum_run_get_measured_seconds (const ThrumRun *run);

/* Open model: the mean rate after the warm-up that the schedule asked for; else 0. */
gdouble thrum_run_get_asked (const ThrumRun *run);

/* The text of run.json. (transfer full) */
gchar *thrum_run_to_json (const ThrumRun *run);

/* The summary for people, of at most @width columns; @color: with ANSI colours. (transfer full) */
gchar *thrum_run_to_text (const ThrumRun *run, gboolean color);

void thrum_run_free (ThrumRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRun, thrum_run_free)

G_END_DECLS
