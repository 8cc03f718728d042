/* SPDX-License-Identifier: MIT
 *
 * Reads the usual rows of results.csv by the shortest way: the layouts that most files have,
 * successes, and numbers with as many digits as the unit has. It refuses every other row without
 * asking what it is; the complete parser reads that. Wherever possible, the end of a field follows
 * from branches, which the processor predicts, so a row need not wait for the bytes of the row
 * before. Any thread.
 */
#include "analyzer/read/columns-usual.h"

/* A status below 400 that is no failure: three digits. */
static inline const char *
take_status (const char *p, gint32 *status)
{
  guint hundreds = (guint)(guchar)p[0] - '1', tens = (guint)(guchar)p[1] - '0';
  guint ones = (guint)(guchar)p[2] - '0';

  if (G_UNLIKELY (hundreds > 2 || tens > 9 || ones > 9))
    return NULL;
  *status = (gint32)(hundreds * 100 + tens * 10 + ones + 100);
  return p + 3;
}

/* Up to 7 digits, without a branch on how many: sizes are of chance lengths. They come first digit in
 * the lowest byte and end in the highest, zeros before them. */
static inline const char *
take_count (const char *p, guint64 *digits)
{
  guint64 word = thrum_digits_load (p);
  guint64 others = thrum_digits_others (word);

  if (G_UNLIKELY (others == 0 || (others & 0xff) != 0))
    return NULL;
  guint end = (guint)__builtin_ctzll (others) - 7; /* bits */
  *digits = word << (64 - end);
  return p + end / 8;
}

/* "D.DDDDDD" with more digits before the point and exactly @n_digits behind it: the last one before
 * and those behind become digits as of take_count (), unchecked; the others a number. Below 10^9
 * whole ones. */
static inline __attribute__ ((always_inline)) const char *
take_time (const char *text, guint n_digits, guint64 *digits, guint64 *leading)
{
  const char *p = text;

  *leading = 0;
  for (guint digit; p[1] != '.'; p++)
    {
      digit = (guint)(guchar)*p - '0';
      if (G_UNLIKELY (digit > 9 || p - text > 7))
        return NULL;
      *leading = *leading * 10 + digit;
    }

  guint64 word = thrum_digits_load (p);
  *digits = (word & 0xff) << (8 * (7 - n_digits)) | (word >> 16) << (8 * (8 - n_digits));
  return p + 2 + n_digits;
}

/* Four numbers of up to 8 digits at once; FALSE where a byte is no digit. */
static inline __attribute__ ((always_inline)) gboolean
convert (guint64 a, guint64 b, guint64 c, guint64 d, guint32 *values)
{
#ifdef __SSE2__
  __m128i ab = _mm_set_epi64x ((gint64)b, (gint64)a), cd = _mm_set_epi64x ((gint64)d, (gint64)c);
  __m128i above =
      _mm_or_si128 (_mm_subs_epu8 (ab, _mm_set1_epi8 (9)), _mm_subs_epu8 (cd, _mm_set1_epi8 (9)));
  __m128i low = _mm_set1_epi16 (0x00ff), tens = _mm_set1_epi16 (10);
  __m128i hundreds = _mm_set1_epi32 (1 << 16 | 100), myriads = _mm_set1_epi32 (1 << 16 | 10000);

  /* Pairs of digits, then of pairs, then of fours. */
  ab = _mm_add_epi16 (_mm_mullo_epi16 (_mm_and_si128 (ab, low), tens), _mm_srli_epi16 (ab, 8));
  cd = _mm_add_epi16 (_mm_mullo_epi16 (_mm_and_si128 (cd, low), tens), _mm_srli_epi16 (cd, 8));
  ab = _mm_packs_epi32 (_mm_madd_epi16 (ab, hundreds), _mm_madd_epi16 (cd, hundreds));
  _mm_storeu_si128 ((__m128i *)values, _mm_madd_epi16 (ab, myriads));
  return _mm_movemask_epi8 (_mm_cmpeq_epi8 (above, _mm_setzero_si128 ())) == 0xffff;
#else
  values[0] = (guint32)thrum_digits_value (a);
  values[1] = (guint32)thrum_digits_value (b);
  values[2] = (guint32)thrum_digits_value (c);
  values[3] = (guint32)thrum_digits_value (d);
  return (thrum_digits_others (a) | thrum_digits_others (b) | thrum_digits_others (c)
          | thrum_digits_others (d))
         == 0;
#endif
}

/* Both return the first byte of the next line, NULL where the row is not usual. */
static inline __attribute__ ((always_inline)) const char *
parse_three (const char *p, guint n_digits, ThrumRow *row)
{
  const guint64 unit = (guint64)thrum_powers_of_ten[n_digits + 1]; /* of leading digits */
  guint64 elapsed, response, leading[2];
  guint32 values[4];

  p = take_time (p, n_digits, &elapsed, &leading[0]);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = take_time (p + 1, n_digits, &response, &leading[1]);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = take_status (p + 1, &row->status);
  if (G_UNLIKELY (p == NULL || *p != '\n' || !convert (elapsed, response, 0, 0, values)))
    return NULL;
  row->elapsed = (gint64)(leading[0] * unit + values[0]);
  row->response = (gint64)(leading[1] * unit + values[1]);
  row->service = -1;
  row->lag = 0;
  row->bytes = 0;
  row->request = 0;
  return p + 1;
}

