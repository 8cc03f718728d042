/* SPDX-License-Identifier: MIT
 *
 * The HTTP/2 spike over exchanges recorded from a libnghttp2 server in this process: streams that
 * interleave, limits, resets, a connection that drains, and one call cancelled among others.
 */
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

#include "codec-cases.h"
#include "conformance/codec-cuts.h"

/* ---- A server ------------------------------------------------------------------------------ */

/* What it does is in the path: /NUMBER answers so many bytes, /status/NUMBER with that status and
 * none, /reset resets the stream, /goaway refuses this stream and later ones, /never says nothing.
 * A request's body is echoed. */
typedef struct {
  nghttp2_session *session;
  GHashTable *paths, *bodies; /* by stream id */
  GByteArray *says;
} Server;

static int
server_on_header (nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                  size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                  void *data)
{
  Server *server = data;

  if (strcmp ((const char *)name, ":path") == 0)
    g_hash_table_insert (server->paths, GINT_TO_POINTER (frame->hd.stream_id),
                         g_strdup ((const char *)value));
  return 0;
}

static int
server_on_data (nghttp2_session *session, uint8_t flags, int32_t stream_id, const uint8_t *bytes,
                size_t n_bytes, void *data)
{
  Server *server = data;
  GString *body = g_hash_table_lookup (server->bodies, GINT_TO_POINTER (stream_id));

  if (body == NULL)
    {
      body = g_string_new (NULL);
      g_hash_table_insert (server->bodies, GINT_TO_POINTER (stream_id), body);
    }
  g_string_append_len (body, (const gchar *)bytes, (gssize)n_bytes);
  return 0;
}

static ssize_t
server_read (nghttp2_session *session, int32_t stream_id, uint8_t *to, size_t length,
             uint32_t *flags, nghttp2_data_source *source, void *data)
{
  GString *left = source->ptr;
  const gsize n = MIN (MIN (left->len, length), 5); /* small frames, so that streams interleave */

  memcpy (to, left->str, n);
  g_string_erase (left, 0, (gssize)n);
  if (left->len == 0)
    *flags |= NGHTTP2_DATA_FLAG_EOF;
  return (ssize_t)n;
}

static void
server_answer (Server *server, int32_t stream_id, const gchar *status, GString *body)
{
  nghttp2_data_provider provider = { .source.ptr = body, .read_callback = server_read };
  const nghttp2_nv field = { (uint8_t *)":status", (uint8_t *)status, 7, strlen (status), 0 };

  if (body != NULL) /* which the table frees */
    g_hash_table_replace (server->bodies, GINT_TO_POINTER (stream_id), body);
  g_assert_cmpint (nghttp2_submit_response (server->session, stream_id, &field, 1,
                                            body != NULL ? &provider : NULL),
                   ==, 0);
}

static int
server_on_frame (nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
  Server *server = data;
  const int32_t id = frame->hd.stream_id;
  const gchar *path = g_hash_table_lookup (server->paths, GINT_TO_POINTER (id));
  GString *body;

  if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0 || path == NULL)
    return 0;
  body = g_hash_table_lookup (server->bodies, GINT_TO_POINTER (id));
  if (body != NULL)
    server_answer (server, id, "200", g_string_new (body->str));
  else if (g_str_equal (path, "/reset"))
    nghttp2_submit_rst_stream (session, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
  else if (g_str_equal (path, "/goaway"))
    nghttp2_submit_goaway (session, NGHTTP2_FLAG_NONE, id - 2, NGHTTP2_NO_ERROR, NULL, 0);
  else if (g_str_has_prefix (path, "/status/"))
    server_answer (server, id, path + strlen ("/status/"), NULL);
  else if (!g_str_equal (path, "/never"))
    {
      body = g_string_new (NULL);
      for (int n = atoi (path + 1); n > 0; n--)
        g_string_append_c (body, (gchar)('a' + id % 26));
      server_answer (server, id, "200", body);
    }
  return 0;
}

static void
body_free (gpointer body)
{
  g_string_free (body, TRUE);
}

