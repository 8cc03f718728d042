/* SPDX-License-Identifier: MIT
 *
 * Reads the lines of an HTTP/1 reply's head: where one ends, and what a status line, a field or a
 * chunk's size says. Pure functions of bytes. They are strict, because a benchmark that passes over
 * a malformed reply hides a broken service. They know nothing of connections or calls.
 */
#include "http1-head.h"

#include <strings.h>

#define ONES (~(uint64_t)0 / 255)

/* RFC 9110's tchar: what a field's name is made of. */
static const bool is_token_char[256] = {
  ['!'] = true,         ['#'] = true,         ['$'] = true,         ['%'] = true, ['&'] = true,
  ['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true, ['.'] = true,
  ['^'] = true,         ['_'] = true,         ['`'] = true,         ['|'] = true, ['~'] = true,
  ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
};

static inline bool
is_control (uint8_t byte)
{
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/* Which byte of a word of eight bytes its lowest set bit is in, counted as they lie in memory. */
static inline unsigned
first_byte (uint64_t bits)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return (unsigned)__builtin_ctzll (bits) / 8;
#else
  return 0; /* somewhere in it: the caller goes on byte by byte */
#endif
}

/* The first control byte but tab, or @end. Eight bytes at a time: this sees every byte of every
 * head. */
static const uint8_t *
find_control (const uint8_t *at, const uint8_t *end)
{
  while (end - at >= 8)
    {
      uint64_t word, below, del;

      memcpy (&word, at, 8);
      /* The usual "has a byte less than n" and "has a zero byte"; a borrow can only add false hits
       * above the first one. */
      below = (word - ONES * 0x20) & ~word & (ONES * 0x80);
      del = word ^ (ONES * 0x7f);
      del = (del - ONES) & ~del & (ONES * 0x80);
      if ((below | del) == 0)
        {
          at += 8;
          continue;
        }
      at += first_byte (below | del);
      if (is_control (*at))
        return at;
      at++; /* a tab */
    }
  while (at < end && !is_control (*at))
    at++;
  return at;
}

static ThrumFailure
fail (Http1Fault *fault, ThrumFailure failure, const char *what, size_t at, int byte)
{
  *fault = (Http1Fault){ what, at, byte };
  return failure;
}

Http1LineResult
http1_line_find (const uint8_t *bytes, size_t n_bytes, size_t limit, size_t *scanned,
                 size_t *length, size_t *taken, Http1Fault *fault)
{
  size_t n = n_bytes < limit + 1 ? n_bytes : limit + 1;
  const uint8_t *end = find_control (bytes + *scanned, bytes + n);

  *length = (size_t)(end - bytes);
  if (*length == n)
    {
      *scanned = n;
      return n > limit ? HTTP1_LINE_LONG : HTTP1_LINE_PARTIAL;
    }
  if (*end == '\n')
    {
      *taken = *length + 1;
      return HTTP1_LINE_WHOLE;
    }
  if (*end == '\r' && *length + 1 == n_bytes)
    {
      *scanned = *length;
      return HTTP1_LINE_PARTIAL;
    }
  *taken = *length + 2;
  if (*end == '\r' && end[1] == '\n')
    return HTTP1_LINE_WHOLE;
  *fault = (Http1Fault){ *end == '\r' ? "CR without LF" : "a control character", *length,
                         *end == '\r' ? -1 : *end };
  return HTTP1_LINE_BAD;
}

static inline bool
is_blank (uint8_t byte)
{
  return byte == ' ' || byte == '\t';
}

Http1LineResult
http1_field_find (const uint8_t *bytes, size_t n_bytes, size_t limit, size_t *scanned,
                  size_t *length, size_t *taken, Http1Fault *fault)
{
  for (;;)
    {
      Http1LineResult result =
          http1_line_find (bytes, n_bytes, limit, scanned, length, taken, fault);

      if (result != HTTP1_LINE_WHOLE || *length == 0)
        return result;
      if (*taken == n_bytes)
        {
          *scanned = *length;
          return HTTP1_LINE_PARTIAL;
        }
      if (!is_blank (bytes[*taken]))
        return HTTP1_LINE_WHOLE;
      if (*taken > limit)
        return HTTP1_LINE_LONG;
      *scanned = *taken;
    }
}

size_t
http1_status_line_match (const uint8_t *bytes, size_t n_bytes)
{
  static const char start[] = "HTTP/1.";
  size_t n = 0;

  while (n < n_bytes && n < sizeof start - 1 && bytes[n] == (uint8_t)start[n])
    n++;
  return n == sizeof start - 1 ? n_bytes : n;
}

static inline bool
is_digit (uint8_t byte)
{
  return byte >= '0' && byte <= '9';
}

/* The first byte of a line that can't be one of a status line, which @line is not. */
static size_t
find_status_fault (const uint8_t *line, size_t length)
{
  static const char start[] = "HTTP/1.x ddd";
  size_t at = 0;

  for (; at < sizeof start - 1 && at < length; at++)
    if (start[at] == 'x'   ? line[at] != '0' && line[at] != '1'
        : start[at] == 'd' ? !is_digit (line[at])
                           : line[at] != (uint8_t)start[at])
      return at;
  return at;
}

ThrumFailure
http1_head_begin (Http1Head *head, const uint8_t *line, size_t length, Http1Fault *fault)
{
  /* "HTTP/1.1 200", then a blank and a reason, which may be missing together. */
  if (length < 12 || memcmp (line, "HTTP/1.", 7) != 0 || (line[7] != '1' && line[7] != '0')
      || line[8] != ' ' || !is_digit (line[9]) || !is_digit (line[10]) || !is_digit (line[11])
      || (length > 12 && line[12] != ' '))
    {
      size_t at = find_status_fault (line, length);

      return fail (fault, THRUM_FAILURE_PROTOCOL,
                   "not HTTP/1.1 or HTTP/1.0, a blank and three digits", at,
                   at < length ? line[at] : -1);
    }

  *head = (Http1Head){
    .status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'),
    .is_1_0 = line[7] == '0',
    .n_lines = head->n_lines,
  };
  return head->status < 100 ? fail (fault, THRUM_FAILURE_PROTOCOL, "a status below 100", 9, -1)
                            : THRUM_FAILURE_NONE;
}

/* The name's length, or 0: no colon after a name that is a token. */
static inline size_t
field_name_length (const uint8_t *line, size_t length, Http1Fault *fault)
{
  size_t n = 0;

  while (n < length && is_token_char[line[n]])
    n++;
  if (n > 0 && n < length && line[n] == ':')
    return n;
  fail (fault, THRUM_FAILURE_PROTOCOL,
        n == 0 && is_blank (line[0]) ? "a blank before the first field"
        : n == 0                     ? "no field name"
                                     : "no colon after the field's name",
        n, n < length ? line[n] : -1);
  return 0;
}

/* Whether the field whose name has @length bytes is called @name. */
static inline bool
name_is (const uint8_t *line, size_t length, const char *name)
{
  return length == strlen (name) && strncasecmp ((const char *)line, name, length) == 0;
}

/* A blank, or a part of a folded line's ends, which are as good as one. */
static inline bool
is_white (uint8_t byte)
{
  return is_blank (byte) || byte == '\r' || byte == '\n';
}

/* Moves @at and @end to the value without the blanks around it. */
static void
trim (const uint8_t **at, const uint8_t **end)
{
  while (*at < *end && is_white (**at))
    (*at)++;
  while (*at < *end && is_white ((*end)[-1]))
    (*end)--;
}

/* Takes the next element of a comma-separated list off @at. false: there is none. */
static bool
next_element (const uint8_t **at, const uint8_t *end, const uint8_t **first, const uint8_t **last)
{
  while (*at < end)
    {
      const uint8_t *comma = memchr (*at, ',', (size_t)(end - *at));

      *first = *at;
      *last = comma != NULL ? comma : end;
      *at = comma != NULL ? comma + 1 : end;
      trim (first, last);
      if (*first < *last)
        return true;
    }
  return false;
}

static bool
element_is (const uint8_t *first, const uint8_t *last, const char *word)
{
  return name_is (first, (size_t)(last - first), word);
}

/* One number of a Content-Length, without blanks. */
static ThrumFailure
parse_length (const uint8_t *line, const uint8_t *at, const uint8_t *end, uint64_t *value,
              Http1Fault *fault)
{
  if (at == end)
    return fail (fault, THRUM_FAILURE_PROTOCOL, "a Content-Length without a number",
                 (size_t)(at - line), -1);
  for (*value = 0; at < end; at++)
    {
      if (!is_digit (*at))
        return fail (fault, THRUM_FAILURE_PROTOCOL, "a Content-Length that is not a number",
                     (size_t)(at - line), *at);
      if (*value > (HTTP1_LENGTH_MAX - (*at - '0')) / 10)
        return fail (fault, THRUM_FAILURE_TOO_LARGE, "a Content-Length beyond 2^63 - 1",
                     (size_t)(at - line), -1);
      *value = *value * 10 + (*at - '0');
    }
  return THRUM_FAILURE_NONE;
}

/* A length, or the same one several times, in a list or in several fields: RFC 9110, 8.6, allows to
 * take that for one. */
static ThrumFailure
take_content_length (Http1Head *head, const uint8_t *line, const uint8_t *at, const uint8_t *end,
                     Http1Fault *fault)
{
  for (;;)
    {
      const uint8_t *comma = memchr (at, ',', (size_t)(end - at));
      const uint8_t *first = at, *last = comma != NULL ? comma : end;
      uint64_t value = 0;
      ThrumFailure failure;

      trim (&first, &last);
      failure = parse_length (line, first, last, &value, fault);
      if (failure != THRUM_FAILURE_NONE)
        return failure;
      if (head->has_length && head->length != value)
        return fail (fault, THRUM_FAILURE_PROTOCOL, "two different Content-Lengths",
                     (size_t)(first - line), -1);
      head->has_length = true;
      head->length = value;
      if (comma == NULL)
        return THRUM_FAILURE_NONE;
      at = comma + 1;
    }
}

/* `identity` is no coding: RFC 2616 had a name for that. */
static ThrumFailure
take_transfer_encoding (Http1Head *head, const uint8_t *line, const uint8_t *at, const uint8_t *end,
                        Http1Fault *fault)
{
  const uint8_t *first, *last;

  head->has_encoding = true;
  while (next_element (&at, end, &first, &last))
    {
      if (head->is_chunked)
        return fail (fault, THRUM_FAILURE_PROTOCOL, "a transfer coding after chunked",
                     (size_t)(first - line), -1);
      head->is_chunked = element_is (first, last, "chunked");
      head->has_coding |= !element_is (first, last, "identity");
    }
  return THRUM_FAILURE_NONE;
}

static void
take_connection (Http1Head *head, const uint8_t *at, const uint8_t *end)
{
  const uint8_t *first, *last;

  while (next_element (&at, end, &first, &last))
    if (element_is (first, last, "close"))
      head->says_close = true;
    else if (element_is (first, last, "keep-alive"))
      head->says_keep_alive = true;
}

ThrumFailure
http1_head_add_field (Http1Head *head, const uint8_t *line, size_t length, Http1Fault *fault)
{
  size_t name = field_name_length (line, length, fault);
  const uint8_t *value = line + name + 1, *end = line + length;

  if (name == 0)
    return THRUM_FAILURE_PROTOCOL;
  if (name_is (line, name, "connection"))
    take_connection (head, value, end);
  else if (name_is (line, name, "content-length"))
    return take_content_length (head, line, value, end, fault);
  else if (name_is (line, name, "transfer-encoding"))
    return take_transfer_encoding (head, line, value, end, fault);
  return THRUM_FAILURE_NONE;
}

ThrumFailure
http1_trailer_check (const uint8_t *line, size_t length, Http1Fault *fault)
{
  size_t name = field_name_length (line, length, fault);

  if (name == 0)
    return THRUM_FAILURE_PROTOCOL;
  if (name_is (line, name, "content-length") || name_is (line, name, "transfer-encoding"))
    return fail (fault, THRUM_FAILURE_PROTOCOL, "a field about the body's length", 0, -1);
  return THRUM_FAILURE_NONE;
}

static int
hex_value (uint8_t byte)
{
  if (is_digit (byte))
    return byte - '0';
  byte |= 0x20;
  return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

ThrumFailure
http1_chunk_size_parse (const uint8_t *line, size_t length, uint64_t *size, Http1Fault *fault)
{
  size_t at = 0;
  uint64_t value = 0;

  for (int digit; at < length && (digit = hex_value (line[at])) >= 0; at++)
    {
      if (value > HTTP1_LENGTH_MAX >> 4)
        return fail (fault, THRUM_FAILURE_TOO_LARGE, "a chunk beyond 2^63 - 1 bytes", at, -1);
      value = value << 4 | (uint64_t)digit;
    }
  if (at == 0)
    return fail (fault, THRUM_FAILURE_PROTOCOL, "no hexadecimal digit", 0,
                 length > 0 ? line[0] : -1);
  /* Some servers pad it with blanks. */
  while (at < length && line[at] == ' ')
    at++;
  if (at < length && line[at] != ';')
    return fail (fault, THRUM_FAILURE_PROTOCOL, "no ';' after the chunk's size", at, line[at]);
  *size = value;
  return THRUM_FAILURE_NONE;
}
