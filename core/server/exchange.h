/* SPDX-License-Identifier: MIT */
#pragma once

#include "server/loop.h"

G_BEGIN_DECLS

#define THRUM_NEVER_DUE G_MAXINT64

/* One request and the reply to it, from the request's head until the reply's last byte. */
struct _ThrumExchange {
  ThrumExchange *next;
  ThrumConnection *connection; /* NULL: it closed while this stood in the arrivals */
  ThrumServerReply reply;
  gint64 receive_ns, due_ns, send_ns, service_ns;
  gint64 next_ns;     /* when its next bytes may go out */
  gint64 pause_ns;    /* between head and body */
  guint64 end_offset; /* of the connection's output, once all its bytes were given out */
  gsize held_bytes;   /* of the request's body, for the reply */
  guint64 number;
  ThrumRouteKind kind;
  ThrumMethod method;
  ThrumFate fate;
  gboolean has_number;
  gboolean is_uncounted; /* 100 Continue, a refusal, /stats */
  gboolean is_filled;    /* all its bytes were given out */
  gboolean is_arriving;  /* stands in the loop's arrivals */
};

/* An empty one of @loop's. */
ThrumExchange *thrum_exchange_new (ThrumServerLoop *loop);
void thrum_exchange_free (ThrumServerLoop *loop, ThrumExchange *exchange);

/* A request's head: decides its fate, its service time and its reply. @closes: the connection ends
 * after it. */
ThrumExchange *
thrum_exchange_begin (ThrumServerLoop *loop, const ThrumRequestHead *head, gboolean closes);

/* More of its body. FALSE: it is to be echoed, and too large for that. */
gboolean thrum_exchange_add_body (ThrumExchange *exchange, ThrumSlice body);

/* Its last byte was received at @receive_ns, its @bytes in all: counts it, and sets next_ns, which
 * stays THRUM_NEVER_DUE for a hang, and for what the queue has to put in order first. */
void thrum_exchange_receive (ThrumServerLoop *loop, ThrumExchange *exchange, gint64 receive_ns,
                             guint64 bytes);

/* FIFO: gives the loop's arrivals their due times, in the order of receipt, and puts their
 * connections into its ready ones. */
void thrum_exchange_order_arrivals (ThrumServerLoop *loop);

typedef enum {
  THRUM_END_ANSWERED, /* its last byte was handed to the kernel */
  THRUM_END_RESET,    /* the connection was reset for it */
  THRUM_END_ABANDONED /* its connection is gone */
} ThrumEnd;

/* Counts its end, logs it, and frees it. */
void thrum_exchange_end (ThrumServerLoop *loop, ThrumExchange *exchange, ThrumEnd end);

G_END_DECLS
