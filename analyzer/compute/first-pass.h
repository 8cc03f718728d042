/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

#define THRUM_MAX_INTERVALS 10000

/* What an analysis works with, and what it was asked for. The first pass chooses @interval. Main
 * thread. */
typedef struct {
  ThrumScanFile *files; /* (unowned) */
  guint n_files;
  guint jobs;
  double asked;           /* s: the interval; 0: chosen */
  double apdex;           /* s; 0: not wanted */
  double planned;         /* s: how long requests were sent, from run.json; 0: unknown */
  gboolean whole_seconds; /* the instants of a file are whole seconds: nothing in time is finer */
  gint64 zero;            /* t0, units since 1970; G_MAXINT64: no file knows it */
  gboolean has_window;    /* what was done before or after the window is not part of the test */
  gint64 window_start;    /* since 1970, or since t0 if no file knows that */
  gint64 window_end;
  gboolean names_chosen; /* there are too many names: the most frequent were chosen */
  double interval;
  double span; /* s: the test's duration as far as it is known */
} ThrumScanPlan;

/* Sets the unit in which times are counted: 10^-@n_digits s. */
void thrum_scan_plan_set_unit (ThrumScanPlan *plan, ThrumAnalysis *self, guint n_digits);

/* Counts and sums all rows into @self's tally. Returns FALSE and @error if a file cannot be read,
 * or if the interval makes too many rows. */
gboolean thrum_first_pass (ThrumScanPlan *plan, ThrumAnalysis *self, GError **error);

/* Returns a width that makes some hundred intervals of @extent seconds, or fewer if there are few
 * rows. */
double thrum_interval_choose (double extent, guint64 n_rows);

G_END_DECLS
