/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/judge/verdict.h"

G_BEGIN_DECLS

/* What the rules of the verdict share. For the verdict's own files alone. Pure, as
 * thrum_verdict_new () is. */
typedef struct {
  const ThrumVerdictFigures *figures;
  ThrumVerdict *verdict;
  guint64 n;                    /* how many requests were judged */
  ThrumVerdictLevel part_level; /* the level that the brackets gave: from it depends whether
                                   others add notes */
} ThrumJudge;

/* The least number of requests beyond a limit that counts: fewer may be chance. */
#define THRUM_VERDICT_DEGRADED_COUNT 5
#define THRUM_VERDICT_INVALID_COUNT 10

/* The share of seconds in which a worker may be as busy as it can be. */
#define THRUM_VERDICT_BUSY_SHARE 0.05

/* Adds a reason. @text: (transfer full) */
void thrum_judge_add (ThrumJudge *judge, const gchar *signal, ThrumVerdictLevel level,
                      gdouble figure, gdouble limit, const gchar *unit, gchar *text);

/* Returns the level of a share of @count in @n, and sets the limit that the share broke. */
ThrumVerdictLevel
thrum_judge_share (guint64 count, guint64 n, gdouble degraded, gdouble invalid, gdouble *limit);

/* Returns how many of the dropped arrivals were dropped because thrum did not run. If its CPU
 * was used up, that is all of them. Otherwise it is those that came while a worker stood still
 * for longer than its slots could take them in. */
guint64 thrum_judge_count_missed_drops (const ThrumVerdictFigures *figures);

/* Judges whether the load was sent, and when: signals `bracket`; `achieved` for a rate, and
 * `slots`; `achieved` for users. */
void thrum_judge_brackets (ThrumJudge *judge);
void thrum_judge_arrivals (ThrumJudge *judge);
void thrum_judge_kept (ThrumJudge *judge);

/* Judges whether the generator ran: signals `hiccups`, `stalled`, `cpu` and `run-delay`. Call it
 * after the brackets. */
void thrum_judge_stops (ThrumJudge *judge);

/* Notes what is not a fault but must be known: signals `dropped`, `pacing` and `unfinished`. */
void thrum_judge_note_missing (ThrumJudge *judge);

/* Notes a container's limit. It stops thrum as nothing else on the machine can, so it must be
 * raised first. Call it after everything that sets a level. */
void thrum_judge_note_quota (ThrumJudge *judge);

G_END_DECLS
