/* SPDX-License-Identifier: MIT
 *
 * What the request parser makes of a stream that arrives in pieces, as text: the unit test and the
 * fuzzer compare the texts of different splits.
 */
#pragma once

#include <string.h>

#include "server/request-parser.h"

/* The buffer that a server would keep: what was received and not consumed. */
typedef struct {
  ThrumRequestParser parser;
  GByteArray *kept;
  GString *events;
  GString *body; /* of the request at hand: its pieces joined */
} RequestReader;

static inline void
request_reader_init (RequestReader *reader)
{
  memset (&reader->parser, 0, sizeof reader->parser);
  reader->kept = g_byte_array_new ();
  reader->events = g_string_new (NULL);
  reader->body = g_string_new (NULL);
}

static inline void
request_reader_append_slice (RequestReader *reader, ThrumSlice slice)
{
  g_string_append_len (reader->events, slice.bytes, slice.length);
  g_string_append_c (reader->events, '\n');
}

static inline void
request_reader_append_head (RequestReader *reader, const ThrumRequestHead *head)
{
  g_string_append_printf (reader->events, "head 1.%u%s%s%s %" G_GUINT64_FORMAT "\n",
                          head->minor_version, head->keep_alive ? " keep" : " close",
                          head->expects_continue ? " expects" : "",
                          head->is_chunked ? " chunked" : "", head->content_length);
  request_reader_append_slice (reader, head->method);
  request_reader_append_slice (reader, head->target);
  for (guint i = 0; i < head->n_headers; i++)
    {
      request_reader_append_slice (reader, head->headers[i].name);
      request_reader_append_slice (reader, head->headers[i].value);
    }
}

/* FALSE: the stream is bad. Each piece is copied to a block of its own, so that a sanitizer sees
 * any byte read beyond it. */
static inline gboolean
request_reader_feed (RequestReader *reader, const void *bytes, gsize length)
{
  ThrumRequestHead head;
  ThrumSlice body;
  ThrumRequestEvent event = THRUM_REQUEST_MORE;
  gsize at = 0, consumed;
  g_autofree char *piece = NULL;

  g_byte_array_append (reader->kept, bytes, length);
  length = reader->kept->len;
  piece = g_memdup2 (reader->kept->data, length);
  do
    {
      event = thrum_request_parser_next (&reader->parser, piece != NULL ? piece + at : "",
                                         length - at, &consumed, &head, &body);
      g_assert_cmpuint (consumed, <=, length - at);
      if (event == THRUM_REQUEST_HEAD)
        request_reader_append_head (reader, &head);
      else if (event == THRUM_REQUEST_BODY)
        {
          g_assert_cmpuint (body.length, >, 0);
          g_string_append_len (reader->body, body.bytes, body.length);
        }
      else if (event == THRUM_REQUEST_END)
        {
          g_string_append_printf (reader->events, "body %" G_GSIZE_FORMAT "\n", reader->body->len);
          g_string_append_len (reader->events, reader->body->str, reader->body->len);
          g_string_append (reader->events, "\nend\n");
          g_string_truncate (reader->body, 0);
        }
      at += consumed;
  } while (event != THRUM_REQUEST_MORE && event != THRUM_REQUEST_BAD);
  if (at > 0)
    g_byte_array_remove_range (reader->kept, 0, at);
  return event != THRUM_REQUEST_BAD;
}

/* The events so far, with how the stream ended. (transfer full) */
static inline char *
request_reader_finish (RequestReader *reader)
{
  if (reader->parser.status != 0)
    g_string_append_printf (reader->events, "bad %u\n", reader->parser.status);
  else
    g_string_append_len (reader->events, reader->body->str, reader->body->len);
  g_byte_array_unref (reader->kept);
  g_string_free (reader->body, TRUE);
  return g_string_free (reader->events, FALSE);
}

/* The events of @bytes when they come in pieces of @step, after a first one of @first. */
static inline char *
request_events (const char *bytes, gsize length, gsize first, gsize step)
{
  RequestReader reader;
  gsize at = MIN (first, length);

  request_reader_init (&reader);
  if (request_reader_feed (&reader, bytes, at))
    while (at < length)
      {
        gsize n = MIN (step, length - at);

        if (!request_reader_feed (&reader, bytes + at, n))
          break;
        at += n;
      }
  return request_reader_finish (&reader);
}
