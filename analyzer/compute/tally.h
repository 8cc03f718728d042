/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/distribution.h"
#include "analyzer/read/reader.h"

G_BEGIN_DECLS

/* The first pass: everything that can be counted and summed, per slice of time, per request and in
 * all. A slice is an interval or a fraction of one, so fine that batches of them make some 20 parts.
 *
 * The population of a latency: rows that got a reply, timed out or were unfinished. What never
 * connected is a failure, not a latency. */
#define THRUM_TALLY_STATUSES 1001 /* 0 .. 999, and all others */

typedef struct {
  guint64 n_rows;
  guint64 n_failures;
  guint64 n_intended; /* rows whose schedule began here */
  guint64 n_bytes;
  guint64 n_unanswered, unanswered_bytes; /* of these, what is in no rate */
  ThrumWide sum_all_rows;                 /* of the response times of every row */
  /* Of rows that began in another slice than they ended in: how many of those that began here are open
   * at its end, how many that were open at its start ended here, and what the time that both were in it
   * is more than that is of sum_all_rows. */
  guint64 n_left_open, n_came_open;
  gint64 time_more;
  ThrumDistribution latency;
  guint32 *statuses; /* (owned) THRUM_TALLY_STATUSES of them */
  guint32 *kinds;    /* (owned) (nullable) of the pass's max_kinds */
} ThrumTallySlice;

/* Rows that are no latencies stand beside those that are: every row is counted once. */
typedef struct {
  guint64 n_unconnected;
  ThrumWide sum_unconnected; /* of their response times */
  guint64 n_failures;        /* of either sort */
  guint64 n_bytes;
  guint64 n_unanswered;
  guint64 n_no_port; /* of the unconnected: for lack of the generator's own ports */
  ThrumDistribution latency;
  ThrumDistribution failed;   /* the part of it that failed */
  ThrumDistribution censored; /* the part that was given up: it timed out or was unfinished */
  ThrumDistribution less_lag; /* response - lag of the others */
} ThrumTallyRequest;

/* A row that a further pass may ask for, since its bucket is wider than a unit. */
typedef struct {
  gint64 response;
  gint64 service;
  gint64 lag;
  guint32 slice;
  guint16 request;
  guint16 kind;
} ThrumTallyKept;

/* What a pass's states have in common. Immutable while it runs. */
typedef struct {
  gint64 slice_width; /* units */
  guint max_slices;   /* rows beyond go uncounted but for last_elapsed: choose wider slices */
  guint max_kinds;
  guint max_requests;
  gboolean has_service;
  gboolean has_request;
  gboolean has_lag;
  gboolean has_status;
  gint64
      first_elapsed; /* what was done before it or at or behind end_elapsed is far from the test */
  gint64 end_elapsed;
  gint64 answered_until; /* units: what was done later is no part of any rate */
  gint64 apdex;          /* units; 0: nobody asked */
  guint max_kept;        /* rows that a state may keep for further passes; 0: none */
  ThrumBucketShape shape;
} ThrumTallyPass;

typedef struct {
  const ThrumTallyPass *pass;
  ThrumTallySlice **slices;     /* max_slices of them, NULL where nothing is */
  guint n_slices;               /* one more than the last that is not NULL */
  ThrumTallyRequest **requests; /* max_requests of them, NULL where nothing is */
  ThrumTallySlice *stray; /* (nullable) rows that are far from the test in time: in no slice */
  gint64 first_stray;     /* when they were done */
  gint64 last_stray;
  ThrumDistribution failed;   /* latencies of failed rows, in all */
  ThrumDistribution service;  /* of rows that have one */
  ThrumDistribution censored; /* response times of those that were given up */
  ThrumDistribution less_lag; /* response - lag of the others; empty where requests have it */
  guint64 n_no_port;
  /* Every row in a bucket wider than a unit, so that further passes need not parse the files again;
   * NULL where they would be more than max_kept, or were not wanted. */
  GArray *kept;
  gint64 least_unconnected; /* response times that are no latencies */
  gint64 most_unconnected;
  gint64 least_intended;
  gint64 last_elapsed;
  guint64 n_satisfied;  /* successes within the pass' apdex time */
  guint64 n_tolerating; /* successes within four of it, but not within one */
  guint64 n_beyond;     /* rows behind the last possible slice */
  /* The slice at hand, since rows come nearly in order. */
  gint64 current_start;
  ThrumTallySlice *current;
} ThrumTally;

/* For ThrumScanConsumer: @pass is a ThrumTallyPass, the state a ThrumTally. */
gpointer thrum_tally_new (gpointer pass);
void thrum_tally_consume (gpointer tally, const ThrumRow *rows, guint n_rows);

/* Adds @other to @self and frees it. */
void thrum_tally_absorb (ThrumTally *self, ThrumTally *other);
void thrum_tally_free (ThrumTally *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumTally, thrum_tally_free)

G_END_DECLS
