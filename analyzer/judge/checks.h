/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/input/run-info.h"
#include "stats/bracket.h"

G_BEGIN_DECLS

/* The kinds of condition that a test must meet. */
typedef enum {
  THRUM_CHECK_LIMIT,    /* a threshold, or a --fail-if */
  THRUM_CHECK_COMPLETE, /* the run measured everything that it was to measure */
  THRUM_CHECK_SERVICE,  /* something succeeded, and no limit ended the run */
  THRUM_CHECK_VERDICT   /* the generator was good enough */
} ThrumCheckKind;

/* A condition and whether it holds. Undecided is an error unless the condition is a limit. */
typedef struct {
  ThrumCheckKind kind;
  char *name;    /* "p99 <= 250ms", "home: failures <= 1%" */
  char *message; /* what was measured */
  char *detail;  /* (nullable) for programs: "value=0.0657 least=0.0626 most=0.0657 unit=s" */
  ThrumJudgement judgement;
} ThrumCheckResult;

/* Returns a new result, which takes @name and @message. (transfer full) */
ThrumCheckResult *
thrum_check_result_new (ThrumCheckKind kind, char *name, char *message, ThrumJudgement judgement);
void thrum_check_result_free (gpointer result);

/* Reports whether people should read it. A result that is not a limit is shown only if it does not
 * hold. */
gboolean thrum_check_result_is_worth_a_line (const ThrumCheckResult *self);

/* What a run's exit code follows from, besides its thresholds. */
typedef struct {
  const ThrumRunInfo *info; /* (nullable): NULL: only completeness is checked */
  const char *incomplete;   /* (nullable) why not everything was measured that was to be */
  gboolean has_success;     /* a row succeeded, or all failed for want of a local port */
  gboolean has_asked; /* a threshold is on something besides drops, which say nothing of replies */
  gboolean has_failures; /* a threshold on all failures decides in place of success */
} ThrumChecked;

/* Appends ThrumCheckResult to @results: whether the run is complete; whether anything succeeded;
 * and, if [load] on-invalid makes it matter, whether the verdict is good. */
void thrum_checks_add_run (const ThrumChecked *checked, GPtrArray *results);

/* Returns the exit code for @results. The first that applies counts: incomplete, failed, undecided
 * (unless @on_invalid, nullable, is "warn"), good. */
int thrum_checks_get_code (const GPtrArray *results, const char *on_invalid);

/* Returns @results as JUnit XML, one test case each, of a test that took @seconds. An undecided
 * result is an error, or skipped if @on_invalid is "warn". (transfer full) */
char *thrum_junit_to_xml (const char *suite, const GPtrArray *results, double seconds,
                          const char *on_invalid);

G_END_DECLS
