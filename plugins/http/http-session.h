/* SPDX-License-Identifier: MIT */
#pragma once

#include "http-client.h"

G_BEGIN_DECLS

/* One virtual user: a SoupSession of its own under a main context of its own. It belongs to one
 * thread, except for the cancellable. */
typedef struct {
  const ClientTarget *target;
  const ThrumHost *host;
  GMainContext *context;
  SoupSession *soup;
  GCancellable *cancellable;
  GCancellable *cancelled; /* always cancelled: for operations that must not wait */
  GPtrArray *messages;     /* SoupMessage by the request's index, (nullable) elements */
  ClientBody body;
  ClientCookies cookies;
  ClientWire wire;
  GSocketAddress *source; /* (nullable): the target's, this user's local address */

  /* The call that is under way. */
  const ClientRequest *request;
  GBytes *sent_body; /* (nullable): what the current message sends; the request's */
  ThrumReply *reply;
  ClientStage stage;
  ClientRoute route;
  gboolean has_sent_body; /* of a message that expects a 100 */
  gchar *why;             /* (nullable): the last call's failure in GIO's words */
  GIOStream *shaking;     /* borrowed: what the last handshake was of */
  gboolean is_stale;      /* its libsoup session is to be renewed after the call */
} ClientSession;

/* Returns a libsoup session stripped down to what a load client needs. (transfer full) */
SoupSession *client_soup_new (ClientSession *session);

/* Replaces a libsoup session whose connections are of no more use. */
void client_soup_renew (ClientSession *session);

/* Lets libsoup do what it has put off. It runs libsoup's main context, which nothing else does:
 * libsoup then reads what has come on idle connections of HTTP/2, and closes them. */
void client_soup_turn (ClientSession *session);

/* Makes @message report to @session about its connection. */
void client_soup_watch (ClientSession *session, SoupMessage *message);

G_END_DECLS
