/* SPDX-License-Identifier: MIT
 *
 * HTTP/1.x requests from bytes, for the embedded server. Owns the grammar and its hard limits;
 * refuses to know sockets, replies and time. Strict where leniency would hide a broken client:
 * lines end in CRLF, no folding, one Content-Length, one Host. Any thread.
 *
 * An unfinished head is parsed again from its start when more of it is there: with the limit on its
 * size that costs little, and no split can matter.
 */
#include "server/request-parser.h"

#include <string.h>

enum {
  STATE_HEAD,
  STATE_BODY,
  STATE_CHUNK_SIZE_FIRST,
  STATE_CHUNK_SIZE,
  STATE_CHUNK_EXTENSION,
  STATE_CHUNK_SIZE_LF,
  STATE_CHUNK_DATA,
  STATE_CHUNK_DATA_CR,
  STATE_CHUNK_DATA_LF,
  STATE_TRAILER_START,
  STATE_TRAILER,
  STATE_TRAILER_LF,
  STATE_LAST_LF,
  STATE_END,
  STATE_BAD
};

#define TOKEN 1 /* tchar of RFC 9110 */
#define TEXT 2  /* may stand in a header's value: not a control character, or a tab */

static const guint8 character_class[256] = {
  ['\t'] = TEXT,
  [' '] = TEXT,
  ['!'] = TOKEN | TEXT,
  ['"'] = TEXT,
  ['#' ... '\''] = TOKEN | TEXT,
  ['('] = TEXT,
  [')'] = TEXT,
  ['*'] = TOKEN | TEXT,
  ['+'] = TOKEN | TEXT,
  [','] = TEXT,
  ['-'] = TOKEN | TEXT,
  ['.'] = TOKEN | TEXT,
  ['/'] = TEXT,
  ['0' ... '9'] = TOKEN | TEXT,
  [':' ... '@'] = TEXT,
  ['A' ... 'Z'] = TOKEN | TEXT,
  ['[' ... ']'] = TEXT,
  ['^' ... 'z'] = TOKEN | TEXT,
  ['{'] = TEXT,
  ['|'] = TOKEN | TEXT,
  ['}'] = TEXT,
  ['~'] = TOKEN | TEXT,
  [128 ... 255] = TEXT,
};

gboolean
thrum_slice_is (ThrumSlice slice, const char *text)
{
  return slice.length == strlen (text)
         && g_ascii_strncasecmp (slice.bytes, text, slice.length) == 0;
}

ThrumSlice
thrum_request_head_find (const ThrumRequestHead *head, const char *name)
{
  for (guint i = 0; i < head->n_headers; i++)
    if (thrum_slice_is (head->headers[i].name, name))
      return head->headers[i].value;
  return (ThrumSlice){ NULL, 0 };
}

static gboolean
refuse (ThrumRequestParser *parser, guint status, const char *reason)
{
  parser->state = STATE_BAD;
  parser->status = status;
  parser->reason = reason;
  return FALSE;
}

static gboolean
is_all (ThrumSlice slice, guint8 class)
{
  for (gsize i = 0; i < slice.length; i++)
    if (!(character_class[(guint8)slice.bytes[i]] & class))
      return FALSE;
  return TRUE;
}

static ThrumSlice
strip_blanks (ThrumSlice slice)
{
  for (; slice.length > 0 && (*slice.bytes == ' ' || *slice.bytes == '\t'); slice.length--)
    slice.bytes++;
  while (slice.length > 0
         && (slice.bytes[slice.length - 1] == ' ' || slice.bytes[slice.length - 1] == '\t'))
    slice.length--;
  return slice;
}

/* What is wrong already with a request line of which only @length bytes are there. The same checks
 * come first for a whole line, so that a split cannot change the verdict. */
static gboolean
check_line_start (ThrumRequestParser *parser, const char *line, gsize length)
{
  const char *space = memchr (line, ' ', MIN (length, THRUM_REQUEST_MAX_METHOD + 1));
  gsize method = space != NULL ? (gsize)(space - line) : MIN (length, THRUM_REQUEST_MAX_METHOD + 1);

  if (!is_all ((ThrumSlice){ line, method }, TOKEN) || (space == line))
    return refuse (parser, 400, "the method is not a token");
  if (space == NULL && method > THRUM_REQUEST_MAX_METHOD)
    return refuse (parser, 400, "the method is too long");
  if (length > THRUM_REQUEST_MAX_LINE)
    return refuse (parser, 414, "the request line is too long");
  return TRUE;
}

