/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads what libsoup 3.2 ignores in the bytes of a connection. Pure functions; it does not matter
 * where the bytes are split. All reasons are static. */

/* The head of an HTTP/1 reply. All zero means that none has begun. */
typedef struct {
  size_t n_seen, in_line; /* of the head; of its present line, without CR */
  bool is_over;
  char start[10]; /* "HTTP/1.1 2" */
} HttpHead;

/* Call this before the first bytes of each reply. */
void http_head_begin (HttpHead *head);

/* Takes the next @n_bytes; 0: the connection ended. Sets @is_cut if it ended too early. Returns
 * NULL, or why the bytes are not the head of an HTTP reply. */
const char *http_head_look (HttpHead *head, const uint8_t *bytes, size_t n_bytes, bool *is_cut);

/* Reports whether the first bytes that a TLS server sent, the whole of its ServerHello, resume a
 * session by TLS 1.3: it then takes one of the client's pre-shared keys (RFC 8446, 4.1.3). */
bool http_hello_is_resumed (const uint8_t *bytes, size_t n_bytes);

/* Held: of an RST_STREAM, of which it is known only at its end who is to see it. */
enum { HTTP_FRAME_HEAD_BYTES = 9, HTTP_FRAME_HELD_BYTES = HTTP_FRAME_HEAD_BYTES + 4 - 1 };

/* An HTTP/2 connection on which one stream is open at a time. All zero means that it has begun. */
typedef struct {
  uint8_t head[HTTP_FRAME_HEAD_BYTES]; /* of the frame that comes */
  unsigned n_head;                     /* so many of them have come */
  uint32_t left;                       /* of its payload */
  bool is_held;                        /* libsoup does not see it, or does not see it yet */
  uint8_t payload[8];                  /* its first bytes */
  unsigned n_payload;
  uint32_t stream; /* the present exchange's */
  bool has_head;   /* a header block of the present exchange has come */
  bool ends_block; /* the header block that comes is the stream's last */
  bool is_done;    /* the reply ended as it should, and libsoup will notice */

  bool is_ended;      /* it ended with trailers: libsoup will not notice */
  bool is_reset;      /* it was reset, or will never be whole */
  bool is_refused;    /* the server will not process it: it may be sent again */
  bool is_going_away; /* no further stream may be opened; stays so */
  const char *reason; /* (nullable): of is_reset or is_going_away */
} HttpFrames;

/* Call this before the first bytes of each exchange. */
void http_frames_begin (HttpFrames *frames);

/* Looks at the next @n_bytes of @in, and copies those that libsoup must see to @out, which may lie
 * at least HTTP_FRAME_HELD_BYTES before @in. It leaves out GOAWAY, on which libsoup would give up
 * what is still to come, and REFUSED_STREAM, on which it would retry for ever. Returns how many
 * bytes it copied. */
size_t http_frames_filter (HttpFrames *frames, const uint8_t *in, size_t n_bytes, uint8_t *out);

/* Writes a reply 100 to the present exchange to @out, which has room for @n_bytes. Returns its
 * length; 0 if the connection is not between two frames, or if there is no room. */
size_t http_frames_make_continue (const HttpFrames *frames, uint8_t *out, size_t n_bytes);
