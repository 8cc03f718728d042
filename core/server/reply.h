/* SPDX-License-Identifier: MIT */
#pragma once

#include "server/route.h"

G_BEGIN_DECLS

/* What every reply has in common; immutable, any thread. */
typedef struct {
  gint64 body_bytes;
  gboolean is_chunked;
  GHashTable *redirects; /* path -> Location, (nullable) (unowned) */
  char *plain;           /* the plain reply, head and body; NULL: to be made each time */
  gsize plain_length;
} ThrumReplyStyle;

void thrum_server_reply_style_init (ThrumReplyStyle *style, gint64 body_bytes, gboolean is_chunked,
                                    GHashTable *redirects);
void thrum_server_reply_style_clear (ThrumReplyStyle *style);

typedef enum { THRUM_COOKIE_NONE, THRUM_COOKIE_SET, THRUM_COOKIE_RETURNED } ThrumCookie;

/* A reply, from what it says to the bytes still to be sent. Zero-initialized it is empty. One
 * thread. */
typedef struct {
  guint status; /* 0: none, the bytes are no HTTP reply */
  guint minor_version;
  gboolean is_head; /* no body is sent, only described */
  gboolean is_chunked, is_truncated;
  gboolean closes;     /* the connection ends after it */
  gboolean is_silent;  /* ... which its head does not say */
  gboolean is_held;    /* stop after the head until thrum_server_reply_release () */
  ThrumCookie cookie;  /* what /cookie did */
  guint64 body_bytes;  /* of the body, that will be sent */
  guint64 total_bytes; /* on the wire, sent so far */
  GString *headers;    /* further header lines, (nullable) (owned) */
  GString *body;       /* (nullable) (owned): else the pattern */
  guint64 body_length; /* as described, where it is the pattern */

  const char *text; /* what goes out before the next of the body */
  gsize text_left;
  char *owned; /* (nullable): holds text */
  char frame[24];
  guint64 body_at, chunk_end;
  gsize chunk_bytes;
} ThrumServerReply;

/* At a request's head: decides on the reply. @error_status, unless 0, takes the place of the
 * status. @closes: the connection will end, and the head says so. @visitor is the value of a cookie
 * that /cookie may set. */
void thrum_server_reply_begin (ThrumServerReply *reply, const ThrumReplyStyle *style,
                               const ThrumRequestHead *head, const ThrumRoute *route,
                               guint error_status, gboolean closes, guint64 visitor);

/* A refusal with @text as its body, to be finished like any other. @head (nullable). */
void thrum_server_reply_begin_refusal (ThrumServerReply *reply, const ThrumRequestHead *head,
                                       guint status, const char *text, gboolean closes);

/* The body instead of the one decided on, and its type. Before finish; takes a copy. */
void thrum_server_reply_set_body (ThrumServerReply *reply, const char *type, const char *bytes,
                                  gsize length);

/* At a request's end: all is known, and the bytes can flow. */
void thrum_server_reply_finish (ThrumServerReply *reply);

/* Writes the next of its bytes, at most @room, into @out. How many; 0: done, or held. */
gsize thrum_server_reply_fill (ThrumServerReply *reply, char *out, gsize room);

/* Whether all its bytes were given out. */
gboolean thrum_server_reply_is_done (const ThrumServerReply *reply);

/* Whether it waits between head and body. */
gboolean thrum_server_reply_is_waiting (const ThrumServerReply *reply);
void thrum_server_reply_release (ThrumServerReply *reply);

void thrum_server_reply_clear (ThrumServerReply *reply);

G_END_DECLS
