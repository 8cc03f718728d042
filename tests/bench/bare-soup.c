/* SPDX-License-Identifier: MIT
 *
 * The yardstick of the http plugin: the least program that can GET a URL with libsoup as fast as
 * libsoup goes. It is tuned as plugins/http is (no features, no idle timer, one cancellable, one
 * message sent again and again, the body drained uncopied), takes the two clock readings that a
 * response time needs, and keeps nothing else: no schedule, no rows, no checks.
 *
 * Usage: bare-soup URL [THREADS [SECONDS [fresh]]]; `fresh` makes a new message for each request.
 * Prints one line of JSON with the requests and the CPU they took.
 */
#include <libsoup/soup.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
  GUri *uri;
  gint64 end_us;
  gboolean makes_fresh_messages;
  guint64 requests, failures;
  gint64 response_us; /* summed, so that the clock readings are not optimised away */
} Lane;

static SoupSession *
make_session (void)
{
  SoupSession *session = soup_session_new_with_options ("max-conns", 4, "max-conns-per-host", 4,
                                                        "timeout", 0, "idle-timeout", 0, NULL);

  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_SNIFFER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  soup_session_set_proxy_resolver (session, NULL);
  return session;
}

static gboolean
get (SoupSession *session, SoupMessage *message, GCancellable *cancellable)
{
  char buffer[16384];
  GInputStream *body = soup_session_send (session, message, cancellable, NULL);
  gssize n_read;

  if (body == NULL)
    return FALSE;
  do
    n_read = g_input_stream_read (body, buffer, sizeof buffer, cancellable, NULL);
  while (n_read > 0);
  g_input_stream_close (body, NULL, NULL);
  g_object_unref (body);
  return n_read == 0;
}

static SoupMessage *
make_message (GUri *uri)
{
  SoupMessage *message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);

  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  return message;
}

static gpointer
run_lane (gpointer data)
{
  Lane *lane = data;
  GMainContext *context = g_main_context_new ();
  GCancellable *cancellable = g_cancellable_new ();
  SoupMessage *message = make_message (lane->uri);
  SoupSession *session;
  gint64 start, now = g_get_monotonic_time ();

  g_main_context_push_thread_default (context);
  session = make_session ();
  g_cancellable_get_fd (cancellable);
  while (now < lane->end_us)
    {
      start = now;
      if (lane->makes_fresh_messages)
        {
          g_object_unref (message);
          message = make_message (lane->uri);
        }
      if (!get (session, message, cancellable))
        lane->failures++;
      lane->requests++;
      now = g_get_monotonic_time ();
      lane->response_us += now - start;
    }
  g_cancellable_release_fd (cancellable);
  g_object_unref (message);
  g_object_unref (session);
  g_object_unref (cancellable);
  g_main_context_pop_thread_default (context);
  g_main_context_unref (context);
  return NULL;
}

static double
cpu_seconds (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int
main (int argc, char **argv)
{
  const guint n_threads = argc > 2 ? (guint)CLAMP (atoi (argv[2]), 1, 1000) : 1;
  const double seconds = argc > 3 ? atof (argv[3]) : 5;
  GUri *uri = argc > 1 ? g_uri_parse (argv[1], SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  Lane *lanes = g_new0 (Lane, n_threads);
  GThread **threads = g_new0 (GThread *, n_threads);
  const gint64 start_us = g_get_monotonic_time ();
  const double start_cpu = cpu_seconds ();
  guint64 requests = 0, failures = 0;
  gint64 response_us = 0;
  double cpu;

  if (uri == NULL)
    {
      fprintf (stderr, "usage: bare-soup URL [THREADS [SECONDS [fresh]]]\n");
      return 2;
    }
  for (guint i = 0; i < n_threads; i++)
    {
      lanes[i] = (Lane){ .uri = uri,
                         .end_us = start_us + (gint64)(seconds * 1e6),
                         .makes_fresh_messages = argc > 4 && strcmp (argv[4], "fresh") == 0 };
      threads[i] = g_thread_new ("lane", run_lane, &lanes[i]);
    }
  for (guint i = 0; i < n_threads; i++)
    {
      g_thread_join (threads[i]);
      requests += lanes[i].requests;
      failures += lanes[i].failures;
      response_us += lanes[i].response_us;
    }
  cpu = cpu_seconds () - start_cpu;
  printf ("{\"requests\": %" G_GUINT64_FORMAT ", \"failures\": %" G_GUINT64_FORMAT
          ", \"seconds\": %.3f, \"cpu_s\": %.4f, \"cpu_us_per_request\": %.3f, "
          "\"mean_response_us\": %.2f}\n",
          requests, failures, (double)(g_get_monotonic_time () - start_us) / 1e6, cpu,
          requests > 0 ? cpu * 1e6 / (double)requests : 0,
          requests > 0 ? (double)response_us / (double)requests : 0);
  g_free (threads);
  g_free (lanes);
  g_uri_unref (uri);
  return failures == requests;
}
