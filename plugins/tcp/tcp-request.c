/* SPDX-License-Identifier: MIT
 *
 * Makes a request of the tcp plugin from its options and bytes, and judges a reply by its first
 * bytes. A request is immutable once it is made, so any thread may use it. It knows nothing of
 * connections.
 */
#include "tcp-request.h"

#include <inttypes.h>
#include <stdlib.h>

/* The status of a good reply of a protocol that has none: what reads as success everywhere. */
#define TCP_STATUS_GOOD 200

/* The most digits of a status. */
#define TCP_STATUS_DIGITS 9

static const char *const reply_kinds[] = { "delimiter", "fixed", "length", "idle",
                                           "close",     "none",  NULL };
static const char *const length_formats[] = { "big", "little", "decimal", NULL };

const ThrumOption tcp_request_options[TCP_N_REQUEST_OPTIONS] = {
  [TCP_OPTION_SEND] = { .key = "send",
                        .type = THRUM_OPTION_STRING,
                        .flags = THRUM_OPTION_TEMPLATE | THRUM_OPTION_ESCAPES,
                        .help = "text to send; \\r \\n \\t \\0 \\\\ \\xHH are bytes" },
  [TCP_OPTION_SEND_HEX] = { .key = "send-hex",
                            .type = THRUM_OPTION_STRING,
                            .flags = THRUM_OPTION_TEMPLATE,
                            .help = "bytes to send, as hexadecimal digits; blanks may stand "
                                    "between pairs" },
  [TCP_OPTION_SEND_FILE] = { .key = "send-file",
                             .type = THRUM_OPTION_STRING,
                             .flags = THRUM_OPTION_PATH,
                             .help = "a file to send, up to 64 MiB" },
  [TCP_OPTION_REPLY] = { .key = "reply",
                         .type = THRUM_OPTION_ENUM,
                         .choices = reply_kinds,
                         .fallback = "delimiter",
                         .help = "what ends a reply; none: sending is all there is" },
  [TCP_OPTION_DELIMITER] = { .key = "delimiter",
                             .type = THRUM_OPTION_STRING,
                             .flags = THRUM_OPTION_ESCAPES,
                             .fallback = "\\n",
                             .help = "reply = delimiter: the text that ends it, escaped as in "
                                     "send",
                             .only_with = "reply = delimiter" },
  [TCP_OPTION_DELIMITERS] = { .key = "delimiters",
                              .type = THRUM_OPTION_INT,
                              .fallback = "1",
                              .minimum = 1,
                              .maximum = 1000000,
                              .help = "reply = delimiter: it ends at so many of them",
                              .only_with = "reply = delimiter" },
  [TCP_OPTION_REPLY_SIZE] = { .key = "reply-size",
                              .type = THRUM_OPTION_SIZE,
                              .minimum = 1,
                              .maximum = 1e15,
                              .help = "reply = fixed: its size in bytes",
                              .only_with = "reply = fixed" },
  [TCP_OPTION_LENGTH_OFFSET] = { .key = "length-offset",
                                 .type = THRUM_OPTION_INT,
                                 .fallback = "0",
                                 .minimum = 0,
                                 .maximum = TCP_LENGTH_OFFSET_MAX,
                                 .help = "reply = length: where in it the length stands, in "
                                         "bytes",
                                 .only_with = "reply = length" },
  [TCP_OPTION_LENGTH_FORMAT] = { .key = "length-format",
                                 .type = THRUM_OPTION_ENUM,
                                 .choices = length_formats,
                                 .fallback = "big",
                                 .help = "reply = length: big- or little-endian, or decimal "
                                         "digits",
                                 .only_with = "reply = length" },
  [TCP_OPTION_LENGTH_WIDTH] = { .key = "length-width",
                                .type = THRUM_OPTION_INT,
                                .fallback = "4",
                                .minimum = 1,
                                .maximum = 8,
                                .help = "reply = length: bytes of a binary length",
                                .only_with = "length-format != decimal" },
  [TCP_OPTION_LENGTH_ADJUST] = { .key = "length-adjust",
                                 .type = THRUM_OPTION_INT,
                                 .fallback = "0",
                                 .minimum = -1e9,
                                 .maximum = 1e9,
                                 .help = "reply = length: bytes after the length field beyond "
                                         "those it counts; -4 if it counts its own four",
                                 .only_with = "reply = length" },
  [TCP_OPTION_IDLE] = { .key = "idle",
                        .type = THRUM_OPTION_DURATION,
                        .fallback = "50ms",
                        .minimum = 1000,
                        .maximum = 3.6e12,
                        .help = "reply = idle: the silence that ends it; not part of its time",
                        .only_with = "reply = idle" },
  [TCP_OPTION_MAX_REPLY] = { .key = "max-reply",
                             .type = THRUM_OPTION_SIZE,
                             .fallback = "16MiB",
                             .minimum = 1,
                             .maximum = 1e15,
                             .help = "the largest reply in bytes; beyond it fails as too-large",
                             .only_with = "reply != none" },
  [TCP_OPTION_EXPECT] = { .key = "expect",
                          .type = THRUM_OPTION_STRING,
                          .flags = THRUM_OPTION_ESCAPES,
                          .help = "text a reply begins with, escaped as in send; else it fails as "
                                  "check",
                          .only_with = "reply != none" },
  [TCP_OPTION_STATUS_OFFSET] = { .key = "status-offset",
                                 .type = THRUM_OPTION_INT,
                                 .minimum = 0,
                                 .maximum = 4096,
                                 .help = "where in a reply its decimal status stands, in bytes "
                                         "(SMTP: 0); without it or a map, 200",
                                 .only_with = "reply != none" },
  [TCP_OPTION_STATUS_MAP] = { .key = "status-map",
                              .type = THRUM_OPTION_LIST,
                              .help = "PREFIX=STATUS; ...: the status of replies that begin so, "
                                      "the first that fits; 400 and up fail, none fits: protocol",
                              .only_with = "reply != none" },
};

