/* SPDX-License-Identifier: MIT
 *
 * Turns the calls in ghz's JSON, which is one document, into lines. Each object in the array
 * "details" of the outermost object becomes a line, without the blanks between its members. Main
 * thread.
 */
#include <string.h>

#include "analyzer/read/convert.h"

#define LONGEST                                                                                    \
  (64 * 1024) /* bytes of a call; the rest is left out, which its reader complains of */

#define HEAD_FULL (60 * 1024) /* bytes of a head that did not end with its file */

typedef struct {
  ThrumBytes bytes;
  ThrumLines *lines;
  guint64 depth; /* of brackets */
  char key[16];  /* the last string in the outermost object, cut */
  gsize key_length;
  gboolean in_details;
  gboolean found;
  GString *call; /* what was read of the one at hand */
} Scan;

static void
keep (Scan *scan, int c)
{
  if (scan->in_details && scan->depth > 2 && scan->call->len < LONGEST)
    g_string_append_c (scan->call, (char)c);
}

/* Takes a string behind its opening quote; FALSE at the end. */
static gboolean
take_string (Scan *scan)
{
  gboolean escaped = FALSE;
  int c;

  scan->key_length = 0;
  while ((c = thrum_bytes_next (&scan->bytes)) >= 0 && (escaped || c != '"'))
    {
      keep (scan, c);
      escaped = !escaped && c == '\\';
      if (scan->key_length < sizeof scan->key)
        scan->key[scan->key_length++] = (char)c;
    }
  if (c >= 0)
    keep (scan, c);
  return c >= 0;
}

static void
open_bracket (Scan *scan, int c)
{
  if (c == '[' && scan->depth == 1 && scan->key_length == 7
      && memcmp (scan->key, "details", 7) == 0)
    scan->in_details = scan->found = TRUE;
  scan->depth++;
  if (scan->in_details && scan->depth == 3)
    g_string_truncate (scan->call, 0);
  keep (scan, c);
}

static void
close_bracket (Scan *scan, int c)
{
  keep (scan, c);
  if (scan->in_details && scan->depth == 3)
    {
      g_string_append_c (scan->call, '\n');
      thrum_lines_add (scan->lines, scan->call->str, scan->call->len);
    }
  scan->depth -= scan->depth > 0;
  scan->in_details = scan->in_details && scan->depth >= 2;
}

static gboolean
convert (ThrumFeed *feed, ThrumLines *lines, char **damage, GError **error)
{
  g_autofree Scan *scan = g_new0 (Scan, 1);
  gboolean more = TRUE;
  int c;

  thrum_bytes_init (&scan->bytes, feed);
  scan->lines = lines;
  scan->call = g_string_new (NULL);
  while (more && lines->error == NULL && (c = thrum_bytes_next (&scan->bytes)) >= 0)
    if (c == '"')
      {
        keep (scan, c);
        more = take_string (scan);
      }
    else if (c == '{' || c == '[')
      open_bracket (scan, c);
    else if (c == '}' || c == ']')
      close_bracket (scan, c);
    else if (!g_ascii_isspace (c))
      keep (scan, c);
  g_string_free (scan->call, TRUE);
  if (scan->bytes.error != NULL)
    {
      g_propagate_error (error, scan->bytes.error);
      return FALSE;
    }
  if (scan->depth > 0 || !more)
    *damage = g_strdup ("its JSON ends too early");
  else if (!scan->found)
    {
      g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                           "ghz's JSON has no details, in which its calls would be");
      return FALSE;
    }
  return TRUE;
}

static gboolean
has (const char *head, gsize length, const char *key)
{
  return memmem (head, length, key, strlen (key)) != NULL;
}

static gboolean
detect (const char *head, gsize length)
{
  while (length > 0 && g_ascii_isspace (*head))
    {
      head++;
      length--;
    }
  if (length == 0 || *head != '{' || !has (head, length, "\"options\""))
    return FALSE;
  /* Options hold the call's own data, which may fill the head. */
  if (length > HEAD_FULL && has (head, length, "\"call\"") && !has (head, length, "\"count\""))
    return TRUE;
  return has (head, length, "\"fastest\"") && has (head, length, "\"slowest\"")
         && has (head, length, "\"rps\"") && !has (head, length, "\"successRate\"");
}

const ThrumConversion thrum_conversion_ghz = {
  .name = "ghz's JSON",
  .detect = detect,
  .convert = convert,
};
