/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "run/course/drain.h"

G_BEGIN_DECLS

/* The line that shows a run under way, on standard error: one line that updates on a terminal, a
 * line every 5 s elsewhere. Main thread. */
typedef struct _ThrumProgress ThrumProgress;

/* Updates itself on the default main context from now on. @drain and @load are borrowed until free. */
ThrumProgress *thrum_progress_new (ThrumDrain *drain, gint64 t0, const ThrumLoad *load);

/* Takes the line off the terminal, so that something else can be printed; the next update brings it
 * back. */
void thrum_progress_clear (ThrumProgress *progress);

void thrum_progress_free (ThrumProgress *progress);

/* One line's text: @width 0 is no limit; where it is too long the bar goes first, then its end. Pure,
 * for tests. (transfer full) */
typedef struct {
  gint64 elapsed_ns, duration_ns;
  gboolean is_open;
  guint64 users;     /* closed model */
  guint64 in_flight; /* open model */
  guint64 done, failures;
  gdouble rate;             /* requests/s since the last update */
  gdouble asked;            /* open model: arrivals/s, since then; 0: none */
  guint64 offered, dropped; /* open model: arrivals, and those of them never sent */
  gint64 p50_ns, p99_ns;    /* since the last update; -1: none ended */
} ThrumProgressState;

gchar *thrum_progress_format (const ThrumProgressState *state, guint width, gboolean with_bar);

G_END_DECLS
