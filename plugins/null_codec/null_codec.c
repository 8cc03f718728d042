/* SPDX-License-Identifier: MIT
 *
 * Defines a codec that does next to nothing, to measure thrum itself: it sends a fixed number of
 * bytes, and takes a fixed number for the reply, whatever they are. Against an echo server it shows
 * what the event loop costs. With nothing to send and no reply, each call ends at once, and the
 * rows are the only I/O. Each connection belongs to one thread.
 */
#include "../call-queue.h"

enum { TARGET_PIPELINE, N_TARGET_OPTIONS };

static const ThrumOption target_options[] = {
  [TARGET_PIPELINE] = { .key = "pipeline",
                        .type = THRUM_OPTION_INT,
                        .fallback = "1",
                        .minimum = 1,
                        .maximum = 65536,
                        .help = "calls a connection carries at a time" },
};

enum { REQUEST_SEND_SIZE, REQUEST_REPLY_SIZE, REQUEST_STATUS, N_REQUEST_OPTIONS };

static const ThrumOption request_options[] = {
  [REQUEST_SEND_SIZE] = { .key = "send-size",
                          .type = THRUM_OPTION_SIZE,
                          .fallback = "1",
                          .minimum = 0,
                          .maximum = 1 << 20,
                          .help = "bytes of a request" },
  [REQUEST_REPLY_SIZE] = { .key = "reply-size",
                           .type = THRUM_OPTION_SIZE,
                           .fallback = "1",
                           .minimum = 0,
                           .maximum = 1e15,
                           .help = "bytes of a reply; 0: none is awaited" },
  [REQUEST_STATUS] = { .key = "status",
                       .type = THRUM_OPTION_INT,
                       .fallback = "200",
                       .minimum = 1,
                       .maximum = 999,
                       .help = "the status of every reply" },
};

typedef struct {
  const ThrumHost *host;
  uint32_t pipeline;
} Target;

typedef struct {
  uint64_t reply_bytes;
  int32_t status;
  size_t n_bytes;
  uint8_t bytes[]; /* all zero */
} Request;

typedef struct {
  const Target *target;
  bool ignores_replies; /* a call that awaits none was sent: what is echoed is passed over */
  uint64_t n_bytes;     /* of the first call's reply */
  CallQueue queue;      /* last: ends with its calls */
} Conn;

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
  target->pipeline = (uint32_t)thrum_value (values, TARGET_PIPELINE)->integer;
  endpoint->calls_per_connection = target->pipeline;
  return target;
}

static void *
request_new (const ThrumHost *host, void *target, const ThrumValues *values, GError **error)
{
  size_t n_bytes = (size_t)thrum_value (values, REQUEST_SEND_SIZE)->integer;
  Request *request = calloc (1, sizeof *request + n_bytes);

  if (request == NULL)
    {
      host->set_error (error, "cannot make a request: out of memory");
      return NULL;
    }
  request->n_bytes = n_bytes;
  request->reply_bytes = (uint64_t)thrum_value (values, REQUEST_REPLY_SIZE)->integer;
  request->status = (int32_t)thrum_value (values, REQUEST_STATUS)->integer;
  return request;
}

static bool
awaits_reply (const void *data)
{
  const Request *request = data;

  return request->reply_bytes > 0;
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
  return conn;
}

static void
conn_close (void *conn, ThrumOut *out)
{
  free (conn);
}

static ThrumEncode
encode (void *data, void *request_data, const ThrumCall *call, ThrumOut *out, GError **error)
{
  Conn *conn = data;
  const Request *request = request_data;

  if (request->reply_bytes > 0 && call_queue_is_full (&conn->queue))
    return THRUM_ENCODE_FULL;
  if (!thrum_out_append (out, request->bytes, request->n_bytes))
    {
      conn->target->host->set_error (error, "cannot send %zu bytes: too many", request->n_bytes);
      return THRUM_ENCODE_ERROR;
    }
  if (request->reply_bytes == 0)
    {
      conn->ignores_replies = true;
      return THRUM_ENCODE_NO_REPLY;
    }
  call_queue_push (&conn->queue, call, request);
  return THRUM_ENCODE_SENT;
}

static void
decode (void *data, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
        ThrumOut *out, ThrumEvent *event)
{
  Conn *conn = data;
  const OpenCall *call;
  const Request *request;
  uint64_t left;

  *consumed = 0;
  if (conn->queue.n == 0)
    {
      if (n_bytes > 0 && !conn->ignores_replies)
        {
          event->type = THRUM_EVENT_BROKEN;
          event->failure = THRUM_FAILURE_PROTOCOL;
        }
      else
        *consumed = n_bytes;
      return;
    }
  call = call_queue_first (&conn->queue);
  request = call->request;
  left = request->reply_bytes - conn->n_bytes;
  *consumed = n_bytes < left ? n_bytes : (size_t)left;
  conn->n_bytes += *consumed;

  if (*consumed > 0 && call->wants_payload)
    {
      event->type = THRUM_EVENT_DATA;
      event->id = call->id;
      event->data = bytes;
      event->data_bytes = *consumed;
    }
  else if (conn->n_bytes == request->reply_bytes)
    {
      event->type = THRUM_EVENT_REPLY;
      event->id = call->id;
      event->status = request->status;
      event->data_bytes = conn->n_bytes;
      conn->n_bytes = 0;
      call_queue_pop (&conn->queue);
    }
}

static const ThrumCodecOps codec = {
  .open = conn_open,
  .encode = encode,
  .decode = decode,
  .close = conn_close,
};

THRUM_EXPORT const ThrumPlugin thrum_plugin_null_codec = {
  THRUM_PLUGIN_HEAD,
  .name = "null_codec",
  .version = "1",
  .summary = "so many bytes out, so many back: measures thrum's own event loop",
  .target_options = target_options,
  .n_target_options = N_TARGET_OPTIONS,
  .request_options = request_options,
  .n_request_options = N_REQUEST_OPTIONS,
  .target_new = target_new,
  .target_free = free,
  .request_new = request_new,
  .request_free = free,
  .codec = &codec,
  .awaits_reply = awaits_reply,
};
