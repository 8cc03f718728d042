/* SPDX-License-Identifier: MIT
 *
 * From a request's path, query and headers to what it asks of the server. Owns the names of paths
 * and query keys; refuses to know how a reply is made. Pure, any thread. The plain path comes first
 * and costs next to nothing: it is what load tests ask for.
 */
#include "server/route.h"

#include <gio/gio.h>
#include <string.h>

#include "base/units.h"

static const char *const names[] = {
#define ROUTE_NAME(name, token, path, help) token,
  THRUM_ROUTES (ROUTE_NAME)
#undef ROUTE_NAME
};

const char *
thrum_route_name (ThrumRouteKind kind)
{
  return names[kind];
}

/* The longest argument of a path or query key that is a number. */
#define MAX_NUMBER_TEXT 40

static gboolean
refuse (GError **error, const char *what, ThrumSlice text, const char *wanted)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s: '%.*s' is not %s", what,
               (int)MIN (text.length, 100), text.length > 0 ? text.bytes : "", wanted);
  return FALSE;
}

static gboolean
copy_text (ThrumSlice slice, char text[MAX_NUMBER_TEXT])
{
  if (slice.length == 0 || slice.length >= MAX_NUMBER_TEXT)
    return FALSE;
  memcpy (text, slice.bytes, slice.length);
  text[slice.length] = '\0';
  return TRUE;
}

static gboolean
read_duration (const char *what, ThrumSlice slice, gint64 *ns, GError **error)
{
  char text[MAX_NUMBER_TEXT];

  return (copy_text (slice, text) && thrum_parse_duration (text, ns, NULL)
          && *ns <= THRUM_LONGEST_NS)
         || refuse (error, what, slice, "a duration like 250ms");
}

static gboolean
read_size (const char *what, ThrumSlice slice, gint64 *bytes, GError **error)
{
  char text[MAX_NUMBER_TEXT];

  return (copy_text (slice, text) && thrum_parse_size (text, bytes, NULL))
         || refuse (error, what, slice, "a size like 64KiB");
}

static gboolean
read_number (const char *what, ThrumSlice slice, guint64 minimum, guint64 maximum, guint64 *number,
             GError **error)
{
  char text[MAX_NUMBER_TEXT];
  g_autofree char *wanted = NULL;

  if (copy_text (slice, text)
      && g_ascii_string_to_unsigned (text, 10, minimum, maximum, number, NULL))
    return TRUE;
  wanted = g_strdup_printf ("a number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, minimum,
                            maximum);
  return refuse (error, what, slice, wanted);
}

static gboolean
read_status (const char *what, ThrumSlice slice, guint *status, GError **error)
{
  guint64 number;

  if (!read_number (what, slice, 200, 599, &number, error))
    return FALSE;
  *status = number;
  return TRUE;
}

static gboolean
read_request_number (const char *what, ThrumSlice slice, ThrumRoute *route, GError **error)
{
  route->has_number = TRUE;
  return read_number (what, slice, 0, G_MAXUINT64, &route->number, error);
}

static gboolean
parse_parameter (ThrumSlice key, ThrumSlice value, ThrumRoute *route, GError **error)
{
  if (thrum_slice_is (key, "n"))
    return read_request_number ("n", value, route, error);
  if (thrum_slice_is (key, "delay"))
    return read_duration ("delay", value, &route->delay_ns, error);
  if (thrum_slice_is (key, "pause"))
    return read_duration ("pause", value, &route->pause_ns, error);
  if (thrum_slice_is (key, "bytes"))
    return read_size ("bytes", value, &route->body_bytes, error);
  if (thrum_slice_is (key, "status"))
    return read_status ("status", value, &route->status, error);
  if (thrum_slice_is (key, "chunked"))
    route->is_chunked = TRUE;
  else if (thrum_slice_is (key, "close"))
    {
      route->closes = TRUE;
      route->is_silent_close = thrum_slice_is (value, "silent");
    }
  return TRUE;
}