/* "GET /path HTTP/1.1", without its CRLF; check_line_start () has passed it. */
static gboolean
parse_request_line (ThrumRequestParser *parser, const char *line, gsize length,
                    ThrumRequestHead *head)
{
  const char *end = line + length;
  const char *space, *second;

  space = memchr (line, ' ', length);
  if (space == NULL)
    return refuse (parser, 400, "the request line has no target");
  head->method = (ThrumSlice){ line, space - line };
  second = memchr (space + 1, ' ', end - space - 1);
  if (second == NULL)
    return refuse (parser, 400, "the request line has no version");
  head->target = (ThrumSlice){ space + 1, second - space - 1 };
  if (head->target.length == 0)
    return refuse (parser, 400, "the target is empty");
  for (const char *at = head->target.bytes; at < second; at++)
    if (*at <= ' ' || *at >= 127)
      return refuse (parser, 400, "the target has a character that must be escaped");

  if (end - second != 9 || memcmp (second, " HTTP/", 6) != 0 || !g_ascii_isdigit (second[6])
      || second[7] != '.' || !g_ascii_isdigit (second[8]))
    return refuse (parser, 400, "the version is not HTTP/x.y");
  if (second[6] != '1' || second[8] > '1')
    return refuse (parser, 505, "only HTTP/1.0 and HTTP/1.1 are spoken");
  head->minor_version = second[8] - '0';
  return TRUE;
}

static gboolean
parse_header_line (ThrumRequestParser *parser, const char *line, gsize length,
                   ThrumRequestHead *head)
{
  const char *colon = memchr (line, ':', length);
  ThrumSlice value;

  if (*line == ' ' || *line == '\t')
    return refuse (parser, 400, "a folded header");
  if (colon == NULL || colon == line || !is_all ((ThrumSlice){ line, colon - line }, TOKEN))
    return refuse (parser, 400, "a header's name is not a token");
  value = strip_blanks ((ThrumSlice){ colon + 1, line + length - colon - 1 });
  if (!is_all (value, TEXT))
    return refuse (parser, 400, "a header has a control character");
  if (head->n_headers == THRUM_REQUEST_MAX_HEADERS)
    return refuse (parser, 431, "too many headers");
  head->headers[head->n_headers].name = (ThrumSlice){ line, colon - line };
  head->headers[head->n_headers].value = value;
  head->n_headers++;
  return TRUE;
}

/* Whether the comma-separated @list holds @word. */
static gboolean
has_word (ThrumSlice list, const char *word)
{
  const char *end = list.bytes + list.length;

  for (const char *at = list.bytes; at < end;)
    {
      const char *comma = memchr (at, ',', end - at);
      ThrumSlice item = { at, (comma != NULL ? comma : end) - at };

      if (thrum_slice_is (strip_blanks (item), word))
        return TRUE;
      at = comma != NULL ? comma + 1 : end;
    }
  return FALSE;
}

static gboolean
parse_content_length (ThrumRequestParser *parser, ThrumSlice value, guint64 *length)
{
  *length = 0;
  if (value.length == 0)
    return refuse (parser, 400, "Content-Length is empty");
  for (gsize i = 0; i < value.length; i++)
    {
      if (!g_ascii_isdigit (value.bytes[i]))
        return refuse (parser, 400, "Content-Length is not a number");
      *length = *length * 10 + (value.bytes[i] - '0');
      if (*length > THRUM_REQUEST_MAX_BODY)
        return refuse (parser, 413, "the body is too large");
    }
  return TRUE;
}

/* What the headers say of the connection and of the body's length. */
static gboolean
interpret_headers (ThrumRequestParser *parser, ThrumRequestHead *head)
{
  gboolean has_host = FALSE, has_length = FALSE;

  head->keep_alive = head->minor_version == 1;
  for (guint i = 0; i < head->n_headers; i++)
    {
      ThrumSlice name = head->headers[i].name, value = head->headers[i].value;

      if (thrum_slice_is (name, "Host"))
        {
          if (has_host)
            return refuse (parser, 400, "two Host headers");
          has_host = TRUE;
        }
      else if (thrum_slice_is (name, "Content-Length"))
        {
          if (has_length)
            return refuse (parser, 400, "two Content-Length headers");
          if (!parse_content_length (parser, value, &head->content_length))
            return FALSE;
          has_length = TRUE;
        }
      else if (thrum_slice_is (name, "Transfer-Encoding"))
        {
          if (head->minor_version == 0)
            return refuse (parser, 400, "Transfer-Encoding in HTTP/1.0");
          if (head->is_chunked || !thrum_slice_is (value, "chunked"))
            return refuse (parser, 501, "a Transfer-Encoding other than chunked");
          head->is_chunked = TRUE;
        }
      else if (thrum_slice_is (name, "Connection"))
        {
          if (has_word (value, "close"))
            head->keep_alive = FALSE;
          else if (head->minor_version == 0 && has_word (value, "keep-alive"))
            head->keep_alive = TRUE;
        }
      else if (thrum_slice_is (name, "Expect") && head->minor_version == 1)
        {
          if (!thrum_slice_is (value, "100-continue"))
            return refuse (parser, 417, "an expectation other than 100-continue");
          head->expects_continue = TRUE;
        }
    }
  if (head->minor_version == 1 && !has_host)
    return refuse (parser, 400, "no Host header");
  if (head->is_chunked && has_length)
    return refuse (parser, 400, "both Content-Length and Transfer-Encoding");
  head->expects_continue = head->expects_continue && (head->is_chunked || head->content_length > 0);
  return TRUE;
}