static inline __attribute__ ((always_inline)) const char *
parse_default (const ThrumReader *reader, ThrumParse *parse, const char *p, ThrumRow *row,
               gboolean has_lag)
{
  const guint64 unit = 10000000;
  guint64 elapsed, response, service, bytes, lag = 0, leading[4] = { 0 };
  guint32 values[4];
  const char *name;

  p = take_time (p, 6, &elapsed, &leading[0]);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = take_time (p + 1, 6, &response, &leading[1]);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = take_status (p + 1, &row->status);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = take_time (p + 1, 6, &service, &leading[2]);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  name = p + 1;
  p = thrum_columns_field_end (name);
  if (G_UNLIKELY (p[0] != ',' || p[1] != ',')) /* no failure between */
    return NULL;
  gsize length = (gsize)(p - name);
  p = take_count (p + 2, &bytes);
  if (has_lag)
    {
      if (G_UNLIKELY (p == NULL || *p != ','))
        return NULL;
      p = take_time (p + 1, 6, &lag, &leading[3]);
    }
  if (G_UNLIKELY (p == NULL || *p != '\n' || !convert (elapsed, response, service, bytes, values)
                  || (has_lag && thrum_digits_others (lag) != 0)))
    return NULL;
  row->elapsed = (gint64)(leading[0] * unit + values[0]);
  row->response = (gint64)(leading[1] * unit + values[1]);
  row->service = (gint64)(leading[2] * unit + values[2]);
  row->lag = has_lag ? (gint64)(leading[3] * unit + thrum_digits_value (lag)) : 0;
  row->bytes = values[3];
  row->request = thrum_name_cache_intern (&parse->requests, reader->requests, name, length);
  return p + 1;
}

typedef enum { THREE, WITHOUT_LAG, DEFAULT } Layout;

static inline __attribute__ ((always_inline)) const char *
parse_rows (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end,
            Layout layout, guint n_digits)
{
  const gint64 origin = reader->origin;
  guint n = parse->n_rows;

  while (cursor < end && n < THRUM_BATCH_ROWS)
    {
      ThrumRow *row = &parse->rows[n];
      const char *next = layout == THREE
                             ? parse_three (cursor, n_digits, row)
                             : parse_default (reader, parse, cursor, row, layout == DEFAULT);

      if (G_UNLIKELY (next == NULL))
        break;
      row->elapsed -= origin;
      row->kind = THRUM_KIND_SUCCESS;
      row->is_part = FALSE;
      cursor = next;
      n++;
    }
  parse->n_lines += n - parse->n_rows;
  parse->n_rows = n;
  return cursor;
}

static const char *
parse_2010 (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end)
{
  return parse_rows (reader, parse, cursor, end, THREE, 3);
}

static const char *
parse_three_columns (const ThrumReader *reader, ThrumParse *parse, const char *cursor,
                     const char *end)
{
  return parse_rows (reader, parse, cursor, end, THREE, 6);
}

/* What was written by default before lag was. */
static const char *
parse_without_lag (const ThrumReader *reader, ThrumParse *parse, const char *cursor,
                   const char *end)
{
  return parse_rows (reader, parse, cursor, end, WITHOUT_LAG, 6);
}

static const char *
parse_default_columns (const ThrumReader *reader, ThrumParse *parse, const char *cursor,
                       const char *end)
{
  return parse_rows (reader, parse, cursor, end, DEFAULT, 6);
}

ThrumUsualRowsFunc
thrum_columns_usual (const ThrumReader *reader)
{
  static const guint8 columns[] = { THRUM_COLUMN_ELAPSED, THRUM_COLUMN_RESPONSE,
                                    THRUM_COLUMN_STATUS,  THRUM_COLUMN_SERVICE,
                                    THRUM_COLUMN_REQUEST, THRUM_COLUMN_FAILURE,
                                    THRUM_COLUMN_BYTES,   THRUM_COLUMN_LAG };

  if (reader->is_epoch)
    return NULL;
  if (memcmp (reader->fields, columns, MIN (reader->n_fields, G_N_ELEMENTS (columns))) != 0)
    return NULL;
  if (reader->n_fields == 3 && reader->n_digits == 3)
    return parse_2010;
  if (reader->n_fields == 3 && reader->n_digits == 6)
    return parse_three_columns;
  if (reader->n_fields == G_N_ELEMENTS (columns) - 1 && reader->n_digits == 6)
    return parse_without_lag;
  if (reader->n_fields == G_N_ELEMENTS (columns) && reader->n_digits == 6)
    return parse_default_columns;
  return NULL;
}
