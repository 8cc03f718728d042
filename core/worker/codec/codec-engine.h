/* SPDX-License-Identifier: MIT
 *
 * What the parts of the codec engine share. All of it belongs to one lane, one thread.
 *
 *   codec-load        who wants to send, and when: users, arrivals
 *   codec-call        a call's life and its record
 *   codec-connection  a connection and its calls; codec-connect makes it, codec-receive takes what
 *                     comes on it, codec-decode turns that into events, codec-end ends it
 *   codec-engine      the loop that runs them
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
  gint64 free_at;    /* since when the user could have sent */
  gint64 back_off_ns;
  guint home;    /* the target's connection that is its own */
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
  guint64 id;           /* for the codec: sequence << 16 | slot in the connection; 0: not encoded */
  gint64 intended, slot, sent, first_byte;
  gint64 resolved, connected, secured;
  GByteArray *payload; /* (nullable): what a check will look at */
  ThrumCodecCall *next;
  guint place; /* its place among the lane's open requests */
  guint32 sent_bytes;
  guint16 request;
  guint8 resent;
  guint8 is_repeatable : 1;    /* the codec says that the call may be sent twice */
  guint8 no_reply : 1;         /* the call is done once the socket has taken its bytes */
  guint8 is_answered : 1;      /* some of its reply has come */
  guint8 first_byte_upper : 1; /* first_byte shares a read with what came before or after it */
  guint8 payload_too_large : 1;
  guint8 has_grace : 1;   /* its deadline passed while bytes for it were still unread */
  guint8 was_refused : 1; /* the codec was full; the call counts as taken when it is encoded */
};

typedef enum {
  THRUM_CONNECTION_CONNECTING,
  THRUM_CONNECTION_SECURING, /* in the TLS handshake */
  THRUM_CONNECTION_GREETING, /* waits for READY */
  THRUM_CONNECTION_OPEN,
  THRUM_CONNECTION_DEAD
} ThrumConnectionState;

typedef struct ThrumCodecTarget ThrumCodecTarget;

struct ThrumCodecConnection {
  ThrumIo io;
  ThrumCodecTarget *target;
  gpointer codec;
  ThrumTls *tls;
  ThrumTimer idle; /* the codec's silence; while connecting: when to try again, or another
                      address */
  ThrumConnectionState state;
  guint8 has_answered : 1;        /* it has carried a whole reply, so it was kept alive */
  guint8 was_reset : 1;           /* it ended by a reset, and no end of the stream came before */
  guint8 is_draining : 1;         /* takes no further calls */
  guint8 is_listed : 1;           /* in target->available */
  guint8 ends_after : 1;          /* both sides agreed to close it, now that its reply is here */
  guint8 server_ends : 1;         /* the server ended it */
  guint limit;                    /* how many calls it takes at a time */
  guint n_calls;                  /* calls it has taken, encoded or not */
  guint n_no_reply;               /* how many of these wait for a drained socket */
  guint home;                     /* closed model: its place in target->homes */
  guint address;                  /* the target's address that it tries */
  guint first_address;            /* the address that was tried first, for its calls */
  guint tries;                    /* how many more have been tried */
  gint error;                     /* (errno) the failure to report for those that failed; 0: none
                                     did */
  ThrumCodecConnection *rivals;   /* attempts at other addresses at the same time, without calls */
  ThrumCodecConnection *runs_for; /* (nullable): for such an attempt, the connection that has the
                                     calls */
  ThrumCodecConnection *rival;    /* for such an attempt: the next of runs_for->rivals */
  guint64 sequence;               /* of the last call encoded */
  gint64 connected_ns, secured_ns;
  gint64 last_byte_ns, last_read_ns; /* when the last bytes came, and were read */
  gboolean last_is_stamped;
  GByteArray *unconsumed;                 /* (nullable): bytes the codec wants to see again */
  ThrumCodecCall *waiting, **waiting_end; /* calls taken but not encoded */
  ThrumCodecUser *parked, **parked_end;   /* closed: users that find no room */
  ThrumCodecConnection *previous, *next;  /* in target->connections */
  ThrumCodecConnection *more, *less;      /* in target->available */
  ThrumCodecCall *calls[];                /* calls encoded; by the id's low 16 bits */
};

/* A target in this lane. */
struct ThrumCodecTarget {
  const ThrumCodecTransport *transport;
  const ThrumCodecOps *ops;
  gpointer plugin; /* the plugin's target */
  const gchar *name;
  ThrumCodecConnection **homes; /* closed: each serves calls_per_connection users; NULL: not made
                                   yet */
  guint n_homes;
  ThrumCodecConnection *available;   /* open: those with room, the most recently used first */
  ThrumCodecConnection *connections; /* all that are not dead */
  ThrumCodecConnection *spare;       /* memory to use again */
  guint working_address;             /* the last address that could be connected to: it is tried
                                        first */
  gboolean has_worked;               /* one address could be connected to */
  guint next_source;
  guint64 n_lost; /* how many the server closed that have not been replaced */
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
  gint64 offset_due; /* when to measure it again */
  ThrumCodecTarget *targets;
  ThrumCodecCall *spare_calls;
  guint n_calls;                        /* calls ever made: as many as were open at a time */
  ThrumCodecCall *resend, **resend_end; /* calls to be sent again on another connection */
  guint64 in_flight;
  guint64 n_connections;       /* connections ever made */
  ThrumCodecConnection *dirty; /* the one with bytes that are not flushed */
  ThrumOut plain;              /* what TLS has yet to encrypt */
  guint8 *clear;               /* what TLS has decrypted */
  gint64 paused_since;         /* since when the ring has had no room; 0: it has */
  gboolean is_ending;          /* nothing is sent any more, not even again */
  GError *error;               /* why we failed */

