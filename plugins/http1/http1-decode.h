/* SPDX-License-Identifier: MIT */
#pragma once

#include "../call-queue.h"
#include "http1-head.h"

/* A request as its connection sees it: its bytes, made once. */
typedef struct {
  uint8_t *bytes;
  size_t n_bytes;
  size_t
      n_later; /* of them at the end, the body: sent once the server says 100, or nothing for a while */
  bool is_head; /* HEAD: its reply has no body, whatever the head says */
} Http1Request;

typedef enum {
  HTTP1_STATE_STATUS_LINE,
  HTTP1_STATE_FIELDS,
  HTTP1_STATE_BODY,        /* `remaining` bytes of it */
  HTTP1_STATE_BODY_TO_END, /* until the server closes */
  HTTP1_STATE_CHUNK_SIZE,
  HTTP1_STATE_CHUNK_DATA, /* `remaining` bytes of it */
  HTTP1_STATE_CHUNK_END,
  HTTP1_STATE_TRAILERS,
  HTTP1_STATE_WHOLE, /* all that is left is to say so */
  HTTP1_STATE_CLOSED /* by agreement, or broken: no byte is expected */
} Http1State;

/* The receiving half of a connection. */
typedef struct {
  const Http1Limits *limits;
  Http1State state;
  bool head_said, drain_said;
  bool closes;          /* the connection ends with this reply */
  bool awaits_continue; /* the body of the last call has not been sent */
  bool was_continued;   /* 100 has come */
  Http1Head head;
  size_t scanned;     /* bytes of the line that begins now, known to hold no end */
  uint64_t remaining; /* bytes of the body or chunk */
  uint64_t payload;   /* bytes of the reply's body so far */
  CallQueue queue;    /* last: ends with its calls */
} Http1Decoder;

/* ThrumCodecOps.decode of an Http1Decoder; the calls' requests are Http1Request. */
void http1_decode (Http1Decoder *decoder, const uint8_t *bytes, size_t n_bytes, ThrumCause cause,
                   size_t *consumed, ThrumEvent *event);
