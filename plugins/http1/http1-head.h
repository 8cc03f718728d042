/* SPDX-License-Identifier: MIT */
#pragma once

#include "thrum/plugin.h"

/* Limits of a reply's head and of its trailers. A reply beyond them is THRUM_FAILURE_TOO_LARGE. */
typedef struct {
  uint32_t line_bytes; /* of a line, folded ones in one, and of a chunk's size; without its end */
  uint32_t lines;      /* of a reply: status line and fields, interim heads and trailers included */
} Http1Limits;

/* The fault of a line, for people. */
typedef struct {
  const char *what; /* static */
  size_t at;        /* the byte of the line, from 0 */
  int byte;         /* what it is; -1: does not matter */
} Http1Fault;

/* The largest body or chunk: 2^63 - 1 bytes. */
#define HTTP1_LENGTH_MAX ((uint64_t)INT64_MAX)

/* What a head says of the message. http1_head_begin () zeroes it. */
typedef struct {
  int32_t status;
  uint32_t n_lines; /* in all heads of the reply */
  uint32_t line;    /* fields so far, in this head or in the trailers; a folded one is several */
  uint64_t length;  /* if has_length */
  bool is_1_0;
  bool has_length;
  bool has_encoding; /* a Transfer-Encoding was given, be it identity */
  bool has_coding;   /* a Transfer-Encoding other than identity was given */
  bool is_chunked;   /* its last coding is chunked */
  bool says_close, says_keep_alive;
} Http1Head;

typedef enum {
  HTTP1_LINE_WHOLE,
  HTTP1_LINE_PARTIAL, /* needs more bytes */
  HTTP1_LINE_BAD,     /* a control byte, or CR without LF */
  HTTP1_LINE_LONG     /* beyond the limit */
} Http1LineResult;

typedef Http1LineResult (*Http1Find) (const uint8_t *bytes, size_t n_bytes, size_t limit,
                                      size_t *scanned, size_t *length, size_t *taken,
                                      Http1Fault *fault);

/* Finds the end of the line at the beginning of @bytes: CR LF, or a bare LF, which RFC 9112 allows
 * a recipient to take. @scanned bytes are known to hold no end; PARTIAL updates it. WHOLE fills in
 * @length (without the end) and @taken (with it), BAD fills in @fault. */
Http1LineResult http1_line_find (const uint8_t *bytes, size_t n_bytes, size_t limit,
                                 size_t *scanned, size_t *length, size_t *taken, Http1Fault *fault);

/* Finds the end of a field's line, which goes on in each further line that begins with a blank (RFC
 * 9112, 5.2). The line is whole only if the byte after it is there, too, or if it is empty. Line
 * ends within it count as blanks. */
Http1LineResult
http1_field_find (const uint8_t *bytes, size_t n_bytes, size_t limit, size_t *scanned,
                  size_t *length, size_t *taken, Http1Fault *fault);

/* Returns how many of @bytes can begin a status line: all, or up to the first byte that cannot. */
size_t http1_status_line_match (const uint8_t *bytes, size_t n_bytes);

/* Each takes one whole line without its end. A line that is not HTTP/1 is THRUM_FAILURE_PROTOCOL, a
 * length that does not fit is TOO_LARGE; @fault then says why. */
ThrumFailure
http1_head_begin (Http1Head *head, const uint8_t *line, size_t length, Http1Fault *fault);
ThrumFailure
http1_head_add_field (Http1Head *head, const uint8_t *line, size_t length, Http1Fault *fault);

/* Checks a trailer's line. It must be well-formed, and must not speak of the framing that it ends;
 * apart from that it does not count. */
ThrumFailure http1_trailer_check (const uint8_t *line, size_t length, Http1Fault *fault);

/* Parses the line before a chunk: the size. Extensions after it are passed over. */
ThrumFailure
http1_chunk_size_parse (const uint8_t *line, size_t length, uint64_t *size, Http1Fault *fault);
