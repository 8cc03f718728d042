/* SPDX-License-Identifier: MIT */
#pragma once

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "analyzer/read/reader.h"

G_BEGIN_DECLS

/* Parses rows from @cursor on as a format's parse () does, but stops at the first row that differs
 * from what nearly all rows are like, whether it is good or bad. Returns the first byte that it did
 * not use. */
typedef const char *(*ThrumUsualRowsFunc) (const ThrumReader *reader, ThrumParse *parse,
                                           const char *cursor, const char *end);

/* Returns the function for @reader's columns and unit, or NULL if there is none. */
ThrumUsualRowsFunc thrum_columns_usual (const ThrumReader *reader);

static inline gboolean
thrum_columns_ends_field (char c)
{
  return c == ',' || c == '\n' || c == '\r';
}

/* Finds the next byte that ends a field: a comma, or a control character of a line end. */
static inline const char *
thrum_columns_field_end (const char *p)
{
#ifdef __SSE2__
  /* Look at 16 bytes a step: nearly every name ends within the first, so no branch depends on
   * where. */
  for (;; p += 16)
    {
      __m128i bytes = _mm_loadu_si128 ((const __m128i *)p);
      __m128i ends = _mm_or_si128 (_mm_cmpeq_epi8 (bytes, _mm_set1_epi8 (',')),
                                   _mm_or_si128 (_mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('\n')),
                                                 _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('\r'))));
      guint mask = (guint)_mm_movemask_epi8 (ends);

      if (G_LIKELY (mask != 0))
        return p + __builtin_ctz (mask);
    }
#else
  for (;;)
    {
      guint64 word;

      memcpy (&word, p, 8);
      word = GUINT64_FROM_LE (word);
      /* Flags bytes below '-'. The first flagged byte is certain; later ones may come from a
       * borrow. */
      guint64 low = (word - G_GUINT64_CONSTANT (0x2d2d2d2d2d2d2d2d)) & ~word & 0x8080808080808080u;
      if (low == 0)
        {
          p += 8;
          continue;
        }
      p += __builtin_ctzll (low) / 8;
      if (thrum_columns_ends_field (*p))
        return p;
      p++;
    }
#endif
}

G_END_DECLS