static bool
read_entry (TcpStatusEntry *entry, const ThrumHost *host, const char *text, GError **error)
{
  const char *equals = strrchr (text, '=');
  char *end = NULL, *prefix;
  long status = equals != NULL ? strtol (equals + 1, &end, 10) : 0;
  bool is_read;

  if (equals == NULL || end == equals + 1 || *end != '\0' || status < 1 || status > 999999999)
    {
      host->set_error (error, "status-map: cannot read '%s': expected PREFIX=STATUS", text);
      return false;
    }
  entry->status = (int32_t)status;
  prefix = strndup (text, (size_t)(equals - text));
  if (prefix == NULL)
    {
      host->set_error (error, "cannot keep status-map: out of memory");
      return false;
    }
  is_read = tcp_bytes_from_text (&entry->prefix, host, "status-map", prefix, error);
  free (prefix);
  return is_read;
}

static bool
read_map (TcpRequest *request, const ThrumHost *host, const char *const *list, GError **error)
{
  size_t n = 0;

  while (list != NULL && list[n] != NULL)
    n++;
  if (n == 0)
    return true;
  request->map = calloc (n, sizeof *request->map);
  if (request->map == NULL)
    {
      host->set_error (error, "cannot keep status-map: out of memory");
      return false;
    }
  for (request->n_map = 0; request->n_map < n; request->n_map++)
    if (!read_entry (&request->map[request->n_map], host, list[request->n_map], error))
      return false;
  return true;
}

/* How many of a reply's bytes tcp_request_judge () has to see. */
static size_t
compute_window (const TcpRequest *request)
{
  size_t window = request->expect.n;

  for (size_t i = 0; i < request->n_map; i++)
    if (request->map[i].prefix.n > window)
      window = request->map[i].prefix.n;
  if (request->status_offset >= 0
      && (size_t)request->status_offset + TCP_STATUS_DIGITS + 1 > window)
    window = (size_t)request->status_offset + TCP_STATUS_DIGITS + 1;
  return window;
}