/* Parses the lines of a head that are there. Its length, or 0: not whole, or refused. */
static gsize
parse_head (ThrumRequestParser *parser, const char *bytes, gsize length, ThrumRequestHead *head)
{
  gsize at = 0;

  head->n_headers = 0;
  head->is_chunked = head->expects_continue = FALSE;
  head->content_length = 0;
  for (;;)
    {
      const char *newline = memchr (bytes + at, '\n', length - at);
      gsize end = newline != NULL ? (gsize)(newline - bytes) : length;

      gsize line_end = end > at && bytes[end - 1] == '\r' ? end - 1 : end;

      if (at == 0 && !check_line_start (parser, bytes, line_end))
        return 0;
      if (end >= THRUM_REQUEST_MAX_HEAD)
        return refuse (parser, 431, "the head is too large");
      if (newline == NULL)
        return 0;
      if (line_end == end)
        return refuse (parser, 400, "a line does not end in CRLF");

      if (at == 0)
        {
          if (!parse_request_line (parser, bytes, line_end, head))
            return 0;
        }
      else if (line_end == at)
        return interpret_headers (parser, head) ? end + 1 : 0;
      else if (!parse_header_line (parser, bytes + at, line_end - at, head))
        return 0;
      at = end + 1;
    }
}

static ThrumRequestEvent
next_in_head (ThrumRequestParser *parser, const char *bytes, gsize length, gsize *consumed,
              ThrumRequestHead *head)
{
  gsize head_length;

  /* One empty line between requests is forgiven, as RFC 9112 asks. */
  if (!parser->skipped_blank_line && length > 0 && bytes[0] == '\r')
    {
      if (length == 1)
        return THRUM_REQUEST_MORE;
      if (bytes[1] != '\n')
        return refuse (parser, 400, "the method is not a token"), THRUM_REQUEST_BAD;
      parser->skipped_blank_line = TRUE;
      *consumed = 2;
      bytes += 2;
      length -= 2;
    }
  if (length == 0)
    return THRUM_REQUEST_MORE;

  /* Without a new line's end there is no news, unless the line itself is wrong. That is known once the
   * longest method has been seen, and what is behind it: a CR that came last may yet end the line. */
  if (parser->seen > THRUM_REQUEST_MAX_METHOD + 1 && parser->seen <= length
      && length < THRUM_REQUEST_MAX_LINE
      && memchr (bytes + parser->seen, '\n', length - parser->seen) == NULL)
    {
      parser->seen = length;
      return THRUM_REQUEST_MORE;
    }
  head_length = parse_head (parser, bytes, length, head);
  if (parser->state == STATE_BAD)
    return THRUM_REQUEST_BAD;
  if (head_length == 0)
    {
      parser->seen = length;
      return THRUM_REQUEST_MORE;
    }
  *consumed += head_length;
  parser->seen = 0;
  parser->skipped_blank_line = FALSE;
  parser->body = 0;
  parser->extensions = 0;
  parser->left = head->content_length;
  parser->state = head->is_chunked           ? STATE_CHUNK_SIZE_FIRST
                  : head->content_length > 0 ? STATE_BODY
                                             : STATE_END;
  return THRUM_REQUEST_HEAD;
}

/* The body's bytes that are there, of those still to come. */
static ThrumRequestEvent
take_body (ThrumRequestParser *parser, const char *bytes, gsize length, gsize *consumed,
           ThrumSlice *body)
{
  gsize n = MIN (length - *consumed, parser->left);

  *body = (ThrumSlice){ bytes + *consumed, n };
  *consumed += n;
  parser->left -= n;
  return THRUM_REQUEST_BODY;
}

