/* SPDX-License-Identifier: MIT
 *
 * What the http plugin reads along in the bytes of a connection: the same however they are split,
 * and whatever they are.
 */
#include <glib.h>
#include <string.h>

#include "http-frames.h"

#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define HEAD(id) "\0\0\1\1\4\0\0\0" id "\x88"
#define HEAD_END(id) "\0\0\1\1\5\0\0\0" id "\x88"
#define BODY(id) "\0\0\3\0\0\0\0\0" id "abc"
#define BODY_END(id) "\0\0\3\0\1\0\0\0" id "abc"
#define RESET(id, code) "\0\0\4\3\0\0\0\0" id "\0\0\0" code
#define GOAWAY(id, code)                                                                           \
  "\0\0\x0b\7\0\0\0\0\0"                                                                           \
  "\0\0\0" id "\0\0\0" code "bye"

typedef struct {
  const gchar *name;
  const gchar *in;
  gsize n_in;
  const gchar *out;
  gsize n_out;
  const gchar *found; /* e: ended, r: reset, f: refused, g: going away */
} FrameCase;

#define CASE(name, in, out, found)                                                                 \
  {                                                                                                \
    name, in, sizeof in - 1, out, sizeof out - 1, found                                            \
  }
#define PASSED(name, in, found) CASE (name, in, in, found)

static const FrameCase frame_cases[] = {
  PASSED ("reply", SETTINGS HEAD ("\1") BODY ("\1") BODY_END ("\1"), ""),
  PASSED ("reply-without-body", SETTINGS HEAD_END ("\1"), ""),
  PASSED ("trailers", HEAD ("\1") BODY ("\1") HEAD_END ("\1"), "e"),
  PASSED ("trailers-of-another", HEAD ("\1") HEAD ("\3") BODY ("\3"), ""),
  PASSED ("reset", HEAD ("\1") BODY ("\1") RESET ("\1", "\2"), "r"),
  PASSED ("reset-without-error", HEAD ("\1") RESET ("\1", "\0"), "r"),
  PASSED ("reset-after-reply", HEAD ("\1") BODY_END ("\1") RESET ("\1", "\0"), ""),
  PASSED ("reset-of-another", HEAD ("\1") RESET ("\7", "\2") BODY_END ("\1"), ""),
  PASSED ("http-1.1-required", RESET ("\1", "\x0d"), ""),
  CASE ("refused", SETTINGS RESET ("\1", "\7"), SETTINGS, "f"),
  CASE ("goaway", GOAWAY ("\1", "\0") HEAD ("\1") BODY_END ("\1"), HEAD ("\1") BODY_END ("\1"),
        "g"),
  CASE ("goaway-in-body", HEAD ("\1") GOAWAY ("\1", "\0") BODY_END ("\1"),
        HEAD ("\1") BODY_END ("\1"), "g"),
  CASE ("goaway-after", HEAD ("\1") BODY_END ("\1") GOAWAY ("\1", "\0"),
        HEAD ("\1") BODY_END ("\1"), "g"),
  CASE ("goaway-not-looked-at", SETTINGS GOAWAY ("\0", "\0") SETTINGS, SETTINGS SETTINGS, "fg"),
  CASE ("goaway-with-error", SETTINGS GOAWAY ("\0", "\x0b"), SETTINGS, "rg"),
  PASSED ("odd-reset", "\0\0\2\3\0\0\0\0\1xy" SETTINGS, "r"),
  CASE ("odd-goaway", "\0\0\2\7\0\0\0\0\0xy" SETTINGS, SETTINGS, ""),
};