static bool
read_send (TcpRequest *request, const ThrumHost *host, const ThrumValues *values, GError **error)
{
  const ThrumValue *text = thrum_value (values, TCP_OPTION_SEND);
  const ThrumValue *hex = thrum_value (values, TCP_OPTION_SEND_HEX);
  const ThrumValue *file = thrum_value (values, TCP_OPTION_SEND_FILE);

  switch (text->is_set + hex->is_set + file->is_set)
    {
    case 0:
      host->set_error (error, "nothing to send: give send, send-hex or send-file (`send =` alone "
                              "waits for a reply without sending; the target's `connect-only = "
                              "yes` tests connecting)");
      return false;
    case 1:
      break;
    default:
      host->set_error (error, "give one of send, send-hex and send-file, not several");
      return false;
    }
  if (text->is_set)
    return tcp_bytes_from_text (&request->send, host, "send", text->string, error);
  if (hex->is_set)
    return tcp_bytes_from_hex (&request->send, host, "send-hex", hex->string, error);
  return tcp_bytes_from_file (&request->send, host, "send-file", file->string, error);
}

static bool
read_framing (TcpRequest *request, const ThrumHost *host, bool is_alone, const ThrumValues *values,
              GError **error)
{
  TcpFraming *framing = &request->framing;

  *framing = (TcpFraming){
    .kind = (TcpReplyKind)thrum_value (values, TCP_OPTION_REPLY)->integer,
    .n_delimiters = (uint32_t)thrum_value (values, TCP_OPTION_DELIMITERS)->integer,
    .fixed_bytes = (uint64_t)thrum_value (values, TCP_OPTION_REPLY_SIZE)->integer,
    .length_offset = (uint32_t)thrum_value (values, TCP_OPTION_LENGTH_OFFSET)->integer,
    .length_width = (uint32_t)thrum_value (values, TCP_OPTION_LENGTH_WIDTH)->integer,
    .length_format = (TcpLengthFormat)thrum_value (values, TCP_OPTION_LENGTH_FORMAT)->integer,
    .length_adjust = thrum_value (values, TCP_OPTION_LENGTH_ADJUST)->integer,
    .idle_ns = thrum_value (values, TCP_OPTION_IDLE)->integer,
    .max_bytes = (uint64_t)thrum_value (values, TCP_OPTION_MAX_REPLY)->integer,
  };
  if (framing->length_format == TCP_LENGTH_DECIMAL)
    framing->length_width = 0;

  if (!tcp_bytes_from_text (&request->delimiter, host, "delimiter",
                            thrum_value (values, TCP_OPTION_DELIMITER)->string, error))
    return false;
  framing->delimiter = request->delimiter.data;
  framing->delimiter_bytes = request->delimiter.n;

  if (framing->kind == TCP_REPLY_DELIMITER && framing->delimiter_bytes == 0)
    host->set_error (error, "delimiter: is empty; a reply would never end");
  else if (framing->kind == TCP_REPLY_FIXED && framing->fixed_bytes == 0)
    host->set_error (error, "reply-size: must be given with reply = fixed");
  else if ((framing->kind == TCP_REPLY_IDLE || framing->kind == TCP_REPLY_CLOSE) && !is_alone)
    host->set_error (error, "reply: %s cannot tell pipelined replies apart; it needs pipeline = 1",
                     reply_kinds[framing->kind]);
  else if (framing->kind == TCP_REPLY_FIXED && framing->fixed_bytes > framing->max_bytes)
    host->set_error (error, "%s (%" PRIu64 " bytes): every reply would be too large",
                     thrum_value (values, TCP_OPTION_MAX_REPLY)->is_set
                         ? "max-reply: is smaller than reply-size"
                         : "reply-size: is larger than max-reply",
                     thrum_value (values, TCP_OPTION_MAX_REPLY)->is_set ? framing->fixed_bytes
                                                                        : framing->max_bytes);
  else
    return true;
  return false;
}

static bool
read_checks (TcpRequest *request, const ThrumHost *host, const ThrumValues *values, GError **error)
{
  const ThrumValue *offset = thrum_value (values, TCP_OPTION_STATUS_OFFSET);

  request->status_offset = offset->is_set ? offset->integer : -1;
  if (!tcp_bytes_from_text (&request->expect, host, "expect",
                            thrum_value (values, TCP_OPTION_EXPECT)->string, error)
      || !read_map (request, host, thrum_value (values, TCP_OPTION_STATUS_MAP)->list, error))
    return false;
  if (request->n_map > 0 && request->status_offset >= 0)
    {
      host->set_error (error, "status-map: cannot stand beside status-offset: give one of them");
      return false;
    }
  request->window = compute_window (request);
  return true;
}

