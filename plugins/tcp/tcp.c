/* SPDX-License-Identifier: MIT
 *
 * Defines the raw TCP codec: it sends a request's bytes and sees where the reply ends. It owns the
 * connection's state: the greeting and hello, the calls under way, and how far the first call's
 * reply has come. tcp-frame.c knows the framing, tcp-request.c what a reply says. Each connection
 * belongs to one thread.
 */
#include "../call-queue.h"
#include "tcp-request.h"

/* What a server may say before calls are sent. */
#define TCP_GREETING_MAX ((size_t)64 * 1024)

typedef enum {
  TARGET_PIPELINE,
  TARGET_CONNECT_ONLY,
  TARGET_GREETING,
  TARGET_GREETING_EXPECT,
  TARGET_HELLO,
  TARGET_HELLO_REPLY,
  TARGET_HELLO_EXPECT,
  N_TARGET_OPTIONS
} TargetOption;

static const ThrumOption target_options[N_TARGET_OPTIONS] = {
  [TARGET_PIPELINE] = { .key = "pipeline",
                        .type = THRUM_OPTION_INT,
                        .fallback = "1",
                        .minimum = 1,
                        .maximum = 65536,
                        .help = "calls a connection carries at a time" },
  [TARGET_CONNECT_ONLY] = { .key = "connect-only",
                            .type = THRUM_OPTION_BOOL,
                            .fallback = "no",
                            .help = "each call makes a connection (and TLS, the greeting and the "
                                    "hello), no more" },
  [TARGET_GREETING] = { .key = "greeting",
                        .type = THRUM_OPTION_STRING,
                        .flags = THRUM_OPTION_ESCAPES,
                        .help = "the text that ends what the server says first, awaited on each "
                                "connection; escaped as in send" },
  [TARGET_GREETING_EXPECT] = { .key = "greeting-expect",
                               .type = THRUM_OPTION_STRING,
                               .flags = THRUM_OPTION_ESCAPES,
                               .help = "text the greeting begins with; else the call fails as "
                                       "check" },
  [TARGET_HELLO] = { .key = "hello",
                     .type = THRUM_OPTION_STRING,
                     .flags = THRUM_OPTION_ESCAPES,
                     .help = "text to send once on each connection, after any greeting" },
  [TARGET_HELLO_REPLY] = { .key = "hello-reply",
                           .type = THRUM_OPTION_STRING,
                           .flags = THRUM_OPTION_ESCAPES,
                           .help = "the text that ends the reply to hello; without it, none is "
                                   "awaited" },
  [TARGET_HELLO_EXPECT] = { .key = "hello-expect",
                            .type = THRUM_OPTION_STRING,
                            .flags = THRUM_OPTION_ESCAPES,
                            .help = "text the reply to hello begins with; else the call fails as "
                                    "check" },
};

/* Something the server says before calls: until @end (data is NULL: nothing), beginning with
 * @expect (data is NULL: anything). */
typedef struct {
  TcpBytes end, expect;
} Awaited;

typedef struct {
  const ThrumHost *host;
  uint32_t pipeline;
  bool connects_only;
  Awaited greeting, hello_reply;
  TcpBytes hello;
} Target;

typedef enum { CONN_GREETING, CONN_HELLO_REPLY, CONN_READY, CONN_BROKEN } ConnState;

typedef struct {
  const Target *target;
  ConnState state;
  bool ignores_replies; /* a call that awaits none was sent: what comes unasked is passed over */
  size_t scanned;       /* greeting: bytes known not to hold its end */

  TcpProgress progress; /* of the first call's reply */
  bool is_begun;        /* a byte of it was seen */
  bool is_judged, is_whole, closes;
  int32_t status;
  uint32_t failure;
  CallQueue queue; /* last: ends with its calls */
} Conn;

static void
target_free (void *data)
{
  Target *target = data;

  free (target->greeting.end.data);
  free (target->greeting.expect.data);
  free (target->hello.data);
  free (target->hello_reply.end.data);
  free (target->hello_reply.expect.data);
  free (target);
}

