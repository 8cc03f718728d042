/* SPDX-License-Identifier: MIT
 *
 * Reads a reply's body from libsoup's stream to its end, so that the connection can be kept; finds
 * out whether that was the end that the head promised; and unpacks it. libsoup 3.2 does none of
 * that reliably: it forgives a body that is cut if the connection is about to close, takes any
 * trailer line for the end of a chunked body, and its decoder hides how many bytes came. On the
 * session's thread; it refuses to know connections and schedules.
 */
#include "http-client.h"

#include <string.h>

enum {
  BLOCK_BYTES = 64 << 10,
  MAX_TRAILER_BYTES = 64 << 10, /* of the lines after a chunked body */
};

/* Of a packed body: some bombs are a million times smaller than what they hold. */
#define MAX_UNPACKED_BYTES ((guint64)1 << 30)

void
client_body_init (ClientBody *body, gboolean unpacks)
{
  *body = (ClientBody){ .kept = g_byte_array_new () };
  if (!unpacks)
    return;
  body->gzip = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP));
  body->deflate = G_CONVERTER (g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB));
  body->unpacked = g_malloc (BLOCK_BYTES);
}

void
client_body_clear (ClientBody *body)
{
  g_byte_array_unref (body->kept);
  g_clear_object (&body->gzip);
  g_clear_object (&body->deflate);
  g_free (body->unpacked);
}

/* One body that is being read. */
typedef struct {
  ClientBody *body;
  GCancellable *cancellable;
  gboolean keeps;
  GConverter *decoder; /* (nullable): the body is as it comes */
  ClientWire *wire;
  gboolean is_between; /* the decoder stands before a member, or after the last one */
  guint64 wire_bytes, received_bytes;
} Reading;

static ThrumFailure
take (Reading *reading, const void *bytes, gsize n_bytes)
{
  GByteArray *kept = reading->body->kept;

  reading->received_bytes += n_bytes;
  if (reading->decoder != NULL && reading->received_bytes > MAX_UNPACKED_BYTES)
    return THRUM_FAILURE_TOO_LARGE;
  if (!reading->keeps)
    return THRUM_FAILURE_NONE;
  if (kept->len + n_bytes > THRUM_PAYLOAD_MAX)
    return THRUM_FAILURE_TOO_LARGE;
  g_byte_array_append (kept, bytes, (guint)n_bytes);
  return THRUM_FAILURE_NONE;
}

/* Unpacks all of @bytes. A gzip body may have several members (RFC 1952, 2.2); zlib checks each
 * one's sum and length. */
static ThrumFailure
unpack (Reading *reading, const gchar *bytes, gsize n_bytes)
{
  gsize n_read = 0, n_written = 0;

  do
    {
      GConverterResult result;
      ThrumFailure failure;

      if (g_cancellable_is_cancelled (reading->cancellable))
        return THRUM_FAILURE_CANCELLED;
      if (reading->is_between && reading->received_bytes > 0
          && reading->decoder != reading->body->gzip)
        return THRUM_FAILURE_PROTOCOL; /* something follows what can only be one */
      if (reading->is_between)
        g_converter_reset (reading->decoder);
      reading->is_between = FALSE;
      result = g_converter_convert (reading->decoder, bytes, n_bytes, reading->body->unpacked,
                                    BLOCK_BYTES, G_CONVERTER_NO_FLAGS, &n_read, &n_written, NULL);
      if (result == G_CONVERTER_ERROR)
        return n_bytes == 0 ? THRUM_FAILURE_NONE /* nothing was left in it */
                            : THRUM_FAILURE_PROTOCOL;
      failure = take (reading, reading->body->unpacked, n_written);
      if (failure != THRUM_FAILURE_NONE)
        return failure;
      reading->is_between = result == G_CONVERTER_FINISHED;
      bytes += n_read;
      n_bytes -= n_read;
  } while (n_bytes > 0 || (n_written == BLOCK_BYTES && !reading->is_between));
  return THRUM_FAILURE_NONE;
}

static GConverter *
find_decoder (ClientBody *body, SoupMessageHeaders *headers)
{
  const gchar *encoding =
      body->gzip != NULL ? soup_message_headers_get_one (headers, "Content-Encoding") : NULL;

  if (encoding == NULL)
    return NULL;
  if (g_ascii_strcasecmp (encoding, "gzip") == 0 || g_ascii_strcasecmp (encoding, "x-gzip") == 0)
    return body->gzip;
  return g_ascii_strcasecmp (encoding, "deflate") == 0 ? body->deflate : NULL;
}

/* ---- The end of a chunked body ---- */

/* The lines that follow the last chunk, but for the first, which libsoup has taken: read, so that
 * the next reply on the connection begins where it should. */
static ThrumFailure
skip_trailers (Reading *reading, GInputStream *connection)
{
  g_autoptr (GError) error = NULL;
  gsize in_line = 0;
  gchar byte;

  for (gsize i = 0; i < MAX_TRAILER_BYTES; i++)
    {
      const gssize n = g_input_stream_read (connection, &byte, 1, reading->cancellable, &error);

      if (n <= 0)
        return n == 0 ? THRUM_FAILURE_CLOSED_EARLY : client_failure (error, CLIENT_CONNECTED);
      if (byte == '\n' && in_line == 0)
        return THRUM_FAILURE_NONE;
      if (byte == '\n')
        in_line = 0;
      else if (byte != '\r')
        in_line++;
    }
  return THRUM_FAILURE_TOO_LARGE;
}

/* @line is what libsoup's last read left in our block: the line after the last chunk, or a 0 if the
 * body ended before it. */
