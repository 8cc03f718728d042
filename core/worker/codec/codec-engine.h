/* SPDX-License-Identifier: MIT
 *
 * What the parts of the codec engine know of each other. All of it belongs to one lane, one thread.
 *
 *   codec-load        who wants to send, and when: users, arrivals
 *   codec-call        a call's life and its record
 *   codec-connection  a connection and its calls; codec-connect makes it, codec-receive takes what
 *                     comes on it, codec-decode turns that into events, codec-end ends it
 *   codec-engine      the loop that turns them
 */
#pragma once

#include "base/clock.h"
#include "worker/codec/codec-shared.h"
#include "worker/loop/loop-timer.h"

G_BEGIN_DECLS

typedef struct ThrumCodecEngine ThrumCodecEngine;
typedef struct ThrumCodecConnection ThrumCodecConnection;
typedef struct ThrumCodecCall ThrumCodecCall;

enum { THRUM_TIMER_USER, THRUM_TIMER_CALL, THRUM_TIMER_CONNECTION };

/* A virtual user of the closed model. Between calls it waits in one place: its timer, the ready
 * list, or a connection's queue. */
typedef struct ThrumCodecUser ThrumCodecUser;
struct ThrumCodecUser {
  ThrumTimer timer;
  guint64 number;    /* over the whole test */
  guint64 iteration; /* calls begun */
  gint64 intended;   /* of the next call, CLOCK_MONOTONIC */
  gint64 free_at;    /* since when it could have sent */
  gint64 back_off_ns;
  guint home;    /* which of a target's connections is its own */
  guint request; /* of the next call */
  gboolean runs;
  ThrumCodecUser *next;
};

/* One call, from the moment a connection took it until its record is in the ring. */
struct ThrumCodecCall {
  ThrumTimer deadline;
  ThrumCodecConnection *connection;
  ThrumCodecUser *user; /* (nullable): open model */
  guint64 number;       /* of the user or arrival */
  guint64 id;           /* for the codec: sequence << 16 | slot of the connection; 0: not encoded */
  gint64 intended, slot, sent, first_byte;
  gint64 resolved, connected, secured;
  GByteArray *payload; /* (nullable): what a check will look at */
  ThrumCodecCall *next;
  guint place; /* of the lane's, for what is open */
  guint32 sent_bytes;
  guint16 request;
  guint8 resent;
  guint8 is_repeatable : 1;    /* the codec says that it may be sent twice */
  guint8 no_reply : 1;         /* done once the socket has taken its bytes */
  guint8 is_answered : 1;      /* some of its reply has come */
  guint8 first_byte_upper : 1; /* first_byte shares a read with what came before or after it */
  guint8 payload_too_large : 1;
  guint8 has_grace : 1;   /* its deadline passed while bytes for it lay unread */
  guint8 was_refused : 1; /* the codec was full: taken anew when it is encoded */
};

typedef enum {
  THRUM_CONNECTION_CONNECTING,
  THRUM_CONNECTION_SECURING, /* the TLS handshake */
  THRUM_CONNECTION_GREETING, /* awaits READY */
  THRUM_CONNECTION_OPEN,
  THRUM_CONNECTION_DEAD
} ThrumConnectionState;

typedef struct ThrumCodecTarget ThrumCodecTarget;