static gboolean
parse_query (const char *at, const char *end, ThrumRoute *route, GError **error)
{
  while (at < end)
    {
      const char *and = memchr (at, '&', end - at);
      const char *stop = and != NULL ? and : end;
      const char *equals = memchr (at, '=', stop - at);
      ThrumSlice key = { at, (equals != NULL ? equals : stop) - at };
      ThrumSlice value = { NULL, 0 };

      if (equals != NULL)
        value = (ThrumSlice){ equals + 1, stop - equals - 1 };
      if (!parse_parameter (key, value, route, error))
        return FALSE;
      at = stop + 1;
    }
  return TRUE;
}

static ThrumRouteKind
find_kind (ThrumSlice word)
{
  for (guint i = THRUM_ROUTE_PLAIN + 1; i < THRUM_N_ROUTES; i++)
    if (strlen (names[i]) == word.length && memcmp (names[i], word.bytes, word.length) == 0)
      return i;
  return THRUM_ROUTE_PLAIN;
}

/* The argument of a path that takes one. */
static gboolean
parse_argument (ThrumRoute *route, GError **error)
{
  ThrumSlice argument = route->argument;
  guint64 number;

  switch (route->kind)
    {
    case THRUM_ROUTE_DELAY:
      return read_duration ("/delay", argument, &route->delay_ns, error);
    case THRUM_ROUTE_STATUS:
      return read_status ("/status", argument, &route->status, error);
    case THRUM_ROUTE_BYTES:
      return read_size ("/bytes", argument, &route->body_bytes, error);
    case THRUM_ROUTE_TRUNCATED:
      return read_size ("/truncated", argument, &route->body_bytes, error);
    case THRUM_ROUTE_GZIP:
      return read_size ("/gzip", argument, &route->body_bytes, error)
             && (route->body_bytes <= 1 << 20 || refuse (error, "/gzip", argument, "at most 1MiB"));
    case THRUM_ROUTE_REDIRECT:
      if (!read_number ("/redirect", argument, 0, 1000, &number, error))
        return FALSE;
      route->redirects = number;
      return TRUE;
    case THRUM_ROUTE_BASIC:
      return (argument.length > 0 && memchr (argument.bytes, '/', argument.length) != NULL)
             || refuse (error, "/basic", argument, "USER/PASS");
    case THRUM_ROUTE_CLOSE:
      route->closes = TRUE;
      route->is_silent_close = thrum_slice_is (argument, "silent");
      return TRUE;
    default:
      return TRUE;
    }
}

/* The path of "http://host/path", a proxy's form of a target. */
static ThrumSlice
strip_authority (ThrumSlice target)
{
  const char *end = target.bytes + target.length;
  const char *slash;

  if (target.length < 7 || g_ascii_strncasecmp (target.bytes, "http://", 7) != 0)
    return target;
  slash = memchr (target.bytes + 7, '/', target.length - 7);
  return slash != NULL ? (ThrumSlice){ slash, end - slash } : (ThrumSlice){ "/", 1 };
}

gboolean
thrum_route_parse (const ThrumRequestHead *head, ThrumRoute *route, GError **error)
{
  ThrumSlice target = strip_authority (head->target);
  ThrumSlice number = thrum_request_head_find (head, "X-Request-Number");
  const char *end = target.bytes + target.length;
  const char *query = memchr (target.bytes, '?', target.length);
  const char *path_end = query != NULL ? query : end;

  *route = (ThrumRoute){ .delay_ns = -1, .body_bytes = -1 };
  if (target.bytes[0] == '/' && path_end - target.bytes > 1)
    {
      const char *word = target.bytes + 1;
      const char *slash = memchr (word, '/', path_end - word);
      const char *word_end = slash != NULL ? slash : path_end;

      route->kind = find_kind ((ThrumSlice){ word, word_end - word });
      if (slash != NULL)
        route->argument = (ThrumSlice){ slash + 1, path_end - slash - 1 };
    }
  if (route->kind != THRUM_ROUTE_PLAIN && !parse_argument (route, error))
    return FALSE;
  if (query != NULL && !parse_query (query + 1, end, route, error))
    return FALSE;
  return number.bytes == NULL || read_request_number ("X-Request-Number", number, route, error);
}
