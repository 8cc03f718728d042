/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/input/run-info.h"
#include "stats/bracket.h"

G_BEGIN_DECLS

/* What is asked of a test. */
typedef enum {
  THRUM_CHECK_LIMIT,    /* a threshold, or a --fail-if */
  THRUM_CHECK_COMPLETE, /* the run measured all that it was to */
  THRUM_CHECK_SERVICE,  /* something succeeded, and no limit ended the run */
  THRUM_CHECK_VERDICT   /* the generator was good enough */
} ThrumCheckKind;

/* Something that was to hold, and whether it does; of what is no limit, undecided is an error. */
typedef struct {
  ThrumCheckKind kind;
  char *name;    /* "p99 <= 250ms", "home: failures <= 1%" */
  char *message; /* what was measured */
  char *
      detail; /* (nullable) the same for programs: "value=0.0657 least=0.0626 most=0.0657 unit=s" */
  ThrumJudgement judgement;
} ThrumCheckResult;

/* Takes @name and @message. (transfer full) */
ThrumCheckResult *
thrum_check_result_new (ThrumCheckKind kind, char *name, char *message, ThrumJudgement judgement);
void thrum_check_result_free (gpointer result);

/* Whether people are to read of it: of what is no limit, only where it does not hold. */
gboolean thrum_check_result_is_worth_a_line (const ThrumCheckResult *self);

/* What the exit code of a run follows from beside its thresholds. */
typedef struct {
  const ThrumRunInfo *info; /* (nullable): then it is asked at most whether it is complete */
  const char *incomplete;   /* (nullable) why it is not all that was to be measured */
  gboolean has_success;     /* of any row, or there is none but for want of a local port */
  gboolean has_asked;       /* a threshold on anything but drops, which say nothing of replies */
  gboolean
      has_failures; /* a threshold on failures of all requests: that decides in place of success */
} ThrumChecked;

/* Appends ThrumCheckResult to @results: whether the run is complete; whether anything succeeded; whether
 * the verdict is good, where [load] on-invalid says that this matters. */
void thrum_checks_add_run (const ThrumChecked *checked, GPtrArray *results);

/* The exit code that @results come to: incomplete, failed, undecided (unless @on_invalid, nullable, is
 * "warn"), good, in this order. */
int thrum_checks_get_code (const GPtrArray *results, const char *on_invalid);

/* @results as JUnit XML, a test case each, of a test of @seconds. What is undecided is an error, or
 * skipped if @on_invalid is "warn". (transfer full) */
char *thrum_junit_to_xml (const char *suite, const GPtrArray *results, double seconds,
                          const char *on_invalid);

G_END_DECLS