static Server *
server_new (void)
{
  Server *server = g_new0 (Server, 1);
  nghttp2_session_callbacks *callbacks;
  const nghttp2_settings_entry settings = { NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 5 };

  server->paths = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  server->bodies = g_hash_table_new_full (NULL, NULL, NULL, body_free);
  server->says = g_byte_array_new ();
  g_assert_cmpint (nghttp2_session_callbacks_new (&callbacks), ==, 0);
  nghttp2_session_callbacks_set_on_header_callback (callbacks, server_on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback (callbacks, server_on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback (callbacks, server_on_frame);
  g_assert_cmpint (nghttp2_session_server_new (&server->session, callbacks, server), ==, 0);
  nghttp2_session_callbacks_del (callbacks);
  nghttp2_submit_settings (server->session, NGHTTP2_FLAG_NONE, &settings, 1);
  return server;
}

/* Hears what the client sent and answers into server->says. */
static void
server_turn (Server *server, ThrumOut *from_client)
{
  const uint8_t *bytes;
  ssize_t n = nghttp2_session_mem_recv (server->session, from_client->data, from_client->used);

  g_assert_cmpint (n, ==, from_client->used);
  from_client->used = 0;
  while ((n = nghttp2_session_mem_send (server->session, &bytes)) > 0)
    g_byte_array_append (server->says, bytes, (guint)n);
  g_assert_cmpint (n, ==, 0);
}

static void
server_free (Server *server)
{
  nghttp2_session_del (server->session);
  g_hash_table_unref (server->paths);
  g_hash_table_unref (server->bodies);
  g_byte_array_unref (server->says);
  g_free (server);
}

/* ---- Exchanges ----------------------------------------------------------------------------- */

typedef struct {
  const gchar *name;
  const gchar *const *requests[6];
  const gchar *comes; /* as in CodecCase, "sent" lines apart */
  ThrumCause then;
} Exchange;

#define PREFACE                                                                                    \
  "sends: PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\x00\\x00\\x06\\x04\\x00\\x00\\x00\\x00\\x00"   \
  "\\x00\\x02\\x00\\x00\\x00\\x00\n"

#define PATH(path) OPTIONS ("path=" path)

static const Exchange exchanges[] = {
  { "one", { PATH ("/12") }, "reply 1: 200, 12 bytes\npayload 1: bbbbbbbbbbbb\n" },
  { "interleaved",
    { PATH ("/11"), PATH ("/3"), PATH ("/0"), PATH ("/7") },
    "reply 2: 200, 3 bytes\npayload 2: ddd\n"
    "reply 3: 200, 0 bytes\npayload 3: \n"
    "reply 4: 200, 7 bytes\npayload 4: hhhhhhh\n"
    "reply 1: 200, 11 bytes\npayload 1: bbbbbbbbbbb\n" },
  { "status",
    { PATH ("/status/204"), PATH ("/status/404") },
    "reply 1: 204, 0 bytes\npayload 1: \nreply 2: 404 status, 0 bytes\npayload 2: \n" },
  { "body", { OPTIONS ("body=echo this") }, "reply 1: 200, 9 bytes\npayload 1: echo this\n" },
  { "reset",
    { PATH ("/reset"), PATH ("/2") },
    "reply 1: 0 reset, 0 bytes\npayload 1: \nreply 2: 200, 2 bytes\npayload 2: dd\n" },
  { "goaway",
    { PATH ("/4"), PATH ("/goaway"), PATH ("/1") },
    "drain after call 1\nreply 1: 200, 4 bytes\npayload 1: bbbb\n"
    "call 2: repeated elsewhere\ncall 3: repeated elsewhere\n",
    THRUM_CAUSE_END },
  { "close",
    { PATH ("/never"), PATH ("/1") },
    "reply 2: 200, 1 bytes\npayload 2: d\ncall 1: closed-early\n",
    THRUM_CAUSE_END },
};

/* What the server says to all calls of @subject at once. (transfer full) */
static GByteArray *
record (ThrumCodecSubject *subject)
{
  const ThrumCodecOps *codec = subject->plugin->codec;
  const ThrumConnInfo info = { .size = sizeof info };
  ThrumCall call = { .size = sizeof call };
  Server *server = server_new ();
  GByteArray *says;
  ThrumOut out;

  thrum_codec_out_init (&out);
  gpointer conn = codec->open (subject->target, &info, &out, NULL);
  for (guint i = 0; i < subject->requests->len; i++)
    {
      call.id = i + 1;
      g_assert_cmpint (codec->encode (conn, subject->requests->pdata[i], &call, &out, NULL), ==,
                       THRUM_ENCODE_SENT);
    }
  server_turn (server, &out);
  codec->close (conn, &out);
  thrum_codec_out_clear (&out);
  says = g_byte_array_ref (server->says);
  server_free (server);
  return says;
}

static void
test_exchange (gconstpointer data)
{
  const Exchange *exchange = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (ThrumCodecSubject) subject = codec_subject_or_fail ("h2", NULL);

  subject->plugin->request_free (g_ptr_array_remove_index (subject->requests, 0));
  for (guint i = 0; i < G_N_ELEMENTS (exchange->requests) && exchange->requests[i] != NULL; i++)
    {
      thrum_codec_subject_add_request (subject, exchange->requests[i], &error);
      g_assert_no_error (error);
    }

  g_autoptr (GByteArray) says = record (subject);
  const ThrumReplayTurn turn = { subject->requests->len, NULL, says->data, says->len,
                                 exchange->then };
  const ThrumReplay replay = { &turn, 1, TRUE };
  g_autofree gchar *trace = thrum_codec_cuts_play (subject, &replay, 1, &error);
  g_assert_no_error (error);
  g_autofree gchar *came = codec_trace_without_sent (trace);
  g_autofree gchar *comes = g_strconcat (PREFACE "limit: 5\n", exchange->comes, NULL);
  g_assert_cmpstr (came, ==, comes);
}

/* The two replies of a later turn depend on what the first taught (HPACK, ids). */
static void
test_later_turns (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ThrumCodecSubject) subject = codec_subject_or_fail ("h2", OPTIONS ("path=/3"));
  const ThrumCodecOps *codec = subject->plugin->codec;
  const ThrumConnInfo info = { .size = sizeof info };
  ThrumCall call = { .size = sizeof call };
  Server *server = server_new ();
  ThrumReplayTurn turns[3];
  gsize ends[3];
  ThrumOut out;

  thrum_codec_out_init (&out);
  gpointer conn = codec->open (subject->target, &info, &out, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (turns); i++)
    {
      call.id = i + 1;
      g_assert_cmpint (codec->encode (conn, subject->requests->pdata[0], &call, &out, NULL), ==,
                       THRUM_ENCODE_SENT);
      server_turn (server, &out);
      ends[i] = server->says->len;
    }
  codec->close (conn, &out);
  thrum_codec_out_clear (&out);
  for (guint i = 0, begin = 0; i < G_N_ELEMENTS (turns); begin = (guint)ends[i++])
    turns[i] = (ThrumReplayTurn){ 1, NULL, server->says->data + begin, ends[i] - begin,
                                  THRUM_CAUSE_BYTES };

  const ThrumReplay replay = { turns, G_N_ELEMENTS (turns), TRUE };
  g_autofree gchar *trace = thrum_codec_cuts_play (subject, &replay, 1, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (trace, "reply 3: 200, 3 bytes\npayload 3: fff\n"));
  server_free (server);
}

/* The server never answers the first; giving it up leaves the connection to the second. */
static void
test_cancel (void)
{
  g_autoptr (ThrumCodecSubject) subject = codec_subject_or_fail ("h2", OPTIONS ("path=/never"));
  const ThrumCodecOps *codec = subject->plugin->codec;
  const ThrumConnInfo info = { .size = sizeof info };
  ThrumCall call = { .size = sizeof call };
  ThrumEvent event = { .type = THRUM_EVENT_HEAD };
  Server *server = server_new ();
  gsize at = 0;
  guint n_replies = 0;
  ThrumOut out;

  g_assert_true (thrum_codec_subject_add_request (subject, OPTIONS ("path=/0"), NULL));
  thrum_codec_out_init (&out);
  gpointer conn = codec->open (subject->target, &info, &out, NULL);
  for (guint i = 0; i < 2; i++)
    {
      call.id = i + 1;
      g_assert_cmpint (codec->encode (conn, subject->requests->pdata[i], &call, &out, NULL), ==,
                       THRUM_ENCODE_SENT);
    }
  g_assert_cmpint (codec->cancel (conn, 1, &out), ==, THRUM_CANCEL_KEEP);
  g_assert_cmpint (codec->cancel (conn, 7, &out), ==, THRUM_CANCEL_CLOSE);
  server_turn (server, &out);
  while (event.type != THRUM_EVENT_MORE)
    {
      gsize consumed = 0;

      event = (ThrumEvent){ .size = sizeof event };
      codec->decode (conn, server->says->data + at, server->says->len - at, THRUM_CAUSE_BYTES,
                     &consumed, &out, &event);
      at += consumed;
      if (event.type == THRUM_EVENT_REPLY)
        {
          g_assert_cmpuint (event.id, ==, 2);
          n_replies++;
        }
    }
  g_assert_cmpuint (n_replies, ==, 1);
  codec->close (conn, &out);
  thrum_codec_out_clear (&out);
  server_free (server);
}

static const CodecCase cases[] = {
  { "http1-server",
    NULL,
    {},
    { { 1, "HTTP/1.1 400 Bad Request\r\n\r\n" } },
    PREFACE "broken: protocol\ncall 1: protocol\n" },
  { "no-server",
    NULL,
    {},
    { { 1, "", .then = THRUM_CAUSE_END } },
    PREFACE "call 1: closed-early\n" },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (exchanges); i++)
    {
      g_autofree gchar *path = g_strconcat ("/h2/", exchanges[i].name, NULL);

      g_test_add_data_func (path, &exchanges[i], test_exchange);
    }
  codec_cases_add ("h2", cases, G_N_ELEMENTS (cases));
  g_test_add_func ("/h2/later-turns", test_later_turns);
  g_test_add_func ("/h2/cancel", test_cancel);
  return g_test_run ();
}
