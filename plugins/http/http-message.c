/* SPDX-License-Identifier: MIT
 *
 * Makes libsoup's messages: of a request, and of the redirect that answered one. Redirects are
 * followed here because libsoup does not follow a 307 of a POST, has one limit for all, and would
 * carry the target's secrets to another host. It sends nothing. On the session's thread.
 */
#include "http-client.h"

static gboolean
is_same_origin (GUri *a, GUri *b)
{
  return g_strcmp0 (g_uri_get_scheme (a), g_uri_get_scheme (b)) == 0
         && g_ascii_strcasecmp (g_uri_get_host (a), g_uri_get_host (b)) == 0
         && g_uri_get_port (a) == g_uri_get_port (b);
}

/* Headers that say nothing but what kind of client this is and what it sends. Every other one may be
 * a secret between the test and its target, by whatever name, and goes nowhere else. */
static gboolean
may_go_elsewhere (const gchar *name)
{
  static const gchar *const names[] = {
    "Accept",
    "Accept-Charset",
    "Accept-Encoding",
    "Accept-Language",
    "Cache-Control",
    "Connection",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "DNT",
    "Expect",
    "Pragma",
    "Range",
    "TE",
    "User-Agent",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
describes_body (const gchar *name)
{
  return g_ascii_strncasecmp (name, "Content-", 8) == 0 || g_ascii_strcasecmp (name, "Expect") == 0;
}

static SoupMessage *
make_message (const ClientRequest *request, const gchar *method, GUri *uri, gboolean keeps_body)
{
  const ClientTarget *target = request->target;
  SoupMessage *message = soup_message_new_from_uri (method, uri);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  const gboolean is_at_home = is_same_origin (uri, request->uri);
  /* Idempotent: else each POST makes a connection of its own. */
  guint flags = SOUP_MESSAGE_IDEMPOTENT | SOUP_MESSAGE_NO_REDIRECT;

  for (gsize i = 0; i < request->http.n_headers; i++)
    {
      const HttpHeader *header = &request->http.headers[i];

      if ((is_at_home || may_go_elsewhere (header->name))
          && (keeps_body || !describes_body (header->name)))
        soup_message_headers_append (headers, header->name, header->value);
    }
  if (target->decompresses && soup_message_headers_get_one (headers, "Accept-Encoding") == NULL)
    soup_message_headers_append (headers, "Accept-Encoding", "gzip, deflate");
  if (target->proxy_authorization != NULL && g_str_equal (g_uri_get_scheme (uri), "http"))
    soup_message_headers_replace (headers, "Proxy-Authorization", target->proxy_authorization);
  if (target->makes_new_connections)
    {
      /* The header, so that the server knows and the connection does not stay behind. */
      soup_message_headers_replace (headers, "Connection", "close");
      flags |= SOUP_MESSAGE_NEW_CONNECTION;
    }
  soup_message_add_flags (message, flags);
  return message;
}

SoupMessage *
client_message_new (const ClientRequest *request)
{
  SoupMessage *message = make_message (request, request->http.method, request->uri, TRUE);

  if (g_str_equal (request->http.path, "*"))
    soup_message_set_is_options_ping (message, TRUE);
  return message;
}

gboolean
client_message_expects_continue (SoupMessage *message)
{
  return (soup_message_headers_get_expectations (soup_message_get_request_headers (message))
          & SOUP_EXPECTATION_CONTINUE)
         != 0;
}

gboolean
client_message_is_redirected (SoupMessage *message)
{
  switch (soup_message_get_status (message))
    {
    case SOUP_STATUS_MOVED_PERMANENTLY:
    case SOUP_STATUS_FOUND:
    case SOUP_STATUS_SEE_OTHER:
    case SOUP_STATUS_TEMPORARY_REDIRECT:
    case SOUP_STATUS_PERMANENT_REDIRECT:
      return soup_message_headers_get_one (soup_message_get_response_headers (message), "Location")
             != NULL;
    default:
      return FALSE;
    }
}

/* RFC 9110, 15.4: 303 makes everything but HEAD a GET, 301 and 302 make it of POST. */
static const gchar *
redirected_method (SoupMessage *message)
{
  const gchar *method = soup_message_get_method (message);

  switch (soup_message_get_status (message))
    {
    case SOUP_STATUS_MOVED_PERMANENTLY:
    case SOUP_STATUS_FOUND:
      return method == SOUP_METHOD_POST ? SOUP_METHOD_GET : method;
    case SOUP_STATUS_SEE_OTHER:
      return method == SOUP_METHOD_HEAD ? method : SOUP_METHOD_GET;
    default:
      return method;
    }
}

/* The body that was meant for @home: to the same host, and not from TLS to plain text. */
static gboolean
may_take_body (GUri *home, GUri *uri)
{
  return g_ascii_strcasecmp (g_uri_get_host (home), g_uri_get_host (uri)) == 0
         && (is_same_origin (home, uri) || g_str_equal (g_uri_get_scheme (uri), "https"));
}

SoupMessage *
client_message_new_redirected (const ClientRequest *request, SoupMessage *message,
                               gboolean *keeps_body, ThrumFailure *problem)
{
  const gchar *location =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  const gchar *method = redirected_method (message);
  g_autoptr (GUri) uri =
      g_uri_parse_relative (soup_message_get_uri (message), location,
                            SOUP_HTTP_URI_FLAGS | G_URI_FLAGS_PARSE_RELAXED, NULL);

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || (g_strcmp0 (g_uri_get_scheme (uri), "http") != 0
          && g_strcmp0 (g_uri_get_scheme (uri), "https") != 0))
    {
      *problem = THRUM_FAILURE_PROTOCOL;
      return NULL;
    }
  *keeps_body = method == soup_message_get_method (message)
                && soup_message_get_status (message) != SOUP_STATUS_SEE_OTHER;
  if (*keeps_body && request->body != NULL && !may_take_body (request->uri, uri))
    {
      *problem = THRUM_FAILURE_TOO_MANY_REDIRECTS;
      return NULL;
    }
  return make_message (request, method, uri, *keeps_body);
}
