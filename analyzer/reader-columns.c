/* SPDX-License-Identifier: MIT
 *
 * Reads results.csv as thrum writes it, whatever its columns, and with it the three-column format of
 * 2010. This is the fast path that 100 million rows go through: no allocation, no lock, 8 bytes a
 * step. Immutable after detection; any number of threads, each with its ThrumParse.
 */
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "analyzer/formats.h"

#define SKIP THRUM_N_COLUMNS

static const char *
find_line_end (const char *cursor, const char *end)
{
  return memchr (cursor, '\n', (gsize)(end - cursor));
}

/* What the fields of a line mean. */
typedef struct {
  guint8 fields[THRUM_READER_MAX_FIELDS];
  guint8 n_fields;
  guint8 n_digits; /* of the reader's unit */
  gboolean has_status;
  gboolean has_failure;
} Layout;

static inline gboolean
ends_field (char c)
{
  return c == ',' || c == '\n' || c == '\r';
}

/* Finds the next byte that ends a field: a comma, or a control character of the line's end. */
static inline const char *
find_field_end (const char *p)
{
#ifdef __SSE2__
  /* 16 bytes a step: nearly every name ends within the first, so that no branch depends on where. */
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
      /* Bytes below '-': the first flagged one is certain, later ones may be borrows. */
      guint64 low = (word - G_GUINT64_CONSTANT (0x2d2d2d2d2d2d2d2d)) & ~word & 0x8080808080808080u;
      if (low == 0)
        {
          p += 8;
          continue;
        }
      p += __builtin_ctzll (low) / 8;
      if (ends_field (*p))
        return p;
      p++;
    }
#endif
}

static const char *
describe (ThrumDecimalResult result)
{
  switch (result)
    {
    case THRUM_DECIMAL_NEGATIVE:
      return "a negative time";
    case THRUM_DECIMAL_TOO_LARGE:
      return "a time beyond all reason";
    default:
      return "a time is not a number";
    }
}

/* What the fast path refused. */
static G_GNUC_NO_INLINE const char *
take_odd_seconds (const ThrumReader *reader, ThrumParse *parse, const char *p, const char *end,
                  gint64 *value, const char **reason)
{
  const char *rest = NULL;
  ThrumDecimalResult result = thrum_decimal_slow (p, end, reader->n_digits, value, &rest);

  if (result == THRUM_DECIMAL_TOO_FINE)
    parse->too_fine = TRUE;
  else if (result != THRUM_DECIMAL_GOOD)
    {
      *reason = describe (result);
      return NULL;
    }
  return rest;
}

static inline __attribute__ ((always_inline)) const char *
take_seconds (const ThrumReader *reader, const Layout *layout, ThrumParse *parse, const char *p,
              const char *end, gint64 limit, gint64 *value, const char **reason)
{
  const char *rest = thrum_decimal_fast (p, layout->n_digits, value);

  if (G_UNLIKELY (rest == NULL))
    {
      rest = take_odd_seconds (reader, parse, p, end, value, reason);
      if (rest == NULL)
        return NULL;
    }
  if (G_UNLIKELY (*value > limit))
    {
      *reason = describe (THRUM_DECIMAL_TOO_LARGE);
      return NULL;
    }
  return rest;
}

static inline const char *
take_integer (const char *p, gint64 *value, const char **reason)
{
  guint64 digits = thrum_digits_load (p);
  guint n = thrum_digits_count (digits);

  if (G_LIKELY (n > 0 && n < 8))
    {
      *value = (gint64)thrum_digits_value (digits << (8 * (8 - n)));
      return p + n;
    }

  gint64 result = 0;
  const char *start = p;
  for (; g_ascii_isdigit (*p) && p - start < 18; p++)
    result = result * 10 + (*p - '0');
  if (p == start || g_ascii_isdigit (*p))
    {
      *reason = "a status or count is not a whole number";
      return NULL;
    }
  *value = result;
  return p;
}

/* A code of three digits, by branches that are foretold: see thrum_decimal_fast (). */
static inline const char *
take_code (const char *p, gint64 *value, const char **reason)
{
  guint hundreds = (guint)(guchar)p[0] - '0', tens = (guint)(guchar)p[1] - '0';
  guint ones = (guint)(guchar)p[2] - '0';

  if (G_UNLIKELY (MAX (MAX (hundreds, tens), ones) > 9 || !ends_field (p[3])))
    return take_integer (p, value, reason);
  *value = hundreds * 100 + tens * 10 + ones;
  return p + 3;
}

