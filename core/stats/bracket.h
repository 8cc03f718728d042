/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A number of a run, as far as it is known: what the service did lies between the two ends. What
 * the generator did itself makes them differ. In the number's own unit (ns, a ratio,
 * requests/s). Passed by value. */
typedef struct {
  gdouble least, most; /* least <= most; `most` is HUGE_VAL where nobody knows */
} ThrumBracket;

/* What a threshold comes to. */
typedef enum {
  THRUM_JUDGEMENT_PASSED,   /* the service kept the limit */
  THRUM_JUDGEMENT_FAILED,   /* the service broke the limit */
  THRUM_JUDGEMENT_UNDECIDED /* the generator's own part hides which of the two it was */
} ThrumJudgement;

/* Judges @bracket by @limit, which is the least allowed value if @is_floor (a rate), else the
 * most.
 *
 * The threshold passed if the worse end of the bracket keeps the limit, however the run went. It
 * failed if the better end breaks the limit and the run @is_trusted, that is, the generator did
 * not change how much load was offered or when (the verdict's signals `achieved` and `stalled`
 * are not INVALID). Otherwise it is undecided. Pure; any thread.
 *
 * Example: a p99 of 40 to 60 ms keeps 60 ms, breaks 39 ms, and leaves 50 ms undecided. */
ThrumJudgement
thrum_bracket_judge (ThrumBracket bracket, gdouble limit, gboolean is_floor, gboolean is_trusted);

/* Returns "passed", "failed" or "undecided". Static. */
const gchar *thrum_judgement_name (ThrumJudgement judgement);

G_END_DECLS
