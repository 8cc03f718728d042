/* SPDX-License-Identifier: MIT */
#pragma once

#include <libsoup/soup.h>

#include "http-request.h"
#include "http-route.h"
#include "http-wire.h"
#include "thrum/plugin.h"

G_BEGIN_DECLS

/* What the sessions of a target share. Immutable while they run, except for what GLib locks
 * itself. */
typedef struct {
  const ThrumHost *host;
  HttpTarget http;
  gboolean makes_new_connections; /* one per request */
  gboolean is_verified;
  gboolean keeps_cookies;
  gboolean decompresses;
  gboolean reuses_sessions;     /* TLS's */
  guint max_redirects;          /* 0: a redirect is the reply */
  GProxyResolver *proxy;        /* (nullable): no proxy, whatever the environment says */
  gchar *proxy_host;            /* (nullable) */
  gchar *proxy_authorization;   /* (nullable): sent to the proxy, and to no other server */
  GTlsDatabase *trust;          /* by client_trust_new () */
  GTlsCertificate *certificate; /* (nullable): the client's, with its key */
  GPtrArray *sources;           /* GSocketAddress; local addresses that users take in turn */
  guint n_requests;
  ClientRoutes *routes;
} ClientTarget;

/* A request of a target, with what libsoup needs for it, made once. */
typedef struct {
  const ClientTarget *target;
  guint index; /* among the target's requests */
  HttpRequest http;
  GUri *uri;
  GBytes *body; /* (nullable) */
} ClientRequest;

/* Fills in @request from @values; @base is as in http_request_init (). */
gboolean client_request_init (ClientRequest *request, const ClientTarget *target,
                              const ClientRequest *base, const ThrumValues *values, GError **error);
void client_request_clear (ClientRequest *request);

/* Returns the message of @request without its body: the sender must give it the body each time it
 * sends. (transfer full) */
SoupMessage *client_message_new (const ClientRequest *request);

/* Reports whether @message's body waits for a reply 100. */
gboolean client_message_expects_continue (SoupMessage *message);

/* Reports whether the reply to @message is a redirect. */
gboolean client_message_is_redirected (SoupMessage *message);

/* Returns the message that follows @message's redirect. Sets @keeps_body if the request's body goes
 * with it. Returns NULL with @problem set if its Location cannot be requested, or is on another
 * host, which must not get the body. (transfer full) */
SoupMessage *client_message_new_redirected (const ClientRequest *request, SoupMessage *message,
                                            gboolean *keeps_body, ThrumFailure *problem);

/* How far a call was with its connection when it failed. */
typedef enum { CLIENT_CONNECTED, CLIENT_CONNECTING, CLIENT_HANDSHAKING } ClientStage;

/* Returns the token for the error that libsoup or GIO reports of a failed call. */
ThrumFailure client_failure (const GError *error, ClientStage stage);

/* The cookies that a user was given. jar is NULL if the user keeps none. */
typedef struct {
  SoupCookieJar *jar;
  GQueue by_age; /* SoupCookie, the jar's: what is to go first, first */
  guint n_too_long;
} ClientCookies;

void client_cookies_init (ClientCookies *cookies);
void client_cookies_clear (ClientCookies *cookies);
/* Drops the cookies that are too many or too long. Call it after each reply. */
void client_cookies_trim (ClientCookies *cookies);

/* Where the bodies of a session's replies are read to. */
typedef struct {
  GByteArray *kept;           /* the last body, if it was to be kept */
  GConverter *gzip, *deflate; /* (nullable): NULL: bodies are not unpacked */
  gchar *unpacked;            /* (nullable): a block for unpacked bytes */
} ClientBody;

void client_body_init (ClientBody *body, gboolean unpacks);
void client_body_clear (ClientBody *body);

/* Reads the body of @message, whose head came through @wire, from @stream to its end. Keeps it in
 * @body if @keeps. Sets @received_bytes in every case, counted after unpacking if it unpacks. */
ThrumFailure
client_body_read (ClientBody *body, ClientWire *wire, SoupMessage *message, GInputStream *stream,
                  GCancellable *cancellable, gboolean keeps, guint64 *received_bytes);

/* Returns the authorities in @file (nullable) and, by OpenSSL's names, in @folders, with ':'
 * between them. NULL with @error set if they cannot be used. (transfer full) */
GTlsDatabase *client_authorities_new (const gchar *file, const gchar *folders, GError **error);

/* Returns a database that trusts the @authorities (NULL: the system's), or everybody. Unlike
 * @authorities themselves, it costs a connection nothing. (transfer full) */
GTlsDatabase *client_trust_new (GTlsDatabase *authorities, gboolean trusts_all);

/* Makes the whole process do without copies of authorities. Call it before the first connection
 * over TLS. */
void client_trust_prepare (void);

/* Reports whether the private key in one PEM file belongs to the certificate in another; also TRUE
 * if a file cannot be read. */
gboolean client_key_fits (const gchar *certificate_path, const gchar *key_path);

extern const ThrumSessionOps client_session_ops;

G_END_DECLS
