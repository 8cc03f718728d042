/* SPDX-License-Identifier: MIT */
#pragma once

#include "thrum/plugin.h"

/* The ways to see that a reply is whole, in the order of the option's choices. */
typedef enum {
  TCP_REPLY_DELIMITER, /* at the n-th occurrence of a text */
  TCP_REPLY_FIXED,     /* after so many bytes */
  TCP_REPLY_LENGTH,    /* after as many bytes as a field in it says */
  TCP_REPLY_IDLE,      /* when nothing came for a while */
  TCP_REPLY_CLOSE,     /* when the server closes */
  TCP_REPLY_NONE       /* there is no reply */
} TcpReplyKind;

typedef enum { TCP_LENGTH_BIG, TCP_LENGTH_LITTLE, TCP_LENGTH_DECIMAL } TcpLengthFormat;

/* A length field may not end after this byte. */
#define TCP_LENGTH_OFFSET_MAX 4096

/* Immutable. */
typedef struct {
  TcpReplyKind kind;
  const uint8_t *delimiter; /* DELIMITER */
  size_t delimiter_bytes;
  uint32_t n_delimiters;
  uint64_t fixed_bytes;                 /* FIXED: > 0 */
  uint32_t length_offset, length_width; /* LENGTH; width 1-8, or 0 for DECIMAL */
  TcpLengthFormat length_format;
  int64_t length_adjust; /* added to what the field says: the bytes that follow the field */
  int64_t idle_ns;       /* IDLE */
  uint64_t max_bytes;    /* of a reply; more is THRUM_FAILURE_TOO_LARGE */
} TcpFraming;

/* How far a reply has come. All zero means that it has not begun. */
typedef struct {
  uint64_t n_bytes; /* consumed */
  uint64_t total;   /* LENGTH: the whole of it, once known */
  uint32_t delimiters_seen;
} TcpProgress;

typedef enum {
  TCP_FRAME_PART,  /* the first @taken bytes belong to the reply, which goes on */
  TCP_FRAME_WHOLE, /* it ends after @taken bytes */
  TCP_FRAME_BAD,   /* a length that is not valid */
  TCP_FRAME_LARGE  /* beyond max_bytes */
} TcpFrameResult;

/* Looks for the reply's end in @bytes, which follow what @progress has consumed, and moves
 * @progress on by @taken. Bytes after @taken must be given again. */
TcpFrameResult
tcp_frame_scan (const TcpFraming *framing, TcpProgress *progress, const uint8_t *bytes,
                size_t n_bytes, ThrumCause cause, size_t *taken);