static bool
read_target (Target *target, const ThrumValues *values, GError **error)
{
  const struct {
    TargetOption option;
    TcpBytes *bytes;
  } texts[] = {
    { TARGET_GREETING, &target->greeting.end },
    { TARGET_GREETING_EXPECT, &target->greeting.expect },
    { TARGET_HELLO, &target->hello },
    { TARGET_HELLO_REPLY, &target->hello_reply.end },
    { TARGET_HELLO_EXPECT, &target->hello_reply.expect },
  };

  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    {
      const char *key = target_options[texts[i].option].key;

      if (!tcp_bytes_from_text (texts[i].bytes, target->host, key,
                                thrum_value (values, texts[i].option)->string, error))
        return false;
      if (texts[i].bytes->data != NULL && texts[i].bytes->n == 0)
        {
          target->host->set_error (error, "%s: is empty; leave it out instead", key);
          return false;
        }
    }
  target->pipeline = (uint32_t)thrum_value (values, TARGET_PIPELINE)->integer;
  target->connects_only = thrum_value (values, TARGET_CONNECT_ONLY)->integer != 0;

  if (target->greeting.expect.data != NULL && target->greeting.end.data == NULL)
    target->host->set_error (error, "greeting-expect: needs greeting, the text that ends it");
  else if (target->hello_reply.expect.data != NULL && target->hello_reply.end.data == NULL)
    target->host->set_error (error, "hello-expect: needs hello-reply, the text that ends it");
  else if (target->hello_reply.end.data != NULL && target->hello.data == NULL)
    target->host->set_error (error, "hello-reply: needs hello");
  else if (target->connects_only && target->pipeline > 1)
    target->host->set_error (error, "pipeline: is of no use with connect-only = yes, where each "
                                    "call makes a connection");
  else
    return true;
  return false;
}

static void *
target_new (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
            GError **error)
{
  Target *target = calloc (1, sizeof *target);

  if (target == NULL)
    {
      host->set_error (error, "cannot make a target: out of memory");
      return NULL;
    }
  target->host = host;
  if (!read_target (target, values, error))
    {
      target_free (target);
      return NULL;
    }
  endpoint->calls_per_connection = target->pipeline;
  endpoint->close_after_each = target->connects_only;
  endpoint->awaits_ready =
      target->greeting.end.data != NULL || target->hello_reply.end.data != NULL;
  return target;
}

static void *
request_new (const ThrumHost *host, void *data, const ThrumValues *values, GError **error)
{
  const Target *target = data;

  return tcp_request_new (host, target->pipeline == 1, target->connects_only, values, error);
}

static void
request_free (void *request)
{
  tcp_request_free (request);
}

static bool
awaits_reply (const void *data)
{
  const TcpRequest *request = data;

  return request->framing.kind != TCP_REPLY_NONE;
}

/* Sends the hello, if there is one, and goes to the state that follows. false: no room. */
static bool
say_hello (Conn *conn, ThrumOut *out)
{
  const Target *target = conn->target;

  conn->state = target->hello_reply.end.data != NULL ? CONN_HELLO_REPLY : CONN_READY;
  return target->hello.data == NULL || thrum_out_append (out, target->hello.data, target->hello.n);
}

static void *
conn_open (void *data, const ThrumConnInfo *info, ThrumOut *out, GError **error)
{
  const Target *target = data;
  Conn *conn = calloc (1, offsetof (Conn, queue) + call_queue_bytes (target->pipeline));

  if (conn == NULL)
    {
      target->host->set_error (error, "cannot make a connection: out of memory");
      return NULL;
    }
  conn->target = target;
  call_queue_init (&conn->queue, target->pipeline);
  if (target->greeting.end.data == NULL && !say_hello (conn, out))
    {
      target->host->set_error (error, "cannot send hello: too many bytes");
      free (conn);
      return NULL;
    }
  return conn;
}

static void
conn_close (void *data, ThrumOut *out)
{
  free (data);
}

