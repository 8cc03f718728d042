/* SPDX-License-Identifier: MIT
 *
 * Reads small files that a foreign folder holds under a name of ours. Refuses what would make a
 * reader wait, take all memory, or recurse too deep. Knows nothing of what the text says.
 */
#include "base/regular-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_DEPTH 64
#define CHUNK 65536

static gboolean
fail (GError **error, const gchar *path, const gchar *why)
{
  g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "cannot read %s: %s", path, why);
  return FALSE;
}

static gboolean
fail_call (GError **error, const gchar *path)
{
  int saved = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved), "cannot read %s: %s", path,
               g_strerror (saved));
  return FALSE;
}

/* What a file in /proc holds its size does not say, so it is read to its end. */
static gboolean
read_all (gint fd, const gchar *path, gsize most, GString *text, GError **error)
{
  g_autofree gchar *chunk = g_malloc (CHUNK);
  g_autofree gchar *too_large =
      g_strdup_printf ("it is larger than %" G_GSIZE_FORMAT " bytes", most);
  struct stat st;
  gssize got;

  if (fstat (fd, &st) < 0)
    return fail_call (error, path);
  if (!S_ISREG (st.st_mode))
    return fail (error, path, "it is not a regular file");
  if (st.st_size > (goffset)most)
    return fail (error, path, too_large);
  while ((got = read (fd, chunk, CHUNK)) != 0)
    {
      if (got < 0 && errno != EINTR)
        return fail_call (error, path);
      if (got > 0)
        g_string_append_len (text, chunk, got);
      if (text->len > most)
        return fail (error, path, too_large);
    }
  return TRUE;
}

gchar *
thrum_regular_file_read (const gchar *path, gsize most, gsize *length, GError **error)
{
  gint fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  GString *text;
  gboolean is_good;

  if (fd < 0)
    {
      fail_call (error, path);
      return NULL;
    }
  text = g_string_new (NULL);
  is_good = read_all (fd, path, most, text, error);
  close (fd);
  if (length != NULL)
    *length = text->len;
  return g_string_free (text, !is_good);
}

/* Returns how deep objects and arrays are nested, brackets within strings left out; more than any where
 * it is not JSON: json-glib reads comments, too, whose quotes would hide what follows. */
static gsize
get_depth (const gchar *text, gsize length)
{
  gsize depth = 0, deepest = 0;
  gboolean is_string = FALSE;

  for (gsize i = 0; i < length; i++)
    if (is_string && text[i] == '\\')
      i++;
    else if (is_string)
      is_string = text[i] != '"';
    else if (text[i] == '"')
      is_string = TRUE;
    else if (strchr ("/#'", text[i]) != NULL && text[i] != '\0')
      return G_MAXSIZE;
    else if (text[i] == '{' || text[i] == '[')
      {
        depth++;
        deepest = MAX (deepest, depth);
      }
    else if ((text[i] == '}' || text[i] == ']') && depth > 0)
      depth--;
  return deepest;
}

gchar *
thrum_regular_file_read_json (const gchar *path, gsize most, gsize *length, GError **error)
{
  gsize n;
  g_autofree gchar *text = thrum_regular_file_read (path, most, &n, error);

  if (text == NULL)
    return NULL;
  if (get_depth (text, n) > MOST_DEPTH)
    {
      fail (error, path, "it is nested too deep for ours, or is not JSON");
      return NULL;
    }
  if (length != NULL)
    *length = n;
  return g_steal_pointer (&text);
}
