/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/judge/verdict.h"

G_BEGIN_DECLS

/* What the rules of the verdict share; for its own files alone. Pure, as thrum_verdict_new () is. */
typedef struct {
  const ThrumVerdictFigures *figures;
  ThrumVerdict *verdict;
  guint64 n;                    /* requests that were judged */
  ThrumVerdictLevel part_level; /* of the brackets: what others explain is worth a note then */
} ThrumJudge;

/* So many requests must be beyond a limit before it is one: a few are chance. */
#define THRUM_VERDICT_DEGRADED_COUNT 5
#define THRUM_VERDICT_INVALID_COUNT 10

/* The share of seconds in which a worker may be as busy as it can be. */
#define THRUM_VERDICT_BUSY_SHARE 0.05

/* @text: (transfer full) */
void thrum_judge_add (ThrumJudge *judge, const gchar *signal, ThrumVerdictLevel level,
                      gdouble figure, gdouble limit, const gchar *unit, gchar *text);

/* The level of a share that @count of @n make, and the limit that it broke. */
ThrumVerdictLevel
thrum_judge_share (guint64 count, guint64 n, gdouble degraded, gdouble invalid, gdouble *limit);

/* Of the arrivals that were dropped, those for which thrum did not run: all if its CPU was used up, else
 * those that came while a worker stood still for longer than its slots could take them in. */
guint64 thrum_judge_count_missed_drops (const ThrumVerdictFigures *figures);

/* Whether the load was sent, and when: `bracket`; `achieved` of a rate, and `slots`; `achieved` of users. */
void thrum_judge_brackets (ThrumJudge *judge);
void thrum_judge_arrivals (ThrumJudge *judge);
void thrum_judge_kept (ThrumJudge *judge);

/* Whether the generator ran: `hiccups`, `stalled`, `cpu`, `run-delay`. After the brackets. */
void thrum_judge_stops (ThrumJudge *judge);

/* What is no fault, but must be known: `dropped`, `pacing`, `unfinished`. */
void thrum_judge_note_missing (ThrumJudge *judge);

/* A container's limit stops thrum as nothing else on the machine can: it is to be raised first. After all
 * that have a level. */
void thrum_judge_note_quota (ThrumJudge *judge);

G_END_DECLS
