/* SPDX-License-Identifier: MIT
 *
 * Replies: from what a request asks for to bytes. Owns status lines, headers, bodies and chunked
 * framing; refuses to know sockets, and when a reply is due. Bodies of any size are made while they
 * are sent. One thread at a time.
 */
#include "server/reply.h"

#include <gio/gio.h>
#include <string.h>

/* Bodies repeat this line of 64 bytes; the default body is its first 12. */
#define PATTERN_LINE "thrum target: 0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM\n"
#define PATTERN_LINE_BYTES 64
G_STATIC_ASSERT (sizeof PATTERN_LINE == PATTERN_LINE_BYTES + 1);

#define MAX_CHUNK_BYTES 16384

/* A plain reply up to this size is kept ready whole. */
#define MAX_PLAIN_BYTES 16384

static const char *
reason_phrase (guint status)
{
  static const struct {
    guint status;
    const char *phrase;
  } phrases[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 206, "Partial Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 413, "Content Too Large" },
    { 414, "URI Too Long" },
    { 417, "Expectation Failed" },
    { 418, "I'm a teapot" },
    { 421, "Misdirected Request" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (phrases); i++)
    if (phrases[i].status == status)
      return phrases[i].phrase;
  return "Status";
}

static void
copy_pattern (char *out, guint64 at, gsize n)
{
  while (n > 0)
    {
      gsize offset = at % PATTERN_LINE_BYTES;
      gsize part = MIN (n, PATTERN_LINE_BYTES - offset);

      memcpy (out, &PATTERN_LINE[offset], part);
      out += part;
      at += part;
      n -= part;
    }
}

void
thrum_server_reply_style_init (ThrumReplyStyle *style, gint64 body_bytes, gboolean is_chunked,
                               GHashTable *redirects)
{
  *style = (ThrumReplyStyle){ .body_bytes = body_bytes,
                              .is_chunked = is_chunked,
                              .redirects = redirects };
  if (body_bytes <= MAX_PLAIN_BYTES && !is_chunked && redirects == NULL)
    {
      GString *plain = g_string_new (NULL);
      gsize head_length;

      g_string_printf (plain,
                       "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                       "Content-Length: %" G_GINT64_FORMAT "\r\n\r\n",
                       body_bytes);
      head_length = plain->len;
      g_string_set_size (plain, head_length + body_bytes);
      copy_pattern (plain->str + head_length, 0, body_bytes);
      style->plain_length = plain->len;
      style->plain = g_string_free (plain, FALSE);
    }
}

void
thrum_server_reply_style_clear (ThrumReplyStyle *style)
{
  g_clear_pointer (&style->plain, g_free);
}

static void add_header (ThrumServerReply *reply, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add_header (ThrumServerReply *reply, const char *format, ...)
{
  va_list arguments;

  if (reply->headers == NULL)
    reply->headers = g_string_new (NULL);
  va_start (arguments, format);
  g_string_append_vprintf (reply->headers, format, arguments);
  va_end (arguments);
  g_string_append (reply->headers, "\r\n");
}

void
thrum_server_reply_set_body (ThrumServerReply *reply, const char *type, const char *bytes,
                             gsize length)
{
  add_header (reply, "Content-Type: %s", type);
  reply->body = g_string_new_len (bytes, length);
}

static void
set_text_body (ThrumServerReply *reply, const char *text)
{
  thrum_server_reply_set_body (reply, "text/plain", text, strlen (text));
}

/* ---- What each path says ---- */

static void
begin_redirect (ThrumServerReply *reply, const ThrumRoute *route)
{
  if (route->redirects > 0)
    {
      reply->status = route->status != 0 ? route->status : 302;
      add_header (reply, "Location: /redirect/%u", route->redirects - 1);
    }
}

/* A path that --redirect names. */
static void
begin_named_redirect (ThrumServerReply *reply, const ThrumReplyStyle *style,
                      const ThrumRequestHead *head, const ThrumRoute *route)
{
  const char *query = memchr (head->target.bytes, '?', head->target.length);
  gsize length = query != NULL ? (gsize)(query - head->target.bytes) : head->target.length;
  g_autofree char *path = g_strndup (head->target.bytes, length);
  const char *location = g_hash_table_lookup (style->redirects, path);

  if (location != NULL)
    {
      reply->status = route->status != 0 ? route->status : 302;
      add_header (reply, "Location: %s", location);
    }
}

static void
begin_echo (ThrumServerReply *reply, const ThrumRequestHead *head)
{
  thrum_server_reply_set_body (reply, "text/plain", NULL, 0);
  g_string_append_printf (reply->body, "%.*s %.*s HTTP/1.%u\r\n", (int)head->method.length,
                          head->method.bytes, (int)head->target.length, head->target.bytes,
                          head->minor_version);
  for (guint i = 0; i < head->n_headers; i++)
    g_string_append_printf (reply->body, "%.*s: %.*s\r\n", (int)head->headers[i].name.length,
                            head->headers[i].name.bytes, (int)head->headers[i].value.length,
                            head->headers[i].value.bytes);
  g_string_append (reply->body, "\r\n");
}

static void
begin_cookie (ThrumServerReply *reply, const ThrumRequestHead *head, guint64 visitor)
{
  ThrumSlice sent = thrum_request_head_find (head, "Cookie");
  g_autofree char *text = NULL;

  if (sent.bytes != NULL && g_strstr_len (sent.bytes, sent.length, "thrum=") != NULL)
    {
      reply->cookie = THRUM_COOKIE_RETURNED;
      text = g_strdup_printf ("returned %.*s\n", (int)sent.length, sent.bytes);
    }
  else
    {
      reply->cookie = THRUM_COOKIE_SET;
      text = g_strdup_printf ("set thrum=%" G_GUINT64_FORMAT "\n", visitor);
      add_header (reply, "Set-Cookie: thrum=%" G_GUINT64_FORMAT "; Path=/", visitor);
    }
  set_text_body (reply, text);
}

/* Whether the Authorization header holds the USER and PASS of the path's argument. */
static gboolean
is_authorized (const ThrumRequestHead *head, ThrumSlice argument)
{
  ThrumSlice sent = thrum_request_head_find (head, "Authorization");
  const char *slash = memchr (argument.bytes, '/', argument.length);
  g_autofree char *user = NULL, *password = NULL, *wanted = NULL, *encoded = NULL, *given = NULL;

  if (sent.bytes == NULL || sent.length < 6 || g_ascii_strncasecmp (sent.bytes, "Basic ", 6) != 0)
    return FALSE;
  user = g_uri_unescape_segment (argument.bytes, slash, NULL);
  password = g_uri_unescape_segment (slash + 1, argument.bytes + argument.length, NULL);
  if (user == NULL || password == NULL)
    return FALSE;
  wanted = g_strdup_printf ("%s:%s", user, password);
  encoded = g_base64_encode ((const guchar *)wanted, strlen (wanted));
  given = g_strstrip (g_strndup (sent.bytes + 6, sent.length - 6));
  return strcmp (encoded, given) == 0;
}

static void
begin_basic (ThrumServerReply *reply, const ThrumRequestHead *head, const ThrumRoute *route)
{
  if (is_authorized (head, route->argument))
    {
      set_text_body (reply, "authorized\n");
      return;
    }
  reply->status = 401;
  add_header (reply, "WWW-Authenticate: Basic realm=\"thrum\"");
  set_text_body (reply, "unauthorized\n");
}

static void
begin_gzip (ThrumServerReply *reply, gsize length)
{
  g_autoptr (GZlibCompressor) compressor =
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  g_autofree char *plain = g_malloc (length + 1);
  /* Deflate adds at most 5 bytes to each 16 KiB; gzip 18 more. */
  gsize room = length + length / 1024 + 256, n_read, n_written;
  g_autofree char *packed = g_malloc (room);
  GConverterResult result;

  copy_pattern (plain, 0, length);
  result = g_converter_convert (G_CONVERTER (compressor), plain, length, packed, room,
                                G_CONVERTER_INPUT_AT_END, &n_read, &n_written, NULL);
  g_assert (result == G_CONVERTER_FINISHED && n_read == length);
  thrum_server_reply_set_body (reply, "text/plain", packed, n_written);
  add_header (reply, "Content-Encoding: gzip");
}

static void
begin_garbage (ThrumServerReply *reply)
{
  static const char garbage[] = "\x16\x03\x01 this is not HTTP\r\n\r\n";

  reply->status = 0;
  reply->closes = TRUE;
  reply->text = garbage;
  reply->text_left = sizeof garbage - 1;
}

static void
begin_path (ThrumServerReply *reply, const ThrumReplyStyle *style, const ThrumRequestHead *head,
            const ThrumRoute *route, guint64 visitor)
{
  switch (route->kind)
    {
    case THRUM_ROUTE_PLAIN:
      if (style->redirects != NULL)
        begin_named_redirect (reply, style, head, route);
      break;
    case THRUM_ROUTE_REDIRECT:
      begin_redirect (reply, route);
      break;
    case THRUM_ROUTE_ECHO:
      begin_echo (reply, head);
      break;
    case THRUM_ROUTE_COOKIE:
      begin_cookie (reply, head, visitor);
      break;
    case THRUM_ROUTE_BASIC:
      begin_basic (reply, head, route);
      break;
    case THRUM_ROUTE_GZIP:
      begin_gzip (reply, route->body_bytes);
      break;
    case THRUM_ROUTE_TRUNCATED:
      reply->is_truncated = reply->closes = TRUE;
      reply->is_chunked = FALSE;
      break;
    case THRUM_ROUTE_GARBAGE:
      begin_garbage (reply);
      break;
    default:
      break;
    }
}

/* Whether the reply is the one kept ready. */
static gboolean
is_plain (const ThrumReplyStyle *style, const ThrumRequestHead *head, const ThrumRoute *route)
{
  return style->plain != NULL && head->minor_version == 1 && head->method.bytes[0] != 'H'
         && (route->kind == THRUM_ROUTE_PLAIN || route->kind == THRUM_ROUTE_DELAY)
         && route->status == 0 && route->body_bytes < 0 && !route->is_chunked
         && route->pause_ns == 0;
}

static void
begin_for (ThrumServerReply *reply, const ThrumRequestHead *head, guint status, gboolean closes)
{
  *reply = (ThrumServerReply){ .status = status, .minor_version = 1, .closes = closes };
  if (head != NULL)
    {
      reply->minor_version = head->minor_version;
      reply->is_head = head->method.length == 4 && memcmp (head->method.bytes, "HEAD", 4) == 0;
    }
}

void
thrum_server_reply_begin (ThrumServerReply *reply, const ThrumReplyStyle *style,
                          const ThrumRequestHead *head, const ThrumRoute *route, guint error_status,
                          gboolean closes, guint64 visitor)
{
  begin_for (reply, head, route->status != 0 ? route->status : 200, closes || route->closes);
  if (error_status == 0 && !reply->closes && is_plain (style, head, route))
    {
      reply->text = style->plain;
      reply->text_left = style->plain_length;
      reply->body_bytes = style->body_bytes;
      return;
    }
  reply->is_silent = route->is_silent_close && !closes;
  reply->is_chunked = route->is_chunked || style->is_chunked;
  reply->is_held = route->pause_ns > 0;
  reply->body_length = route->body_bytes >= 0 ? route->body_bytes : style->body_bytes;
  if (error_status != 0)
    reply->status = error_status;
  else
    begin_path (reply, style, head, route, visitor);
}

void
thrum_server_reply_begin_refusal (ThrumServerReply *reply, const ThrumRequestHead *head,
                                  guint status, const char *text, gboolean closes)
{
  begin_for (reply, head, status, closes);
  set_text_body (reply, text);
  g_string_append_c (reply->body, '\n');
}

/* ---- Bytes ---- */

/* The size line of the chunk that begins at body_at, after the end of the one before it. */
static void
begin_chunk (ThrumServerReply *reply, gboolean is_first)
{
  gsize bytes = MIN (reply->chunk_bytes, reply->body_bytes - reply->body_at);

  reply->chunk_end = reply->body_at + bytes;
  reply->text_left =
      g_snprintf (reply->frame, sizeof reply->frame, "%s%" G_GSIZE_MODIFIER "x\r\n%s",
                  is_first ? "" : "\r\n", bytes, bytes == 0 ? "\r\n" : "");
  reply->text = reply->frame;
  if (bytes == 0)
    reply->chunk_bytes = 0;
}

/* How the body's length is told, and what will be sent of it. */
static void
describe_body (ThrumServerReply *reply, GString *head)
{
  guint64 length = reply->body != NULL ? reply->body->len : reply->body_length;
  gboolean has_none = reply->status == 204 || reply->status == 304;

  reply->body_bytes = reply->is_head || has_none ? 0 : length;
  reply->chunk_end = reply->body_bytes;
  if (has_none)
    return;
  if (!reply->is_chunked)
    {
      g_string_append_printf (head, "Content-Length: %" G_GUINT64_FORMAT "\r\n", length);
      if (reply->is_truncated)
        reply->chunk_end = reply->body_bytes = reply->body_bytes / 2;
    }
  else if (reply->minor_version == 0)
    /* Its end is the connection's. */
    reply->closes = TRUE;
  else
    {
      g_string_append (head, "Transfer-Encoding: chunked\r\n");
      if (reply->is_head)
        return;
      reply->chunk_bytes = CLAMP ((length + 2) / 3, 1, MAX_CHUNK_BYTES);
      reply->chunk_end = 0;
    }
}

void
thrum_server_reply_finish (ThrumServerReply *reply)
{
  GString *head;

  if (reply->text != NULL)
    return;
  head = g_string_sized_new (256);
  g_string_printf (head, "HTTP/1.1 %u %s\r\n", reply->status, reason_phrase (reply->status));
  if (reply->headers != NULL)
    g_string_append_len (head, reply->headers->str, reply->headers->len);
  if (reply->body == NULL)
    g_string_append (head, "Content-Type: text/plain\r\n");
  describe_body (reply, head);
  if (reply->closes && !reply->is_silent)
    g_string_append (head, "Connection: close\r\n");
  else if (reply->minor_version == 0 && !reply->closes)
    g_string_append (head, "Connection: keep-alive\r\n");
  g_string_append (head, "\r\n");
  reply->text = head->str;
  reply->text_left = head->len;
  reply->owned = g_string_free (head, FALSE);
}

gboolean
thrum_server_reply_is_waiting (const ThrumServerReply *reply)
{
  return reply->is_held && reply->text_left == 0;
}

void
thrum_server_reply_release (ThrumServerReply *reply)
{
  reply->is_held = FALSE;
}

gboolean
thrum_server_reply_is_done (const ThrumServerReply *reply)
{
  return reply->text_left == 0 && !reply->is_held && reply->body_at == reply->chunk_end
         && reply->chunk_bytes == 0;
}

gsize
thrum_server_reply_fill (ThrumServerReply *reply, char *out, gsize room)
{
  gsize n = 0;

  while (n < room)
    {
      gsize part = MIN (room - n, reply->text_left);

      if (part > 0)
        {
          memcpy (out + n, reply->text, part);
          reply->text += part;
          reply->text_left -= part;
        }
      else if (reply->is_held)
        break;
      else if (reply->body_at < reply->chunk_end)
        {
          part = MIN (room - n, reply->chunk_end - reply->body_at);
          if (reply->body != NULL)
            memcpy (out + n, reply->body->str + reply->body_at, part);
          else
            copy_pattern (out + n, reply->body_at, part);
          reply->body_at += part;
        }
      else if (reply->chunk_bytes > 0)
        begin_chunk (reply, reply->body_at == 0);
      else
        break;
      n += part;
    }
  reply->total_bytes += n;
  return n;
}

void
thrum_server_reply_clear (ThrumServerReply *reply)
{
  if (reply->headers != NULL)
    g_string_free (reply->headers, TRUE);
  if (reply->body != NULL)
    g_string_free (reply->body, TRUE);
  g_free (reply->owned);
}
