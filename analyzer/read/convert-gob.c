/* SPDX-License-Identifier: MIT
 *
 * Turns what `vegeta attack` writes into vegeta's CSV. The input is gob, Go's own encoding: a
 * stream of messages, each of which defines a type or has a value of one (see encoding/gob in Go's
 * documentation). Only the fields of vegeta's type Result are looked at, by name, because they
 * differ with its version. Only the part of a value before the reply's body is kept in memory. Main
 * thread.
 */
#include <string.h>

#include "analyzer/read/convert.h"

#define LONGEST (64 * 1024) /* bytes of a message that are looked at */
#define MAX_FIELDS 32

/* What is taken of a result. */
typedef enum {
  FIELD_OTHER,
  FIELD_ATTACK,
  FIELD_SEQ,
  FIELD_CODE,
  FIELD_TIMESTAMP,
  FIELD_LATENCY,
  FIELD_BYTES_OUT,
  FIELD_BYTES_IN,
  FIELD_ERROR,
  N_FIELDS
} Field;

static const char *const field_names[N_FIELDS] = { "",         "Attack",    "Seq",
                                                   "Code",     "Timestamp", "Latency",
                                                   "BytesOut", "BytesIn",   "Error" };

/* Go's numbers of its own types. */
enum { TYPE_BOOL = 1, TYPE_INT, TYPE_UINT, TYPE_FLOAT, TYPE_BYTES, TYPE_STRING };

typedef struct {
  gint64 id; /* of the type; 0: not yet defined */
  guint n_fields;
  struct {
    Field field;
    gint64 type;
  } fields[MAX_FIELDS];
} ResultType;

/* A message's bytes, as far as they are looked at. */
typedef struct {
  const guint8 *p;
  const guint8 *end;
  gboolean bad; /* it ended, or holds what cannot be */
  gboolean cut; /* it is longer than what is looked at: its end is none */
} Message;

static guint64
take_uint (Message *self)
{
  guint64 value = 0;
  guint n;

  if (self->bad || self->p >= self->end)
    {
      self->bad = TRUE;
      return 0;
    }
  if (*self->p < 128)
    return *self->p++;
  n = 256u - *self->p++;
  self->bad = n > 8 || (gsize)(self->end - self->p) < n;
  for (guint i = 0; i < n && !self->bad; i++)
    value = value << 8 | *self->p++;
  return value;
}

static gint64
take_int (Message *self)
{
  guint64 value = take_uint (self);

  return (gint64)((value & 1) != 0 ? ~(value >> 1) : value >> 1);
}

/* Takes bytes or a string. */
static const guint8 *
take_bytes (Message *self, gsize *length)
{
  guint64 n = take_uint (self);
  const guint8 *bytes = self->p;

  *length = 0;
  if (self->bad || n > (guint64)(self->end - self->p))
    {
      self->bad = TRUE;
      return bytes;
    }
  self->p += n;
  *length = (gsize)n;
  return bytes;
}

/* Takes a common type, or a field of one: a name and a number. */
static gint64
take_named (Message *self, const guint8 **name, gsize *length)
{
  gint64 number = 0;
  guint64 delta;
  guint field = 0;

  *length = 0;
  while ((delta = take_uint (self)) != 0 && !self->bad)
    {
      field += (guint)MIN (delta, MAX_FIELDS + 1);
      if (field == 1)
        *name = take_bytes (self, length);
      else if (field == 2)
        number = take_int (self);
      else
        self->bad = TRUE;
    }
  return number;
}

static Field
field_of (const guint8 *name, gsize length)
{
  for (guint i = 1; i < N_FIELDS; i++)
    if (strlen (field_names[i]) == length && memcmp (field_names[i], name, length) == 0)
      return i;
  return FIELD_OTHER;
}

/* Takes the definition of the type @id: if it is a structure called Result, it becomes @type. */
static void
take_type (Message *self, gint64 id, ResultType *type)
{
  const guint8 *name = NULL;
  gsize length;

  if (take_uint (self) != 3) /* the third kind of type is a structure */
    return;
  if (take_uint (self) != 1)
    {
      self->bad = TRUE;
      return;
    }
  take_named (self, &name, &length);
  if (self->bad || length != 6 || memcmp (name, "Result", 6) != 0)
    return;
  *type = (ResultType){ .id = id };
  self->bad = take_uint (self) != 1;
  guint64 n = take_uint (self);
  self->bad |= n > MAX_FIELDS;
  for (guint64 i = 0; i < n && !self->bad; i++)
    {
      gint64 number = take_named (self, &name, &length);
      type->fields[type->n_fields].field = field_of (name, length);
      type->fields[type->n_fields++].type = number;
    }
}

/* Go's time.Time: a version, seconds since the year 1, nanoseconds, a zone. */
static gint64
read_time (const guint8 *bytes, gsize length)
{
  guint64 seconds = 0, ns = 0;

  if (length < 15)
    return 0;
  for (guint i = 1; i < 9; i++)
    seconds = seconds << 8 | bytes[i];
  for (guint i = 9; i < 13; i++)
    ns = ns << 8 | bytes[i];
  gint64 since = (gint64)(seconds - G_GUINT64_CONSTANT (62135596800));
  return since < 0 || since > 9000000000 || ns >= 1000000000 ? 0 : since * 1000000000 + (gint64)ns;
}

typedef struct {
  gint64 numbers[N_FIELDS];
  const guint8 *texts[N_FIELDS];
  gsize lengths[N_FIELDS];
} Result;

