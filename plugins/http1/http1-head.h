/* SPDX-License-Identifier: MIT */
#pragma once

#include "thrum/plugin.h"

/* Hard limits of a reply's head and of its trailers; beyond them it is THRUM_FAILURE_TOO_LARGE. */
enum {
  HTTP1_LINE_MAX = 16 * 1024, /* bytes of a line, without its end */
  HTTP1_HEAD_MAX =
      64 * 1024,         /* bytes of status line and fields of a reply, interim ones included */
  HTTP1_LINES_MAX = 256, /* such lines, likewise */
};

/* The largest body or chunk: 2^63 - 1 bytes. */
#define HTTP1_LENGTH_MAX ((uint64_t)INT64_MAX)

/* What a head says about the message. Zeroed by http1_head_begin (). */
typedef struct {
  int32_t status;
  uint32_t n_lines;    /* in all heads of the reply */
  uint32_t head_bytes; /* likewise */
  uint64_t length;     /* if has_length */
  bool is_1_0;
  bool has_length;
  bool has_coding; /* a Transfer-Encoding was given */
  bool is_chunked; /* its last coding is chunked */
  bool says_close, says_keep_alive;
} Http1Head;

typedef enum {
  HTTP1_LINE_WHOLE,
  HTTP1_LINE_PARTIAL, /* needs more bytes */
  HTTP1_LINE_BAD,     /* a control byte, or CR without LF */
  HTTP1_LINE_LONG     /* beyond the limit */
} Http1LineResult;

/* Finds the end of the line at the beginning of @bytes: CR LF, or a bare LF, which RFC 9112 allows
 * a recipient to take. @scanned bytes are known to hold no end; updated for PARTIAL. WHOLE fills in
 * @length (without the end) and @taken (with it). */
Http1LineResult http1_line_find (const uint8_t *bytes, size_t n_bytes, size_t limit,
                                 size_t *scanned, size_t *length, size_t *taken);

/* Whether the beginning of @bytes can be that of a status line. */
bool http1_status_line_may_be (const uint8_t *bytes, size_t n_bytes);

/* Each takes one whole line without its end. What is not HTTP/1 is THRUM_FAILURE_PROTOCOL; a
 * length that does not fit is TOO_LARGE. */
ThrumFailure http1_head_begin (Http1Head *head, const uint8_t *line, size_t length);
ThrumFailure http1_head_add_field (Http1Head *head, const uint8_t *line, size_t length);

/* A trailer's line must be well-formed too, and must not speak of the framing it ends; else it does
 * not count. */
ThrumFailure http1_trailer_check (const uint8_t *line, size_t length);

/* The line before a chunk: its size, with extensions after it passed over. */
ThrumFailure http1_chunk_size_parse (const uint8_t *line, size_t length, uint64_t *size);
