/* SPDX-License-Identifier: MIT
 *
 * Reads along in HTTP/1 heads and HTTP/2 frames (RFC 9112, RFC 9113); see http-frames.h. It knows
 * no header compression: the frames' types and flags are all that it needs. Pure functions.
 */
#include "http-frames.h"

#include <string.h>

/* ---- HTTP/1 ---- */

void
http_head_begin (HttpHead *head)
{
  memset (head, 0, sizeof *head);
}

/* Its present line ended. */
static void
end_line (HttpHead *head)
{
  if (head->in_line == 0 && head->n_seen > 2)
    {
      if (head->start[9] == '1')
        http_head_begin (head); /* informational: the reply's own is still to come */
      else
        head->is_over = true;
    }
  head->in_line = 0;
}

const char *
http_head_look (HttpHead *head, const uint8_t *bytes, size_t n_bytes, bool *is_cut)
{
  if (head->is_over)
    return NULL;
  *is_cut = n_bytes == 0 && head->n_seen > 0;
  if (*is_cut)
    return "the connection closed within the reply's head";
  for (size_t i = 0; i < n_bytes && !head->is_over; i++)
    {
      if (head->n_seen < sizeof head->start)
        head->start[head->n_seen] = (char)bytes[i];
      head->n_seen++;
      if (head->n_seen == 3 && memcmp (head->start, "ICY", 3) == 0)
        return "the reply begins with ICY, as Icecast's: it is not HTTP";
      if (bytes[i] == '\n')
        end_line (head);
      else if (bytes[i] != '\r')
        head->in_line++;
    }
  return NULL;
}

/* ---- TLS ---- */

enum { HANDSHAKE_RECORD = 22, SERVER_HELLO = 2, PRE_SHARED_KEY = 41 };

static size_t
get_16 (const uint8_t *bytes)
{
  return (size_t)bytes[0] << 8 | bytes[1];
}

/* Whether @hello, a handshake message, is a ServerHello that has PRE_SHARED_KEY among its
 * extensions. */
static bool
has_key (const uint8_t *hello, size_t n_bytes)
{
  size_t at = 4 + 2 + 32; /* type and length, version, random */

  if (n_bytes <= at || hello[0] != SERVER_HELLO)
    return false;
  at += 1 + (size_t)hello[at] + 2 + 1 + 2; /* session id, cipher, compression, extensions' length */
  while (at + 4 <= n_bytes)
    {
      if (get_16 (hello + at) == PRE_SHARED_KEY)
        return true;
      at += 4 + get_16 (hello + at + 2);
    }
  return false;
}

bool
http_hello_is_resumed (const uint8_t *bytes, size_t n_bytes)
{
  while (n_bytes > 5)
    {
      size_t length = get_16 (bytes + 3);

      if (length > n_bytes - 5)
        length = n_bytes - 5;
      if (bytes[0] == HANDSHAKE_RECORD && has_key (bytes + 5, length))
        return true;
      bytes += 5 + length;
      n_bytes -= 5 + length;
    }
  return false;
}

/* ---- HTTP/2 ---- */

enum { DATA = 0, HEADERS = 1, RST_STREAM = 3, GOAWAY = 7, CONTINUATION = 9 };
enum { END_STREAM = 1, END_HEADERS = 4 };
enum { NO_ERROR = 0, REFUSED_STREAM = 7, HTTP_1_1_REQUIRED = 13 };

static const char *const reset_reasons[] = {
  "RST_STREAM: NO_ERROR before the reply's end",
  "RST_STREAM: PROTOCOL_ERROR",
  "RST_STREAM: INTERNAL_ERROR",
  "RST_STREAM: FLOW_CONTROL_ERROR",
  "RST_STREAM: SETTINGS_TIMEOUT",
  "RST_STREAM: STREAM_CLOSED",
  "RST_STREAM: FRAME_SIZE_ERROR",
  "RST_STREAM: REFUSED_STREAM",
  "RST_STREAM: CANCEL",
  "RST_STREAM: COMPRESSION_ERROR",
  "RST_STREAM: CONNECT_ERROR",
  "RST_STREAM: ENHANCE_YOUR_CALM",
  "RST_STREAM: INADEQUATE_SECURITY",
  "RST_STREAM: HTTP_1_1_REQUIRED",
};