TcpRequest *
tcp_request_new (const ThrumHost *host, bool is_alone, bool connects_only,
                 const ThrumValues *values, GError **error)
{
  TcpRequest *request = calloc (1, sizeof *request);

  if (request == NULL)
    {
      host->set_error (error, "cannot make a request: out of memory");
      return NULL;
    }
  if (connects_only)
    {
      request->framing.kind = TCP_REPLY_NONE;
      for (unsigned i = 0; i < TCP_N_REQUEST_OPTIONS; i++)
        if (thrum_value (values, i)->is_set)
          {
            host->set_error (error,
                             "%s: is of no use with connect-only = yes, which sends nothing and "
                             "awaits no reply",
                             tcp_request_options[i].key);
            tcp_request_free (request);
            return NULL;
          }
      return request;
    }
  if (read_send (request, host, values, error) && read_checks (request, host, values, error)
      && read_framing (request, host, is_alone, values, error))
    return request;
  tcp_request_free (request);
  return NULL;
}

void
tcp_request_free (TcpRequest *request)
{
  free (request->send.data);
  free (request->delimiter.data);
  free (request->expect.data);
  for (size_t i = 0; i < request->n_map; i++)
    free (request->map[i].prefix.data);
  free (request->map);
  free (request);
}

bool
tcp_request_write (const TcpRequest *request, const ThrumHost *host, const ThrumValues *values,
                   ThrumOut *out, GError **error)
{
  const ThrumValue *text = values != NULL ? thrum_value (values, TCP_OPTION_SEND) : NULL;
  const ThrumValue *hex = values != NULL ? thrum_value (values, TCP_OPTION_SEND_HEX) : NULL;
  const ThrumValue *given = text != NULL && text->is_set ? text : hex;
  const char *problem;
  size_t n;

  if (given == NULL || !given->is_set)
    {
      if (thrum_out_lend (out, request->send.data, request->send.n))
        return true;
      host->set_error (error, "cannot send %zu bytes: too many", request->send.n);
      return false;
    }
  n = strlen (given->string);
  if (out->capacity - out->used < n && !out->reserve (out, n))
    {
      host->set_error (error, "cannot send %zu bytes: too many", n);
      return false;
    }
  if (!(given == text ? tcp_text_read : tcp_hex_read) (given->string, out->data + out->used, &n,
                                                       &problem))
    {
      host->set_error (error, "cannot read what to send at '%.8s'", problem);
      return false;
    }
  out->used += n;
  return true;
}

static bool
begins_with (const uint8_t *bytes, size_t n_bytes, const TcpBytes *prefix)
{
  return n_bytes >= prefix->n && memcmp (bytes, prefix->data, prefix->n) == 0;
}

/* The decimal number at the request's offset. 0: there is none, or it has too many digits. */
static int32_t
read_status (const TcpRequest *request, const uint8_t *bytes, size_t n_bytes)
{
  size_t first = (size_t)request->status_offset, at = first;
  int32_t status = 0;

  for (; at < n_bytes && bytes[at] >= '0' && bytes[at] <= '9'; at++)
    {
      if (at - first == TCP_STATUS_DIGITS)
        return 0;
      status = status * 10 + (bytes[at] - '0');
    }
  return status;
}

static int32_t
map_status (const TcpRequest *request, const uint8_t *bytes, size_t n_bytes)
{
  for (size_t i = 0; i < request->n_map; i++)
    if (begins_with (bytes, n_bytes, &request->map[i].prefix))
      return request->map[i].status;
  return 0;
}

ThrumFailure
tcp_request_judge (const TcpRequest *request, const uint8_t *bytes, size_t n_bytes, int32_t *status)
{
  if (request->n_map > 0)
    *status = map_status (request, bytes, n_bytes);
  else if (request->status_offset >= 0)
    *status = read_status (request, bytes, n_bytes);
  else
    *status = TCP_STATUS_GOOD;

  if (*status == 0)
    return THRUM_FAILURE_PROTOCOL;
  if (request->expect.data != NULL && !begins_with (bytes, n_bytes, &request->expect))
    return THRUM_FAILURE_CHECK;
  return *status >= 400 ? THRUM_FAILURE_STATUS : THRUM_FAILURE_NONE;
}
