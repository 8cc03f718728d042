/* SPDX-License-Identifier: MIT
 *
 * Finds where a reply of a raw TCP service ends. Pure functions of bytes that keep none of them.
 * They know nothing of calls, of what a reply says, or of connections.
 */
#include "tcp-frame.h"

static TcpFrameResult
scan_delimiter (const TcpFraming *framing, TcpProgress *progress, const uint8_t *bytes,
                size_t n_bytes, size_t *taken)
{
  const uint8_t *at = bytes, *end = bytes + n_bytes, *found;

  while ((found = memmem (at, (size_t)(end - at), framing->delimiter, framing->delimiter_bytes))
         != NULL)
    {
      at = found + framing->delimiter_bytes;
      if (++progress->delimiters_seen == framing->n_delimiters)
        {
          *taken = (size_t)(at - bytes);
          return TCP_FRAME_WHOLE;
        }
    }
  /* The last bytes may be the beginning of a delimiter. */
  if ((size_t)(end - at) >= framing->delimiter_bytes)
    at = end - (framing->delimiter_bytes - 1);
  *taken = (size_t)(at - bytes);
  return TCP_FRAME_PART;
}

/* A binary field's value. false: it needs more bytes. */
static bool
read_binary (const TcpFraming *framing, const uint8_t *bytes, size_t n_bytes, uint64_t *value)
{
  uint32_t width = framing->length_width;

  if (n_bytes < framing->length_offset + width)
    return false;
  *value = 0;
  for (uint32_t i = 0; i < width; i++)
    {
      uint32_t nth = framing->length_format == TCP_LENGTH_BIG ? i : width - 1 - i;

      *value = *value << 8 | bytes[framing->length_offset + nth];
    }
  return true;
}

/* The total from the field at the beginning of a reply. PART: it needs more bytes. */
static TcpFrameResult
read_length (const TcpFraming *framing, const uint8_t *bytes, size_t n_bytes, uint64_t *total)
{
  uint64_t value = 0, header = framing->length_offset + framing->length_width;
  __int128 sum;

  if (framing->length_format != TCP_LENGTH_DECIMAL)
    {
      if (!read_binary (framing, bytes, n_bytes, &value))
        return TCP_FRAME_PART;
    }
  else
    {
      while (header < n_bytes && bytes[header] >= '0' && bytes[header] <= '9')
        {
          if (header - framing->length_offset == 18)
            return TCP_FRAME_LARGE;
          value = value * 10 + (bytes[header++] - '0');
        }
      if (header >= n_bytes)
        return TCP_FRAME_PART; /* the digits end at what follows them */
      if (header == framing->length_offset)
        return TCP_FRAME_BAD;
    }

  sum = (__int128)header + value + framing->length_adjust;
  if (sum < (__int128)header)
    return TCP_FRAME_BAD;
  if (sum > (__int128)framing->max_bytes)
    return TCP_FRAME_LARGE;
  *total = (uint64_t)sum;
  return TCP_FRAME_WHOLE;
}

/* As much as belongs to a reply of @total bytes. */
static TcpFrameResult
take_up_to (const TcpProgress *progress, uint64_t total, size_t n_bytes, size_t *taken)
{
  uint64_t left = total - progress->n_bytes;

  *taken = n_bytes < left ? n_bytes : (size_t)left;
  return *taken == left ? TCP_FRAME_WHOLE : TCP_FRAME_PART;
}

static TcpFrameResult
scan_length (const TcpFraming *framing, TcpProgress *progress, const uint8_t *bytes, size_t n_bytes,
             size_t *taken)
{
  if (progress->total == 0)
    {
      TcpFrameResult result = read_length (framing, bytes, n_bytes, &progress->total);

      if (result != TCP_FRAME_WHOLE)
        return result;
    }
  return take_up_to (progress, progress->total, n_bytes, taken);
}

/* All that comes, until @ends. A reply without a byte is none. */
static TcpFrameResult
take_all (const TcpProgress *progress, size_t n_bytes, bool ends, size_t *taken)
{
  *taken = n_bytes;
  return ends && progress->n_bytes + n_bytes > 0 ? TCP_FRAME_WHOLE : TCP_FRAME_PART;
}

TcpFrameResult
tcp_frame_scan (const TcpFraming *framing, TcpProgress *progress, const uint8_t *bytes,
                size_t n_bytes, ThrumCause cause, size_t *taken)
{
  TcpFrameResult result = TCP_FRAME_PART;
  bool ends = cause == THRUM_CAUSE_END;

  *taken = 0;
  switch (framing->kind)
    {
    case TCP_REPLY_DELIMITER:
      result = scan_delimiter (framing, progress, bytes, n_bytes, taken);
      break;
    case TCP_REPLY_FIXED:
      result = take_up_to (progress, framing->fixed_bytes, n_bytes, taken);
      break;
    case TCP_REPLY_LENGTH:
      result = scan_length (framing, progress, bytes, n_bytes, taken);
      break;
    case TCP_REPLY_IDLE:
      result = take_all (progress, n_bytes, ends || cause == THRUM_CAUSE_IDLE, taken);
      break;
    case TCP_REPLY_CLOSE:
      result = take_all (progress, n_bytes, ends, taken);
      break;
    case TCP_REPLY_NONE:
      break;
    }
  progress->n_bytes += *taken;
  if (progress->n_bytes > framing->max_bytes)
    return TCP_FRAME_LARGE;
  return result;
}
