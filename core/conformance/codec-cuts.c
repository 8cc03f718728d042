/* SPDX-License-Identifier: MIT
 *
 * Plays one recorded exchange cut in every way that matters and compares what comes out: a codec
 * must not care how the network cut its bytes. Leaves the playing to codec-replay.c.
 */
#include "conformance/codec-cuts.h"

#include <string.h>

#include "plugin/loader.h"

/* Of longer recordings, only so many bytes at either end are cut at, and as many between. */
#define CUT_EDGE 1024

static gsize
count_bytes (const ThrumReplay *replay)
{
  gsize n = 0;

  for (gsize i = 0; i < replay->n_turns; i++)
    {
      const ThrumReplayTurn *turn = &replay->turns[i];

      n += turn->bytes != NULL ? turn->n_bytes : turn->text != NULL ? strlen (turn->text) : 0;
    }
  return n;
}

/* Plays @cuts and compares with @whole. @how (transfer full) names them. */
static gboolean
play_alike (ThrumCodecSubject *subject, const ThrumReplay *replay, const gsize *cuts, gsize n_cuts,
            const gchar *whole, gchar *how, GError **error)
{
  g_autofree gchar *name = how;
  g_autofree gchar *trace = thrum_replay_play (subject, replay, cuts, n_cuts, error);

  if (trace == NULL)
    {
      g_prefix_error (error, "%s: ", name);
      return FALSE;
    }
  if (g_str_equal (trace, whole))
    return TRUE;
  g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID,
               "splits must not matter, but %s it came out as\n%sinstead of\n%s", name, trace,
               whole);
  return FALSE;
}

static gboolean
play_in_two (ThrumCodecSubject *subject, const ThrumReplay *replay, const gchar *whole,
             GError **error)
{
  const gsize n = count_bytes (replay);
  const gsize step = n > 4 * CUT_EDGE ? n / CUT_EDGE : 1;

  for (gsize cut = 1; cut < n;)
    {
      if (!play_alike (subject, replay, &cut, 1, whole,
                       g_strdup_printf ("cut after byte %" G_GSIZE_FORMAT, cut), error))
        return FALSE;
      cut += cut < CUT_EDGE || cut + CUT_EDGE >= n ? 1 : MIN (step, n - CUT_EDGE - cut);
    }
  return TRUE;
}

/* Cut before each byte with probability 1/@mean. */
static gboolean
play_in_pieces (ThrumCodecSubject *subject, const ThrumReplay *replay, guint mean, GRand *random,
                const gchar *whole, GError **error)
{
  const gsize n = count_bytes (replay);
  g_autoptr (GArray) cuts = g_array_new (FALSE, FALSE, sizeof (gsize));

  for (gsize cut = 1; cut < n; cut++)
    if (mean == 1 || g_rand_int_range (random, 0, (gint)mean) == 0)
      g_array_append_val (cuts, cut);
  return play_alike (subject, replay, (const gsize *)(gpointer)cuts->data, cuts->len, whole,
                     mean == 1 ? g_strdup ("byte by byte")
                               : g_strdup_printf ("in pieces of about %u bytes", mean),
                     error);
}

static gchar *
play_every_cut (ThrumCodecSubject *subject, const ThrumReplay *replay, guint64 seed, GError **error)
{
  static const guint means[] = { 1, 2, 3, 7, 20, 100 };
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32)seed);
  g_autofree gchar *whole = thrum_replay_play (subject, replay, NULL, 0, error);

  if (whole == NULL)
    {
      g_prefix_error (error, "given whole: ");
      return NULL;
    }
  if (!play_in_two (subject, replay, whole, error))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (means); i++)
    if (!play_in_pieces (subject, replay, means[i], random, whole, error))
      return NULL;
  return g_steal_pointer (&whole);
}

/* @trace without the lines that only a wanted payload brings. (transfer full) */
static gchar *
without_payloads (const gchar *trace)
{
  GString *rest = g_string_new (NULL);

  while (*trace != '\0')
    {
      const gchar *end = strchr (trace, '\n') + 1;

      if (!g_str_has_prefix (trace, "payload "))
        g_string_append_len (rest, trace, end - trace);
      trace = end;
    }
  return g_string_free (rest, FALSE);
}

gchar *
thrum_codec_cuts_play (ThrumCodecSubject *subject, const ThrumReplay *replay, guint64 seed,
                       GError **error)
{
  ThrumReplay wanting = *replay, counting = *replay;

  wanting.wants_payload = TRUE;
  counting.wants_payload = FALSE;

  g_autofree gchar *with = play_every_cut (subject, &wanting, seed, error);
  g_autofree gchar *without =
      with != NULL ? play_every_cut (subject, &counting, seed, error) : NULL;
  g_autofree gchar *rest = NULL;

  if (without == NULL)
    return NULL;
  rest = without_payloads (with);
  if (!g_str_equal (rest, without))
    {
      g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID,
                   "whether the payload is wanted must not matter, but without it came out as\n"
                   "%sinstead of\n%s",
                   without, rest);
      return NULL;
    }
  return replay->wants_payload ? g_steal_pointer (&with) : g_steal_pointer (&without);
}