static uint32_t
get_32 (const uint8_t *bytes)
{
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

void
http_frames_begin (HttpFrames *frames)
{
  frames->stream = frames->stream == 0 ? 1 : frames->stream + 2;
  frames->has_head = frames->ends_block = frames->is_done = false;
  frames->is_ended = frames->is_reset = frames->is_refused = false;
  frames->reason = NULL;
}

static uint32_t
get_stream (const HttpFrames *frames)
{
  return get_32 (frames->head + 5) & 0x7fffffff;
}

/* Streams after the last one that it names were not looked at (6.8). */
static void
on_goaway (HttpFrames *frames)
{
  const uint32_t last = get_32 (frames->payload) & 0x7fffffff;
  const uint32_t code = get_32 (frames->payload + 4);
  const bool is_lost = !frames->is_done && !frames->is_ended && frames->stream > last;

  if (frames->n_payload < 8)
    return;
  frames->is_going_away = true;
  if (code != NO_ERROR)
    frames->reason = "GOAWAY with an error";
  frames->is_refused |= is_lost && code == NO_ERROR;
  frames->is_reset |= is_lost && code != NO_ERROR;
}

static void
on_reset (HttpFrames *frames)
{
  const uint32_t code = get_32 (frames->payload);
  const size_t n_reasons = sizeof reset_reasons / sizeof reset_reasons[0];

  if (get_stream (frames) != frames->stream || frames->is_done || frames->is_ended
      || code == HTTP_1_1_REQUIRED) /* of which libsoup makes the best */
    return;
  frames->is_refused = code == REFUSED_STREAM && !frames->has_head;
  frames->is_reset = !frames->is_refused;
  frames->reason = code < n_reasons ? reset_reasons[code] : "RST_STREAM: unknown code";
}

/* The frame's header has come. */
static void
begin_frame (HttpFrames *frames)
{
  frames->left = (uint32_t)frames->head[0] << 16 | (uint32_t)frames->head[1] << 8 | frames->head[2];
  frames->is_held =
      frames->head[3] == GOAWAY || (frames->head[3] == RST_STREAM && frames->left == 4);
  frames->n_payload = 0;
  memset (frames->payload, 0, sizeof frames->payload);
  if (frames->head[3] == HEADERS && frames->stream < get_stream (frames))
    frames->stream = get_stream (frames);
}

/* All of the frame has come. */
static void
end_frame (HttpFrames *frames)
{
  const uint8_t type = frames->head[3], flags = frames->head[4];

  frames->n_head = 0;
  if (type == GOAWAY)
    on_goaway (frames);
  else if (type == RST_STREAM)
    on_reset (frames);
  if (get_stream (frames) != frames->stream)
    return;
  if (type == HEADERS)
    frames->ends_block = (flags & END_STREAM) != 0;
  if ((type == HEADERS || type == CONTINUATION) && (flags & END_HEADERS) != 0)
    {
      /* A block that ends the stream and is not the first may be trailers. If it is a head after
       * an informational one, libsoup knows that nothing follows, and reads no further. */
      frames->is_ended |= frames->ends_block && frames->has_head;
      frames->is_done |= frames->ends_block && !frames->has_head;
      frames->has_head = true;
    }
  if (type == DATA && (flags & END_STREAM) != 0)
    frames->is_done = true;
}

static uint8_t *
append (uint8_t *end, const uint8_t *bytes, size_t n_bytes)
{
  memmove (end, bytes, n_bytes);
  return end + n_bytes;
}

size_t
http_frames_filter (HttpFrames *frames, const uint8_t *in, size_t n_bytes, uint8_t *out)
{
  uint8_t *end = out;

  while (n_bytes > 0)
    {
      size_t n = 1;

      if (frames->n_head < HTTP_FRAME_HEAD_BYTES)
        {
          frames->head[frames->n_head++] = *in++;
          n_bytes--;
          if (frames->n_head < HTTP_FRAME_HEAD_BYTES)
            continue;
          begin_frame (frames);
          if (!frames->is_held)
            end = append (end, frames->head, HTTP_FRAME_HEAD_BYTES);
        }
      else
        {
          n = n_bytes < frames->left ? n_bytes : frames->left;
          for (size_t i = 0; i < n && frames->n_payload < sizeof frames->payload; i++)
            frames->payload[frames->n_payload++] = in[i];
          if (!frames->is_held)
            end = append (end, in, n);
          in += n;
          n_bytes -= n;
          frames->left -= (uint32_t)n;
        }
      if (frames->left > 0)
        continue;
      end_frame (frames);
      if (frames->is_held && frames->head[3] == RST_STREAM && !frames->is_refused)
        {
          end = append (end, frames->head, HTTP_FRAME_HEAD_BYTES);
          end = append (end, frames->payload, frames->n_payload);
        }
    }
  return (size_t)(end - out);
}

size_t
http_frames_make_continue (const HttpFrames *frames, uint8_t *out, size_t n_bytes)
{
  /* HEADERS of 5 bytes: `:status`, number 8 of the static table, with a literal value that no table
   * keeps (RFC 7541, 6.2.2). */
  static const uint8_t frame[] = {
    0, 0, 5, HEADERS, END_HEADERS, 0, 0, 0, 0, 0x08, 3, '1', '0', '0'
  };

  if (frames->n_head != 0 || n_bytes < sizeof frame)
    return 0;
  memcpy (out, frame, sizeof frame);
  out[5] = (uint8_t)(frames->stream >> 24);
  out[6] = (uint8_t)(frames->stream >> 16);
  out[7] = (uint8_t)(frames->stream >> 8);
  out[8] = (uint8_t)frames->stream;
  return sizeof frame;
}
