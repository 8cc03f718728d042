/* SPDX-License-Identifier: MIT
 *
 * Defines the fast HTTP/1.1 codec. A request's bytes are made once and copied for each call;
 * replies are counted, not kept. It takes the options of `http` from their one shared table. It
 * owns the connection, and leaves the meaning of bytes to http1-decode.c, and sockets and time to
 * the core. Each connection belongs to one thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "http-options.h"
#include "http-request.h"
#include "http1-decode.h"

enum {
  TARGET_PIPELINE = HTTP_N_TARGET_OPTIONS,
  TARGET_MAX_HEADER_LINE,
  TARGET_MAX_HEADER_LINES,
  N_TARGET_OPTIONS
};

static const ThrumOption target_options[] = {
  HTTP_TARGET_OPTIONS,
  [TARGET_PIPELINE] = { .key = "pipeline",
                        .type = THRUM_OPTION_INT,
                        .fallback = "1",
                        .minimum = 1,
                        .maximum = 65536,
                        .help = "requests a connection carries at a time; more than 1 is for "
                                "servers known to take it" },
  [TARGET_MAX_HEADER_LINE] = { .key = "max-header-line",
                               .type = THRUM_OPTION_SIZE,
                               .fallback = "64KiB",
                               .minimum = 256,
                               .maximum = 1000 * 1024,
                               .help = "bytes that a line of a reply's head may have; beyond it "
                                       "the reply fails as too-large" },
  [TARGET_MAX_HEADER_LINES] = { .key = "max-header-lines",
                                .type = THRUM_OPTION_INT,
                                .fallback = "1000",
                                .minimum = 2,
                                .maximum = 1000000,
                                .help = "lines that a reply's head and trailers may have; beyond "
                                        "it the reply fails as too-large" },
};

static const ThrumOption request_options[] = { HTTP_REQUEST_OPTIONS };

static const char *const alpn[] = { "http/1.1", NULL };

typedef struct {
  HttpTarget http;
  const ThrumHost *host;
  uint32_t pipeline;
  Http1Limits limits;
} Target;

typedef struct {
  Http1Request wire; /* first: what the decoder sees of a request */
  HttpRequest http;
  bool is_repeatable;
} Request;

typedef struct {
  const Target *target;
  const uint8_t *later; /* (nullable): the last call's body, sent once the server says 100 */
  size_t n_later;
  uint8_t *own_later;   /* (nullable): its memory, if it is not the request's */
  Http1Decoder decoder; /* last: ends with its calls */
} Conn;

/* How long a server may say nothing to `Expect: 100-continue` before it gets the body all the same
 * (RFC 9110, 10.1.1, bids not to wait for ever); as long as curl waits. */
#define CONTINUE_NS INT64_C (1000000000)

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
  if (!http_target_init (&target->http, host, values, error))
    {
      free (target);
      return NULL;
    }
  target->host = host;
  target->pipeline = (uint32_t)thrum_value (values, TARGET_PIPELINE)->integer;
  target->limits.line_bytes = (uint32_t)thrum_value (values, TARGET_MAX_HEADER_LINE)->integer;
  target->limits.lines = (uint32_t)thrum_value (values, TARGET_MAX_HEADER_LINES)->integer;

  endpoint->host = target->http.host;
  endpoint->port = target->http.port;
  endpoint->tls = target->http.tls;
  endpoint->alpn = alpn;
  endpoint->calls_per_connection = target->pipeline;
  return target;
}

static void
target_free (void *data)
{
  Target *target = data;

  http_target_clear (&target->http);
  free (target);
}

/* Whether a request without a body says so: RFC 9110, 8.6, wants it of methods that may have one.
 */
static bool
announces_length (const HttpRequest *http)
{
  return http->has_body || strcmp (http->method, "POST") == 0 || strcmp (http->method, "PUT") == 0
         || strcmp (http->method, "PATCH") == 0;
}

/* Whether a request may be sent twice: the idempotent methods of RFC 9110, 9.2.2. */
static bool
is_idempotent (const char *method)
{
  static const char *const methods[] = { "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" };

  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
    if (strcmp (method, methods[i]) == 0)
      return true;
  return false;
}

