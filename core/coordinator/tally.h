/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "record/histogram.h"
#include "record/record.h"

G_BEGIN_DECLS

#define THRUM_TALLY_STATUSES 600

/* What became of a set of requests. Durations in histograms, ns. Requests intended before the
 * warm-up's end are in none of it but `warm_up`. */
typedef struct {
  guint64 rows;    /* all below but warm_up */
  guint64 warm_up; /* recorded, left out */
  guint64 ok;
  guint64 failed; /* but for the next two */
  guint64 timed_out;
  guint64 unfinished;
  guint64 failures[THRUM_N_FAILURES];
  guint64 statuses[THRUM_TALLY_STATUSES];
  GHashTable *other_statuses; /* GINT_TO_POINTER (status) -> count, as pointers */
  guint64 received_bytes, sent_bytes;
  ThrumHistogram *response; /* what got a reply, timed out or was unfinished: what a user waited */
  ThrumHistogram *service;  /* the same requests, from sent */
  ThrumHistogram *success;  /* response of the successes alone */
} ThrumOutcome;

/* A second of the run, by completion. */
typedef struct {
  guint64 done, failed;     /* rows whose elapsed is in this second */
  guint64 offered, dropped; /* arrivals in this second, as sampled */
  guint64 users;            /* at its end */
} ThrumSecond;

/* Everything counted of a run, from drained records. One writer (the drain thread) under a lock of
 * the drain's. */
typedef struct {
  guint n_requests;
  ThrumOutcome *requests;       /* by the config's requests */
  ThrumHistogram *lag;          /* sent - slot */
  ThrumHistogram *slot_wait;    /* slot - intended */
  ThrumHistogram *client_delay; /* read - done, of those with a kernel stamp */
  ThrumHistogram *window;       /* response since the last progress line */
  guint64 window_rows;
  guint64 unstamped; /* rows whose done is the program's clock */
  GArray *timeline;  /* ThrumSecond */
  gint64 t0;
} ThrumTally;

ThrumTally *thrum_tally_new (guint n_requests);
void thrum_tally_free (ThrumTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumTally, thrum_tally_free)

/* Counts one record, whose request and failure are in range. */
void thrum_tally_add (ThrumTally *tally, const ThrumRecord *record);

/* The second at @elapsed_ns, the timeline grown as needed. (transfer none) until the next call;
 * NULL beyond 48 hours. */
ThrumSecond *thrum_tally_get_second (ThrumTally *tally, gint64 elapsed_ns);

/* All requests' outcomes in one. (transfer full) */
ThrumOutcome *thrum_tally_sum (const ThrumTally *tally);
void thrum_outcome_free (ThrumOutcome *outcome);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumOutcome, thrum_outcome_free)

/* failed + timed out + unfinished. */
guint64 thrum_outcome_get_failures (const ThrumOutcome *outcome);

G_END_DECLS