/* Filters in two reads, as the plugin does: what comes lies behind the room for what is held. */
static void
run (const FrameCase *frames, gsize split)
{
  HttpFrames state = { 0 };
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GString) found = g_string_new (NULL);
  guint8 buffer[512];

  http_frames_begin (&state);
  for (guint i = 0; i < 2; i++)
    {
      const gsize from = i == 0 ? 0 : split, to = i == 0 ? split : frames->n_in;

      memcpy (buffer + HTTP_FRAME_HELD_BYTES, frames->in + from, to - from);
      g_byte_array_append (
          out, buffer,
          (guint)http_frames_filter (&state, buffer + HTTP_FRAME_HELD_BYTES, to - from, buffer));
    }
  g_assert_cmpmem (out->data, out->len, frames->out, frames->n_out);
  g_string_append (found, state.is_ended ? "e" : "");
  g_string_append (found, state.is_reset ? "r" : "");
  g_string_append (found, state.is_refused ? "f" : "");
  g_string_append (found, state.is_going_away ? "g" : "");
  g_assert_cmpstr (found->str, ==, frames->found);
}

static void
test_frames (gconstpointer data)
{
  const FrameCase *frames = data;

  for (gsize split = 0; split <= frames->n_in; split++)
    run (frames, split);
}

typedef struct {
  const gchar *name, *in;
  const gchar *why; /* part of what is wrong; "" nothing */
  gboolean is_cut;  /* at the connection's end */
} HeadCase;

static const HeadCase head_cases[] = {
  { "whole", "HTTP/1.1 200 OK\r\nX: y\r\n\r\nbody", "", FALSE },
  { "bare-line-feeds", "HTTP/1.1 200 OK\nX: y\n\nbody", "", FALSE },
  { "nothing", "", "", FALSE },
  { "cut", "HTTP/1.1 200 OK\r\nX: y\r\n", "", TRUE },
  { "cut-in-line", "HTTP/1.1 2", "", TRUE },
  { "informational", "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "", FALSE },
  { "cut-after-informational", "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n", "", TRUE },
  { "icecast", "ICY 200 OK\r\n\r\n", "ICY", FALSE },
};

static void
test_head (gconstpointer data)
{
  const HeadCase *wanted = data;
  const gsize n = strlen (wanted->in);

  for (gsize split = 0; split <= n; split++)
    {
      HttpHead head = { 0 };
      const guint8 *bytes = (const guint8 *)wanted->in;
      const gchar *first = NULL, *second = NULL;
      bool is_cut = false;

      if (split > 0)
        first = http_head_look (&head, bytes, split, &is_cut);
      if (first == NULL && split < n)
        second = http_head_look (&head, bytes + split, n - split, &is_cut);
      if (*wanted->why != '\0')
        {
          g_assert_nonnull (strstr (first != NULL ? first : second, wanted->why));
          continue;
        }
      g_assert_null (first);
      g_assert_null (second);
      g_assert_cmpint (http_head_look (&head, bytes, 0, &is_cut) != NULL, ==, wanted->is_cut);
      g_assert_cmpint (is_cut, ==, wanted->is_cut);
    }
}

/* Any bytes: no more comes out than went in and was held. */
static void
test_noise (void)
{
  for (guint round = 0; round < 2000; round++)
    {
      HttpFrames state = { 0 };
      guint8 buffer[200];
      gsize n_in = 0, n_out = 0;

      http_frames_begin (&state);
      for (guint i = 0; i < 8; i++)
        {
          const gsize n = (gsize)g_test_rand_int_range (0, 64);

          for (gsize j = 0; j < n; j++)
            buffer[HTTP_FRAME_HELD_BYTES + j] =
                (guint8)(g_test_rand_bit () ? g_test_rand_int_range (0, 10)
                                            : g_test_rand_int_range (0, 256));
          n_in += n;
          n_out += http_frames_filter (&state, buffer + HTTP_FRAME_HELD_BYTES, n, buffer);
          g_assert_cmpuint (n_out, <=, n_in);
          g_assert_cmpuint (http_frames_make_continue (&state, buffer, sizeof buffer), <=, 14);
        }
    }
}

#define ADD_CASES(cases, path, function)                                                           \
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)                                                 \
    {                                                                                              \
      g_autofree gchar *name = g_strconcat ("/http-frames/" path "/", cases[i].name, NULL);        \
                                                                                                   \
      g_test_add_data_func (name, &cases[i], function);                                            \
    }

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD_CASES (frame_cases, "frames", test_frames);
  ADD_CASES (head_cases, "head", test_head);
  g_test_add_func ("/http-frames/noise", test_noise);
  return g_test_run ();
}
