/* SPDX-License-Identifier: MIT
 *
 * Decides which parts of a test are secrets. Knows names of headers and parameters and the forms
 * of URLs; refuses to know options and sections. Pure.
 */
#include "config/secrets.h"

#include <string.h>

#include "config/expand.h"

#define MASK THRUM_REDACTED

/* Bytes of a text of which nobody knows what it is: nobody reads more. */
#define LONGEST_SHOWN 1500

/* A header whose name holds one of these carries a secret. "author" alone is not one. */
static const gchar *const secret_words[] = { "authori", "authen",  "token",      "secret",
                                             "passw",   "cookie",  "api-key",    "apikey",
                                             "api_key", "session", "credential", "signature",
                                             "jwt",     "csrf",    "xsrf" };

static const gchar *const harmless_names[] = {
  "accept",
  "cache-control",
  "connection",
  "date",
  "dnt",
  "expect",
  "forwarded",
  "from",
  "host",
  "idempotency-key",
  "keep-alive",
  "max-forwards",
  "origin",
  "pragma",
  "prefer",
  "priority",
  "range",
  "referer",
  "te",
  "traceparent",
  "tracestate",
  "upgrade",
  "user-agent",
  "via",
  "x-request-id",
  "x-requested-with",
  "surrogate-key",
  "sec-websocket-key",
};

static const gchar *const harmless_prefixes[] = { "accept-",    "content-", "if-",
                                                  "sec-fetch-", "sec-ch-",  "x-forwarded-",
                                                  "upgrade-" };

/* Query parameters, exactly. */
static const gchar *const secret_parameters[] = {
  "access_token", "api-key",  "api_key", "apikey",        "auth_token", "client_secret", "id_token",
  "passwd",       "password", "pwd",     "refresh_token", "secret",     "token",
};

/* ---- Names --------------------------------------------------------------------------------- */

static gboolean
is_one_of (const gchar *name, const gchar *const *names, gsize n_names)
{
  for (gsize i = 0; i < n_names; i++)
    if (g_str_equal (name, names[i]))
      return TRUE;
  return FALSE;
}

gboolean
thrum_secret_is_harmless_header (const gchar *name, gsize length)
{
  g_autofree gchar *lower = g_ascii_strdown (name, (gssize)length);

  for (gsize i = 0; i < G_N_ELEMENTS (harmless_prefixes); i++)
    if (g_str_has_prefix (lower, harmless_prefixes[i]))
      return TRUE;
  return is_one_of (lower, harmless_names, G_N_ELEMENTS (harmless_names));
}

gboolean
thrum_secret_is_header (const gchar *name, gsize length, const gchar *const *more)
{
  g_autofree gchar *lower = g_ascii_strdown (name, (gssize)length);

  for (gsize i = 0; more != NULL && more[i] != NULL; i++)
    if (g_ascii_strcasecmp (lower, more[i]) == 0)
      return TRUE;
  if (thrum_secret_is_harmless_header (name, length))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (secret_words); i++)
    if (strstr (lower, secret_words[i]) != NULL)
      return TRUE;
  return g_str_has_suffix (lower, "-key") || g_str_has_suffix (lower, "-auth")
         || g_str_has_prefix (lower, "auth-") || g_str_equal (lower, "auth");
}

/* ---- URLs ---------------------------------------------------------------------------------- */

static void
add_span (GArray *spans, const gchar *url, const gchar *start, const gchar *end)
{
  const ThrumSpan span = { (gsize)(start - url), (gsize)(end - start) };

  if (span.length > 0)
    g_array_append_val (spans, span);
}

static void
find_password (GArray *spans, const gchar *url, const gchar *end)
{
  const gchar *authority = strstr (url, "://");
  const gchar *stop, *at = NULL;

  if (authority == NULL || authority > thrum_expand_find (url, end, "/?#"))
    return;
  authority += 3;
  stop = thrum_expand_find (authority, end, "/?#");
  for (const gchar *next = authority; (next = thrum_expand_find (next, stop, "@")) < stop; next++)
    at = next;
  if (at == NULL)
    return;
  const gchar *colon = thrum_expand_find (authority, at, ":");
  add_span (spans, url, colon < at ? colon + 1 : authority, at);
}

GArray *
thrum_secret_find_in_url (const gchar *url)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (ThrumSpan));
  const gchar *end = url + strlen (url);
  const gchar *at;

  find_password (spans, url, end);
  for (at = thrum_expand_find (url, end, "?"); at < end && *at != '#';
       at = thrum_expand_find (at + 1, end, "&#"))
    {
      const gchar *stop = thrum_expand_find (at + 1, end, "&#");
      const gchar *equals = thrum_expand_find (at + 1, stop, "=");
      g_autofree gchar *name = g_ascii_strdown (at + 1, equals - at - 1);

      if (equals < stop && is_one_of (name, secret_parameters, G_N_ELEMENTS (secret_parameters)))
        add_span (spans, url, equals + 1, stop);
    }
  return spans;
}

gchar *
thrum_secret_mask (const gchar *text)
{
  g_autoptr (GRegex) url = g_regex_new ("((?:://|')[^/\\s:@']*):[^/\\s]*@", 0, 0, NULL);
  g_autoptr (GRegex) named =
      g_regex_new ("([\\w-]*(?:authori|authen|token|secret|passw|cookie|api.?key|credential)[\\w-]*"
                   "\\s*[:=]\\s*).*",
                   G_REGEX_CASELESS | G_REGEX_DOTALL, 0, NULL);
  g_autofree gchar *valid = g_utf8_make_valid (text, (gssize)MIN (strlen (text), LONGEST_SHOWN));
  g_autofree gchar *first = g_regex_replace (url, valid, -1, 0, "\\1:" MASK "@", 0, NULL);
  gchar *masked = first != NULL ? g_regex_replace (named, first, -1, 0, "\\1" MASK, 0, NULL) : NULL;

  /* The expressions take long on a long word, and give up. */
  return masked != NULL ? masked : g_strdup (MASK);
}
