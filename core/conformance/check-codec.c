/* SPDX-License-Identifier: MIT
 *
 * What can be seen of a codec without a socket: the exchange cut in every way, ended at every byte,
 * mangled at random; and what stays behind. The rules themselves stand in codec-replay.c.
 */
#include <malloc.h>
#include <string.h>

#include "conformance/check-kit.h"
#include "conformance/codec-cuts.h"

#define MANGLED 3000
#define CONNECTIONS 1000
#define TRACE_LINES 12

static ThrumReplay
replay_of (ThrumConformance *check, gboolean wants_payload)
{
  return (ThrumReplay){ (const ThrumReplayTurn *)(gpointer)check->turns->data, check->turns->len,
                        wants_payload };
}

static gsize
count_bytes (ThrumConformance *check)
{
  gsize n = 0;

  for (guint i = 0; i < check->turns->len; i++)
    n += g_array_index (check->turns, ThrumReplayTurn, i).n_bytes;
  return n;
}

/* The first lines of what came out, for the author to see. */
static void
show_trace (const gchar *trace)
{
  g_auto (GStrv) lines = g_strsplit (trace, "\n", TRACE_LINES + 1);

  for (guint i = 0; lines[i] != NULL && i < TRACE_LINES; i++)
    {
      g_autofree gchar *line = g_strndup (lines[i], 100);

      thrum_check_detail (line);
    }
  if (g_strv_length (lines) > TRACE_LINES)
    thrum_check_detail ("...");
}

static void
check_cuts (ThrumConformance *check)
{
  const ThrumReplay replay = replay_of (check, FALSE);
  g_autoptr (GError) error = NULL;

  thrum_check_doing (check, "decoding the exchange cut in every way");
  g_autofree gchar *trace = thrum_codec_cuts_play (check->subject, &replay, 1, &error);
  if (trace == NULL)
    thrum_check_problem (check, "every cut", "%s", error->message);
  else if (strstr (trace, "reply ") == NULL && strstr (trace, "no reply") == NULL)
    thrum_check_problem (check, "every cut", "no reply came of the exchange:\n%s", trace);
  else
    {
      thrum_check_ok (check, "every cut", "%zu bytes come out alike however they are cut",
                      count_bytes (check));
      show_trace (trace);
    }
}

/* The server closes after each of the bytes. */
static void
check_ends (ThrumConformance *check)
{
  const gsize n_bytes = count_bytes (check);
  const gsize step = MAX (n_bytes / 2000, 1);
  g_autoptr (GArray) turns = g_array_new (FALSE, TRUE, sizeof (ThrumReplayTurn));

  for (gsize end = 0; end <= n_bytes; end += step)
    {
      g_autoptr (GError) error = NULL;
      gsize left = end;

      thrum_check_doing (check, "decoding the end of the stream after byte %zu", end);
      g_array_set_size (turns, 0);
      for (guint i = 0; i < check->turns->len; i++)
        {
          ThrumReplayTurn turn = g_array_index (check->turns, ThrumReplayTurn, i);
          const gboolean is_last = turn.n_bytes >= left;

          turn.n_bytes = MIN (turn.n_bytes, left);
          left -= turn.n_bytes;
          if (is_last)
            turn.then = THRUM_CAUSE_END;
          g_array_append_val (turns, turn);
          if (is_last)
            break;
        }
      const ThrumReplay replay = { (gpointer)turns->data, turns->len, (end & 1) != 0 };
      g_autofree gchar *trace = thrum_replay_play (check->subject, &replay, NULL, 0, &error);
      if (trace == NULL)
        {
          thrum_check_problem (check, "end of stream", "the server closes after byte %zu: %s", end,
                               error->message);
          return;
        }
    }
  thrum_check_ok (check, "end of stream", "after each of %zu bytes", n_bytes);
}

/* One to three bytes of @bytes replaced, removed or doubled, or all of them random. */
static void
mangle (GByteArray *bytes, GRand *random)
{
  const gboolean is_wild = g_rand_int_range (random, 0, 20) == 0;

  for (gint n = g_rand_int_range (random, 1, 4); n > 0 && bytes->len > 0; n--)
    {
      const guint at = (guint)g_rand_int_range (random, 0, (gint)bytes->len);
      const guint8 byte = (guint8)g_rand_int_range (random, 0, 256);

      switch (g_rand_int_range (random, 0, 4))
        {
        case 0:
          bytes->data[at] = byte;
          break;
        case 1:
          bytes->data[at] ^= (guint8)(1 << (byte & 7));
          break;
        case 2:
          g_byte_array_remove_index (bytes, at);
          break;
        default:
          g_byte_array_append (bytes, &byte, 1);
          memmove (bytes->data + at + 1, bytes->data + at, bytes->len - at - 1);
          break;
        }
    }
  for (guint i = 0; is_wild && i < bytes->len; i++)
    bytes->data[i] = (guint8)g_rand_int_range (random, 0, 256);
}

