/* SPDX-License-Identifier: MIT
 *
 * Keeps one user's cookies: libsoup's jar, which has no limit, and the order in which it got them,
 * so that the oldest can go if there are too many, or if one is too long. On the session's
 * thread.
 */
#include "http-client.h"

#include <string.h>

/* What browsers keep, about (RFC 6265, 6.1: at least 50 a domain, 4096 bytes each). */
enum { MAX_COOKIES = 200, MAX_COOKIE_BYTES = 4096 };

/* The jar is locked while it says so: nothing can be removed yet. */
static void
on_changed (SoupCookieJar *jar, SoupCookie *old, SoupCookie *new, gpointer data)
{
  ClientCookies *cookies = data;

  if (old != NULL)
    g_queue_remove (&cookies->by_age, old);
  if (new == NULL)
    return;
  if (strlen (soup_cookie_get_name (new)) + strlen (soup_cookie_get_value (new)) > MAX_COOKIE_BYTES)
    {
      g_queue_push_head (&cookies->by_age, new);
      cookies->n_too_long++;
    }
  else
    g_queue_push_tail (&cookies->by_age, new);
}

void
client_cookies_init (ClientCookies *cookies)
{
  *cookies = (ClientCookies){ .jar = soup_cookie_jar_new () };
  g_queue_init (&cookies->by_age);
  g_signal_connect (cookies->jar, "changed", G_CALLBACK (on_changed), cookies);
}

void
client_cookies_trim (ClientCookies *cookies)
{
  while (cookies->n_too_long > 0 || cookies->by_age.length > MAX_COOKIES)
    {
      SoupCookie *first = g_queue_peek_head (&cookies->by_age);

      if (cookies->n_too_long > 0)
        cookies->n_too_long--;
      if (first == NULL)
        break;
      soup_cookie_jar_delete_cookie (cookies->jar, first);
    }
}

void
client_cookies_clear (ClientCookies *cookies)
{
  if (cookies->jar == NULL)
    return;
  g_signal_handlers_disconnect_by_data (cookies->jar, cookies);
  g_clear_object (&cookies->jar);
  g_queue_clear (&cookies->by_age);
}
