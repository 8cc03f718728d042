/* SPDX-License-Identifier: MIT
 *
 * What the http1 codec costs for one call with a small reply, as the event loop drives it: encode,
 * decode, and the decode that says MORE. Beside it, in turns, libhttp-parser over the same reply:
 * the ratio is what can be compared between machines.
 */
#include <http_parser.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conformance/codec-subject.h"
#include "plugin/loader.h"

#define ROUNDS 21
#define CALLS 100000

static const gchar reply[] =
    "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Mon, 24 Nov 2025 03:08:00 GMT\r\n"
    "Content-Type: application/octet-stream\r\nContent-Length: 12\r\n"
    "Connection: keep-alive\r\n\r\nhello world\n";

/* CPU time of this thread, ns: what else the machine does must not count. */
static gint64
cpu_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static gdouble
time_ours (ThrumCodecSubject *subject)
{
  const ThrumCodecOps *codec = subject->plugin->codec;
  const ThrumConnInfo info = { .size = sizeof info };
  ThrumCall call = { .size = sizeof call };
  ThrumEvent event;
  ThrumOut out;
  gint64 began;

  thrum_codec_out_init (&out);
  gpointer conn = codec->open (subject->target, &info, &out, NULL);
  began = cpu_now ();
  for (guint i = 0; i < CALLS; i++)
    {
      gsize consumed = 0;

      call.id = i;
      out.used = 0;
      const ThrumEncode said = codec->encode (conn, subject->requests->pdata[0], &call, &out, NULL);
      if (said != THRUM_ENCODE_SENT && said != THRUM_ENCODE_REPEATABLE)
        abort ();
      event = (ThrumEvent){ .size = sizeof event };
      codec->decode (conn, (const guint8 *)reply, sizeof reply - 1, THRUM_CAUSE_BYTES, &consumed,
                     &out, &event);
      if (event.type != THRUM_EVENT_REPLY || event.id != i || consumed != sizeof reply - 1)
        abort ();
      event = (ThrumEvent){ .size = sizeof event };
      codec->decode (conn, (const guint8 *)reply, 0, THRUM_CAUSE_BYTES, &consumed, &out, &event);
      if (event.type != THRUM_EVENT_MORE)
        abort ();
    }
  const gdouble ns = (gdouble)(cpu_now () - began) / CALLS;
  codec->close (conn, &out);
  thrum_codec_out_clear (&out);
  return ns;
}

static int
count (http_parser *parser)
{
  ++*(guint *)parser->data;
  return 0;
}

static gdouble
time_theirs (void)
{
  const http_parser_settings settings = { .on_message_complete = count };
  http_parser parser;
  guint n = 0;
  const gint64 began = cpu_now ();

  http_parser_init (&parser, HTTP_RESPONSE);
  parser.data = &n;
  for (guint i = 0; i < CALLS; i++)
    if (http_parser_execute (&parser, &settings, reply, sizeof reply - 1) != sizeof reply - 1)
      abort ();
  if (n != CALLS)
    abort ();
  return (gdouble)(cpu_now () - began) / CALLS;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  const gdouble x = *(const gdouble *)a, y = *(const gdouble *)b;

  return (x > y) - (x < y);
}

static gdouble
median (gdouble *values)
{
  qsort (values, ROUNDS, sizeof *values, compare);
  return values[ROUNDS / 2];
}

int
main (void)
{
  static const gchar *const options[] = { "url=http://127.0.0.1:8080/", NULL };
  gdouble ours[ROUNDS], theirs[ROUNDS], ratios[ROUNDS];
  g_autoptr (GError) error = NULL;
  const ThrumPluginModule *module = thrum_plugin_load ("http1", NULL, &error);
  g_autoptr (ThrumCodecSubject) subject =
      module != NULL ? thrum_codec_subject_new (module->descriptor, options, &error) : NULL;

  if (subject == NULL || !thrum_codec_subject_add_request (subject, NULL, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  for (guint i = 0; i < ROUNDS; i++)
    {
      ours[i] = time_ours (subject);
      theirs[i] = time_theirs ();
      ratios[i] = ours[i] / theirs[i];
    }

  const gdouble ratio = median (ratios); /* which sorts them */
  g_print (
      "http1, %zu bytes of reply: encode + decode %.0f ns of CPU; libhttp-parser decodes it in "
      "%.0f ns; median ratio %.2f (%.2f to %.2f)\n",
      sizeof reply - 1, median (ours), median (theirs), ratio, ratios[0], ratios[ROUNDS - 1]);
  return 0;
}