struct ThrumCodecConnection {
  ThrumIo io;
  ThrumCodecTarget *target;
  gpointer codec;
  ThrumTls *tls;
  ThrumTimer idle; /* the codec's silence; while connecting: to try again, or another address */
  ThrumConnectionState state;
  guint8 has_answered : 1;        /* it has carried a whole reply: kept alive */
  guint8 was_reset : 1;           /* by a reset that no end of the stream came before */
  guint8 is_draining : 1;         /* takes no further calls */
  guint8 is_listed : 1;           /* in target->available */
  guint8 ends_after : 1;          /* agreed to close, now that its reply is here */
  guint8 server_ends : 1;         /* it was the server who ended it */
  guint limit;                    /* calls at a time */
  guint n_calls;                  /* taken, encoded or not */
  guint n_no_reply;               /* of them, those that await a drained socket */
  guint home;                     /* closed model: its place in target->homes */
  guint address;                  /* which of the target's it tries */
  guint first_address;            /* which was tried first, for its calls */
  guint tries;                    /* how many more have been tried */
  gint error;                     /* (errno) what to tell of those that failed; 0: none did */
  ThrumCodecConnection *rivals;   /* attempts at other addresses, meanwhile, without calls */
  ThrumCodecConnection *runs_for; /* (nullable) such an attempt: who has the calls */
  ThrumCodecConnection *rival;    /* such an attempt: the next of runs_for->rivals */
  guint64 sequence;               /* of the last call encoded */
  gint64 connected_ns, secured_ns;
  gint64 last_byte_ns, last_read_ns; /* when the last bytes came, and were read */
  gboolean last_is_stamped;
  GByteArray *unconsumed;                 /* (nullable): bytes the codec wants to see again */
  ThrumCodecCall *waiting, **waiting_end; /* taken, not encoded */
  ThrumCodecUser *parked, **parked_end;   /* closed: users who find no room */
  ThrumCodecConnection *previous, *next;  /* in target->connections */
  ThrumCodecConnection *more, *less;      /* in target->available */
  ThrumCodecCall *calls[];                /* encoded; by the id's low 16 bits */
};

/* A target in this lane. */
struct ThrumCodecTarget {
  const ThrumCodecTransport *transport;
  const ThrumCodecOps *ops;
  gpointer plugin; /* the plugin's target */
  const gchar *name;
  ThrumCodecConnection **homes; /* closed: each serves calls_per_connection users; NULL: to make */
  guint n_homes;
  ThrumCodecConnection *available;   /* open: with room, the most recently used first */
  ThrumCodecConnection *connections; /* all that are not dead */
  ThrumCodecConnection *spare;       /* memory to use anew */
  guint working_address;             /* the last that could be connected to: tried first */
  gboolean has_worked;               /* one could */
  guint next_source;
  guint64 n_lost; /* closed by the server and not yet replaced */
  ThrumTlsCache sessions;
};

typedef struct {
  gint64 intended;
  guint64 number;
} ThrumCodecArrival;

struct ThrumCodecEngine {
  ThrumLane *lane;
  ThrumLaneCounters *counters;
  const ThrumConfig *config;
  const ThrumLoad *load;
  ThrumLoop *loop;
  ThrumTimers timers;
  gint64 t0;
  gint64 now;        /* the latest clock reading */
  gint64 offset;     /* CLOCK_REALTIME - CLOCK_MONOTONIC */
  gint64 offset_due; /* when to take it anew */
  ThrumCodecTarget *targets;
  ThrumCodecCall *spare_calls;
  guint n_calls;                        /* ever made: as many as were open at a time */
  ThrumCodecCall *resend, **resend_end; /* to be sent again on another connection */
  guint64 in_flight;
  guint64 n_connections;       /* ever made */
  ThrumCodecConnection *dirty; /* has bytes that are not flushed */
  ThrumOut plain;              /* what TLS has yet to encrypt */
  guint8 *clear;               /* what TLS has decrypted */
  gint64 paused_since;         /* the ring has no room; 0: it has */
  gboolean is_ending;          /* nothing is sent any more, nor again */
  GError *error;               /* we failed */

  /* closed */
  ThrumCodecUser *users;
  guint64 n_users, n_through; /* through: send no more */
  ThrumCodecUser *ready, **ready_end;

  /* open */
  ThrumArrivalStream stream;
  ThrumCodecArrival next_arrival; /* intended THRUM_NEVER: no more will come */
  GArray *queue;                  /* ThrumCodecArrival: wait for a slot, from queue_at on */
  guint queue_at;
  guint64 max_in_flight;
  gint64 slot_free_at; /* when a slot last became free */
};

static inline gint64
thrum_codec_now (ThrumCodecEngine *engine)
{
  return engine->now = thrum_clock_now ();
}

/* ---- codec-engine ---- */

/* We failed: the engine ends with the first such error. @error: (transfer full). */
void thrum_codec_fail (ThrumCodecEngine *engine, GError *error);

/* Does what has come due; a ThrumLoopEvents.between. */
void thrum_codec_engine_between (gpointer engine);

