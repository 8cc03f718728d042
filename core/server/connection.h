/* SPDX-License-Identifier: MIT */
#pragma once

#include "server/exchange.h"

G_BEGIN_DECLS

/* A connection; owned by its loop. */
struct _ThrumConnection {
  ThrumDue due; /* first, so that the heap's entries are connections */
  ThrumServerLoop *loop;
  ThrumConnection *previous, *next;
  int fd;
  ThrumTlsSession *tls; /* (nullable) */
  guint32 events;       /* that epoll watches */

  ThrumRequestParser parser;
  GByteArray *unparsed;   /* (nullable) */
  ThrumExchange *partial; /* its request is still being received */
  guint64 request_bytes;  /* received of that request */
  gint64 receive_ns;      /* of the bytes being parsed */
  gint64 active_ns;       /* when bytes last came or went, to a turn of the loop; 0: nobody asks */
  gboolean is_stamped;    /* ... as the kernel stamped them */
  guint64 n_requests;

  ThrumExchange *first, *last; /* replies in the order of requests */
  guint n_pending;
  gsize held_bytes;   /* by what is pending */
  GByteArray *unsent; /* (nullable): what the kernel did not take */
  guint unsent_at;
  guint64 generated, written; /* bytes of output */

  gboolean is_full;      /* has too many pending: reads no more for now */
  gboolean ends;         /* its last request was received */
  gboolean has_excess;   /* ... and bytes after it: closing must not reset the connection */
  gboolean is_lingering; /* all was sent; waits for the client to leave */
  gboolean is_closed;
  gboolean is_observer; /* asked for /stats only, and is not counted */
};

/* Takes over an accepted socket. */
void thrum_connection_new (ThrumServerLoop *loop, int fd);

/* epoll says so. It may close. */
void thrum_connection_on_events (ThrumConnection *connection, guint32 events);

/* Its heap entry is due. It may close. */
void thrum_connection_on_due (ThrumConnection *connection);

/* Sends what is due, plans the rest. It may close. */
void thrum_connection_pump (ThrumConnection *connection);

/* Reads what the client sent and takes the requests in it. It may close. */
void thrum_connection_read (ThrumConnection *connection);

/* Takes more requests, where there were too many. */
void thrum_connection_resume (ThrumConnection *connection);

/* Sends one buffer of replies that are due. TRUE: there may be more. It may close. */
gboolean thrum_connection_send (ThrumConnection *connection);

/* Ends it if the client has been idle since before @since_ns: it sent nothing, or does not read its
 * reply, and no reply is due to it. */
void thrum_connection_end_idle (ThrumConnection *connection, gint64 since_ns);

/* Has epoll watch for what the connection can use now. */
void thrum_connection_update_events (ThrumConnection *connection);

/* Ends it by a reset. */
void thrum_connection_reset (ThrumConnection *connection);

/* Ends it; what was unanswered counts as abandoned. It is freed at the end of the loop's turn. */
void thrum_connection_close (ThrumConnection *connection);
void thrum_connection_free (ThrumConnection *connection);

G_END_DECLS
