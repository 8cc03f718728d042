/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/analysis.h"

G_BEGIN_DECLS

#define THRUM_MAX_INTERVALS 10000

/* What an analysis works with and how it was asked for; @interval is chosen by the first pass. Main
 * thread. */
typedef struct {
  ThrumScanFile *files; /* (unowned) */
  guint n_files;
  guint jobs;
  double asked;           /* s: the interval; 0: chosen */
  double apdex;           /* s; 0: not wanted */
  double planned;         /* s: how long requests were sent, from run.json; 0: unknown */
  gboolean whole_seconds; /* of a file's instants: nothing in time is finer */
  gint64 zero;            /* t0, units since 1970; G_MAXINT64 where no file knows */
  gboolean has_window;    /* what was done before it, or behind it, is none of the test */
  gint64 window_start;    /* since 1970, or since t0 where no file knows */
  gint64 window_end;
  gboolean names_chosen; /* the most frequent, since there are too many */
  double interval;
  double span; /* s: the test's duration as far as it is known */
} ThrumScanPlan;

/* Sets what times are counted in: 10^-@n_digits s. */
void thrum_scan_plan_set_unit (ThrumScanPlan *plan, ThrumAnalysis *self, guint n_digits);

/* Counts and sums all rows into @self's tally. FALSE and @error where a file cannot be read or the
 * interval makes too many rows. */
gboolean thrum_first_pass (ThrumScanPlan *plan, ThrumAnalysis *self, GError **error);

/* The width that makes some hundred intervals of @extent seconds, fewer where there are few rows. */
double thrum_interval_choose (double extent, guint64 n_rows);

G_END_DECLS