static inline __attribute__ ((always_inline)) const char *
take_field (const ThrumReader *reader, const Layout *layout, ThrumParse *parse, guint field,
            const char *p, const char *end, ThrumRow *row, const char **reason)
{
  const char *rest;
  gint64 number = 0;

  switch (field)
    {
    case THRUM_COLUMN_ELAPSED:
      return take_seconds (reader, layout, parse, p, end, THRUM_ROW_MAX_ELAPSED, &row->elapsed,
                           reason);
    case THRUM_COLUMN_RESPONSE:
      return take_seconds (reader, layout, parse, p, end, THRUM_ROW_MAX_RESPONSE, &row->response,
                           reason);
    case THRUM_COLUMN_SERVICE:
      if (ends_field (*p))
        return p; /* it never came to be sent */
      return take_seconds (reader, layout, parse, p, end, THRUM_ROW_MAX_RESPONSE, &row->service,
                           reason);
    case THRUM_COLUMN_STATUS:
      rest = take_code (p, &number, reason);
      row->status = (gint32)MIN (number, G_MAXINT32);
      return rest;
    case THRUM_COLUMN_BYTES:
      if (ends_field (*p))
        return p;
      return take_integer (p, &row->bytes, reason);
    case THRUM_COLUMN_REQUEST:
      rest = find_field_end (p);
      row->request =
          thrum_name_cache_intern (&parse->requests, reader->requests, p, (gsize)(rest - p));
      return rest;
    case THRUM_COLUMN_FAILURE:
      if (G_LIKELY (ends_field (*p)))
        return p;
      rest = find_field_end (p);
      if (rest - p == 6 && memcmp (p, "status", 6) == 0)
        row->kind = G_MAXUINT16; /* named by the status, which may stand behind it */
      else
        row->kind = thrum_name_cache_intern (&parse->kinds, reader->kinds, p, (gsize)(rest - p));
      return rest;
    default:
      return find_field_end (p);
    }
}

/* Returns the first byte of the next line, or NULL and @reason for a line that is no row. */
static inline __attribute__ ((always_inline)) const char *
parse_row (const ThrumReader *reader, const Layout *layout, ThrumParse *parse, const char *p,
           const char *end, ThrumRow *row, const char **reason)
{
  *row = (ThrumRow){ .service = -1 };
#pragma GCC unroll 8
  for (guint i = 0; i < layout->n_fields; i++)
    {
      if (i > 0)
        {
          if (G_UNLIKELY (*p != ','))
            {
              *reason = *p == '\n' || *p == '\r' ? "fields are missing"
                                                 : "a field holds more than its value";
              return NULL;
            }
          p++;
        }
      p = take_field (reader, layout, parse, layout->fields[i], p, end, row, reason);
      if (G_UNLIKELY (p == NULL))
        return NULL;
    }
  if (G_UNLIKELY (*p == '\r'))
    p++;
  if (G_UNLIKELY (*p != '\n'))
    {
      *reason = *p == ',' ? "more fields than columns" : "a field holds more than its value";
      return NULL;
    }

  if (!layout->has_failure)
    {
      if (G_UNLIKELY (layout->has_status && (row->status == 0 || row->status >= 400)))
        row->kind = thrum_parse_status_kind (reader, parse, row->status);
    }
  else if (G_UNLIKELY (row->kind == G_MAXUINT16))
    row->kind = thrum_parse_status_kind (reader, parse, row->status);
  row->elapsed -= reader->origin;
  return p + 1;
}

static inline __attribute__ ((always_inline)) const char *
parse_rows_of (const ThrumReader *reader, const Layout *layout, ThrumParse *parse,
               const char *cursor, const char *end)
{
  while (cursor < end && parse->n_rows < THRUM_BATCH_ROWS)
    {
      const char *reason = NULL;
      ThrumRow *row = &parse->rows[parse->n_rows];
      const char *next = parse_row (reader, layout, parse, cursor, end, row, &reason);

      parse->n_lines++;
      if (G_LIKELY (next != NULL))
        {
          parse->n_rows++;
          cursor = next;
          continue;
        }

      const char *line_end = find_line_end (cursor, end);
      if (line_end != cursor && !(line_end == cursor + 1 && *cursor == '\r'))
        thrum_parse_complain (parse, reason);
      cursor = line_end + 1;
    }
  return cursor;
}

/* The layouts that most files have are compiled in: their loop over the fields is unrolled and
 * nothing asks what the next one means. */
static const Layout layout_three = {
  .fields = { THRUM_COLUMN_ELAPSED, THRUM_COLUMN_RESPONSE, THRUM_COLUMN_STATUS },
  .n_fields = 3,
  .n_digits = 6,
  .has_status = TRUE,
};
static const Layout layout_2010 = {
  .fields = { THRUM_COLUMN_ELAPSED, THRUM_COLUMN_RESPONSE, THRUM_COLUMN_STATUS },
  .n_fields = 3,
  .n_digits = 3,
  .has_status = TRUE,
};
static const Layout layout_default = {
  .fields = { THRUM_COLUMN_ELAPSED, THRUM_COLUMN_RESPONSE, THRUM_COLUMN_STATUS,
              THRUM_COLUMN_SERVICE, THRUM_COLUMN_REQUEST, THRUM_COLUMN_FAILURE,
              THRUM_COLUMN_BYTES },
  .n_fields = 7,
  .n_digits = 6,
  .has_status = TRUE,
  .has_failure = TRUE,
};