/* Whether the body waits for the server to ask for it. */
static bool
expects_continue (const HttpRequest *http)
{
  for (size_t i = 0; i < http->n_headers; i++)
    if (strcasecmp (http->headers[i].name, "Expect") == 0
        && strcasecmp (http->headers[i].value, "100-continue") == 0)
      return http->body_bytes > 0;
  return false;
}

/* Makes the bytes of @http. NULL: out of memory. */
static uint8_t *
make_bytes (const HttpTarget *target, const HttpRequest *http, size_t *n_bytes)
{
  size_t most = strlen (http->method) + strlen (http->path) + strlen (target->authority)
                + http->body_bytes + 128;
  char *bytes, *end;

  for (size_t i = 0; i < http->n_headers; i++)
    most += strlen (http->headers[i].name) + strlen (http->headers[i].value) + 4;
  bytes = end = malloc (most);
  if (bytes == NULL)
    return NULL;

  end += sprintf (end, "%s %s HTTP/1.1\r\n", http->method, http->path);
  if (!http->has_host)
    end += sprintf (end, "Host: %s\r\n", target->authority);
  for (size_t i = 0; i < http->n_headers; i++)
    end += sprintf (end, "%s: %s\r\n", http->headers[i].name, http->headers[i].value);
  if (announces_length (http))
    end += sprintf (end, "Content-Length: %zu\r\n", http->body_bytes);
  end += sprintf (end, "\r\n");
  if (http->body_bytes > 0)
    memcpy (end, http->body, http->body_bytes);
  *n_bytes = (size_t)(end - bytes) + http->body_bytes;
  return (uint8_t *)bytes;
}

static void
request_free (void *data)
{
  Request *request = data;

  http_request_clear (&request->http);
  free (request->wire.bytes);
  free (request);
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
  if (!http_request_init (&request->http, &target->http, NULL, host, values, error))
    {
      free (request);
      return NULL;
    }
  request->is_repeatable = is_idempotent (request->http.method);
  request->wire.is_head = strcmp (request->http.method, "HEAD") == 0;
  request->wire.n_later = expects_continue (&request->http) ? request->http.body_bytes : 0;
  request->wire.bytes = make_bytes (&target->http, &request->http, &request->wire.n_bytes);
  if (request->wire.bytes == NULL)
    {
      host->set_error (error, "cannot make a request: out of memory");
      request_free (request);
      return NULL;
    }
  http_request_move_body (&request->http,
                          request->wire.bytes + request->wire.n_bytes - request->http.body_bytes);
  return request;
}

static void *
conn_open (void *data, const ThrumConnInfo *info, ThrumOut *out, GError **error)
{
  const Target *target = data;
  Conn *conn = calloc (1, offsetof (Conn, decoder.queue) + call_queue_bytes (target->pipeline));

  if (conn == NULL)
    {
      target->host->set_error (error, "cannot make a connection: out of memory");
      return NULL;
    }
  conn->target = target;
  conn->decoder.limits = &target->limits;
  call_queue_init (&conn->decoder.queue, target->pipeline);
  return conn;
}

static void
conn_close (void *data, ThrumOut *out)
{
  Conn *conn = data;

  free (conn->own_later);
  free (conn);
}

/* Appends the bytes of a call but for those at its end that wait for the server to say 100.
 * @are_lasting: they stay until the request is freed. */
static bool
append (Conn *conn, const uint8_t *bytes, size_t n_bytes, size_t n_later, bool are_lasting,
        ThrumOut *out, GError **error)
{
  const uint8_t *later = bytes + n_bytes - n_later;
  bool is_good = true;

  if (out->size <= offsetof (ThrumOut, idle_ns))
    n_later = 0; /* a core of 1.1 would never wake us */
  if (n_later > 0 && !are_lasting)
    {
      is_good = (conn->own_later = malloc (n_later)) != NULL;
      if (is_good)
        later = memcpy (conn->own_later, later, n_later);
    }
  if (!is_good
      || !(are_lasting ? thrum_out_lend (out, bytes, n_bytes - n_later)
                       : thrum_out_append (out, bytes, n_bytes - n_later)))
    {
      conn->target->host->set_error (error, "cannot send %zu bytes: too many", n_bytes);
      return false;
    }
  if (n_later > 0)
    {
      conn->later = later;
      conn->n_later = n_later;
      conn->decoder.awaits_continue = true;
      conn->decoder.was_continued = false;
      out->idle_ns = CONTINUE_NS;
    }
  return true;
}