static void
check_garbage (ThrumConformance *check)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (GArray) turns = g_array_new (FALSE, TRUE, sizeof (ThrumReplayTurn));

  g_array_append_vals (turns, check->turns->data, check->turns->len);
  for (guint i = 0; i < MANGLED; i++)
    {
      const guint which = (guint)g_rand_int_range (random, 0, (gint)turns->len);
      ThrumReplayTurn *turn = &g_array_index (turns, ThrumReplayTurn, which);
      const ThrumReplayTurn whole = *turn;
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GError) error = NULL;

      thrum_check_doing (check, "decoding mangled exchange %u", i);
      g_byte_array_append (bytes, whole.bytes, (guint)whole.n_bytes);
      mangle (bytes, random);
      turn->bytes = bytes->data != NULL ? bytes->data : (const guint8 *)"";
      turn->n_bytes = bytes->len;

      /* Where in a stream that is none a codec finds out may depend on the cuts; what it then says
       * must keep the rules all the same. */
      const gsize cuts[] = { bytes->len / 3, bytes->len / 2 };
      const ThrumReplay replay = { (gpointer)turns->data, turns->len, (i & 1) != 0 };
      g_autofree gchar *trace =
          thrum_replay_play (check->subject, &replay, cuts, (i & 2) != 0 ? 2 : 0, &error);
      *turn = whole;
      if (trace == NULL)
        {
          thrum_check_problem (check, "garbage", "mangled exchange %u: %s", i, error->message);
          return;
        }
    }
  thrum_check_ok (check, "garbage", "%d mangled exchanges", MANGLED);
}

static void
check_unasked (ThrumConformance *check)
{
  ThrumReplayTurn turn = g_array_index (check->turns, ThrumReplayTurn, check->turns->len - 1);
  const ThrumReplay replay = { &turn, 1, FALSE };
  g_autoptr (GError) error = NULL;

  if (check->subject->endpoint.awaits_ready || turn.n_bytes == 0)
    return; /* the server speaks first */
  thrum_check_doing (check, "decoding a reply that no call asked for");
  turn.n_calls = 0;
  g_autofree gchar *trace = thrum_replay_play (check->subject, &replay, NULL, 0, &error);
  if (trace == NULL)
    thrum_check_problem (check, "unasked reply", "%s", error->message);
  else if (strstr (trace, "broken: ") == NULL)
    thrum_check_problem (check, "unasked reply",
                         "bytes that answer no open call must be BROKEN; it came out as\n%s",
                         trace);
  else
    thrum_check_ok (check, "unasked reply", "it breaks the connection");
}

/* By what the C library has given out; a sanitizer build has its own way to see leaks, at the
 * process's end. */
static void
check_leaks (ThrumConformance *check)
{
  const ThrumReplay replay = replay_of (check, TRUE);
  gsize before = 0, after;

  thrum_check_doing (check, "opening and closing %d connections", CONNECTIONS);
  for (guint i = 0; i < CONNECTIONS; i++)
    {
      g_free (thrum_replay_play (check->subject, &replay, NULL, 0, NULL));
      if (i == CONNECTIONS / 10)
        before = mallinfo2 ().uordblks;
    }
  after = mallinfo2 ().uordblks;
  if (after > before + CONNECTIONS * 8)
    thrum_check_problem (check, "leaks", "about %zu bytes stay behind for each connection",
                         (after - before) / (CONNECTIONS - CONNECTIONS / 10));
  else
    thrum_check_ok (check, "leaks", "none in %d connections", CONNECTIONS);
}

void
thrum_check_codec (ThrumConformance *check)
{
  void (*const checks[]) (ThrumConformance *) = { check_cuts, check_ends, check_garbage,
                                                  check_unasked, check_leaks };

  for (guint i = 0; i < G_N_ELEMENTS (checks) && check->n_problems == 0; i++)
    checks[i](check);
}
