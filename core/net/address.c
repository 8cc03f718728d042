/* SPDX-License-Identifier: MIT
 *
 * Parses the transport key `address`. Looks nothing up; any thread.
 */
#include "net/address.h"

#include <string.h>

#define UNIX_PREFIX "unix:"

static gboolean
fail (GError **error, const gchar *text)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
               "cannot use address '%s': expected HOST:PORT, [IPV6]:PORT or unix:/PATH", text);
  return FALSE;
}

gboolean
thrum_address_parse (const gchar *text, gchar **host, guint16 *port, GError **error)
{
  const gchar *start = text, *end, *digits;
  guint64 number;

  if (g_str_has_prefix (text, UNIX_PREFIX))
    {
      const gchar *path = text + strlen (UNIX_PREFIX);
      if (path[0] != '/')
        return fail (error, text);
      *host = g_strdup (path);
      *port = 0;
      return TRUE;
    }

  if (text[0] == '[')
    {
      start++;
      end = strchr (start, ']');
      if (end == NULL || end[1] != ':')
        return fail (error, text);
      digits = end + 2;
    }
  else
    {
      end = strchr (start, ':');
      if (end == NULL || strchr (end + 1, ':') != NULL)
        return fail (error, text);
      digits = end + 1;
    }
  if (end == start || !g_ascii_string_to_unsigned (digits, 10, 1, G_MAXUINT16, &number, NULL))
    return fail (error, text);

  *host = g_strndup (start, (gsize)(end - start));
  *port = (guint16)number;
  return TRUE;
}
