/* SPDX-License-Identifier: MIT
 *
 * The usual rows of results.csv by the shortest way: the layouts that most files have, successes, each
 * number with as many digits as the unit has. Refuses all else without asking what it is; the complete
 * parser does. Where a field ends follows from branches, which are foretold, wherever that is possible:
 * then a row need not wait for the bytes of the one before. Any thread.
 */
#include "analyzer/columns-usual.h"

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

/* Up to 7 digits, without a branch on how many: sizes are of chance lengths. */
static inline const char *
take_count (const char *p, gint64 *value)
{
  guint64 digits = thrum_digits_load (p);
  guint64 others = thrum_digits_others (digits);

  if (G_UNLIKELY (others == 0 || (others & 0xff) != 0))
    return NULL;
  guint end = (guint)__builtin_ctzll (others) - 7; /* bits */
  *value = (gint64)thrum_digits_value (digits << (64 - end));
  return p + end / 8;
}

/* Both return the first byte of the next line, NULL where the row is not usual. */
static inline __attribute__ ((always_inline)) const char *
parse_three (const char *p, guint n_digits, ThrumRow *row)
{
  p = thrum_decimal_usual (p, n_digits, &row->elapsed);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = thrum_decimal_usual (p + 1, n_digits, &row->response);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = take_status (p + 1, &row->status);
  if (G_UNLIKELY (p == NULL || *p != '\n'))
    return NULL;
  row->service = -1;
  row->bytes = 0;
  row->request = 0;
  return p + 1;
}

static inline __attribute__ ((always_inline)) const char *
parse_default (const ThrumReader *reader, ThrumParse *parse, const char *p, ThrumRow *row)
{
  const char *name;

  p = thrum_decimal_usual (p, 6, &row->elapsed);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = thrum_decimal_usual (p + 1, 6, &row->response);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = take_status (p + 1, &row->status);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  p = thrum_decimal_usual (p + 1, 6, &row->service);
  if (G_UNLIKELY (p == NULL || *p != ','))
    return NULL;
  name = p + 1;
  p = thrum_columns_field_end (name);
  if (G_UNLIKELY (p[0] != ',' || p[1] != ',')) /* no failure between */
    return NULL;
  row->request =
      thrum_name_cache_intern (&parse->requests, reader->requests, name, (gsize)(p - name));
  p = take_count (p + 2, &row->bytes);
  if (G_UNLIKELY (p == NULL || *p != '\n'))
    return NULL;
  return p + 1;
}

typedef enum { THREE, DEFAULT } Layout;

static inline __attribute__ ((always_inline)) const char *
parse_rows (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end,
            Layout layout, guint n_digits)
{
  const gint64 origin = reader->origin;
  guint n = parse->n_rows;

  while (cursor < end && n < THRUM_BATCH_ROWS)
    {
      ThrumRow *row = &parse->rows[n];
      const char *next = layout == THREE ? parse_three (cursor, n_digits, row)
                                         : parse_default (reader, parse, cursor, row);

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
                                    THRUM_COLUMN_BYTES };

  if (memcmp (reader->fields, columns, MIN (reader->n_fields, G_N_ELEMENTS (columns))) != 0)
    return NULL;
  if (reader->n_fields == 3 && reader->n_digits == 3)
    return parse_2010;
  if (reader->n_fields == 3 && reader->n_digits == 6)
    return parse_three_columns;
  if (reader->n_fields == G_N_ELEMENTS (columns) && reader->n_digits == 6)
    return parse_default_columns;
  return NULL;
}
