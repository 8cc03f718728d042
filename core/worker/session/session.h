/* SPDX-License-Identifier: MIT */
#pragma once

#include "worker/lane/lane.h"

G_BEGIN_DECLS

/* One session with every target, which one thread uses. */
struct _ThrumSession {
  ThrumLane *lane;
  guint guard; /* its own at the watchdog */
  guint slot;  /* its own among the lane's places for open requests */
  guint64 user;
  gpointer *plugin; /* the plugins' own, by config->targets; (nullable): not open */
};

/* One request's way through the engine; instants in ns of the clock. */
typedef struct {
  guint64 number;    /* user (closed) or arrival (open) */
  guint64 iteration; /* the user's, or 0 */
  guint request;     /* index */
  gint64 intended;
  gint64 slot;
} ThrumTurn;

/* What became of it. */
typedef struct {
  gint64 sent;
  gint64 whole;    /* when its reply was whole, or it was given up */
  gint64 returned; /* when the session was free again */
  ThrumFailure failure;
  ThrumReply reply;
} ThrumSessionCall;

/* Opens and closes the plugins' sessions, on the thread that uses them. FALSE with @error set: one
 * could not be; close nevertheless. */
gboolean thrum_session_open (ThrumSession *session, GError **error);
void thrum_session_close (ThrumSession *session);

/* Sets @turn->request by the plan. */
void thrum_session_choose (const ThrumLane *lane, ThrumTurn *turn);

/* Does the request of @turn, which has begun. FALSE with @error set: we failed. */
gboolean thrum_session_call (ThrumSession *session, const ThrumTurn *turn, ThrumSessionCall *call,
                             GError **error);

/* Writes its record and counts it as ended. There is room in the ring, and nobody else writes to the
 * lane meanwhile. */
void thrum_session_record (const ThrumSession *session, const ThrumTurn *turn,
                           const ThrumSessionCall *call);

/* The instant after which nothing may be in flight. */
gint64 thrum_session_drain_end (const ThrumLane *lane);

G_END_DECLS