/* Takes a value of @type up to the first field that is none of Go's own types. */
static void
take_result (Message *self, const ResultType *type, Result *result)
{
  guint64 delta;
  guint i = 0;

  memset (result, 0, sizeof *result);
  for (; (delta = take_uint (self)) != 0 && !self->bad;)
    {
      i += (guint)MIN (delta, MAX_FIELDS + 1);
      if (i > type->n_fields)
        {
          self->bad = TRUE;
          return;
        }
      Field field = type->fields[i - 1].field;
      gint64 kind = type->fields[i - 1].type;
      if (field == FIELD_TIMESTAMP)
        {
          gsize length;
          const guint8 *bytes = take_bytes (self, &length);
          result->numbers[field] = read_time (bytes, length);
        }
      else if (kind == TYPE_BYTES || kind == TYPE_STRING)
        result->texts[field] = take_bytes (self, &result->lengths[field]);
      else if (kind == TYPE_INT)
        result->numbers[field] = take_int (self);
      else if (kind >= TYPE_BOOL && kind <= TYPE_FLOAT)
        result->numbers[field] = (gint64)(take_uint (self) & G_MAXINT64);
      else
        return;
      if (self->bad && self->cut
          && field == FIELD_OTHER) /* a body that was cut: what is behind is not needed */
        {
          self->bad = FALSE;
          return;
        }
    }
}

/* In the order of vegeta's CSV, the body left out. */
static void
add_row (ThrumLines *lines, const Result *result)
{
  char text[160];
  const gint64 *n = result->numbers;
  int length = g_snprintf (text, sizeof text,
                           "%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT
                           ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",",
                           n[FIELD_TIMESTAMP], n[FIELD_CODE], n[FIELD_LATENCY], n[FIELD_BYTES_OUT],
                           n[FIELD_BYTES_IN]);

  thrum_lines_add (lines, text, (gsize)length);
  thrum_lines_add_field (lines, (const char *)result->texts[FIELD_ERROR],
                         MIN (result->lengths[FIELD_ERROR], 4096));
  thrum_lines_add (lines, ",,", 2);
  thrum_lines_add_field (lines, (const char *)result->texts[FIELD_ATTACK],
                         MIN (result->lengths[FIELD_ATTACK], 4096));
  length = g_snprintf (text, sizeof text, ",%" G_GINT64_FORMAT "\n", n[FIELD_SEQ]);
  thrum_lines_add (lines, text, (gsize)length);
}

/* Reads the length that a message begins with: 1 and *@length, 0 at the end of the file, -1 within it. */
static int
read_length (ThrumBytes *bytes, guint64 *length)
{
  int c = thrum_bytes_next (bytes);

  if (c < 0)
    return 0;
  *length = (guint64)c;
  if (c < 128)
    return 1;
  *length = 0;
  for (int i = 256 - c; i > 0; i--)
    {
      c = i > 8 ? -1 : thrum_bytes_next (bytes);
      if (c < 0)
        return -1;
      *length = *length << 8 | (guint64)c;
    }
  return 1;
}

/* Reads the @length bytes of a message, of which @buffer holds the first ones; FALSE at the end. */
static gboolean
read_message (ThrumBytes *bytes, guint64 length, guint8 *buffer, Message *message)
{
  int c = 0;

  for (guint64 i = 0; i < length && (c = thrum_bytes_next (bytes)) >= 0; i++)
    if (i < LONGEST)
      buffer[i] = (guint8)c;
  *message = (Message){ buffer, buffer + MIN (length, LONGEST), FALSE, length > LONGEST };
  return c >= 0;
}

static gboolean
convert (ThrumFeed *feed, ThrumLines *lines, char **damage, GError **error)
{
  g_autofree ThrumBytes *bytes = g_new (ThrumBytes, 1);
  g_autofree guint8 *buffer = g_malloc (LONGEST);
  ResultType type = { 0 };
  Message message = { NULL, NULL, FALSE, FALSE };
  Result result;
  guint64 length = 0;
  int more = 1;

  thrum_bytes_init (bytes, feed);
  while (lines->error == NULL && !message.bad && (more = read_length (bytes, &length)) == 1)
    {
      if (!read_message (bytes, length, buffer, &message))
        {
          more = -1;
          break;
        }
      gint64 id = take_int (&message);
      if (id < 0)
        take_type (&message, -id, &type);
      else if (!message.bad && id == type.id && id != 0)
        {
          take_result (&message, &type, &result);
          if (!message.bad)
            add_row (lines, &result);
        }
    }
  if (bytes->error != NULL)
    {
      g_propagate_error (error, bytes->error);
      return FALSE;
    }
  if (more < 0 || message.bad)
    *damage = g_strdup (more < 0 ? "its gob data end too early" : "its gob data are damaged");
  return TRUE;
}

static gboolean
detect (const char *head, gsize length)
{
  Message message = { (const guint8 *)head, (const guint8 *)head + length, FALSE, FALSE };
  guint64 n = take_uint (&message);

  return n > 8 && n < LONGEST && take_int (&message) < 0 && !message.bad
         && memmem (head, MIN (length, 64), "Result", 6) != NULL
         && memmem (head, MIN (length, 1024), "Timestamp", 9) != NULL
         && memmem (head, MIN (length, 1024), "Latency", 7) != NULL;
}

const ThrumConversion thrum_conversion_gob = {
  .name = "vegeta's gob",
  .detect = detect,
  .convert = convert,
};
