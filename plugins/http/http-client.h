/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "http-request.h"
#include "thrum/plugin.h"

G_BEGIN_DECLS

/* What the sessions of a target share. Immutable while they run, but for what GLib locks itself. */
typedef struct {
  const ThrumHost *host;
  HttpTarget http;
  gboolean makes_new_connections; /* one per request */
  gboolean is_verified;
  gboolean keeps_cookies;
  gboolean decompresses;
  guint max_redirects;          /* 0: a redirect is the reply */
  GProxyResolver *proxy;        /* (nullable): none, whatever the environment says */
  GTlsDatabase *authorities;    /* (nullable): the system's */
  GTlsCertificate *certificate; /* (nullable): the client's, with its key */
  GPtrArray *sources;           /* GSocketAddress; local addresses that users take in turn */
  guint n_requests;
} ClientTarget;

/* A request of a target, with what libsoup wants of it made once. */
typedef struct {
  const ClientTarget *target;
  guint index; /* among the target's requests */
  HttpRequest http;
  GUri *uri;
  GBytes *body; /* (nullable) */
} ClientRequest;

/* Fills in @request from @values; @base as in http_request_init (). */
gboolean client_request_init (ClientRequest *request, const ClientTarget *target,
                              const ClientRequest *base, const ThrumValues *values, GError **error);
void client_request_clear (ClientRequest *request);

/* The message of @request, without its body: the body is the sender's to give anew each time it
 * sends. (transfer full) */
SoupMessage *client_message_new (const ClientRequest *request);

/* Whether the reply to @message sends its client elsewhere. */
gboolean client_message_is_redirected (SoupMessage *message);

/* The message that follows @message's redirect, and in @keeps_body whether the request's body goes
 * with it. NULL: its Location cannot be requested. (transfer full) */
SoupMessage *client_message_new_redirected (const ClientRequest *request, SoupMessage *message,
                                            gboolean *keeps_body);

/* How far a call had got with its connection when it failed. */
typedef enum { CLIENT_CONNECTED, CLIENT_CONNECTING, CLIENT_HANDSHAKING } ClientStage;

/* The token for what libsoup or GIO says of a failed call. */
ThrumFailure client_failure (const GError *error, ClientStage stage);

extern const ThrumSessionOps client_session_ops;

G_END_DECLS
