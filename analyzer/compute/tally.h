/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/distribution.h"
#include "analyzer/read/reader.h"

G_BEGIN_DECLS

/* The first pass: everything that can be counted and summed, for each slice of time, for each
 * request, and in all. A slice is an interval or a fraction of one, and fine enough for batches of
 * slices to make some 20 parts.
 *
 * A latency is the time of a row that got a reply, timed out or was unfinished. A request that
 * never connected is a failure without a latency. */
#define THRUM_TALLY_STATUSES 1001 /* 0 .. 999, and all others */

typedef struct {
  guint64 n_rows;
  guint64 n_failures;
  guint64 n_intended; /* rows whose schedule began here */
  guint64 n_bytes;
  guint64 n_unanswered, unanswered_bytes; /* of these, rows that no rate counts */
  ThrumWide sum_all_rows;                 /* of the response times of every row */
  /* Of rows that ended in another slice than they began in: n_left_open began here and are open at
   * the slice's end; n_came_open were open at its start and ended here; time_more is the time that
   * both spent in this slice, less their part of sum_all_rows. */
  guint64 n_left_open, n_came_open;
  gint64 time_more;
  ThrumDistribution latency;
  guint32 *statuses; /* (owned) THRUM_TALLY_STATUSES of them */
  guint32 *kinds;    /* (owned) (nullable) of the pass's max_kinds */
} ThrumTallySlice;

/* Rows without a latency are counted apart from those with one, so that every row is counted
 * once. */
typedef struct {
  guint64 n_unconnected;
  ThrumWide sum_unconnected; /* of their response times */
  guint64 n_failures;        /* of either sort */
  guint64 n_bytes;
  guint64 n_unanswered;
  guint64 n_no_port; /* of the unconnected: the generator had no local port left */
  ThrumDistribution latency;
  ThrumDistribution failed;   /* the latencies of rows that failed */
  ThrumDistribution censored; /* the latencies of rows that timed out or were unfinished */
  ThrumDistribution less_lag; /* response - lag of the others */
} ThrumTallyRequest;

/* A row that a further pass may ask for, because its bucket is wider than a unit. */
typedef struct {
  gint64 response;
  gint64 service;
  gint64 lag;
  guint32 slice;
  guint16 request;
  guint16 kind;
} ThrumTallyKept;

/* What the states of a pass have in common. Immutable while the pass runs. */
typedef struct {
  gint64 slice_width; /* units */
  guint max_slices;   /* later rows count only in last_elapsed: choose wider slices */
  guint max_kinds;
  guint max_requests;
  gboolean has_service;
  gboolean has_request;
  gboolean has_lag;
  gboolean has_status;
  gint64
      first_elapsed; /* what was done before it or at or behind end_elapsed is far from the test */
  gint64 end_elapsed;
  gint64 answered_until; /* units: no rate counts what was done later */
  gint64 apdex;          /* units; 0: nobody asked */
  guint max_kept;        /* rows that a state may keep for further passes; 0: it keeps none */
  ThrumBucketShape shape;
} ThrumTallyPass;

typedef struct {
  const ThrumTallyPass *pass;
  ThrumTallySlice **slices;     /* max_slices of them, NULL where there is no row */
  guint n_slices;               /* one more than the last that is not NULL */
  ThrumTallyRequest **requests; /* max_requests of them, NULL where there is no row */
  ThrumTallySlice *stray; /* (nullable) rows that are far from the test in time: not in any slice */
  gint64 first_stray;     /* when they were done */
  gint64 last_stray;
  ThrumDistribution failed;   /* latencies of failed rows, in all */
  ThrumDistribution service;  /* of rows that have one */
  ThrumDistribution censored; /* response times of rows that were given up */
  ThrumDistribution less_lag; /* response - lag of the other rows; empty where requests have it */
  guint64 n_no_port;
  /* Every row in a bucket wider than a unit, so that further passes need not parse the files again.
   * NULL if they would be more than max_kept, or were not wanted. */
  GArray *kept;
  gint64 least_unconnected; /* response times of rows without a latency */
  gint64 most_unconnected;
  gint64 least_intended;
  gint64 last_elapsed;
  guint64 n_satisfied;  /* successes within the pass' apdex time */
  guint64 n_tolerating; /* successes within four of it, but not within one */
  guint64 n_beyond;     /* rows after the last possible slice */
  /* The slice at hand: rows come nearly in order, so the next row is mostly in it, too. */
  gint64 current_start;
  ThrumTallySlice *current;
} ThrumTally;

/* Count rows, as a ThrumScanConsumer: @pass is a ThrumTallyPass, and each state is a ThrumTally. */
gpointer thrum_tally_new (gpointer pass);
void thrum_tally_consume (gpointer tally, const ThrumRow *rows, guint n_rows);

/* Adds @other to @self, and frees @other. */
void thrum_tally_absorb (ThrumTally *self, ThrumTally *other);
void thrum_tally_free (ThrumTally *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumTally, thrum_tally_free)

G_END_DECLS
