/* SPDX-License-Identifier: MIT */
#pragma once

#include "worker/lane/lane.h"

G_BEGIN_DECLS

/* The sessions of one user, one with every target. One thread uses them. */
struct _ThrumSession {
  ThrumLane *lane;
  guint guard; /* its guard at the watchdog */
  guint slot;  /* its place among the lane's places for open requests */
  guint64 user;
  gpointer *plugin; /* the plugins' sessions, by config->targets; (nullable): not open */
};

/* One request's way through the engine. Instants are in ns of the clock. */
typedef struct {
  guint64 number;    /* user (closed) or arrival (open) */
  guint64 iteration; /* counts the user's requests; 0 for an arrival */
  guint request;     /* index */
  gint64 intended;
  gint64 slot;
} ThrumTurn;

/* What became of a request. */
typedef struct {
  gint64 sent;
  gint64 whole;    /* when its reply was whole, or when it was given up */
  gint64 returned; /* when the session was free again */
  ThrumFailure failure;
  ThrumReply reply;
} ThrumSessionCall;

/* Opens and closes the plugins' sessions, on the thread that uses them. FALSE with @error set:
 * one could not be opened; call close even so. */
gboolean thrum_session_open (ThrumSession *session, GError **error);
void thrum_session_close (ThrumSession *session);

/* Sets @turn->request as the plan chooses. */
void thrum_session_choose (const ThrumLane *lane, ThrumTurn *turn);

/* Does the request of @turn, which has begun. FALSE with @error set: we failed, not the service. */
gboolean thrum_session_call (ThrumSession *session, const ThrumTurn *turn, ThrumSessionCall *call,
                             GError **error);

/* Writes the request's record and counts it as ended. The ring must have room, and nobody else
 * may write to the lane meanwhile. */
void thrum_session_record (const ThrumSession *session, const ThrumTurn *turn,
                           const ThrumSessionCall *call);

/* Returns the instant after which nothing may be in flight. */
gint64 thrum_session_drain_end (const ThrumLane *lane);

G_END_DECLS
