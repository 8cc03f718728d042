/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Hard limits of a request. Beyond them it is refused with the status in brackets. */
#define THRUM_REQUEST_MAX_METHOD 32               /* bytes (400) */
#define THRUM_REQUEST_MAX_LINE 8192               /* bytes of the request line (414) */
#define THRUM_REQUEST_MAX_HEAD 16384              /* bytes of line and headers; of trailers (431) */
#define THRUM_REQUEST_MAX_HEADERS 64              /* (431) */
#define THRUM_REQUEST_MAX_BODY ((guint64)1 << 30) /* bytes (413) */
#define THRUM_REQUEST_MAX_CHUNK_EXTENSIONS 4096   /* bytes in all of a request (400) */

/* Bytes of the caller's buffer; not NUL-terminated. */
typedef struct {
  const char *bytes;
  gsize length;
} ThrumSlice;

/* Whether @slice is @text, letters' case apart. */
gboolean thrum_slice_is (ThrumSlice slice, const char *text);

/* The head of a request. Slices point into the bytes given to the call that returned it. */
typedef struct {
  ThrumSlice method, target;
  guint minor_version; /* HTTP/1.0 or 1.1 */
  guint n_headers;
  struct {
    ThrumSlice name, value; /* value without blanks around it */
  } headers[THRUM_REQUEST_MAX_HEADERS];
  gboolean keep_alive;       /* the client lets the connection live on */
  gboolean expects_continue; /* it waits for 100 Continue before it sends the body */
  gboolean is_chunked;
  guint64 content_length; /* 0 without a body, and with a chunked one */
} ThrumRequestHead;

/* The value of header @name (any case), or one with NULL bytes. */
ThrumSlice thrum_request_head_find (const ThrumRequestHead *head, const char *name);

typedef enum {
  THRUM_REQUEST_MORE, /* nothing further is whole yet */
  THRUM_REQUEST_HEAD, /* @head is filled */
  THRUM_REQUEST_BODY, /* @body holds the next bytes of the body, decoded; at least one */
  THRUM_REQUEST_END,  /* the request is complete; the next call begins the next one */
  THRUM_REQUEST_BAD   /* not a request: see status and reason. Stays so */
} ThrumRequestEvent;

/* An incremental parser of the requests on one connection. Zero-initialized it is ready; it owns
 * no memory. One thread. */
typedef struct {
  guint state;
  gboolean skipped_blank_line;
  gsize seen; /* bytes of an unfinished head that hold no news */
  guint64 left, body;
  gsize line, extensions;
  guint status; /* after BAD: 400, 413, 414, 417, 431, 501 or 505 */
  const char *reason;
} ThrumRequestParser;

/* Looks for the next event in @length bytes that continue the connection's stream after what was
 * consumed so far. *@consumed, also with MORE, says how many the caller must drop; a head is
 * consumed only when whole, so the caller keeps an unfinished one (at most MAX_HEAD bytes and what
 * one read added) and calls again with it and more. The same events come whatever the splits,
 * except that a body may come in other pieces.
 *
 * Call until MORE or BAD. Pure: no I/O, no allocation. */
ThrumRequestEvent
thrum_request_parser_next (ThrumRequestParser *parser, const char *bytes, gsize length,
                           gsize *consumed, ThrumRequestHead *head, ThrumSlice *body);

G_END_DECLS
