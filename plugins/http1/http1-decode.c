/* SPDX-License-Identifier: MIT
 *
 * Decodes HTTP/1 replies: it has a state for each part of a message, and takes any slice of the
 * stream. Whole lines are consumed as they come, so that no byte is looked at twice; bodies are
 * counted, not kept. It knows the framing rules of RFC 9112, and leaves the reading of a line to
 * http1-head.c, and sockets and time to the core. Runs on the connection's thread.
 */
#include "http1-decode.h"

#include <stdio.h>

/* What a step of the machine did. */
typedef enum {
  STEP_ON,    /* went on to another state */
  STEP_EVENT, /* filled in the event */
  STEP_MORE   /* came to the end of the bytes */
} Step;

typedef struct {
  const uint8_t *at, *end;
  ThrumCause cause;
  ThrumEvent *event;
  const uint8_t *head; /* where the reply's head begins, if in these bytes */
} Input;

#define KNOWN_HEAD_MAX 512

/* The last head that this thread read, and what it says. A server's heads are mostly the same, but
 * for a date that changes once a second: the same bytes say the same. */
typedef struct {
  size_t n_bytes;
  const Http1Limits *limits; /* by which it was read */
  Http1Head head;
  uint8_t bytes[KNOWN_HEAD_MAX];
} KnownHead;

static _Thread_local KnownHead known;

/* The last fault's words, for as long as the core looks at them. */
static _Thread_local char reason[128];

/* Where the decoder is in the reply, for people. */
static void
format_place (const Http1Decoder *decoder, char *text, size_t size)
{
  switch (decoder->state)
    {
    case HTTP1_STATE_STATUS_LINE:
      snprintf (text, size, "status line");
      break;
    case HTTP1_STATE_FIELDS:
      snprintf (text, size, "header line %u", decoder->head.line + 1);
      break;
    case HTTP1_STATE_TRAILERS:
      snprintf (text, size, "trailer line %u", decoder->head.line + 1);
      break;
    default:
      snprintf (text, size, "chunk after %llu bytes of body", (unsigned long long)decoder->payload);
    }
}

/* The connection is of no use, for a reason that has no place. */
static Step
broken (Http1Decoder *decoder, Input *input, ThrumFailure failure, const char *what)
{
  decoder->state = HTTP1_STATE_CLOSED;
  input->event->type = THRUM_EVENT_BROKEN;
  input->event->failure = failure;
  if (input->event->size > offsetof (ThrumEvent, reason)) /* a core of 1.1 has no place for it */
    input->event->reason = what;
  return STEP_EVENT;
}

static Step
broken_at (Http1Decoder *decoder, Input *input, ThrumFailure failure, const Http1Fault *fault)
{
  char place[48];
  int n;

  format_place (decoder, place, sizeof place);
  n = snprintf (reason, sizeof reason, "%s, byte %zu: %s", place, fault->at + 1, fault->what);
  if (fault->byte >= 0 && n > 0 && (size_t)n < sizeof reason)
    snprintf (reason + n, sizeof reason - (size_t)n, " (0x%02x)", (unsigned)fault->byte);
  return broken (decoder, input, failure, reason);
}

/* More than a limit of the target's, which is @key. */
static Step
beyond (Http1Decoder *decoder, Input *input, const char *key, uint32_t limit)
{
  char place[48];

  format_place (decoder, place, sizeof place);
  snprintf (reason, sizeof reason, "%s: more than %s = %u", place, key, limit);
  return broken (decoder, input, THRUM_FAILURE_TOO_LARGE, reason);
}

/* Takes the next whole line, as @find finds it. STEP_ON: it is @line, @length long; else what to
 * return. */
static inline Step
take_line (Http1Decoder *decoder, Input *input, Http1Find find, const uint8_t **line,
           size_t *length)
{
  Http1Fault fault;
  size_t taken;

  *line = input->at;
  switch (find (input->at, (size_t)(input->end - input->at), decoder->limits->line_bytes,
                &decoder->scanned, length, &taken, &fault))
    {
    case HTTP1_LINE_WHOLE:
      decoder->scanned = 0;
      input->at += taken;
      return STEP_ON;
    case HTTP1_LINE_PARTIAL:
      return STEP_MORE;
    case HTTP1_LINE_BAD:
      return broken_at (decoder, input, THRUM_FAILURE_PROTOCOL, &fault);
    case HTTP1_LINE_LONG:
      break;
    }
  return beyond (decoder, input, "max-header-line", decoder->limits->line_bytes);
}

/* Takes the next line of a head or of trailers, with those it is folded into, within their limit. The
 * caller notes which line it was once it is done with it. */
