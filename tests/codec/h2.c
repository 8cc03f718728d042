/* SPDX-License-Identifier: MIT
 *
 * An HTTP/2 codec on libnghttp2: the spike that shows the plugin ABI holds for a protocol with many
 * streams, flow control, limits set by the server and connections that drain. A plugin for tests,
 * not installed: it takes GET and POST, and no templates.
 *
 * libnghttp2 calls back, the core asks: so callbacks queue events, and decode () gives the library
 * one frame at a time, in which a slice of payload always comes first and is handed on at once.
 */
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>

#include "thrum/plugin.h"

enum { TARGET_AUTHORITY, TARGET_STREAMS, N_TARGET_OPTIONS };

static const ThrumOption target_options[] = {
  [TARGET_AUTHORITY] = { .key = "authority",
                         .type = THRUM_OPTION_STRING,
                         .fallback = "localhost",
                         .help = "the :authority of requests" },
  [TARGET_STREAMS] = { .key = "streams",
                       .type = THRUM_OPTION_INT,
                       .fallback = "10",
                       .minimum = 1,
                       .maximum = 1000,
                       .help = "streams of a connection at a time" },
};

enum { REQUEST_PATH, REQUEST_BODY, N_REQUEST_OPTIONS };

static const ThrumOption request_options[] = {
  [REQUEST_PATH] = { .key = "path",
                     .type = THRUM_OPTION_STRING,
                     .fallback = "/",
                     .help = "the :path" },
  [REQUEST_BODY] = { .key = "body",
                     .type = THRUM_OPTION_STRING,
                     .help = "a body: the method is POST, not GET" },
};

#define FRAME_HEAD_BYTES 9
#define EVENTS_MAX 64 /* one frame brings few */

typedef struct {
  const ThrumHost *host;
  const char *authority;
  uint32_t streams;
  nghttp2_session_callbacks *callbacks;
} Target;

typedef struct {
  nghttp2_nv fields[4];
  const char *body; /* (nullable) */
} Request;

typedef struct Stream Stream;
struct Stream {
  Stream *next, **link;
  uint64_t id;
  int32_t stream_id;
  bool wants_payload, has_head;
  int32_t status;
  uint64_t payload;
  const char *body; /* what is left to send */
};

typedef struct {
  const Target *target;
  nghttp2_session *session;
  Stream *streams; /* newest first */
  uint64_t last_id;
  size_t frame_left; /* bytes of the frame that has begun */
  bool is_broken, is_draining;
  size_t n_events, next_event;
  ThrumEvent events[EVENTS_MAX];
} Conn;

/* ---- Target and request -------------------------------------------------------------------- */

static nghttp2_session_callbacks *new_callbacks (void);

static void
target_free (void *data)
{
  Target *target = data;

  nghttp2_session_callbacks_del (target->callbacks);
  free (target);
}

static void *
target_new (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
            GError **error)
{
  static const char *const alpn[] = { "h2", NULL };
  Target *target = calloc (1, sizeof *target);

  if (target == NULL || (target->callbacks = new_callbacks ()) == NULL)
    {
      host->set_error (error, "cannot make a target: out of memory");
      free (target);
      return NULL;
    }
  target->host = host;
  target->authority = thrum_value (values, TARGET_AUTHORITY)->string;
  target->streams = (uint32_t)thrum_value (values, TARGET_STREAMS)->integer;
  endpoint->alpn = alpn;
  endpoint->calls_per_connection = target->streams;
  return target;
}

static nghttp2_nv
make_field (const char *name, const char *value)
{
  return (nghttp2_nv){ (uint8_t *)name, (uint8_t *)value, strlen (name), strlen (value),
                       NGHTTP2_NV_FLAG_NONE };
}

static void *
request_new (const ThrumHost *host, void *data, const ThrumValues *values, GError **error)
{
  const Target *target = data;
  Request *request = calloc (1, sizeof *request);

  if (request == NULL)
    {
      host->set_error (error, "cannot make a request: out of memory");
      return NULL;
    }
  request->body = thrum_value (values, REQUEST_BODY)->string;
  request->fields[0] = make_field (":method", request->body != NULL ? "POST" : "GET");
  request->fields[1] = make_field (":scheme", "http");
  request->fields[2] = make_field (":authority", target->authority);
  request->fields[3] = make_field (":path", thrum_value (values, REQUEST_PATH)->string);
  return request;
}

/* ---- What the library calls ---------------------------------------------------------------- */

static ThrumEvent *
queue_event (Conn *conn, ThrumEventType type, uint64_t id)
{
  ThrumEvent *event;

  if (conn->n_events == EVENTS_MAX)
    {
      conn->is_broken = true; /* no frame brings so many */
      return &conn->events[0];
    }
  event = &conn->events[conn->n_events++];
  *event = (ThrumEvent){ .size = sizeof *event, .type = type, .id = id };
  return event;
}

static int
on_header (nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
           size_t name_length, const uint8_t *value, size_t length, uint8_t flags, void *data)
{
  Stream *stream = nghttp2_session_get_stream_user_data (session, frame->hd.stream_id);

  if (stream != NULL && name_length == 7 && memcmp (name, ":status", 7) == 0)
    stream->status = atoi ((const char *)value); /* NUL-terminated by the library */
  return 0;
}

