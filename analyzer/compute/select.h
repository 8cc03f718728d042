/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compute/distribution.h"
#include "analyzer/read/reader.h"

G_BEGIN_DECLS

/* The values among which a rank is counted. */
typedef enum {
  THRUM_SCOPE_TOTAL,      /* response times of all latency rows */
  THRUM_SCOPE_OK,         /* of successes */
  THRUM_SCOPE_SERVICE,    /* service times */
  THRUM_SCOPE_CERTAIN,    /* response times of requests that were not given up */
  THRUM_SCOPE_LESS_LAG,   /* response - lag of the same requests */
  THRUM_SCOPE_INTERVAL,   /* response times within interval INDEX */
  THRUM_SCOPE_REQUEST,    /* of request INDEX */
  THRUM_SCOPE_REQUEST_OK, /* successes of request INDEX */
  THRUM_SCOPE_REQUEST_CERTAIN,
  THRUM_SCOPE_REQUEST_LESS_LAG,
  THRUM_N_SCOPES
} ThrumScope;

/* The second pass of exact selection. Each query is a rank in a scope; the first pass has found the
 * bucket in which it lies. Every further pass over the rows counts what falls into the open buckets
 * at a finer width, until each is one unit wide. Any value below 2^23 units takes one pass, any
 * below 2^35 takes two. Memory is 16 KiB per bucket and thread, whatever the number of rows. */
typedef struct _ThrumSelection ThrumSelection;

ThrumSelection *thrum_selection_new (gint64 interval_width);
void thrum_selection_free (ThrumSelection *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumSelection, thrum_selection_free)

/* Asks for the value of rank @rank (1 .. n) in @distribution, which must be the scope's. Returns
 * the query's number. */
guint thrum_selection_ask (ThrumSelection *self, ThrumScope scope, guint index,
                           const ThrumDistribution *distribution, guint64 rank);

/* Asks for the values of @n ranks that ascend, faster than one by one. Returns the first query's
 * number; the numbers of the others follow it. */
guint
thrum_selection_ask_all (ThrumSelection *self, ThrumScope scope, guint index,
                         const ThrumDistribution *distribution, const guint64 *ranks, guint n);

/* Reports whether every query has its answer. If not, one more pass is needed: call prepare (),
 * hand the rows to states, then call advance (), which frees the states. */
gboolean thrum_selection_is_done (const ThrumSelection *self);
void thrum_selection_prepare (ThrumSelection *self);
gpointer thrum_selection_state_new (gpointer selection);
void thrum_selection_consume (gpointer state, const ThrumRow *rows, guint n_rows);
void thrum_selection_advance (ThrumSelection *self, gpointer *states, guint n_states);

/* Returns the answer, in units; 0 for a rank among no values. */
gint64 thrum_selection_get (const ThrumSelection *self, guint query);

G_END_DECLS
