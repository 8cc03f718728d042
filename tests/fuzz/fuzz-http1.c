/* SPDX-License-Identifier: MIT
 *
 * The HTTP/1 decoder held against an independent one, libhttp-parser: a reply that ours takes, the
 * other takes too, with the same status, the same payload, the same end, and the same word on
 * whether the connection goes on. (Ours refuses more on purpose: bare CR, two different lengths, and what
 * is beyond its limits.) The first byte's lowest bit says the request was
 * HEAD; the rest is what the server sent before it closed.
 */
#include <glib.h>
#include <http_parser.h>
#include <stdlib.h>
#include <string.h>

#include "http1-decode.h"

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

typedef struct {
  gboolean is_whole;  /* a reply, not an interim one */
  gboolean is_exempt; /* refused for something that RFC 9112 allows */
  gboolean is_head;   /* asked */
  gboolean is_chunked;
  gboolean keeps;
  guint status;
  GString *payload;
  gsize end; /* bytes of the stream up to the reply's last */
} Reply;

/* In HTTP/1.0 the library lets keep-alive win over close; RFC 9112 (9.3) looks at close first. It also
 * keeps a connection of HTTP/1.0 that has a Transfer-Encoding, which 6.1 forbids. */
static gboolean
keeps_connection (const http_parser *parser)
{
  return http_should_keep_alive (parser) != 0 && (parser->flags & F_CONNECTION_CLOSE) == 0
         && (parser->http_minor > 0 || parser->uses_transfer_encoding == 0);
}

static int
on_headers_complete (http_parser *parser)
{
  Reply *reply = parser->data;

  /* The library lets a trailer change this later. */
  reply->is_chunked = (parser->flags & F_CHUNKED) != 0;
  reply->keeps = keeps_connection (parser);
  /* 1: no body follows. The library leaves it to its user to know which replies have none. */
  return reply->is_head || parser->status_code < 200 || parser->status_code == 204
         || parser->status_code == 304;
}

static int
on_body (http_parser *parser, const char *at, size_t length)
{
  g_string_append_len (((Reply *)parser->data)->payload, at, (gssize)length);
  return 0;
}

static int
on_message_complete (http_parser *parser)
{
  Reply *reply = parser->data;

  if (parser->status_code < 200)
    return 0;
  reply->is_whole = TRUE;
  reply->status = parser->status_code;
  if (!reply->is_chunked)
    reply->keeps = keeps_connection (parser);
  http_parser_pause (parser, 1);
  return 0;
}

/* Whether some Content-Length in @bytes is a list, which the library refuses and RFC 9110 (8.6) allows. */
static gboolean
has_length_list (const guint8 *bytes, gsize n_bytes)
{
  static const gchar name[] = "content-length:";

  for (gsize i = 0; i + sizeof name - 1 < n_bytes; i++)
    if (g_ascii_strncasecmp ((const gchar *)bytes + i, name, sizeof name - 1) == 0)
      for (gsize at = i + sizeof name - 1;
           at < n_bytes && strchr ("0123456789 \r\n,", bytes[at]) != NULL; at++)
        if (bytes[at] == ',')
          return TRUE;
  return FALSE;
}

/* What libhttp-parser makes of the first reply in @bytes. */
static void
decode_theirs (Reply *reply, const guint8 *bytes, gsize n_bytes)
{
  static const http_parser_settings settings = {
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
  };
  http_parser parser;

  http_parser_set_max_header_size (1 << 20);
  http_parser_init (&parser, HTTP_RESPONSE);
  parser.data = reply;
  reply->end = http_parser_execute (&parser, &settings, (const char *)bytes, n_bytes);
  /* A length beside a coding, even in an interim reply, whose content nobody reads. The tables of
   * test-http1.c have what that leaves unchecked. */
  reply->is_exempt = HTTP_PARSER_ERRNO (&parser) == HPE_UNEXPECTED_CONTENT_LENGTH
                     || (HTTP_PARSER_ERRNO (&parser) == HPE_INVALID_CONTENT_LENGTH
                         && has_length_list (bytes, n_bytes));
  if (reply->is_whole)
    /* Paused on the reply's last byte, which then does not count as parsed. */
    reply->end = MIN (reply->end, n_bytes);
  else if (HTTP_PARSER_ERRNO (&parser) == HPE_OK && reply->end == n_bytes)
    http_parser_execute (&parser, &settings, NULL, 0);
}

