/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/config.h"
#include "coordinator/drain.h"
#include "coordinator/percentile.h"
#include "coordinator/run-folder.h"
#include "coordinator/run-tally.h"
#include "coordinator/thresholds.h"
#include "coordinator/verdict.h"

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

/* What is known of a run: for run.json, the summary and the exit code. Main thread. */
typedef struct {
  const ThrumConfig *config;
  ThrumRunFolder *folder;
  ThrumRunState state;
  ThrumInstant start, end; /* t0 and when all had ended */
  gint64 stopped_at;       /* ns since t0, when the workers were told to end; 0: they were not */
  gdouble seconds;         /* from t0 to the end of the duration, or when it was cut short */
  ThrumRunTally *tally;
  ThrumOutcome *all; /* (nullable) until the drain has ended: the tally's requests in one */
  ThrumDrainCounters counters;
  guint64 lost;                    /* sent by workers that died, and never ended */
  guint64 spoilt;                  /* records that a wild write had hit */
  guint64 unwritten;               /* rows that the disk did not take */
  gboolean is_conserved;           /* the sums add up: see thrum_run_is_conserved () */
  gboolean slots_ran_short;        /* a worker could not make the sessions that arrivals needed */
  GPtrArray *problems;             /* gchar *: what went wrong, a line each */
  ThrumReasonList *reasons;        /* (nullable) until the drain has ended: why requests failed */
  GArray *thresholds;              /* ThrumThresholdResult */
  gboolean has_passed;             /* each of them did */
  GArray *workers;                 /* ThrumObserved, by worker */
  ThrumThresholdResult aborted_by; /* aborted: what the threshold's last window came to */
  gint64 aborted_at;               /* ns since t0 */
  ThrumVerdict *verdict;           /* (nullable) until it has been judged */
} ThrumRun;

/* offered = ok + failed + timed out + unfinished + lost + dropped, and each request that was sent
 * has one row, but for the lost. @warm_up rows count as what they are. */
gboolean thrum_run_is_conserved (const ThrumRun *run, guint64 rows);

/* Fills in run->thresholds and has_passed from the tally. */
void thrum_run_judge_thresholds (ThrumRun *run);

/* Whether requests were sent and not one got a reply: a run that failed whatever its thresholds on
 * times say. FALSE where a threshold on the failures of all requests is there to judge that. */
gboolean thrum_run_is_unanswered (const ThrumRun *run);
#define THRUM_RUN_UNANSWERED "no request got a reply"

/* Gives run->verdict, from the tally, the counters and the workers. */
void thrum_run_judge_generator (ThrumRun *run);

/* Response or service of @outcome, which is request @request's (-1: all), with what is missing of
 * it. Drops are not told apart by request: each request is thought to have its weight's share. */
ThrumSample thrum_run_get_response (const ThrumRun *run, gint request, const ThrumOutcome *outcome);
ThrumSample thrum_run_get_service (const ThrumRun *run, gint request, const ThrumOutcome *outcome);

/* Fills in end and seconds, now that it has ended as its state says. */
void thrum_run_note_end (ThrumRun *run);

/* How long the run was after its warm-up, at most its duration. */
gdouble thrum_run_get_measured_seconds (const ThrumRun *run);

/* The text of run.json. (transfer full) */
gchar *thrum_run_to_json (const ThrumRun *run);

/* The summary for people, of at most @width columns; @color: with ANSI colours. (transfer full) */
gchar *thrum_run_to_text (const ThrumRun *run, gboolean color);

void thrum_run_free (ThrumRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumRun, thrum_run_free)

G_END_DECLS
