/* SPDX-License-Identifier: MIT */
#pragma once

#include "server/request-parser.h"

G_BEGIN_DECLS

/* What a path asks for; the name is the one in /stats. */
#define THRUM_ROUTES(X)                                                                            \
  X (PLAIN, "plain", "/ANYTHING", "the reply that the options describe")                           \
  X (DELAY, "delay", "/delay/D", "after D (250ms) instead of the delay of the options")            \
  X (STATUS, "status", "/status/N", "with status N, 200 to 599")                                   \
  X (BYTES, "bytes", "/bytes/SIZE", "with a body of SIZE (1000, 64KiB)")                           \
  X (REDIRECT, "redirect", "/redirect/N", "302 to /redirect/N-1; /redirect/0 is 200")              \
  X (ECHO, "echo", "/echo", "the request itself: line, headers, empty line, decoded body")         \
  X (COOKIE, "cookie", "/cookie", "sets a cookie, new for who sends none; says what was sent")     \
  X (BASIC, "basic", "/basic/USER/PASS", "401 unless that is the Basic authorization")             \
  X (GZIP, "gzip", "/gzip/SIZE", "SIZE bytes in Content-Encoding: gzip")                           \
  X (CLOSE, "close", "/close", "then closes, as announced; /close/silent: unannounced")            \
  X (TRUNCATED, "truncated", "/truncated/SIZE", "promises SIZE bytes, sends half, closes")         \
  X (GARBAGE, "garbage", "/garbage", "bytes that are not HTTP, then closes")                       \
  X (RESET, "reset", "/reset", "no reply: the connection is reset")                                \
  X (HANG, "hang", "/hang", "no reply ever")                                                       \
  X (STATS, "stats", "/stats", "what was served so far, as JSON; at once and not counted itself")

typedef enum {
#define THRUM_ROUTE_ENUM(name, token, path, help) THRUM_ROUTE_##name,
  THRUM_ROUTES (THRUM_ROUTE_ENUM)
#undef THRUM_ROUTE_ENUM
      THRUM_N_ROUTES
} ThrumRouteKind;

/* What one request asks for, by its path, its query and its headers. */
typedef struct {
  ThrumRouteKind kind;
  ThrumSlice argument; /* of the target: what follows the path's first word and slash */
  gint64 delay_ns;     /* -1: as the options say */
  gint64 pause_ns;     /* between the reply's head and its body */
  gint64 body_bytes;   /* -1: as the options say */
  guint status;        /* 0: as the options say */
  guint redirects;     /* /redirect/N */
  gboolean is_chunked; /* asked for in the query */
  gboolean closes, is_silent_close;
  gboolean has_number;
  guint64 number; /* of the query's n or of X-Request-Number */
} ThrumRoute;

/* The name of @kind in /stats. */
const char *thrum_route_name (ThrumRouteKind kind);

/* Reads @head's target and headers. FALSE with @error set to a line for the client: a known path or
 * query key with an argument that it does not take. Unknown paths are plain; unknown query keys are
 * ignored. The query's keys (n, delay, pause, bytes, status, chunked, close) work on every path.
 * Any thread. */
gboolean thrum_route_parse (const ThrumRequestHead *head, ThrumRoute *route, GError **error);

G_END_DECLS
