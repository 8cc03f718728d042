/* SPDX-License-Identifier: MIT
 *
 * Turns JMeter's XML results into JMeter's CSV. An element httpSample or sample becomes a row, on
 * the line where it stands in the XML. Elements nested in one are part of it (redirects, embedded
 * resources), as in JMeter's own CSV. Only the samples of a transaction are rows of their own, as
 * they are if JMeter does not nest them. The scanner is our own, because GLib's parser keeps a
 * whole attribute in memory, however long it is. Main thread.
 */
#include <string.h>

#include "analyzer/read/convert.h"

#define MAX_DEPTH 256
#define LONGEST 16384 /* bytes of an attribute's value; the rest is left out */

/* In the order of the CSV's columns. */
static const char *const attributes[] = { "ts", "t", "lb", "rc", "rm", "s", "by" };

enum { TS, T, LB, RC, RM, S, BY, N_ATTRIBUTES };

typedef struct {
  ThrumBytes bytes;
  ThrumLines *lines;
  GString *values[N_ATTRIBUTES];
  gboolean transactions[MAX_DEPTH]; /* of the samples that are open */
  guint depth;
  gboolean ended; /* </testResults> was seen */
} Scan;

/* Skips up to @text and behind it; FALSE at the end. */
static gboolean
skip_behind (ThrumBytes *bytes, const char *text)
{
  guint64 last = 0, wanted = 0, mask = 0;
  int c;

  for (const char *p = text; *p != '\0'; p++)
    {
      wanted = wanted << 8 | (guchar)*p;
      mask = mask << 8 | 255;
    }
  while ((c = thrum_bytes_next (bytes)) >= 0)
    {
      last = (last << 8 | (guint64)c) & mask;
      if (last == wanted)
        return TRUE;
    }
  return FALSE;
}

/* Adds the character of an entity, whose & was read. What is none is left out. */
static void
take_entity (ThrumBytes *bytes, GString *value)
{
  static const struct {
    const char *name;
    char c;
  } entities[] = {
    { "amp", '&' }, { "lt", '<' }, { "gt", '>' }, { "quot", '"' }, { "apos", '\'' }
  };
  char name[12];
  gsize n = 0;
  int c;

  while ((c = thrum_bytes_next (bytes)) >= 0 && c != ';' && n + 1 < sizeof name)
    name[n++] = (char)c;
  name[n] = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (entities); i++)
    if (strcmp (name, entities[i].name) == 0)
      g_string_append_c (value, entities[i].c);
  if (name[0] != '#')
    return;
  guint64 number = name[1] == 'x' ? g_ascii_strtoull (name + 2, NULL, 16)
                                  : g_ascii_strtoull (name + 1, NULL, 10);
  if (number > 0 && number <= 0x10ffff && g_unichar_validate ((gunichar)number))
    g_string_append_unichar (value, (gunichar)number);
}

/* Takes a value behind its opening @quote into @value (nullable); FALSE at the end. */
static gboolean
take_value (ThrumBytes *bytes, int quote, GString *value)
{
  int c;

  while ((c = thrum_bytes_next (bytes)) >= 0 && c != quote)
    if (value == NULL || value->len >= LONGEST)
      continue;
    else if (c == '&')
      take_entity (bytes, value);
    else
      g_string_append_c (value, (char)c);
  return c == quote;
}

/* Takes a name that begins with @c into @name, cut at @size; the byte behind it. */
static int
take_name (ThrumBytes *bytes, int c, char *name, gsize size)
{
  gsize n = 0;

  for (; c >= 0 && !g_ascii_isspace (c) && strchr ("/>=\"'<", c) == NULL;
       c = thrum_bytes_next (bytes))
    if (n + 1 < size)
      name[n++] = (char)c;
  name[n] = '\0';
  return c;
}

/* Takes the attributes behind an element's name, of which @c is the next byte, up to its end; *@open
 * whether something is within the element. FALSE at the end. */
static gboolean
take_attributes (Scan *scan, int c, gboolean *open)
{
  int last = 0;

  for (guint i = 0; i < N_ATTRIBUTES; i++)
    g_string_truncate (scan->values[i], 0);
  while (c >= 0 && c != '>')
    {
      char name[16];
      GString *value = NULL;

      last = c;
      if (g_ascii_isspace (c) || strchr ("/=\"'<", c) != NULL)
        {
          c = thrum_bytes_next (&scan->bytes);
          continue;
        }
      c = take_name (&scan->bytes, c, name, sizeof name);
      while (c >= 0 && (g_ascii_isspace (c) || c == '='))
        c = thrum_bytes_next (&scan->bytes);
      if (c != '"' && c != '\'')
        continue;
      for (guint i = 0; i < N_ATTRIBUTES; i++)
        if (strcmp (name, attributes[i]) == 0)
          value = g_string_truncate (scan->values[i], 0);
      if (!take_value (&scan->bytes, c, value))
        return FALSE;
      c = thrum_bytes_next (&scan->bytes);
    }
  *open = last != '/';
  return c == '>';
}