/* Appends a call whose values differ from its request's. */
static bool
append_expanded (Conn *conn, const Request *base, const ThrumValues *values, ThrumOut *out,
                 GError **error)
{
  const Target *target = conn->target;
  HttpRequest http;
  uint8_t *bytes;
  size_t n_bytes = 0;
  bool is_appended = false;

  if (!http_request_init (&http, &target->http, &base->http, target->host, values, error))
    return false;
  bytes = make_bytes (&target->http, &http, &n_bytes);
  if (bytes != NULL)
    is_appended = append (conn, bytes, n_bytes, expects_continue (&http) ? http.body_bytes : 0,
                          false, out, error);
  else
    target->host->set_error (error, "cannot make a request: out of memory");
  free (bytes);
  http_request_clear (&http);
  return is_appended;
}

static ThrumEncode
encode (void *data, void *request_data, const ThrumCall *call, ThrumOut *out, GError **error)
{
  Conn *conn = data;
  Request *request = request_data;
  const Http1Request *wire = &request->wire;

  /* A call whose body waits is alone on its connection. */
  if (conn->decoder.state == HTTP1_STATE_CLOSED || call_queue_is_full (&conn->decoder.queue)
      || conn->later != NULL || (wire->n_later > 0 && conn->decoder.queue.n > 0))
    return THRUM_ENCODE_FULL;
  if (call->values != NULL
          ? !append_expanded (conn, request, call->values, out, error)
          : !append (conn, wire->bytes, wire->n_bytes, wire->n_later, true, out, error))
    return THRUM_ENCODE_ERROR;
  call_queue_push (&conn->decoder.queue, call, &request->wire);
  return request->is_repeatable ? THRUM_ENCODE_REPEATABLE : THRUM_ENCODE_SENT;
}

/* What became of the body that waits: sent now, of no use any more, or it waits on. */
static void
see_to_later (Conn *conn, ThrumCause cause, ThrumOut *out, ThrumEvent *event)
{
  Http1Decoder *decoder = &conn->decoder;
  const bool is_answered = event->type != THRUM_EVENT_MORE || decoder->state >= HTTP1_STATE_BODY;
  const bool is_wanted = decoder->was_continued || (cause == THRUM_CAUSE_IDLE && !is_answered);

  if (!is_wanted && !is_answered)
    {
      event->idle_ns = CONTINUE_NS;
      return;
    }
  if (is_wanted
      && !(conn->own_later == NULL ? thrum_out_lend (out, conn->later, conn->n_later)
                                   : thrum_out_append (out, conn->later, conn->n_later)))
    {
      event->type = THRUM_EVENT_BROKEN;
      event->failure = THRUM_FAILURE_OTHER;
    }
  free (conn->own_later);
  conn->later = conn->own_later = NULL;
  decoder->awaits_continue = decoder->was_continued = false;
}

static void
decode (void *data, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
        ThrumOut *out, ThrumEvent *event)
{
  Conn *conn = data;

  http1_decode (&conn->decoder, bytes, n_bytes, cause, consumed, event);
  if (conn->later != NULL)
    see_to_later (conn, cause, out, event);
}

static const ThrumCodecOps codec = {
  .open = conn_open,
  .encode = encode,
  .decode = decode,
  .close = conn_close,
};

THRUM_EXPORT const ThrumPlugin thrum_plugin_http1 = {
  THRUM_PLUGIN_HEAD,
  .name = "http1",
  .version = "1",
  .summary = "HTTP/1.1 over TCP and TLS by thrum's own event loop: fast, no redirects",
  .target_options = target_options,
  .n_target_options = N_TARGET_OPTIONS,
  .request_options = request_options,
  .n_request_options = HTTP_N_REQUEST_OPTIONS,
  .target_new = target_new,
  .target_free = target_free,
  .request_new = request_new,
  .request_free = request_free,
  .codec = &codec,
};