/* ---- codec-load ---- */

void thrum_codec_load_init (ThrumCodecEngine *engine);
void thrum_codec_load_clear (ThrumCodecEngine *engine);

/* Begins what is due, as far as the ring has room: up to a batch, or, between two sockets' events,
 * a few. */
void thrum_codec_load_run (ThrumCodecEngine *engine, gboolean between);
void thrum_codec_user_due (ThrumCodecEngine *engine, ThrumCodecUser *user);

/* Its call has ended at @done. */
void thrum_codec_load_called (ThrumCodecEngine *engine, ThrumCodecUser *user, gint64 intended,
                              gint64 done, ThrumFailure failure);

/* A call's deadline has passed while it waits to be sent again. */
void thrum_codec_load_time_out (ThrumCodecEngine *engine, ThrumCodecCall *call);

/* Users who waited for a connection may try again. */
void
thrum_codec_load_unpark (ThrumCodecEngine *engine, ThrumCodecConnection *connection, guint n_users);

/* Instants: when the next arrival is due; whether all is sent. */
gint64 thrum_codec_load_next (ThrumCodecEngine *engine);
gboolean thrum_codec_load_has_ready (const ThrumCodecEngine *engine);
gboolean thrum_codec_load_is_through (const ThrumCodecEngine *engine);

/* Drops, and counts, the arrivals that still wait for a slot. */
void thrum_codec_load_give_up (ThrumCodecEngine *engine);

/* ---- codec-call ---- */

/* The ring has room for what is in flight and one more. */
gboolean thrum_codec_call_has_room (ThrumCodecEngine *engine);

/* A new call, taken by @connection now. */
ThrumCodecCall *
thrum_codec_call_begin (ThrumCodecEngine *engine, ThrumCodecConnection *connection, guint request,
                        ThrumCodecUser *user, guint64 number, gint64 intended, gint64 slot);

typedef struct {
  gint32 status;
  ThrumFailure failure;
  guint64 bytes;
  gint64 done, read;
  gboolean is_stamped;
} ThrumCodecOutcome;

/* Writes its record and lets go of it; the call must have left its connection. */
void thrum_codec_call_end (ThrumCodecEngine *engine, ThrumCodecCall *call,
                           const ThrumCodecOutcome *outcome);

/* The same, for a call that got no reply: now, with @failure. */
void thrum_codec_call_fail (ThrumCodecEngine *engine, ThrumCodecCall *call, ThrumFailure failure);

/* When its reply must have come, CLOCK_MONOTONIC ns; its timer may be set to a later time. */
gint64 thrum_codec_call_get_deadline (ThrumCodecEngine *engine, const ThrumCodecCall *call);

/* Keeps a slice of its reply. */
void thrum_codec_call_keep (ThrumCodecCall *call, gconstpointer bytes, gsize n_bytes);

/* ---- codec-connection ---- */

extern const ThrumLoopEvents thrum_codec_connection_events;

/* A connection in the making; nothing is sent before begin (). */
ThrumCodecConnection *
thrum_codec_connection_new (ThrumCodecEngine *engine, ThrumCodecTarget *target, guint home);

/* An attempt at another address for @leader, which has the calls: takes none before it is the one. */
ThrumCodecConnection *
thrum_codec_connection_new_rival (ThrumCodecEngine *engine, ThrumCodecConnection *leader);

/* @call, which it has room for, is its own from now on: encoded at once or when it can be. */
void thrum_codec_connection_take (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                                  ThrumCodecCall *call);

/* Sends what calls have appended. */
void thrum_codec_connection_flush (ThrumCodecEngine *engine);

/* A call's deadline, or a connection's silence, has passed. */
void thrum_codec_connection_time_out (ThrumCodecEngine *engine, ThrumCodecCall *call);
void thrum_codec_connection_idle (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Ends it; its calls fail with @failure, or are sent again elsewhere where that is right. */
void thrum_codec_connection_end (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                                 ThrumFailure failure);

static inline gboolean
thrum_codec_connection_has_room (const ThrumCodecConnection *connection)
{
  return connection->n_calls < connection->limit && !connection->is_draining
         && !connection->ends_after;
}

G_END_DECLS