static ThrumFailure
end_chunks (Reading *reading, GInputStream *stream, const gchar *line)
{
  gsize name = 0;

  if (line[0] == '\n' || (line[0] == '\r' && line[1] == '\n'))
    return THRUM_FAILURE_NONE;
  if (line[0] == '\0' || line[0] == '\r')
    return THRUM_FAILURE_CLOSED_EARLY;
  while (name < BLOCK_BYTES && g_ascii_isgraph (line[name]) && line[name] != ':')
    name++;
  if (name == 0 || name == BLOCK_BYTES || line[name] != ':')
    return THRUM_FAILURE_PROTOCOL; /* what stood for the last chunk's size was not a number */
  /* The client's stream lies on the body's, and that on the connection's. */
  for (guint i = 0; i < 2; i++)
    {
      if (!G_IS_FILTER_INPUT_STREAM (stream))
        return THRUM_FAILURE_OTHER;
      stream = g_filter_input_stream_get_base_stream (G_FILTER_INPUT_STREAM (stream));
    }
  return skip_trailers (reading, stream);
}

/* ---- A body ---- */

/* Whether the head gives two lengths that differ, or one beside chunks (RFC 9112, 6.3): who knows
 * where the next reply begins. */
static gboolean
has_two_lengths (SoupMessageHeaders *headers)
{
  const gchar *list = soup_message_headers_get_list (headers, "Content-Length");
  const gchar *comma = list != NULL ? strchr (list, ',') : NULL;
  guint64 first;

  if (list != NULL && soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED)
    return TRUE;
  if (comma == NULL)
    return FALSE;
  first = g_ascii_strtoull (list, NULL, 10);
  for (; comma != NULL; comma = strchr (comma + 1, ','))
    if (g_ascii_strtoull (comma + 1, NULL, 10) != first)
      return TRUE;
  return FALSE;
}

static gboolean
has_body (SoupMessage *message)
{
  const guint status = soup_message_get_status (message);

  return status != SOUP_STATUS_NO_CONTENT && status != SOUP_STATUS_NOT_MODIFIED
         && soup_message_get_method (message) != SOUP_METHOD_HEAD;
}

/* What is wrong with the end that was reached. */
static ThrumFailure
judge_end (Reading *reading, SoupMessage *message, GInputStream *stream, const gchar *line)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  ThrumFailure failure = THRUM_FAILURE_NONE;

  switch (soup_message_headers_get_encoding (headers))
    {
    case SOUP_ENCODING_CONTENT_LENGTH:
      if (reading->wire_bytes < (guint64)soup_message_headers_get_content_length (headers))
        failure = THRUM_FAILURE_CLOSED_EARLY;
      break;
    case SOUP_ENCODING_CHUNKED:
      failure = end_chunks (reading, stream, line);
      break;
    default:
      break;
    }
  if (failure == THRUM_FAILURE_NONE && reading->decoder != NULL && !reading->is_between)
    failure = THRUM_FAILURE_PROTOCOL; /* whole, but what is packed in it is not */
  return failure;
}

/* Prepares for what the head says of the body. */
static void
begin_body (Reading *reading, SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const gboolean lasts_to_end = soup_message_headers_get_encoding (headers) == SOUP_ENCODING_EOF;

  g_byte_array_set_size (reading->body->kept, 0);
  if (!has_body (message))
    {
      /* libsoup would take the lack of a length for "until the connection ends", and close it. */
      if (lasts_to_end)
        soup_message_headers_set_encoding (headers, SOUP_ENCODING_NONE);
      return;
    }
  reading->decoder = find_decoder (reading->body, headers);
  /* What ends with the connection is whole only if TLS says so (RFC 9112, 9.8). Elsewhere a server
   * may close as it likes. */
  if (lasts_to_end && reading->wire->tls != NULL
      && soup_message_get_http_version (message) != SOUP_HTTP_2_0)
    g_tls_connection_set_require_close_notify (reading->wire->tls, TRUE);
}

/* What libsoup's @error is: not always one. */
static ThrumFailure
judge_error (Reading *reading, SoupMessage *message, GInputStream *stream, const GError *error)
{
  const ClientWire *wire = reading->wire;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || (!wire->is_ended && wire->failure == THRUM_FAILURE_NONE))
    return client_failure (error, CLIENT_CONNECTED);
  /* So that it does not reset a stream that has ended. */
  if (wire->is_ended || wire->is_reset)
    g_signal_emit_by_name (stream, "eof");
  return wire->is_ended ? judge_end (reading, message, stream, "") : wire->failure;
}

ThrumFailure
client_body_read (ClientBody *body, ClientWire *wire, SoupMessage *message, GInputStream *stream,
                  GCancellable *cancellable, gboolean keeps, guint64 *received_bytes)
{
  Reading reading = {
    .body = body, .wire = wire, .cancellable = cancellable, .keeps = keeps, .is_between = TRUE
  };
  ThrumFailure failure = THRUM_FAILURE_NONE;
  g_autoptr (GError) error = NULL;
  gchar block[BLOCK_BYTES];
  gssize n_read = 0;

  if (has_two_lengths (soup_message_get_response_headers (message)))
    return THRUM_FAILURE_PROTOCOL;
  begin_body (&reading, message);
  do
    {
      block[0] = block[1] = '\0';
      n_read = g_input_stream_read (stream, block, sizeof block, cancellable, &error);
      if (n_read <= 0)
        break;
      reading.wire_bytes += (guint64)n_read;
      failure = reading.decoder == NULL ? take (&reading, block, (gsize)n_read)
                                        : unpack (&reading, block, (gsize)n_read);
  } while (failure == THRUM_FAILURE_NONE);
  if (n_read < 0)
    failure = judge_error (&reading, message, stream, error);
  else if (n_read == 0 && has_body (message))
    failure = judge_end (&reading, message, stream, block);
  *received_bytes = reading.received_bytes;
  return failure;
}