static inline Step
take_head_line (Http1Decoder *decoder, Input *input, Http1Find find, const uint8_t **line,
                size_t *length, uint32_t *n_lines)
{
  const uint8_t *at, *end;
  Step step = take_line (decoder, input, find, line, length);

  *n_lines = *length > 0;
  if (step != STEP_ON || *length == 0)
    return step;
  for (at = *line, end = *line + *length; (at = memchr (at, '\n', (size_t)(end - at))) != NULL;
       at++)
    ++*n_lines;
  decoder->head.n_lines += *n_lines;
  if (decoder->head.n_lines > decoder->limits->lines)
    return beyond (decoder, input, "max-header-lines", decoder->limits->lines);
  return STEP_ON;
}

static void
remember_head (const Http1Decoder *decoder, const Input *input)
{
  size_t n_bytes = (size_t)(input->at - input->head);

  if (input->head == NULL || n_bytes > KNOWN_HEAD_MAX)
    return;
  known.n_bytes = n_bytes;
  known.limits = decoder->limits;
  known.head = decoder->head;
  memcpy (known.bytes, input->head, n_bytes);
}

/* Takes a whole head that is known. */
static inline bool
take_known_head (Http1Decoder *decoder, Input *input)
{
  if (known.n_bytes == 0 || known.limits != decoder->limits
      || (size_t)(input->end - input->at) < known.n_bytes
      || memcmp (input->at, known.bytes, known.n_bytes) != 0)
    return false;
  input->at += known.n_bytes;
  decoder->head = known.head;
  decoder->scanned = 0;
  return true;
}

/* The head is whole: how the body is framed (RFC 9112, 6.3). */
static Step
begin_body (Http1Decoder *decoder, Input *input)
{
  const Http1Head *head = &decoder->head;
  const Http1Request *request = call_queue_first (&decoder->queue)->request;

  if (head->status < 200)
    {
      /* An interim reply; the final one follows. No request of ours asks for 101. */
      if (head->status == 101)
        return broken (decoder, input, THRUM_FAILURE_PROTOCOL,
                       "status 101: another protocol, which nobody asked for");
      decoder->was_continued |= head->status == 100;
      decoder->state = HTTP1_STATE_STATUS_LINE;
      return STEP_ON;
    }
  if (head->has_coding && head->has_length)
    return broken (decoder, input, THRUM_FAILURE_PROTOCOL,
                   "header: both Transfer-Encoding and Content-Length: one of them lies");

  /* HTTP/1.0 has no Transfer-Encoding: the framing may be anything (RFC 9112, 6.1). */
  decoder->closes =
      head->says_close || (head->is_1_0 && (!head->says_keep_alive || head->has_encoding));
  /* A server that answers without the body may or may not read it later: nobody knows what comes
   * next on the connection. */
  decoder->closes |= decoder->awaits_continue && !decoder->was_continued;
  if (request->is_head || head->status == 204 || head->status == 304)
    decoder->state = HTTP1_STATE_WHOLE;
  else if (head->is_chunked)
    decoder->state = HTTP1_STATE_CHUNK_SIZE;
  else if (head->has_length)
    {
      decoder->remaining = head->length;
      decoder->state = head->length > 0 ? HTTP1_STATE_BODY : HTTP1_STATE_WHOLE;
    }
  else
    {
      decoder->closes = true;
      decoder->state = HTTP1_STATE_BODY_TO_END;
    }
  return STEP_ON;
}

/* Says what else it looks like, if it does. */
static Step
not_http (Http1Decoder *decoder, Input *input, size_t at)
{
  const uint8_t byte = input->at[at];
  const Http1Fault fault = {
    .what = at == 0 && byte == 0x15                     ? "an alert of TLS, not HTTP/1"
            : at == 0 && byte == 0x00                   ? "not HTTP/1; HTTP/2 would begin so"
            : at == 0 && (byte == '\r' || byte == '\n') ? "an empty line before it"
            : at == 5 && byte == '2'                    ? "HTTP/2, not HTTP/1"
                                                        : "not HTTP/1",
    .at = at,
    .byte = byte,
  };

  return broken_at (decoder, input, THRUM_FAILURE_PROTOCOL, &fault);
}

