/* SPDX-License-Identifier: MIT
 *
 * Tables of recorded exchanges as GLib tests: one way to write them for every codec.
 */
#include "codec-cases.h"

#include <string.h>

#include "conformance/codec-cuts.h"
#include "plugin/loader.h"

typedef struct {
  const gchar *plugin;
  union {
    const CodecCase *exchange;
    const CodecRefusal *refusal;
  };
} TestData;

static const ThrumPlugin *
load (const gchar *name)
{
  g_autoptr (GError) error = NULL;
  const ThrumPluginModule *module = thrum_plugin_load (name, NULL, &error);

  g_assert_no_error (error);
  return module->descriptor;
}

ThrumCodecSubject *
codec_subject_or_fail (const gchar *plugin, const gchar *const *options)
{
  g_autoptr (GError) error = NULL;
  ThrumCodecSubject *subject = thrum_codec_subject_new (load (plugin), options, &error);

  g_assert_no_error (error);
  thrum_codec_subject_add_request (subject, NULL, &error);
  g_assert_no_error (error);
  return subject;
}

gchar *
codec_trace_without_sent (const gchar *trace)
{
  GString *rest = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (trace, "\n", -1);

  for (gchar **line = lines; *line != NULL && **line != '\0'; line++)
    if (!g_str_has_prefix (*line, "call ") || strstr (*line, ": sent, ") == NULL)
      g_string_append_printf (rest, "%s\n", *line);
  return g_string_free (rest, FALSE);
}

static gsize
count_turns (const CodecCase *exchange)
{
  gsize n = 0;

  while (n < G_N_ELEMENTS (exchange->turns)
         && (exchange->turns[n].n_calls > 0 || exchange->turns[n].text != NULL
             || exchange->turns[n].bytes != NULL || exchange->turns[n].then != THRUM_CAUSE_BYTES))
    n++;
  return n;
}

static void
play (gconstpointer data)
{
  const TestData *test = data;
  const CodecCase *exchange = test->exchange;
  const ThrumReplay replay = { exchange->turns, count_turns (exchange), TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (ThrumCodecSubject) subject =
      thrum_codec_subject_new (load (test->plugin), exchange->options, &error);
  guint n_requests = 0;

  g_assert_no_error (error);
  do
    {
      thrum_codec_subject_add_request (subject, exchange->requests[n_requests++], &error);
      g_assert_no_error (error);
  } while (n_requests < G_N_ELEMENTS (exchange->requests)
           && exchange->requests[n_requests] != NULL);

  g_autofree gchar *trace = thrum_codec_cuts_play (subject, &replay, 1, &error);
  g_assert_no_error (error);
  g_autofree gchar *came = codec_trace_without_sent (trace);
  g_assert_cmpstr (came, ==, exchange->comes);
}

void
codec_cases_add (const gchar *plugin, const CodecCase *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/%s/%s", plugin, cases[i].name);
      TestData *data = g_new (TestData, 1);

      *data = (TestData){ .plugin = plugin, .exchange = &cases[i] };
      g_test_add_data_func_full (path, data, play, g_free);
    }
}

static void
refuse (gconstpointer data)
{
  const TestData *test = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThrumCodecSubject) subject =
      thrum_codec_subject_new (load (test->plugin), test->refusal->options, &error);

  if (subject != NULL)
    g_assert_false (thrum_codec_subject_add_request (subject, NULL, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, test->refusal->says) == NULL)
    g_error ("'%s' does not say '%s'", error->message, test->refusal->says);
}

void
codec_refusals_add (const gchar *plugin, const CodecRefusal *cases, gsize n_cases)
{
  for (gsize i = 0; i < n_cases; i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/%s/refuses/%s", plugin, cases[i].name);
      TestData *data = g_new (TestData, 1);

      *data = (TestData){ .plugin = plugin, .refusal = &cases[i] };
      g_test_add_data_func_full (path, data, refuse, g_free);
    }
}
