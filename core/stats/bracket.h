/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A number of a run as far as it is known: what the service did lies between the two ends. They differ
 * by what the generator did itself. In the number's own unit (ns, a ratio, requests/s); by value. */
typedef struct {
  gdouble least, most; /* least <= most; `most` is HUGE_VAL where nobody knows */
} ThrumBracket;

/* What a threshold comes to. */
typedef enum {
  THRUM_JUDGEMENT_PASSED,   /* the service kept the limit */
  THRUM_JUDGEMENT_FAILED,   /* the service broke the limit */
  THRUM_JUDGEMENT_UNDECIDED /* what the generator did itself hides which of the two it was */
} ThrumJudgement;

/* Judges @bracket by @limit, which is the least allowed value if @is_floor (a rate), else the most. It
 * passed if its worse end keeps the limit, however the run went. It failed if its better end breaks it
 * and the run @is_trusted: neither the load that was offered nor when it was is the generator's doing
 * (the verdict's signals `achieved` and `stalled` are not INVALID). Pure; any thread.
 *
 * Example: a p99 of 40 to 60 ms keeps 60 ms, breaks 39 ms, and leaves 50 ms undecided. */
ThrumJudgement
thrum_bracket_judge (ThrumBracket bracket, gdouble limit, gboolean is_floor, gboolean is_trusted);

/* "passed", "failed", "undecided". Static. */
const gchar *thrum_judgement_name (ThrumJudgement judgement);

G_END_DECLS