static Step
status_line (Http1Decoder *decoder, Input *input)
{
  const uint8_t *line;
  size_t length, match;
  uint32_t n_lines;
  ThrumFailure failure;
  Http1Fault fault;
  Step step;

  if (input->at == input->end)
    return STEP_MORE;
  if (decoder->queue.n == 0)
    return broken (decoder, input, THRUM_FAILURE_PROTOCOL, "bytes that answer no request");
  /* Seen early, so that a server of another protocol is told apart from one that is slow. */
  match = http1_status_line_match (input->at, (size_t)(input->end - input->at));
  if (match < (size_t)(input->end - input->at))
    return not_http (decoder, input, match);

  /* Not after an interim head: the limits are those of all heads of a reply together. */
  input->head = NULL;
  if (decoder->head.n_lines == 0)
    {
      if (take_known_head (decoder, input))
        return begin_body (decoder, input);
      input->head = input->at;
    }
  step = take_head_line (decoder, input, http1_line_find, &line, &length, &n_lines);
  if (step != STEP_ON)
    return step;
  failure = http1_head_begin (&decoder->head, line, length, &fault);
  if (failure != THRUM_FAILURE_NONE)
    return broken_at (decoder, input, failure, &fault);
  decoder->state = HTTP1_STATE_FIELDS;
  return STEP_ON;
}

static Step
fields (Http1Decoder *decoder, Input *input)
{
  for (;;)
    {
      const uint8_t *line;
      size_t length;
      uint32_t n_lines;
      ThrumFailure failure;
      Http1Fault fault;
      Step step = take_head_line (decoder, input, http1_field_find, &line, &length, &n_lines);

      if (step != STEP_ON)
        return step;
      if (length == 0)
        {
          remember_head (decoder, input);
          return begin_body (decoder, input);
        }
      failure = http1_head_add_field (&decoder->head, line, length, &fault);
      if (failure != THRUM_FAILURE_NONE)
        return broken_at (decoder, input, failure, &fault);
      decoder->head.line += n_lines;
    }
}

/* Passes over at most @limit bytes of payload, or hands them on if the call wants them. */
static Step
payload (Http1Decoder *decoder, Input *input, uint64_t limit)
{
  const OpenCall *call = call_queue_first (&decoder->queue);
  size_t n = (size_t)(input->end - input->at);

  if (n > limit)
    n = (size_t)limit;
  if (n == 0)
    return STEP_MORE;
  decoder->payload += n;
  decoder->remaining = limit - n;
  if (call->wants_payload)
    {
      decoder->head_said = true;
      input->event->type = THRUM_EVENT_DATA;
      input->event->id = call->id;
      input->event->data = input->at;
      input->event->data_bytes = n;
    }
  input->at += n;
  return call->wants_payload ? STEP_EVENT : STEP_ON;
}

/* `remaining` bytes of payload, after which comes @next. */
static Step
counted_payload (Http1Decoder *decoder, Input *input, Http1State next)
{
  if (decoder->remaining > 0)
    return payload (decoder, input, decoder->remaining);
  decoder->state = next;
  return STEP_ON;
}

static Step
payload_to_end (Http1Decoder *decoder, Input *input)
{
  if (input->at == input->end && input->cause == THRUM_CAUSE_END)
    {
      decoder->state = HTTP1_STATE_WHOLE;
      return STEP_ON;
    }
  return payload (decoder, input, HTTP1_LENGTH_MAX - decoder->payload);
}

/* As take_line (), of a chunk's size. There a bare LF is refused: recipients that differ in taking it see
 * different bodies. */
static Step
take_chunk_line (Http1Decoder *decoder, Input *input, const uint8_t **line, size_t *length)
{
  Step step = take_line (decoder, input, http1_line_find, line, length);
  const Http1Fault fault = { "LF without CR", *length, -1 };

  if (step == STEP_ON && input->at != *line + *length + 2)
    return broken_at (decoder, input, THRUM_FAILURE_PROTOCOL, &fault);
  return step;
}

static Step
chunk_size (Http1Decoder *decoder, Input *input)
{
  const uint8_t *line;
  size_t length;
  ThrumFailure failure;
  Http1Fault fault;
  Step step = take_chunk_line (decoder, input, &line, &length);

  if (step != STEP_ON)
    return step;
  failure = http1_chunk_size_parse (line, length, &decoder->remaining, &fault);
  if (failure != THRUM_FAILURE_NONE)
    return broken_at (decoder, input, failure, &fault);
  if (decoder->remaining > HTTP1_LENGTH_MAX - decoder->payload)
    return broken (decoder, input, THRUM_FAILURE_TOO_LARGE, "a body beyond 2^63 - 1 bytes");
  decoder->head.line = 0;
  decoder->state = decoder->remaining > 0 ? HTTP1_STATE_CHUNK_DATA : HTTP1_STATE_TRAILERS;
  return STEP_ON;
}

