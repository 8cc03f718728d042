/* SPDX-License-Identifier: MIT
 *
 * The lines of an HTTP/1 reply's head: where one ends, and what a status line, a field or a chunk's
 * size says. Pure functions of bytes; strict, since a benchmark that passes over a malformed reply
 * hides a broken service. Knows nothing of connections or calls.
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

Http1LineResult
http1_line_find (const uint8_t *bytes, size_t n_bytes, size_t limit, size_t *scanned,
                 size_t *length, size_t *taken)
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
  if (*end != '\r')
    return HTTP1_LINE_BAD;
  if (*length + 1 == n_bytes)
    {
      *scanned = *length;
      return HTTP1_LINE_PARTIAL;
    }
  *taken = *length + 2;
  return end[1] == '\n' ? HTTP1_LINE_WHOLE : HTTP1_LINE_BAD;
}

bool
http1_status_line_may_be (const uint8_t *bytes, size_t n_bytes)
{
  return memcmp (bytes, "HTTP/1.", n_bytes < 7 ? n_bytes : 7) == 0;
}

static inline bool
is_digit (uint8_t byte)
{
  return byte >= '0' && byte <= '9';
}

ThrumFailure
http1_head_begin (Http1Head *head, const uint8_t *line, size_t length)
{
  /* "HTTP/1.1 200", then a blank and a reason, which may be missing together. */
  if (length < 12 || memcmp (line, "HTTP/1.", 7) != 0 || (line[7] != '1' && line[7] != '0')
      || line[8] != ' ' || !is_digit (line[9]) || !is_digit (line[10]) || !is_digit (line[11])
      || (length > 12 && line[12] != ' '))
    return THRUM_FAILURE_PROTOCOL;

  *head = (Http1Head){
    .status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0'),
    .is_1_0 = line[7] == '0',
    .n_lines = head->n_lines,
    .head_bytes = head->head_bytes,
  };
  return head->status < 100 ? THRUM_FAILURE_PROTOCOL : THRUM_FAILURE_NONE;
}

/* The name's length, or 0: no colon after a name that is a token. So a folded line is refused. */
static inline size_t
field_name_length (const uint8_t *line, size_t length)
{
  size_t n = 0;

  while (n < length && is_token_char[line[n]])
    n++;
  return n < length && line[n] == ':' ? n : 0;
}

/* Whether the field whose name has @length bytes is called @name. */
static inline bool
name_is (const uint8_t *line, size_t length, const char *name)
{
  return length == strlen (name) && strncasecmp ((const char *)line, name, length) == 0;
}

/* Moves @at and @end to the value without the blanks around it. */
static void
trim (const uint8_t **at, const uint8_t **end)
{
  while (*at < *end && (**at == ' ' || **at == '\t'))
    (*at)++;
  while (*at < *end && ((*end)[-1] == ' ' || (*end)[-1] == '\t'))
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

static ThrumFailure
take_content_length (Http1Head *head, const uint8_t *at, const uint8_t *end)
{
  uint64_t value = 0;

  trim (&at, &end);
  if (at == end || head->has_length)
    return THRUM_FAILURE_PROTOCOL;
  for (; at < end; at++)
    {
      if (!is_digit (*at))
        return THRUM_FAILURE_PROTOCOL;
      if (value > (HTTP1_LENGTH_MAX - (*at - '0')) / 10)
        return THRUM_FAILURE_TOO_LARGE;
      value = value * 10 + (*at - '0');
    }
  head->has_length = true;
  head->length = value;
  return THRUM_FAILURE_NONE;
}

static ThrumFailure
take_transfer_encoding (Http1Head *head, const uint8_t *at, const uint8_t *end)
{
  const uint8_t *first, *last;

  head->has_coding = true;
  while (next_element (&at, end, &first, &last))
    {
      if (head->is_chunked)
        return THRUM_FAILURE_PROTOCOL; /* chunked comes last and once */
      head->is_chunked = element_is (first, last, "chunked");
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
http1_head_add_field (Http1Head *head, const uint8_t *line, size_t length)
{
  size_t name = field_name_length (line, length);
  const uint8_t *value = line + name + 1, *end = line + length;

  if (name == 0)
    return THRUM_FAILURE_PROTOCOL;
  if (name_is (line, name, "connection"))
    take_connection (head, value, end);
  else if (name_is (line, name, "content-length"))
    return take_content_length (head, value, end);
  else if (name_is (line, name, "transfer-encoding"))
    return take_transfer_encoding (head, value, end);
  return THRUM_FAILURE_NONE;
}

ThrumFailure
http1_trailer_check (const uint8_t *line, size_t length)
{
  size_t name = field_name_length (line, length);

  return name == 0 || name_is (line, name, "content-length")
                 || name_is (line, name, "transfer-encoding")
             ? THRUM_FAILURE_PROTOCOL
             : THRUM_FAILURE_NONE;
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
http1_chunk_size_parse (const uint8_t *line, size_t length, uint64_t *size)
{
  size_t at = 0;
  uint64_t value = 0;

  for (int digit; at < length && (digit = hex_value (line[at])) >= 0; at++)
    {
      if (value > HTTP1_LENGTH_MAX >> 4)
        return THRUM_FAILURE_TOO_LARGE;
      value = value << 4 | (uint64_t)digit;
    }
  if (at == 0)
    return THRUM_FAILURE_PROTOCOL;
  /* Some servers pad it with blanks. */
  while (at < length && line[at] == ' ')
    at++;
  if (at < length && line[at] != ';')
    return THRUM_FAILURE_PROTOCOL;
  *size = value;
  return THRUM_FAILURE_NONE;
}