static ThrumEncode
encode (void *data, void *request_data, const ThrumCall *call, ThrumOut *out, GError **error)
{
  Conn *conn = data;
  const TcpRequest *request = request_data;
  bool has_reply = request->framing.kind != TCP_REPLY_NONE;

  if (has_reply && call_queue_is_full (&conn->queue))
    return THRUM_ENCODE_FULL;
  if (!conn->target->connects_only
      && !tcp_request_write (request, conn->target->host, call->values, out, error))
    return THRUM_ENCODE_ERROR;
  if (!has_reply)
    {
      conn->ignores_replies = true;
      return THRUM_ENCODE_NO_REPLY;
    }
  call_queue_push (&conn->queue, call, request);
  return THRUM_ENCODE_SENT;
}

static void
break_off (Conn *conn, ThrumFailure failure, const char *reason, ThrumEvent *event)
{
  conn->state = CONN_BROKEN;
  event->type = THRUM_EVENT_BROKEN;
  event->failure = failure;
  if (event->size > offsetof (ThrumEvent, reason)) /* a core of 1.1 has no place for it */
    event->reason = reason;
}

/* Whether @bytes begin with what the server has to say next before any call. Nothing of it is
 * consumed until it is whole; then the next state is gone to. */
static bool
await_one (Conn *conn, const uint8_t *bytes, size_t n_bytes, size_t *consumed, ThrumOut *out,
           ThrumEvent *event)
{
  bool is_hello_reply = conn->state == CONN_HELLO_REPLY;
  const Awaited *awaited = is_hello_reply ? &conn->target->hello_reply : &conn->target->greeting;
  size_t n = n_bytes < TCP_GREETING_MAX ? n_bytes : TCP_GREETING_MAX;
  size_t back = awaited->end.n - 1;
  size_t from = conn->scanned > back ? conn->scanned - back : 0;
  const uint8_t *end = memmem (bytes + from, n - from, awaited->end.data, awaited->end.n);
  size_t length;

  if (end == NULL)
    {
      conn->scanned = n;
      if (n == TCP_GREETING_MAX)
        break_off (conn, THRUM_FAILURE_TOO_LARGE,
                   "more than 64 KiB without the text that ends the greeting or hello-reply",
                   event);
      return false;
    }
  conn->scanned = 0;
  length = (size_t)(end - bytes) + awaited->end.n;
  *consumed += length;
  if (awaited->expect.data != NULL
      && (length < awaited->expect.n
          || memcmp (bytes, awaited->expect.data, awaited->expect.n) != 0))
    break_off (conn, THRUM_FAILURE_CHECK,
               is_hello_reply ? "the reply to hello does not begin with hello-expect"
                              : "the greeting does not begin with greeting-expect",
               event);
  else if (is_hello_reply)
    conn->state = CONN_READY;
  else if (!say_hello (conn, out))
    break_off (conn, THRUM_FAILURE_OTHER, "hello has too many bytes to be sent", event);
  return true;
}

/* Greeting and hello may come together. */
static void
await_greeting (Conn *conn, const uint8_t *bytes, size_t n_bytes, size_t *consumed, ThrumOut *out,
                ThrumEvent *event)
{
  while (conn->state < CONN_READY && *consumed < n_bytes
         && await_one (conn, bytes + *consumed, n_bytes - *consumed, consumed, out, event))
    ;
  if (conn->state == CONN_READY)
    event->type = THRUM_EVENT_READY;
}

static void
say_reply (Conn *conn, ThrumEvent *event)
{
  event->type = THRUM_EVENT_REPLY;
  event->id = call_queue_first (&conn->queue)->id;
  event->status = conn->status;
  event->failure = conn->failure;
  event->close = conn->closes;
  event->data_bytes = conn->progress.n_bytes;

  call_queue_pop (&conn->queue);
  conn->progress = (TcpProgress){ 0 };
  conn->is_begun = conn->is_judged = conn->is_whole = false;
}

/* Bytes while no call waits for a reply. */
static void
take_unasked (Conn *conn, size_t n_bytes, size_t *consumed, ThrumEvent *event)
{
  if (n_bytes == 0)
    return;
  if (conn->ignores_replies)
    *consumed = n_bytes;
  else
    break_off (conn, THRUM_FAILURE_PROTOCOL, "bytes that answer no request", event);
}