/* Anything but a line's end is more data than the chunk's size said. */
static Step
chunk_end (Http1Decoder *decoder, Input *input)
{
  static const uint8_t end[] = { '\r', '\n' };

  for (size_t i = 0; i < sizeof end; i++)
    {
      const Http1Fault fault = { "no end of line: the chunk is longer than its size", i,
                                 input->at + i < input->end ? input->at[i] : -1 };

      if (input->at + i == input->end)
        return STEP_MORE;
      if (input->at[i] != end[i])
        return broken_at (decoder, input, THRUM_FAILURE_PROTOCOL, &fault);
    }
  input->at += sizeof end;
  decoder->state = HTTP1_STATE_CHUNK_SIZE;
  return STEP_ON;
}

static Step
trailers (Http1Decoder *decoder, Input *input)
{
  for (;;)
    {
      const uint8_t *line;
      size_t length;
      uint32_t n_lines;
      ThrumFailure failure;
      Http1Fault fault;
      Step step = take_head_line (decoder, input, http1_field_find, &line, &length, &n_lines);

      if (step != STEP_ON)
        return step;
      if (length == 0)
        {
          decoder->state = HTTP1_STATE_WHOLE;
          return STEP_ON;
        }
      failure = http1_trailer_check (line, length, &fault);
      if (failure != THRUM_FAILURE_NONE)
        return broken_at (decoder, input, failure, &fault);
      decoder->head.line += n_lines;
    }
}

/* Says the reply. Calls pipelined behind one that closes were not handled (RFC 9112, 9.3.2). */
static Step
whole (Http1Decoder *decoder, Input *input)
{
  const OpenCall *call = call_queue_first (&decoder->queue);
  ThrumEvent *event = input->event;

  event->id = call->id;
  if (decoder->closes && decoder->queue.n > 1 && !decoder->drain_said)
    {
      decoder->drain_said = true;
      event->type = THRUM_EVENT_DRAIN;
      return STEP_EVENT;
    }
  event->type = THRUM_EVENT_REPLY;
  event->status = decoder->head.status;
  event->failure = event->status >= 400 ? THRUM_FAILURE_STATUS : THRUM_FAILURE_NONE;
  event->close = decoder->closes;
  event->data_bytes = decoder->payload;
  call_queue_pop (&decoder->queue);

  decoder->state = decoder->closes ? HTTP1_STATE_CLOSED : HTTP1_STATE_STATUS_LINE;
  decoder->head_said = false;
  decoder->payload = 0;
  decoder->head.n_lines = decoder->head.line = 0;
  return STEP_EVENT;
}

static Step
closed (Http1Decoder *decoder, Input *input)
{
  return input->at == input->end
             ? STEP_MORE
             : broken (decoder, input, THRUM_FAILURE_PROTOCOL, "bytes after the last reply");
}

static inline Step
step_once (Http1Decoder *decoder, Input *input)
{
  switch (decoder->state)
    {
    case HTTP1_STATE_STATUS_LINE:
      return status_line (decoder, input);
    case HTTP1_STATE_FIELDS:
      return fields (decoder, input);
    case HTTP1_STATE_BODY:
      return counted_payload (decoder, input, HTTP1_STATE_WHOLE);
    case HTTP1_STATE_BODY_TO_END:
      return payload_to_end (decoder, input);
    case HTTP1_STATE_CHUNK_SIZE:
      return chunk_size (decoder, input);
    case HTTP1_STATE_CHUNK_DATA:
      return counted_payload (decoder, input, HTTP1_STATE_CHUNK_END);
    case HTTP1_STATE_CHUNK_END:
      return chunk_end (decoder, input);
    case HTTP1_STATE_TRAILERS:
      return trailers (decoder, input);
    case HTTP1_STATE_WHOLE:
      return whole (decoder, input);
    case HTTP1_STATE_CLOSED:
      return closed (decoder, input);
    }
  return STEP_MORE;
}

void
http1_decode (Http1Decoder *decoder, const uint8_t *bytes, size_t n_bytes, ThrumCause cause,
              size_t *consumed, ThrumEvent *event)
{
  Input input = { bytes, bytes + n_bytes, cause, event, NULL };
  Step step;

  do
    step = step_once (decoder, &input);
  while (step == STEP_ON);

  /* The head of a reply has come, its end has not. */
  if (step == STEP_MORE && decoder->state >= HTTP1_STATE_BODY
      && decoder->state <= HTTP1_STATE_TRAILERS && !decoder->head_said)
    {
      decoder->head_said = true;
      event->type = THRUM_EVENT_HEAD;
      event->id = call_queue_first (&decoder->queue)->id;
    }
  *consumed = (size_t)(input.at - bytes);
}
