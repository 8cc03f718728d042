/* SPDX-License-Identifier: MIT
 *
 * Every codec against arbitrary bytes: whatever a server says, a codec keeps the rules of
 * <thrum/plugin.h>, and the same bytes come out the same however they were cut. The first byte
 * chooses the codec and its options; the second the cause at the end (low two bits), whether the
 * payload is wanted (4) and the calls of each turn (the bits above, less than 8). A byte 0x1e ends
 * a turn. The HTTP/2 spike, if it was built, has only the rules to keep: where in a stream that is
 * none its library finds out depends on the cuts.
 */
#include <string.h>

#include "conformance/codec-replay.h"
#include "plugin/loader.h"

#define TURN_END 0x1e
#define TURNS_MAX 16

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define OPTIONS(...) ((const gchar *const[]){ __VA_ARGS__, NULL })

static const struct {
  const gchar *plugin;
  const gchar *const *options;
  const gchar *const *second; /* (nullable): options of a second request */
} subjects[] = {
  { "http1", OPTIONS ("url=http://127.0.0.1/"), NULL },
  { "http1", OPTIONS ("url=http://127.0.0.1/", "pipeline=4"), OPTIONS ("method=HEAD") },
  { "tcp", OPTIONS ("send=x", "delimiter=\\r\\n", "status-map=+=200;-=500", "max-reply=1000"),
    NULL },
  { "tcp", OPTIONS ("send=x", "delimiter=aab", "delimiters=2", "pipeline=3", "expect=aab"), NULL },
  { "tcp", OPTIONS ("send=x", "reply=fixed", "reply-size=5", "pipeline=2", "status-offset=1"),
    OPTIONS ("reply=length", "length-offset=1", "length-width=2", "status-offset=3") },
  { "tcp", OPTIONS ("send=x", "reply=length", "length-width=8", "length-format=little"), NULL },
  { "tcp",
    OPTIONS ("send=x", "reply=length", "length-offset=1", "length-format=decimal",
             "length-adjust=-1"),
    NULL },
  { "tcp", OPTIONS ("send=x", "reply=idle", "expect=abc"), OPTIONS ("reply=close") },
  { "tcp", OPTIONS ("send=x", "reply=none"), OPTIONS ("reply=delimiter") },
  { "tcp", OPTIONS ("send=x", "greeting=\\n", "greeting-expect=2", "hello=hi", "hello-reply=ok"),
    NULL },
  { "null_codec", OPTIONS ("reply-size=3", "pipeline=2"), OPTIONS ("reply-size=0") },
#ifdef HAVE_H2
  { "h2", OPTIONS ("streams=3"), OPTIONS ("body=something", "path=/x") },
#endif
};

static ThrumCodecSubject *
get_subject (guint index)
{
  static ThrumCodecSubject *made[G_N_ELEMENTS (subjects)];
  g_autoptr (GError) error = NULL;

  if (made[index] == NULL)
    {
      const ThrumPluginModule *module = thrum_plugin_load (subjects[index].plugin, NULL, &error);

      g_assert_no_error (error);
      made[index] = thrum_codec_subject_new (module->descriptor, subjects[index].options, &error);
      g_assert_no_error (error);
      thrum_codec_subject_add_request (made[index], NULL, &error);
      g_assert_no_error (error);
      if (subjects[index].second != NULL)
        thrum_codec_subject_add_request (made[index], subjects[index].second, &error);
      g_assert_no_error (error);
    }
  return made[index];
}

/* Cuts @data into turns at TURN_END. */
static gsize
read_turns (ThrumReplayTurn *turns, const guint8 *data, gsize size, guint n_calls)
{
  gsize n = 0;

  for (const guint8 *end = data + size; n < TURNS_MAX; n++)
    {
      const guint8 *stop = n + 1 < TURNS_MAX ? memchr (data, TURN_END, (gsize)(end - data)) : NULL;

      turns[n] = (ThrumReplayTurn){
        .n_calls = n_calls,
        .bytes = data,
        .n_bytes = (gsize)((stop != NULL ? stop : end) - data),
      };
      if (stop == NULL)
        return n + 1;
      data = stop + 1;
    }
  return n;
}

static gchar *
play (ThrumCodecSubject *subject, const ThrumReplay *replay, const gsize *cuts, gsize n_cuts)
{
  g_autoptr (GError) error = NULL;
  gchar *trace = thrum_replay_play (subject, replay, cuts, n_cuts, &error);

  g_assert_no_error (error);
  return trace;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  ThrumReplayTurn turns[TURNS_MAX];
  gsize cuts[3];

  if (size < 2 || size > 64 * 1024)
    return 0;

  const gsize n_turns = read_turns (turns, data + 2, size - 2, data[1] >> 3 & 7);
  const ThrumReplay replay = { turns, n_turns, (data[1] & 4) != 0 };
  ThrumCodecSubject *subject = get_subject (data[0] % G_N_ELEMENTS (subjects));

  turns[n_turns - 1].then = (ThrumCause)((data[1] & 3) % 3);
  for (guint i = 0; i < G_N_ELEMENTS (cuts); i++)
    cuts[i] = (i + 1) * (size - 2 + data[size - 1]) / 5;

  g_autofree gchar *whole = play (subject, &replay, NULL, 0);
  g_autofree gchar *cut = play (subject, &replay, cuts, G_N_ELEMENTS (cuts));
  if (strcmp (subject->plugin->name, "h2") != 0)
    g_assert_cmpstr (cut, ==, whole);
  return 0;
}
