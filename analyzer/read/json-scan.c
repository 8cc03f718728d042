/* SPDX-License-Identifier: MIT
 *
 * Scans lines of JSON by the million: making json-glib's objects takes a hundred times as long. It
 * accepts some lines that are not quite JSON, because it checks only quotes and brackets in what it
 * skips. A reader checks for itself what it takes from a line. Any thread.
 */
#include <string.h>

#include "analyzer/read/json-scan.h"

static void
skip_blanks (ThrumJsonScan *self)
{
  while (self->p < self->end && (*self->p == ' ' || *self->p == '\t' || *self->p == '\r'))
    self->p++;
}

/* Reports whether the quote at @p, after @start, is escaped: there is an odd number of backslashes
 * before it. */
static gboolean
is_escaped (const char *start, const char *p)
{
  const char *q = p;

  while (q > start && q[-1] == '\\')
    q--;
  return (p - q) % 2 != 0;
}

/* Takes the string at p, which is a quote; p is then behind it. */
static gboolean
take_string (ThrumJsonScan *self, ThrumCsvField *text)
{
  const char *start = self->p + 1, *quote = start;

  while (quote < self->end && (quote = memchr (quote, '"', (gsize)(self->end - quote))) != NULL
         && is_escaped (start, quote))
    quote++;
  if (quote == NULL || quote >= self->end)
    return FALSE;
  *text = (ThrumCsvField){ start, (gsize)(quote - start), FALSE };
  self->p = quote + 1;
  return TRUE;
}

/* Takes what is between the brackets at p; p is then behind the closing one. */
static gboolean
take_brackets (ThrumJsonScan *self, ThrumCsvField *text)
{
  const char *start = self->p + 1;
  ThrumCsvField skipped;
  guint64 depth = 0;

  while (self->p < self->end)
    {
      char c = *self->p;

      if (c == '"')
        {
          if (!take_string (self, &skipped))
            return FALSE;
          continue;
        }
      self->p++;
      if (c == '{' || c == '[')
        depth++;
      else if ((c == '}' || c == ']') && --depth == 0)
        {
          *text = (ThrumCsvField){ start, (gsize)(self->p - 1 - start), FALSE };
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
take_value (ThrumJsonScan *self, ThrumJsonMember *member)
{
  char c = self->p < self->end ? *self->p : '\0';

  if (c == '"')
    {
      member->type = THRUM_JSON_STRING;
      return take_string (self, &member->text);
    }
  if (c == '{' || c == '[')
    {
      member->type = c == '{' ? THRUM_JSON_OBJECT : THRUM_JSON_ARRAY;
      return take_brackets (self, &member->text);
    }
  member->type = THRUM_JSON_NUMBER;
  member->text.start = self->p;
  member->text.quoted = FALSE;
  while (self->p < self->end
         && (g_ascii_isalnum (*self->p) || (*self->p != '\0' && strchr ("+-.", *self->p) != NULL)))
    self->p++;
  member->text.length = (gsize)(self->p - member->text.start);
  return member->text.length > 0;
}

gboolean
thrum_json_scan_object (ThrumJsonScan *self, const char *start, const char *stop)
{
  ThrumCsvField inside;

  *self = (ThrumJsonScan){ start, stop, FALSE };
  skip_blanks (self);
  if (self->p >= stop || *self->p != '{' || !take_brackets (self, &inside))
    return FALSE;
  skip_blanks (self);
  if (self->p != stop)
    return FALSE;
  *self = (ThrumJsonScan){ inside.start, inside.start + inside.length, FALSE };
  return TRUE;
}

void
thrum_json_scan_member (ThrumJsonScan *self, const ThrumJsonMember *object)
{
  *self = (ThrumJsonScan){ object->text.start, object->text.start + object->text.length, FALSE };
}

gboolean
thrum_json_scan_next (ThrumJsonScan *self, ThrumJsonMember *member)
{
  skip_blanks (self);
  if (self->p < self->end && *self->p == ',')
    {
      self->p++;
      skip_blanks (self);
    }
  if (self->p >= self->end || self->bad)
    return FALSE;
  self->bad = TRUE;
  if (*self->p != '"' || !take_string (self, &member->key))
    return FALSE;
  skip_blanks (self);
  if (self->p >= self->end || *self->p != ':')
    return FALSE;
  self->p++;
  skip_blanks (self);
  if (!take_value (self, member))
    return FALSE;
  skip_blanks (self);
  self->bad = self->p < self->end && *self->p != ',';
  return !self->bad;
}

/* Four hexadecimal digits at @p as a number; -1 where there are none before @end. */
static gint32
take_hex (const char *p, const char *end)
{
  gint32 value = 0;

  if (end - p < 4)
    return -1;
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (p[i]);
      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }
  return value;
}

/* The character of the escape \u at @p, behind the u; *@used is how much of the text it is. */
static gunichar
take_unicode (const char *p, const char *end, gsize *used)
{
  gint32 first = take_hex (p, end);
  gint32 second = -1;

  *used = first < 0 ? 0 : 4;
  if (first >= 0xd800 && first < 0xdc00 && end - p >= 10 && p[4] == '\\' && p[5] == 'u')
    second = take_hex (p + 6, end);
  if (second >= 0xdc00 && second < 0xe000)
    {
      *used = 10;
      return 0x10000 + ((gunichar)(first - 0xd800) << 10) + (gunichar)(second - 0xdc00);
    }
  return first <= 0 || (first >= 0xd800 && first < 0xe000) ? 0xfffd : (gunichar)first;
}

void
thrum_json_unescape (ThrumCsvField *text, char *buffer, gsize size)
{
  static const char letters[] = "nrtbf", meanings[] = "\n\r\t\b\f";
  const char *end = text->start + text->length;
  gsize n = 0;

  if (memchr (text->start, '\\', text->length) == NULL)
    return;
  for (const char *p = text->start; p < end && n + 6 < size; p++)
    {
      if (*p != '\\' || p + 1 >= end)
        {
          buffer[n++] = *p;
          continue;
        }
      const char *letter = strchr (letters, *++p);
      if (*p == 'u')
        {
          gsize used;
          n += (gsize)g_unichar_to_utf8 (take_unicode (p + 1, end, &used), buffer + n);
          p += used;
        }
      else
        buffer[n++] = letter != NULL && *letter != '\0' ? meanings[letter - letters] : *p;
    }
  *text = (ThrumCsvField){ buffer, n, FALSE };
}

void
thrum_json_unescape_all (ThrumCsvField *texts, guint n, char *buffer, gsize size)
{
  gsize used = 0;

  for (guint i = 0; i < n; i++)
    {
      thrum_json_unescape (&texts[i], buffer + used, size - used);
      if (texts[i].start == buffer + used)
        used += texts[i].length;
    }
}