/* One more hexadecimal digit of a chunk's size. */
static gboolean
add_size_digit (ThrumRequestParser *parser, char digit)
{
  parser->left = parser->left * 16 + g_ascii_xdigit_value (digit);
  parser->line++;
  if (parser->line > 16 || parser->left > THRUM_REQUEST_MAX_BODY
      || parser->body + parser->left > THRUM_REQUEST_MAX_BODY)
    return refuse (parser, 413, "the body is too large");
  parser->state = STATE_CHUNK_SIZE;
  return TRUE;
}

/* After a chunk's size: its extension, or its line's end. */
static void
step_size (ThrumRequestParser *parser, char c)
{
  if (c == '\r')
    parser->state = STATE_CHUNK_SIZE_LF;
  else if (parser->state == STATE_CHUNK_SIZE && c != ';' && c != ' ' && c != '\t')
    refuse (parser, 400, "a chunk's size is not a number");
  else if (!(character_class[(guint8)c] & TEXT))
    refuse (parser, 400, "a chunk extension has a control character");
  else if (++parser->extensions > THRUM_REQUEST_MAX_CHUNK_EXTENSIONS)
    refuse (parser, 400, "chunk extensions are too long");
  else
    parser->state = STATE_CHUNK_EXTENSION;
}

/* A byte of the lines after the last chunk; their content is ignored. */
static void
step_trailer (ThrumRequestParser *parser, char c)
{
  if (++parser->line > THRUM_REQUEST_MAX_HEAD)
    refuse (parser, 431, "the trailers are too large");
  else if (c == '\r')
    parser->state = parser->state == STATE_TRAILER_START ? STATE_LAST_LF : STATE_TRAILER_LF;
  else if (!(character_class[(guint8)c] & TEXT))
    refuse (parser, 400, "a trailer has a control character");
  else
    parser->state = STATE_TRAILER;
}

/* One byte of a chunked body's framing. */
static void
step_chunked (ThrumRequestParser *parser, char c)
{
  switch (parser->state)
    {
    case STATE_CHUNK_SIZE_FIRST:
      parser->left = parser->line = 0;
      if (!g_ascii_isxdigit (c))
        refuse (parser, 400, "a chunk's size is not a number");
      else
        add_size_digit (parser, c);
      break;
    case STATE_CHUNK_SIZE:
      if (g_ascii_isxdigit (c))
        {
          add_size_digit (parser, c);
          break;
        }
      G_GNUC_FALLTHROUGH;
    case STATE_CHUNK_EXTENSION:
      step_size (parser, c);
      break;
    case STATE_CHUNK_DATA_CR:
      parser->state = STATE_CHUNK_DATA_LF;
      if (c != '\r')
        refuse (parser, 400, "a chunk does not end in CRLF");
      break;
    case STATE_TRAILER_START:
    case STATE_TRAILER:
      step_trailer (parser, c);
      break;
    default:
      if (c != '\n')
        refuse (parser, 400, "a line does not end in CRLF");
      else if (parser->state == STATE_CHUNK_DATA_LF)
        parser->state = STATE_CHUNK_SIZE_FIRST;
      else if (parser->state == STATE_TRAILER_LF)
        parser->state = STATE_TRAILER_START;
      else if (parser->state == STATE_LAST_LF)
        parser->state = STATE_END;
      else
        {
          parser->body += parser->left;
          parser->line = 0;
          parser->state = parser->left > 0 ? STATE_CHUNK_DATA : STATE_TRAILER_START;
        }
    }
}

ThrumRequestEvent
thrum_request_parser_next (ThrumRequestParser *parser, const char *bytes, gsize length,
                           gsize *consumed, ThrumRequestHead *head, ThrumSlice *body)
{
  ThrumRequestEvent event;

  *consumed = 0;
  for (;;)
    switch (parser->state)
      {
      case STATE_HEAD:
        return next_in_head (parser, bytes, length, consumed, head);
      case STATE_BAD:
        return THRUM_REQUEST_BAD;
      case STATE_END:
        parser->state = STATE_HEAD;
        return THRUM_REQUEST_END;
      case STATE_BODY:
      case STATE_CHUNK_DATA:
        if (*consumed == length)
          return THRUM_REQUEST_MORE;
        event = take_body (parser, bytes, length, consumed, body);
        if (parser->left == 0)
          parser->state = parser->state == STATE_BODY ? STATE_END : STATE_CHUNK_DATA_CR;
        return event;
      default:
        if (*consumed == length)
          return THRUM_REQUEST_MORE;
        step_chunked (parser, bytes[(*consumed)++]);
      }
}