static gboolean
has_layout (const ThrumReader *reader, const Layout *layout)
{
  return reader->n_fields == layout->n_fields && reader->n_digits == layout->n_digits
         && memcmp (reader->fields, layout->fields, layout->n_fields) == 0;
}

static const char *
parse_rows (const ThrumReader *reader, ThrumParse *parse, const char *cursor, const char *end)
{
  if (has_layout (reader, &layout_three))
    return parse_rows_of (reader, &layout_three, parse, cursor, end);
  if (has_layout (reader, &layout_default))
    return parse_rows_of (reader, &layout_default, parse, cursor, end);

  if (has_layout (reader, &layout_2010))
    return parse_rows_of (reader, &layout_2010, parse, cursor, end);

  Layout layout = { .n_fields = (guint8)reader->n_fields,
                    .n_digits = (guint8)reader->n_digits,
                    .has_status = reader->has_status,
                    .has_failure = reader->has_failure };
  memcpy (layout.fields, reader->fields, reader->n_fields);
  return parse_rows_of (reader, &layout, parse, cursor, end);
}

gboolean
thrum_reader_set_columns (ThrumReader *reader, const char *const *names)
{
  guint n = 0;
  gboolean elapsed = FALSE, response = FALSE;

  for (; names[n] != NULL && n < THRUM_READER_MAX_FIELDS; n++)
    {
      guint column = thrum_column_from_name (names[n], -1);

      reader->fields[n] = (guint8)column;
      elapsed |= column == THRUM_COLUMN_ELAPSED;
      response |= column == THRUM_COLUMN_RESPONSE;
      reader->has_status |= column == THRUM_COLUMN_STATUS;
      reader->has_failure |= column == THRUM_COLUMN_FAILURE;
      reader->has_service |= column == THRUM_COLUMN_SERVICE;
      reader->has_request |= column == THRUM_COLUMN_REQUEST;
      reader->has_bytes |= column == THRUM_COLUMN_BYTES;
    }
  reader->n_fields = n;
  return elapsed && response;
}

/* How many fields a line of numbers as thrum writes them has; 0 for any other line. */
static guint
count_fields (const char *line, const char *end, gboolean *coarse)
{
  gint64 number;
  const char *rest = NULL;
  guint n = 0;

  for (const char *p = line;; p = rest + 1)
    {
      const char *comma = memchr (p, ',', (gsize)(end - p));

      n++;
      if (n <= 2)
        {
          rest = NULL;
          thrum_decimal_slow (p, end, 9, &number, &rest);
          if (rest == NULL || (rest != end && *rest != ','))
            return 0;
          /* ".123": whole milliseconds, as the 2010 format has it. */
          const char *point = memchr (p, '.', (gsize)(rest - p));
          *coarse &= point == NULL || rest - point <= 4;
        }
      else if (n == 3)
        {
          gint64 status;
          const char *reason;
          const char *status_end = take_integer (p, &status, &reason);
          if (status_end == NULL || (status_end != end && *status_end != ','))
            return 0;
        }
      if (comma == NULL)
        return n;
      rest = comma;
    }
}

static gboolean
detect_columns (ThrumReader *reader, const char *head, gsize length)
{
  const char *end = head + length;
  gboolean coarse = TRUE, found = FALSE;
  guint n = 0;

  /* Any good line among the first will do: the very first may be damaged. */
  for (guint i = 0; i < 20 && head < end; i++)
    {
      const char *line_end = find_line_end (head, end);
      const char *stop = line_end == NULL ? end : line_end;
      gboolean line_coarse = TRUE;

      if (stop > head && stop[-1] == '\r')
        stop--;
      guint fields = stop > head ? count_fields (head, stop, &line_coarse) : 0;
      if (fields >= 2)
        {
          n = found ? n : fields;
          found = TRUE;
          coarse &= line_coarse;
        }
      if (line_end == NULL)
        break;
      head = line_end + 1;
    }
  if (!found)
    return FALSE;
  if (reader->n_fields == 0)
    {
      const char *three[] = { "elapsed", "response", "status", NULL };
      g_auto (GStrv) usual = g_strsplit (THRUM_COLUMNS_DEFAULT, ",", -1);

      if (n < 3)
        three[2] = NULL;
      if (!thrum_reader_set_columns (reader, n == 7 ? (const char *const *)usual : three))
        return FALSE;
      for (; n != 7 && reader->n_fields < MIN (n, THRUM_READER_MAX_FIELDS);)
        reader->fields[reader->n_fields++] = SKIP;
    }
  reader->n_digits = coarse ? 3 : 6;
  return TRUE;
}

const ThrumFormat thrum_format_columns = {
  .name = "columns",
  .summary = "thrum's results.csv, or elapsed,response,status as of 2010",
  .n_digits = 6,
  .detect = detect_columns,
  .parse = parse_rows,
};
