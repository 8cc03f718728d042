/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "thrum/plugin.h"

/* The meaning of the shared options, checked and ready to be sent. Needs no HTTP library. Like
 * GLib, it ends the process when memory runs out. */

/* Where requests go. Immutable once it is made. */
typedef struct {
  bool tls;
  char *host; /* a name in ASCII, IPv4, or IPv6 without brackets, with %ZONE if it has one */
  uint16_t port;
  char *authority;     /* for the Host header: HOST[:PORT], IPv6 in brackets; no default port */
  char *path;          /* path and query of the url, "/" at least */
  char *authorization; /* (nullable): "Basic ..." */
  char *user_agent;    /* (nullable) */
} HttpTarget;

/* Reads the shared rows of a target's @values. Returns false with @error set if they do not fit;
 * nothing must be cleared then. */
bool http_target_init (HttpTarget *target, const ThrumHost *host, const ThrumValues *values,
                       GError **error);
void http_target_clear (HttpTarget *target);

/* Returns "Basic ..." for a user without ':' and a password. Free it with free (). */
char *http_format_basic (const char *user, const char *password);

typedef struct {
  char *name, *value;
} HttpHeader;

/* One request, without what belongs to the connection: the sender adds Content-Length (or leaves it
 * out), the Connection header, and Host unless has_host. Immutable once it is made. */
typedef struct {
  char *method;
  char *path;          /* the request target: path and query, or "*" */
  HttpHeader *headers; /* in the order to be sent: User-Agent, Authorization, then the user's */
  size_t n_headers;
  bool has_host; /* one of the headers is Host */
  bool has_body; /* an empty body counts: `body =` */
  char *body;    /* (nullable): if has_body */
  size_t body_bytes;
  bool borrows_body; /* of `base`, or of whoever sends it */
} HttpRequest;

/* Reads the shared rows of a request's @values. @base (nullable) is the request that one call's
 * values were expanded from: it lends its body-file, and must outlive @request. Returns false with
 * @error set if the values do not fit; nothing must be cleared then. */
bool http_request_init (HttpRequest *request, const HttpTarget *target, const HttpRequest *base,
                        const ThrumHost *host, const ThrumValues *values, GError **error);
void http_request_clear (HttpRequest *request);

/* Makes @request use the copy of its body at @bytes, which must outlive it: one copy is enough. */
void http_request_move_body (HttpRequest *request, void *bytes);
