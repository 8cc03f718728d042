/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "http-request.h"
#include "http-route.h"
#include "http-wire.h"
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
  gboolean reuses_sessions;     /* TLS's */
  guint max_redirects;          /* 0: a redirect is the reply */
  GProxyResolver *proxy;        /* (nullable): none, whatever the environment says */
  gchar *proxy_host;            /* (nullable) */
  gchar *proxy_authorization;   /* (nullable): what the proxy is told, and no other server */
  GTlsDatabase *trust;          /* by client_trust_new () */
  GTlsCertificate *certificate; /* (nullable): the client's, with its key */
  GPtrArray *sources;           /* GSocketAddress; local addresses that users take in turn */
  guint n_requests;
  ClientRoutes *routes;
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

/* Whether @message's body waits for a reply 100. */
gboolean client_message_expects_continue (SoupMessage *message);

/* Whether the reply to @message sends its client elsewhere. */
gboolean client_message_is_redirected (SoupMessage *message);

/* The message that follows @message's redirect, and in @keeps_body whether the request's body goes
 * with it. NULL with @problem set: its Location cannot be requested, or is another host's, which is
 * not to have the body. (transfer full) */
SoupMessage *client_message_new_redirected (const ClientRequest *request, SoupMessage *message,
                                            gboolean *keeps_body, ThrumFailure *problem);

/* How far a call had got with its connection when it failed. */
typedef enum { CLIENT_CONNECTED, CLIENT_CONNECTING, CLIENT_HANDSHAKING } ClientStage;

/* The token for what libsoup or GIO says of a failed call. */
ThrumFailure client_failure (const GError *error, ClientStage stage);

/* The cookies that a user was given; jar is NULL if it keeps none. */
typedef struct {
  SoupCookieJar *jar;
  GQueue by_age; /* SoupCookie, the jar's: what is to go first, first */
  guint n_too_long;
} ClientCookies;

void client_cookies_init (ClientCookies *cookies);
void client_cookies_clear (ClientCookies *cookies);
/* Drops what is too much; after each reply. */
void client_cookies_trim (ClientCookies *cookies);

/* Where the bodies of a session's replies are read to. */
typedef struct {
  GByteArray *kept;           /* the last body, if it was to be kept */
  GConverter *gzip, *deflate; /* (nullable): bodies are not unpacked */
  gchar *unpacked;            /* (nullable): a block for them */
} ClientBody;

void client_body_init (ClientBody *body, gboolean unpacks);
void client_body_clear (ClientBody *body);

/* Reads the body of @message, whose head came through @wire, from @stream to its end; keeps it in
 * @body if @keeps. Sets @received_bytes, unpacked if it unpacks, whatever came of it. */
ThrumFailure
client_body_read (ClientBody *body, ClientWire *wire, SoupMessage *message, GInputStream *stream,
                  GCancellable *cancellable, gboolean keeps, guint64 *received_bytes);

/* The authorities in @file (nullable) and, by OpenSSL's names, in @folders, ':' between them. NULL with
 * @error set: they can't be used. (transfer full) */
GTlsDatabase *client_authorities_new (const gchar *file, const gchar *folders, GError **error);

/* Whom to trust: the @authorities (nullable: the system's), or everybody. Unlike @authorities themselves it
 * costs a connection nothing. (transfer full) */
GTlsDatabase *client_trust_new (GTlsDatabase *authorities, gboolean trusts_all);

/* Before the first connection over TLS: has the whole process do without copies of authorities. */
void client_trust_prepare (void);

/* Whether the private key in one PEM file is that of the certificate in another; TRUE too if a file
 * cannot be read. */
gboolean client_key_fits (const gchar *certificate_path, const gchar *key_path);

extern const ThrumSessionOps client_session_ops;

G_END_DECLS