static int
on_data (nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *bytes,
         size_t n_bytes, void *data)
{
  Conn *conn = data;
  Stream *stream = nghttp2_session_get_stream_user_data (session, stream_id);

  if (stream == NULL)
    return 0;
  stream->payload += n_bytes;
  if (stream->wants_payload && n_bytes > 0)
    {
      ThrumEvent *event = queue_event (conn, THRUM_EVENT_DATA, stream->id);

      stream->has_head = true;
      event->data = bytes;
      event->data_bytes = n_bytes;
    }
  return 0;
}

static void
take_settings (Conn *conn, const nghttp2_settings *settings)
{
  for (size_t i = 0; i < settings->niv; i++)
    if (settings->iv[i].settings_id == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS)
      queue_event (conn, THRUM_EVENT_LIMIT, 0)->limit = settings->iv[i].value;
}

/* Streams above the last one the server took were not handled. */
static void
take_goaway (Conn *conn, int32_t last_stream_id)
{
  uint64_t last = conn->last_id;

  for (Stream *stream = conn->streams; stream != NULL; stream = stream->next)
    if (stream->stream_id > last_stream_id && stream->id <= last)
      last = stream->id - 1;
  conn->is_draining = true;
  queue_event (conn, THRUM_EVENT_DRAIN, last);
}

static int
on_frame (nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
  Conn *conn = data;
  Stream *stream;

  switch (frame->hd.type)
    {
    case NGHTTP2_SETTINGS:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0)
        take_settings (conn, &frame->settings);
      break;
    case NGHTTP2_GOAWAY:
      take_goaway (conn, frame->goaway.last_stream_id);
      break;
    case NGHTTP2_HEADERS:
      stream = nghttp2_session_get_stream_user_data (session, frame->hd.stream_id);
      if (stream != NULL && !stream->has_head && stream->status >= 200
          && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
        {
          stream->has_head = true;
          queue_event (conn, THRUM_EVENT_HEAD, stream->id);
        }
      break;
    default:
      break;
    }
  return 0;
}

static void
stream_free (Stream *stream)
{
  *stream->link = stream->next;
  if (stream->next != NULL)
    stream->next->link = stream->link;
  free (stream);
}

static int
on_close (nghttp2_session *session, int32_t stream_id, uint32_t error_code, void *data)
{
  Conn *conn = data;
  Stream *stream = nghttp2_session_get_stream_user_data (session, stream_id);

  if (stream == NULL)
    return 0;
  /* After a GOAWAY the library refuses what the core has been told to repeat. */
  if (!conn->is_draining || error_code != NGHTTP2_REFUSED_STREAM)
    {
      ThrumEvent *event = queue_event (conn, THRUM_EVENT_REPLY, stream->id);

      /* A stream may also be reset without an error, before its head. */
      event->status = error_code == NGHTTP2_NO_ERROR ? stream->status : 0;
      event->failure = error_code != NGHTTP2_NO_ERROR || stream->status == 0 ? THRUM_FAILURE_RESET
                       : stream->status >= 400                               ? THRUM_FAILURE_STATUS
                                                                             : THRUM_FAILURE_NONE;
      event->data_bytes = stream->payload;
    }
  stream_free (stream);
  return 0;
}