  /* Closed model. */
  ThrumCodecUser *users;
  guint64 n_users, n_through; /* how many users there are, and how many have finished */
  ThrumCodecUser *ready, **ready_end;

  /* Open model. */
  ThrumArrivalStream stream;
  ThrumCodecArrival next_arrival; /* intended THRUM_NEVER: no more will come */
  GArray *queue;                  /* ThrumCodecArrival: those that wait for a slot, from queue_at
                                     on */
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

/* Ends the engine, because we failed, with the first such error. @error: (transfer full). */
void thrum_codec_fail (ThrumCodecEngine *engine, GError *error);

/* Does what has come due. It is a ThrumLoopEvents.between. */
void thrum_codec_engine_between (gpointer engine);

/* ---- codec-load ---- */

void thrum_codec_load_init (ThrumCodecEngine *engine);
void thrum_codec_load_clear (ThrumCodecEngine *engine);

/* Begins the calls that are due, as far as the ring has room: up to a batch or, between the
 * events of two sockets, a few. */
void thrum_codec_load_run (ThrumCodecEngine *engine, gboolean between);
void thrum_codec_user_due (ThrumCodecEngine *engine, ThrumCodecUser *user);

/* Notes that @user's call has ended at @done. */
void thrum_codec_load_called (ThrumCodecEngine *engine, ThrumCodecUser *user, gint64 intended,
                              gint64 done, ThrumFailure failure);

/* Ends a call whose deadline has passed while it waits to be sent again. */
void thrum_codec_load_time_out (ThrumCodecEngine *engine, ThrumCodecCall *call);

/* Lets the users that waited for a connection try again. */
void
thrum_codec_load_unpark (ThrumCodecEngine *engine, ThrumCodecConnection *connection, guint n_users);

/* Return when the next arrival is due, whether something is ready to send, and whether all is
 * sent. */
gint64 thrum_codec_load_next (ThrumCodecEngine *engine);
gboolean thrum_codec_load_has_ready (const ThrumCodecEngine *engine);
gboolean thrum_codec_load_is_through (const ThrumCodecEngine *engine);

/* Drops the arrivals that still wait for a slot, and counts them. */
void thrum_codec_load_give_up (ThrumCodecEngine *engine);

/* ---- codec-call ---- */

/* Returns whether the ring has room for what is in flight and for one more. */
gboolean thrum_codec_call_has_room (ThrumCodecEngine *engine);

/* Makes a call, which @connection takes now. */
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

/* Writes the call's record and frees the call. It must have left its connection. */
void thrum_codec_call_end (ThrumCodecEngine *engine, ThrumCodecCall *call,
                           const ThrumCodecOutcome *outcome);

/* Ends a call that got no reply: now, and with @failure. */
void thrum_codec_call_fail (ThrumCodecEngine *engine, ThrumCodecCall *call, ThrumFailure failure);

/* Returns when its reply must have come, in ns of CLOCK_MONOTONIC. Its timer may be set to a
 * later time. */
gint64 thrum_codec_call_get_deadline (ThrumCodecEngine *engine, const ThrumCodecCall *call);

/* Keeps a slice of the call's reply. */
void thrum_codec_call_keep (ThrumCodecCall *call, gconstpointer bytes, gsize n_bytes);

/* ---- codec-connection ---- */

extern const ThrumLoopEvents thrum_codec_connection_events;

/* Makes a connection. It sends nothing before thrum_codec_connection_start (). */
ThrumCodecConnection *
thrum_codec_connection_new (ThrumCodecEngine *engine, ThrumCodecTarget *target, guint home);

/* Makes an attempt at another address for @leader, which has the calls. It takes none before it
 * has won. */
ThrumCodecConnection *
thrum_codec_connection_new_rival (ThrumCodecEngine *engine, ThrumCodecConnection *leader);

/* Gives @call to a connection that has room for it. The call is encoded at once, or as soon as
 * it can be. */
void thrum_codec_connection_take (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                                  ThrumCodecCall *call);

/* Sends what the calls have appended. */
void thrum_codec_connection_flush (ThrumCodecEngine *engine);

/* Handles a call's deadline, or a connection's silence, that has passed. */
void thrum_codec_connection_time_out (ThrumCodecEngine *engine, ThrumCodecCall *call);
void thrum_codec_connection_idle (ThrumCodecEngine *engine, ThrumCodecConnection *connection);

/* Ends the connection. Its calls fail with @failure, or are sent again on another connection
 * where that is right. */
void thrum_codec_connection_end (ThrumCodecEngine *engine, ThrumCodecConnection *connection,
                                 ThrumFailure failure);

static inline gboolean
thrum_codec_connection_has_room (const ThrumCodecConnection *connection)
{
  return connection->n_calls < connection->limit && !connection->is_draining
         && !connection->ends_after;
}

G_END_DECLS
