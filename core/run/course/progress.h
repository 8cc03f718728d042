/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "run/course/drain.h"

G_BEGIN_DECLS

/* The line on standard error that shows how a run goes: one line that updates on a terminal, a
 * new line every 5 s elsewhere. Main thread. */
typedef struct _ThrumProgress ThrumProgress;

/* Starts the line. It updates itself on the default main context from now on. @drain and @load
 * are borrowed until free. */
ThrumProgress *thrum_progress_new (ThrumDrain *drain, gint64 t0, const ThrumLoad *load);

/* Removes the line from the terminal, so that something else can be printed. The next update
 * brings it back. */
void thrum_progress_clear (ThrumProgress *progress);

void thrum_progress_free (ThrumProgress *progress);

/* What a progress line shows. thrum_progress_format () returns its text, of at most @width
 * columns (0: no limit). Where the text is too long, the bar is dropped first, then the end of
 * the text. Pure, for tests. (transfer full) */
typedef struct {
  gint64 elapsed_ns, duration_ns;
  gboolean is_open;
  guint64 users;     /* closed model */
  guint64 in_flight; /* open model */
  guint64 done, failures;
  gdouble rate;             /* requests/s since the last update */
  gdouble asked;            /* open model: the arrivals/s that the plan asked for since then; 0:
                               none */
  guint64 offered, dropped; /* open model: the arrivals, and how many of them were never sent */
  gint64 p50_ns, p99_ns;    /* since the last update; -1: none ended */
} ThrumProgressState;

gchar *thrum_progress_format (const ThrumProgressState *state, guint width, gboolean with_bar);

G_END_DECLS