static void
add_row (Scan *scan, guint64 line)
{
  static const char header[] =
      "timeStamp,elapsed,label,responseCode,responseMessage,success,bytes\n";
  const char *code = scan->values[RC]->str;

  if (scan->values[S]->len == 0) /* not saved: the code says it */
    g_string_assign (scan->values[S],
                     (code[0] == '2' || code[0] == '3') && strlen (code) == 3 ? "true" : "false");
  if (scan->lines->n_lines == 0)
    thrum_lines_add (scan->lines, header, strlen (header));
  while (scan->lines->n_lines + 1 < line)
    thrum_lines_add (scan->lines, "\n", 1);
  for (guint i = 0; i < N_ATTRIBUTES; i++)
    {
      if (i > 0)
        thrum_lines_add (scan->lines, ",", 1);
      thrum_lines_add_field (scan->lines, scan->values[i]->str, scan->values[i]->len);
    }
  thrum_lines_add (scan->lines, "\n", 1);
}

/* Takes an element that begins with @c on @line; FALSE at the end, or where there is too much. */
static gboolean
take_element (Scan *scan, int c, guint64 line)
{
  static const char says[] = "Number of samples in transaction";
  char name[16];
  gboolean open, counts;

  c = take_name (&scan->bytes, c, name, sizeof name);
  if (!take_attributes (scan, c, &open))
    return FALSE;
  if (strcmp (name, "httpSample") != 0 && strcmp (name, "sample") != 0)
    return TRUE;
  counts = scan->depth == 0 || scan->transactions[scan->depth - 1];
  if (counts)
    add_row (scan, line);
  if (open && scan->depth == MAX_DEPTH)
    return FALSE;
  if (open)
    scan->transactions[scan->depth++] = counts && g_str_has_prefix (scan->values[RM]->str, says);
  return TRUE;
}

static gboolean
take_end (Scan *scan)
{
  char name[16];
  int c = take_name (&scan->bytes, thrum_bytes_next (&scan->bytes), name, sizeof name);

  if ((strcmp (name, "httpSample") == 0 || strcmp (name, "sample") == 0) && scan->depth > 0)
    scan->depth--;
  scan->ended |= strcmp (name, "testResults") == 0;
  while (c >= 0 && c != '>')
    c = thrum_bytes_next (&scan->bytes);
  return c == '>';
}

/* Takes what begins with <!: a comment, CDATA or a declaration. */
static gboolean
take_declaration (ThrumBytes *bytes)
{
  int c = thrum_bytes_next (bytes);

  if (c == '-')
    return thrum_bytes_next (bytes) == '-' && skip_behind (bytes, "-->");
  if (c == '[')
    return skip_behind (bytes, "]]>");
  return skip_behind (bytes, ">");
}

/* Takes what is between two texts; FALSE at the end. */
static gboolean
take_markup (Scan *scan)
{
  guint64 line;
  int c;

  do
    c = thrum_bytes_next (&scan->bytes);
  while (c >= 0 && c != '<');
  line = scan->bytes.line;
  c = c < 0 ? c : thrum_bytes_next (&scan->bytes);
  switch (c)
    {
    case -1:
      return FALSE;
    case '!':
      return take_declaration (&scan->bytes);
    case '?':
      return skip_behind (&scan->bytes, "?>");
    case '/':
      return take_end (scan);
    default:
      return take_element (scan, c, line);
    }
}

static gboolean
convert (ThrumFeed *feed, ThrumLines *lines, char **damage, GError **error)
{
  g_autofree Scan *scan = g_new0 (Scan, 1);

  thrum_bytes_init (&scan->bytes, feed);
  scan->lines = lines;
  for (guint i = 0; i < N_ATTRIBUTES; i++)
    scan->values[i] = g_string_new (NULL);
  while (lines->error == NULL && take_markup (scan))
    ;
  for (guint i = 0; i < N_ATTRIBUTES; i++)
    g_string_free (scan->values[i], TRUE);
  if (scan->bytes.error != NULL)
    {
      g_propagate_error (error, scan->bytes.error);
      return FALSE;
    }
  if (!scan->ended)
    *damage =
        g_strdup (scan->depth == MAX_DEPTH ? "its XML has samples within samples without an end"
                                           : "its XML ends too early");
  return TRUE;
}

static gboolean
detect (const char *head, gsize length)
{
  while (length > 0 && g_ascii_isspace (*head))
    {
      head++;
      length--;
    }
  if (length > 3 && memcmp (head, "\xef\xbb\xbf", 3) == 0)
    {
      head += 3;
      length -= 3;
    }
  return length > 12 && *head == '<'
         && memmem (head, MIN (length, 4096), "<testResults", 12) != NULL;
}

const ThrumConversion thrum_conversion_xml = {
  .name = "JMeter's XML",
  .detect = detect,
  .convert = convert,
};