static void
decode_ours (Reply *reply, const guint8 *bytes, gsize n_bytes)
{
  static const Http1Limits limits = { .line_bytes = 64 * 1024, .lines = 1000 };
  Http1Decoder *decoder = calloc (1, sizeof *decoder + sizeof (OpenCall));
  const Http1Request request = { .is_head = reply->is_head };
  const ThrumCall call = { .size = sizeof call, .id = 1, .wants_payload = true };
  ThrumEvent event;

  g_assert_nonnull (decoder);
  decoder->limits = &limits;
  call_queue_init (&decoder->queue, 1);
  call_queue_push (&decoder->queue, &call, &request);
  do
    {
      gsize consumed = 0;

      memset (&event, 0, sizeof event);
      http1_decode (decoder, bytes + reply->end, n_bytes - reply->end, THRUM_CAUSE_END, &consumed,
                    &event);
      reply->end += consumed;
      if (event.type == THRUM_EVENT_DATA)
        g_string_append_len (reply->payload, event.data, (gssize)event.data_bytes);
  } while (event.type == THRUM_EVENT_DATA || event.type == THRUM_EVENT_HEAD);

  if (event.type == THRUM_EVENT_REPLY)
    {
      reply->is_whole = TRUE;
      reply->status = (guint)event.status;
      reply->keeps = !event.close;
      g_assert_cmpuint (event.data_bytes, ==, reply->payload->len);
    }
  free (decoder);
}

/* Whether the element of a list that begins at @bytes is one that starts like a word that the library
 * looks for and is not it: the library then passes over the comma behind it. */
static gboolean
is_almost_word (const guint8 *bytes, gsize n_bytes)
{
  static const gchar *const words[] = { "chunked", "close", "keep-alive", "upgrade" };
  gboolean starts_like_one = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize length = strlen (words[i]);

      if (n_bytes >= length && g_ascii_strncasecmp ((const gchar *)bytes, words[i], length) == 0)
        return FALSE;
      starts_like_one |= g_ascii_tolower ((gchar)bytes[0]) == words[i][0];
    }
  return starts_like_one;
}

/* RFC 9110, 5.6.2. */
static gboolean
is_token (guint8 byte)
{
  return g_ascii_isalnum (byte) || (byte != 0 && strchr ("!#$%&'*+-.^_`|~", byte) != NULL);
}

/* Whether @bytes begin with a name that only begins like Transfer-Encoding: the library counts it as
 * one, and forgets the "chunked" of the one before. */
static gboolean
is_almost_transfer_encoding (const guint8 *bytes, gsize n_bytes)
{
  static const gchar name[] = "transfer-encoding";

  return n_bytes >= sizeof name && bytes[sizeof name - 1] != ':'
         && g_ascii_strncasecmp ((const gchar *)bytes, name, sizeof name - 1) == 0;
}

/* Whether @bytes have what the library reads otherwise than RFC 9110: a tab as optional white space,
 * the above, or a list (5.6.1) with an empty element (a field without a value is one), one that begins
 * with no token, or the further above, after which it no longer sees "chunked". The tables of
 * test-http1.c have what this leaves unchecked. */
static gboolean
is_beyond_library (const guint8 *bytes, gsize n_bytes)
{
  guint8 last = 0;

  for (gsize i = 0; i < n_bytes; i++)
    {
      gboolean begins_element = last == ',' || last == ':';
      gboolean ends_element = bytes[i] == ',' || bytes[i] == '\r' || bytes[i] == '\n';

      if (bytes[i] == '\t' || (begins_element && ends_element)
          || (last == ',' && bytes[i] != ' ' && !is_token (bytes[i]))
          || is_almost_transfer_encoding (bytes + i, n_bytes - i)
          || (begins_element && is_almost_word (bytes + i, n_bytes - i)))
        return TRUE;
      if (bytes[i] != ' ')
        last = bytes[i];
    }
  return FALSE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  if (size < 1 || is_beyond_library (data + 1, size - 1))
    return 0;

  g_autoptr (GString) our_payload = g_string_new (NULL);
  g_autoptr (GString) their_payload = g_string_new (NULL);
  Reply ours = { .is_head = data[0] & 1, .payload = our_payload };
  Reply theirs = { .is_head = data[0] & 1, .payload = their_payload };

  decode_ours (&ours, data + 1, size - 1);
  if (!ours.is_whole)
    return 0;

  decode_theirs (&theirs, data + 1, size - 1);
  if (theirs.is_exempt)
    return 0;
  g_assert_true (theirs.is_whole);
  g_assert_cmpuint (ours.status, ==, theirs.status);
  g_assert_cmpmem (ours.payload->str, ours.payload->len, theirs.payload->str, theirs.payload->len);
  g_assert_cmpint (ours.keeps, ==, theirs.keeps);
  g_assert_cmpuint (ours.end, ==, theirs.end);
  return 0;
}