static nghttp2_session_callbacks *
new_callbacks (void)
{
  nghttp2_session_callbacks *callbacks;

  if (nghttp2_session_callbacks_new (&callbacks) != 0)
    return NULL;
  nghttp2_session_callbacks_set_on_header_callback (callbacks, on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback (callbacks, on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback (callbacks, on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback (callbacks, on_close);
  return callbacks;
}

static ssize_t
read_body (nghttp2_session *session, int32_t stream_id, uint8_t *to, size_t length, uint32_t *flags,
           nghttp2_data_source *source, void *data)
{
  Stream *stream = source->ptr;
  size_t left = strlen (stream->body), n = left < length ? left : length;

  memcpy (to, stream->body, n);
  stream->body += n;
  if (n == left)
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  return (ssize_t)n;
}

/* ---- The codec ----------------------------------------------------------------------------- */

/* Moves what the library has to say into @out. */
static bool
flush (Conn *conn, ThrumOut *out)
{
  const uint8_t *bytes;
  ssize_t n;

  while ((n = nghttp2_session_mem_send (conn->session, &bytes)) > 0)
    if (!thrum_out_append (out, bytes, (size_t)n))
      return false;
  return n == 0;
}

static void
conn_free (Conn *conn)
{
  nghttp2_session_del (conn->session);
  while (conn->streams != NULL)
    stream_free (conn->streams);
  free (conn);
}

static void *
conn_open (void *data, const ThrumConnInfo *info, ThrumOut *out, GError **error)
{
  Target *target = data;
  const nghttp2_settings_entry settings = { NGHTTP2_SETTINGS_ENABLE_PUSH, 0 };
  Conn *conn = calloc (1, sizeof *conn);

  if (conn == NULL || nghttp2_session_client_new (&conn->session, target->callbacks, conn) != 0)
    {
      target->host->set_error (error, "cannot make a connection: out of memory");
      free (conn);
      return NULL;
    }
  conn->target = target;
  if (nghttp2_submit_settings (conn->session, NGHTTP2_FLAG_NONE, &settings, 1) != 0
      || !flush (conn, out))
    {
      target->host->set_error (error, "cannot send the connection's preface");
      conn_free (conn);
      return NULL;
    }
  return conn;
}

static void
conn_close (void *data, ThrumOut *out)
{
  Conn *conn = data;

  nghttp2_session_terminate_session (conn->session, NGHTTP2_NO_ERROR);
  flush (conn, out);
  conn_free (conn);
}

static ThrumEncode
encode (void *data, void *request_data, const ThrumCall *call, ThrumOut *out, GError **error)
{
  Conn *conn = data;
  const Request *request = request_data;
  Stream *stream;
  nghttp2_data_provider body = { .read_callback = read_body };

  if (nghttp2_session_check_request_allowed (conn->session) == 0)
    return THRUM_ENCODE_FULL;
  stream = calloc (1, sizeof *stream);
  if (stream == NULL)
    {
      conn->target->host->set_error (error, "cannot make a stream: out of memory");
      return THRUM_ENCODE_ERROR;
    }
  *stream = (Stream){ .next = conn->streams,
                      .link = &conn->streams,
                      .id = call->id,
                      .wants_payload = call->wants_payload,
                      .body = request->body };
  if (stream->next != NULL)
    stream->next->link = &stream->next;
  conn->streams = stream;
  conn->last_id = call->id;
  body.source.ptr = stream;
  stream->stream_id = nghttp2_submit_request (conn->session, NULL, request->fields, 4,
                                              request->body != NULL ? &body : NULL, stream);
  if (stream->stream_id < 0 || !flush (conn, out))
    {
      conn->target->host->set_error (error, "cannot send a request: %s",
                                     nghttp2_strerror (stream->stream_id));
      return THRUM_ENCODE_ERROR;
    }
  return THRUM_ENCODE_SENT;
}

/* Gives the library the next frame, or what there is of it. */
static void
read_frame (Conn *conn, const uint8_t *bytes, size_t n_bytes, size_t *consumed, ThrumOut *out)
{
  size_t n;

  if (conn->frame_left == 0)
    {
      if (n_bytes < FRAME_HEAD_BYTES)
        return;
      conn->frame_left =
          FRAME_HEAD_BYTES + ((size_t)bytes[0] << 16 | (size_t)bytes[1] << 8 | bytes[2]);
    }
  n = n_bytes < conn->frame_left ? n_bytes : conn->frame_left;
  /* On an error the library says GOAWAY itself and takes no more requests. */
  if (nghttp2_session_mem_recv (conn->session, bytes, n) != (ssize_t)n
      || nghttp2_session_check_request_allowed (conn->session) == 0 || !flush (conn, out))
    conn->is_broken = !conn->is_draining;
  conn->frame_left -= n;
  *consumed += n;
}

static void
decode (void *data, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
        ThrumOut *out, ThrumEvent *event)
{
  Conn *conn = data;
  size_t before;

  *consumed = 0;
  do
    {
      if (conn->next_event < conn->n_events)
        {
          *event = conn->events[conn->next_event++];
          return;
        }
      conn->next_event = conn->n_events = 0;
      if (conn->is_broken)
        {
          event->type = THRUM_EVENT_BROKEN;
          event->failure = THRUM_FAILURE_PROTOCOL;
          return;
        }
      before = *consumed;
      read_frame (conn, bytes + before, n_bytes - before, consumed, out);
  } while (*consumed > before || conn->is_broken);
}

static ThrumCancel
cancel (void *data, uint64_t id, ThrumOut *out)
{
  Conn *conn = data;
  Stream *stream = conn->streams;

  while (stream != NULL && stream->id != id)
    stream = stream->next;
  if (stream == NULL)
    return THRUM_CANCEL_CLOSE;
  nghttp2_session_set_stream_user_data (conn->session, stream->stream_id, NULL);
  nghttp2_submit_rst_stream (conn->session, NGHTTP2_FLAG_NONE, stream->stream_id, NGHTTP2_CANCEL);
  stream_free (stream);
  return flush (conn, out) ? THRUM_CANCEL_KEEP : THRUM_CANCEL_CLOSE;
}

static const ThrumCodecOps codec = {
  .open = conn_open,
  .encode = encode,
  .decode = decode,
  .cancel = cancel,
  .close = conn_close,
};

THRUM_EXPORT const ThrumPlugin thrum_plugin_h2 = {
  THRUM_PLUGIN_HEAD,
  .name = "h2",
  .version = "1",
  .summary = "HTTP/2 on libnghttp2, for tests",
  .target_options = target_options,
  .n_target_options = N_TARGET_OPTIONS,
  .request_options = request_options,
  .n_request_options = N_REQUEST_OPTIONS,
  .target_new = target_new,
  .target_free = target_free,
  .request_new = request_new,
  .request_free = free,
  .codec = &codec,
};
