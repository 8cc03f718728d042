/* SPDX-License-Identifier: MIT */
#pragma once

#include "server/route.h"

G_BEGIN_DECLS

typedef enum {
  THRUM_METHOD_GET,
  THRUM_METHOD_HEAD,
  THRUM_METHOD_POST,
  THRUM_METHOD_PUT,
  THRUM_METHOD_PATCH,
  THRUM_METHOD_DELETE,
  THRUM_METHOD_OPTIONS,
  THRUM_METHOD_OTHER,
  THRUM_N_METHODS
} ThrumMethod;

ThrumMethod thrum_method_of (ThrumSlice method);

/* Counts of one loop of the server, which alone writes them; others read at any time. Requests for
 * /stats, and connections while they ask for nothing else, are in none of them. Always
 * requests = answered + resets + hangs + abandoned + those pending. */
typedef struct {
  guint64 requests;  /* whole and well-formed */
  guint64 answered;  /* its reply was handed to the kernel whole */
  guint64 resets;    /* the connection was reset in place of a reply */
  guint64 hangs;     /* never to be answered */
  guint64 abandoned; /* the client left before its reply did */
  guint64 rejected;  /* not a request (400, 431, ...); not in requests */

  guint64 by_kind[THRUM_N_ROUTES];    /* of requests */
  guint64 by_method[THRUM_N_METHODS]; /* of requests */
  guint64 by_status[600];             /* of answered */

  guint64 request_bytes; /* heads and bodies of requests, as sent */
  guint64 reply_bytes;   /* heads and bodies of answered, as sent */
  guint64 body_bytes;    /* bodies of answered, without chunks' framing */

  guint64 cookies_set, cookies_returned; /* by /cookie */
  guint64 connections;                   /* accepted */
  guint64 closed_connections;
  guint64 accept_failures; /* no descriptor was free, ... */
  guint64 unstamped;       /* of requests: the kernel gave no receive stamp */
  guint64 out_of_order;    /* of requests: queued after one that the kernel received later */
} ThrumStatistics;

/* A relaxed addition by the only writer. */
static inline void
thrum_statistics_add (guint64 *counter, guint64 n)
{
  __atomic_store_n (counter, *counter + n, __ATOMIC_RELAXED);
}

/* Adds @from, read while its loop may run, to @to. */
void thrum_statistics_merge (ThrumStatistics *to, const ThrumStatistics *from);

/* One line of JSON with a newline, keys in a fixed order, zero entries of the by-tables left out.
 * (transfer full) */
char *thrum_statistics_to_json (const ThrumStatistics *statistics);

G_END_DECLS