/* A reply that goes on: its first byte is told once, silence is asked for if that ends it. */
static void
say_more (Conn *conn, const TcpRequest *request, size_t n_bytes, ThrumEvent *event)
{
  if (!conn->is_begun && n_bytes > 0)
    {
      conn->is_begun = true;
      event->type = THRUM_EVENT_HEAD;
      event->id = call_queue_first (&conn->queue)->id;
    }
  else if (conn->is_begun && request->framing.kind == TCP_REPLY_IDLE)
    event->idle_ns = request->framing.idle_ns;
}

static void
read_reply (Conn *conn, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
            ThrumEvent *event)
{
  const OpenCall *call = call_queue_first (&conn->queue);
  const TcpRequest *request = call->request;
  TcpProgress progress = conn->progress;
  size_t taken;
  TcpFrameResult result =
      tcp_frame_scan (&request->framing, &progress, bytes, n_bytes, cause, &taken);

  if (result == TCP_FRAME_BAD || result == TCP_FRAME_LARGE)
    {
      if (result == TCP_FRAME_BAD)
        break_off (conn, THRUM_FAILURE_PROTOCOL,
                   "the reply's length field is not a number, or says less than it takes itself",
                   event);
      else
        break_off (conn, THRUM_FAILURE_TOO_LARGE, "a reply of more than max-bytes", event);
      return;
    }
  /* Its first bytes are left unconsumed until they suffice to judge it: none needs keeping. */
  if (!conn->is_judged && result == TCP_FRAME_PART && (taken == 0 || taken < request->window))
    {
      say_more (conn, request, n_bytes, event);
      return;
    }
  if (!conn->is_judged)
    {
      conn->failure = tcp_request_judge (request, bytes, taken, &conn->status);
      conn->is_judged = true;
    }
  conn->progress = progress;
  conn->is_whole = result == TCP_FRAME_WHOLE;
  conn->closes =
      conn->is_whole && cause == THRUM_CAUSE_END
      && (request->framing.kind == TCP_REPLY_IDLE || request->framing.kind == TCP_REPLY_CLOSE);
  *consumed = taken;
  if (call->wants_payload && taken > 0)
    {
      conn->is_begun = true;
      event->type = THRUM_EVENT_DATA;
      event->id = call->id;
      event->data = bytes;
      event->data_bytes = taken;
    }
  else if (conn->is_whole)
    say_reply (conn, event);
  else
    say_more (conn, request, n_bytes, event);
}

static void
decode (void *data, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
        ThrumOut *out, ThrumEvent *event)
{
  Conn *conn = data;

  *consumed = 0;
  switch (conn->state)
    {
    case CONN_GREETING:
    case CONN_HELLO_REPLY:
      await_greeting (conn, bytes, n_bytes, consumed, out, event);
      break;
    case CONN_READY:
      if (conn->is_whole)
        say_reply (conn, event);
      else if (conn->queue.n == 0)
        take_unasked (conn, n_bytes, consumed, event);
      else
        read_reply (conn, bytes, n_bytes, cause, consumed, event);
      break;
    case CONN_BROKEN:
      break_off (conn, THRUM_FAILURE_PROTOCOL, "bytes after the connection was given up", event);
      break;
    }
}

static const ThrumCodecOps codec = {
  .open = conn_open,
  .encode = encode,
  .decode = decode,
  .close = conn_close,
};

THRUM_EXPORT const ThrumPlugin thrum_plugin_tcp = {
  THRUM_PLUGIN_HEAD,
  .name = "tcp",
  .version = "1",
  .summary = "any service over TCP: bytes out, a reply by delimiter, length, silence or close",
  .target_options = target_options,
  .n_target_options = N_TARGET_OPTIONS,
  .request_options = tcp_request_options,
  .n_request_options = TCP_N_REQUEST_OPTIONS,
  .target_new = target_new,
  .target_free = target_free,
  .request_new = request_new,
  .request_free = request_free,
  .codec = &codec,
  .awaits_reply = awaits_reply,
};
