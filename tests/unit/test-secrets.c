/* SPDX-License-Identifier: MIT
 *
 * Which headers, parts of URLs and texts are secrets, and what is printed in their place.
 */
#include <string.h>

#include "config/redaction.h"
#include "config/secrets.h"

static void
test_headers (void)
{
  static const gchar *const secret[] = { "Authorization",
                                         "PROXY-AUTHORIZATION",
                                         "cookie",
                                         "Set-Cookie",
                                         "X-Api-Key",
                                         "apikey",
                                         "X-Auth-Token",
                                         "X-Auth",
                                         "Auth",
                                         "X-Amz-Security-Token",
                                         "X-CSRF-Token",
                                         "X-Session-Id",
                                         "Ocp-Apim-Subscription-Key",
                                         "X-Hub-Signature-256",
                                         "X-Password",
                                         "Mine" };
  static const gchar *const plain[] = { "Accept",     "Content-Type",
                                        "X-Author",   "Idempotency-Key",
                                        "User-Agent", "X-Forwarded-For",
                                        "X-Colour",   "" };
  const gchar *const more[] = { "mine", NULL };

  for (guint i = 0; i < G_N_ELEMENTS (secret); i++)
    g_assert_true (thrum_secret_is_header (secret[i], strlen (secret[i]), more));
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    g_assert_false (thrum_secret_is_header (plain[i], strlen (plain[i]), more));
  g_assert_true (thrum_secret_is_harmless_header ("ACCEPT: x", 6));
  g_assert_false (thrum_secret_is_harmless_header ("X-Colour", 8));
}

static void
test_urls (void)
{
  static const struct {
    const gchar *url, *secrets; /* joined by blanks */
  } cases[] = {
    { "http://h/", "" },
    { "http://h:80/@:x", "" },
    { "http://me:pw@h/", "pw" },
    { "http://me:p:w@d@h:1/", "p:w@d" },
    { "http://t0ken@h/", "t0ken" },
    { "http://${env:ME}:${env:PW}@h/", "${env:PW}" },
    { "http://me:p$${w@h/}", "p$${w" },
    { "http://me:@h/", "" },
    { "http://h/?x=http://a:b@c", "" },
    { "/p?a=1&Access_Token=xyz&api_key=k#token=no", "xyz k" },
    { "/p?token&password=", "" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GArray) spans = thrum_secret_find_in_url (cases[i].url);
      g_autoptr (GString) found = g_string_new (NULL);

      for (guint s = 0; s < spans->len; s++)
        {
          const ThrumSpan span = g_array_index (spans, ThrumSpan, s);
          g_string_append_printf (found, "%s%.*s", s > 0 ? " " : "", (int)span.length,
                                  cases[i].url + span.start);
        }
      g_assert_cmpstr (found->str, ==, cases[i].secrets);
    }
}

static void
test_mask (void)
{
  static const struct {
    const gchar *text, *masked;
  } cases[] = {
    { "duratoin 10s", "duratoin 10s" },
    { "cannot use 'http://me:pw@h/'", "cannot use 'http://me:***@h/'" },
    { "cannot read the test 'me:pw@h/'", "cannot read the test 'me:***@h/'" },
    { "Authorization: Basic abc", "Authorization: ***" },
    { "x; X-Api-Key:abc; y", "x; X-Api-Key:***" },
    { "target.site.password=hush", "target.site.password=***" },
    { "Unknown option --heder=Cookie: a=b", "Unknown option --heder=Cookie: ***" },
    { "a token of it", "a token of it" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *masked = thrum_secret_mask (cases[i].text);
      g_assert_cmpstr (masked, ==, cases[i].masked);
    }
}

static void
test_redaction (void)
{
  g_autoptr (ThrumRedaction) redaction = thrum_redaction_new ();
  g_autoptr (GString) text = g_string_new ("in hushword, hush and ab; hush");

  thrum_redaction_add (redaction, "hush", "${env:A}");
  thrum_redaction_add (redaction, "hushword", "***");
  thrum_redaction_add (redaction, "hush", "twice");
  thrum_redaction_add (redaction, "ab", "too short");
  thrum_redaction_add (redaction, "", "nothing");
  thrum_redaction_apply (redaction, text);
  g_assert_cmpstr (text->str, ==, "in ***, ${env:A} and ab; ${env:A}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/secrets/headers", test_headers);
  g_test_add_func ("/secrets/urls", test_urls);
  g_test_add_func ("/secrets/mask", test_mask);
  g_test_add_func ("/secrets/redaction", test_redaction);
  return g_test_run ();
}
