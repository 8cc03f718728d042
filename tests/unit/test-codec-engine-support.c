/* SPDX-License-Identifier: MIT
 *
 * What the tests of the codec engine share: a codec of lines, scripted servers on loopback, and a
 * run of one lane whose ring a second thread drains, as in a real run.
 */
#include "net/transport.h"
#include "test-codec-engine-support.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>
#include <netinet/in.h>

#include "base/clock.h"

/* ---- The codec ---- */

typedef struct {
  LineTarget *target;
  GQueue ids; /* open calls */
  gboolean greeted, wants_payload, told_data;
  guint64 last; /* answered */
} LineConn;

static void *
line_open (void *target, const ThrumConnInfo *info, ThrumOut *out, GError **error)
{
  LineConn *conn = g_new0 (LineConn, 1);

  conn->target = target;
  g_queue_init (&conn->ids);
  if (conn->target->hello != NULL)
    thrum_out_append (out, conn->target->hello, strlen (conn->target->hello));
  return conn;
}

static ThrumEncode
line_encode (void *data, void *request, const ThrumCall *call, ThrumOut *out, GError **error)
{
  LineConn *conn = data;

  if (conn->target->full_at > 0 && g_queue_get_length (&conn->ids) >= conn->target->full_at)
    return THRUM_ENCODE_FULL;
  if (!thrum_out_append (out, request, strlen (request)))
    return THRUM_ENCODE_ERROR;
  conn->wants_payload = call->wants_payload;
  if (conn->target->no_reply)
    return THRUM_ENCODE_NO_REPLY;
  g_queue_push_tail (&conn->ids, GSIZE_TO_POINTER (call->id));
  return conn->target->once ? THRUM_ENCODE_SENT : THRUM_ENCODE_REPEATABLE;
}

static void
reply (LineConn *conn, const guint8 *line, gsize length, ThrumEvent *event)
{
  if (g_queue_is_empty (&conn->ids) || line[0] == '!')
    {
      event->type = THRUM_EVENT_BROKEN;
      event->failure = THRUM_FAILURE_PROTOCOL;
      return;
    }
  /* A copy that ends: the bytes go on, or stop, wherever the buffer does. */
  g_autofree gchar *text = g_strndup ((const gchar *)line, length);

  event->close = line[0] == '-';
  event->type = THRUM_EVENT_REPLY;
  event->id = conn->last = GPOINTER_TO_SIZE (g_queue_pop_head (&conn->ids));
  event->status = atoi (text + (event->close ? 1 : 0));
  event->failure = event->status >= 400 ? THRUM_FAILURE_STATUS : THRUM_FAILURE_NONE;
  event->data_bytes = length;
}

static void
control (LineConn *conn, const gchar *line, ThrumEvent *event)
{
  if (g_str_has_prefix (line, "#limit "))
    {
      event->type = THRUM_EVENT_LIMIT;
      event->limit = (guint)atoi (line + 7);
      return;
    }
  event->type = THRUM_EVENT_DRAIN;
  event->id = conn->last;
  g_queue_clear (&conn->ids);
}

static void
line_decode (void *data, const uint8_t *bytes, size_t n_bytes, ThrumCause cause, size_t *consumed,
             ThrumOut *out, ThrumEvent *event)
{
  LineConn *conn = data;
  const guint8 *end = n_bytes > 0 ? memchr (bytes, '\n', n_bytes) : NULL;
  gboolean whole = end != NULL;

  if (conn->target->greeting != NULL && !conn->greeted)
    {
      event->type = whole ? THRUM_EVENT_READY : THRUM_EVENT_MORE;
      conn->greeted = whole;
      *consumed = whole ? (size_t)(end + 1 - bytes) : 0;
      return;
    }
  if (conn->target->idle_ns > 0)
    whole = cause == THRUM_CAUSE_IDLE && n_bytes > 0;
  if (conn->target->until_end)
    whole = cause == THRUM_CAUSE_END && n_bytes > 0;
  if (!whole)
    {
      event->type = THRUM_EVENT_MORE;
      event->idle_ns = n_bytes > 0 ? conn->target->idle_ns : 0;
      return;
    }
  *consumed =
      conn->target->idle_ns > 0 || conn->target->until_end ? n_bytes : (size_t)(end + 1 - bytes);
  if (bytes[0] == '#')
    control (conn, (const gchar *)bytes, event);
  else if (conn->wants_payload && !conn->told_data && !g_queue_is_empty (&conn->ids))
    {
      conn->told_data = TRUE;
      event->type = THRUM_EVENT_DATA;
      event->id = GPOINTER_TO_SIZE (g_queue_peek_head (&conn->ids));
      event->data = bytes;
      event->data_bytes = *consumed;
      *consumed = 0;
    }
  else
    {
      conn->told_data = FALSE;
      reply (conn, bytes, *consumed, event);
    }
}

static ThrumCancel
line_cancel (void *data, uint64_t id, ThrumOut *out)
{
  LineConn *conn = data;
  return conn->target->can_cancel ? THRUM_CANCEL_KEEP : THRUM_CANCEL_CLOSE;
}

static void
line_close (void *data, ThrumOut *out)
{
  LineConn *conn = data;

  if (conn->target->goodbye != NULL)
    thrum_out_append (out, conn->target->goodbye, strlen (conn->target->goodbye));
  g_queue_clear (&conn->ids);
  g_free (conn);
}

const ThrumCodecOps line_codec = {
  .open = line_open,
  .encode = line_encode,
  .decode = line_decode,
  .cancel = line_cancel,
  .close = line_close,
};

/* ---- The server ---- */

typedef struct {
  Server *server;
  gint fd;
  guint nth;
} Guest;

static gpointer
serve (gpointer data)
{
  Guest *guest = data;

  guest->server->script (guest->server, guest->fd, guest->nth);
  close (guest->fd);
  g_free (guest);
  return NULL;
}

static gpointer
accept_all (gpointer data)
{
  Server *server = data;
  g_autoptr (GPtrArray) threads = g_ptr_array_new ();

  while (!g_atomic_int_get (&server->stopping))
    {
      struct pollfd poll_fd = { .fd = server->listen_fd, .events = POLLIN };
      struct timeval limit = { .tv_sec = 5 };
      Guest *guest;
      gint fd;

      if (poll (&poll_fd, 1, 20) <= 0)
        continue;
      fd = accept (server->listen_fd, NULL, NULL);
      if (fd < 0)
        continue;
      setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
      guest = g_new (Guest, 1);
      *guest = (Guest){ server, fd, (guint)g_atomic_int_add (&server->n_accepted, 1) };
      g_ptr_array_add (threads, g_thread_new ("guest", serve, guest));
    }
  for (guint i = 0; i < threads->len; i++)
    g_thread_join (threads->pdata[i]);
  return NULL;
}

static void
listen_unix (Server *server)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree gchar *folder = g_dir_make_tmp ("thrum-XXXXXX", NULL);

  server->path = g_build_filename (folder, "socket", NULL);
  g_strlcpy (address.sun_path, server->path, sizeof address.sun_path);
  server->listen_fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (server->listen_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
}

static void
listen_loopback (Server *server, gboolean is_v6)
{
  struct sockaddr_in v4 = { .sin_family = AF_INET };
  struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = in6addr_loopback };
  struct sockaddr *address = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
  socklen_t length = is_v6 ? sizeof v6 : sizeof v4;

  v4.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  server->listen_fd = socket (address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (server->listen_fd, address, length), ==, 0);
  g_assert_cmpint (getsockname (server->listen_fd, address, &length), ==, 0);
  server->port = ntohs (is_v6 ? v6.sin6_port : v4.sin_port);
}

Server *
server_new (ServerScript script, gpointer data, ServerKind kind)
{
  Server *server = g_new0 (Server, 1);

  server->script = script;
  server->data = data;
  server->bound_fd = -1;
  if (kind == SERVER_UNIX)
    listen_unix (server);
  else
    listen_loopback (server, kind == SERVER_V6);
  g_assert_cmpint (listen (server->listen_fd, 1024), ==, 0);
  server->thread = g_thread_new ("server", accept_all, server);
  return server;
}

Server *
server_new_deaf (ServerKind kind)
{
  Server *server = g_new0 (Server, 1);

  server->bound_fd = -1;
  if (kind == SERVER_UNIX)
    listen_unix (server);
  else
    listen_loopback (server, kind == SERVER_V6);
  g_assert_cmpint (listen (server->listen_fd, 0), ==, 0);
  return server;
}

static void
stop (Server *server)
{
  g_atomic_int_set (&server->stopping, 1);
  if (server->thread != NULL)
    g_thread_join (server->thread);
  server->thread = NULL;
  if (server->listen_fd >= 0)
    close (server->listen_fd);
  server->listen_fd = -1;
}

void
server_stop_listening (Server *server)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (server->port) };

  stop (server);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  server->bound_fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (server->bound_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
}

void
server_free (Server *server)
{
  stop (server);
  if (server->bound_fd >= 0)
    close (server->bound_fd);
  if (server->path != NULL)
    {
      g_autofree gchar *folder = g_path_get_dirname (server->path);
      g_unlink (server->path);
      g_rmdir (folder);
    }
  g_free (server->path);
  g_free (server);
}

gboolean
server_read_line (gint fd, gchar *line, gsize size)
{
  for (gsize i = 0; i + 1 < size; i++)
    {
      if (recv (fd, line + i, 1, 0) != 1)
        return FALSE;
      if (line[i] == '\n')
        {
          line[i] = '\0';
          return TRUE;
        }
    }
  return FALSE;
}

void
server_write (gint fd, const gchar *text)
{
  for (gsize at = 0, length = strlen (text); at < length;)
    {
      gssize n = send (fd, text + at, length - at, MSG_NOSIGNAL);
      if (n <= 0)
        return;
      at += (gsize)n;
    }
}

void
server_answer (Server *server, gint fd, guint nth)
{
  gchar line[4096];

  while (server_read_line (fd, line, sizeof line))
    server_write (fd, "200 ok\n");
}

void
server_swallow (Server *server, gint fd, guint nth)
{
  gchar bytes[4096];

  while (recv (fd, bytes, sizeof bytes, 0) > 0)
    continue;
}

/* ---- The run ---- */

static void
nothing (void *target)
{
}

Run *
run_new (guint16 port)
{
  Run *run = g_new0 (Run, 1);

  run->plugin = (ThrumPlugin){ THRUM_PLUGIN_HEAD, .name = "line", .codec = &line_codec };
  run->plugin.target_free = run->plugin.request_free = nothing;
  run->module.descriptor = &run->plugin;
  run->target = (ThrumTargetConfig){ .name = (gchar *)"server", .module = &run->module };
  run->target.transport = (ThrumValues){ .size = sizeof (ThrumValues),
                                         .value_size = sizeof (ThrumValue),
                                         .n_values = THRUM_N_TRANSPORT_OPTIONS,
                                         .values = run->transport };
  for (guint i = 0; i < G_N_ELEMENTS (run->requests); i++)
    run->requests[i] =
        (ThrumRequestConfig){ .name = (gchar *)"ask", .weight = 1, .timeout_ns = 5000000000 };
  run->config.targets = g_ptr_array_new ();
  g_ptr_array_add (run->config.targets, &run->target);
  run->config.requests = g_ptr_array_new ();
  g_ptr_array_add (run->config.requests, &run->requests[0]);
  run->config.load = (ThrumLoad){ .duration_ns = 200000000,
                                  .drain_ns = 5000000000,
                                  .timeout_ns = 5000000000,
                                  .users = 1,
                                  .processes = 1,
                                  .threads = 1,
                                  .max_in_flight = 100,
                                  .seed = 1 };
  run->endpoint = (ThrumEndpoint){ .size = sizeof (ThrumEndpoint), .host = "127.0.0.1" };
  run->endpoint.port = port;
  run->text = "ask\n";
  run->ring_capacity = 4096;
  run->drain_every_us = 500;
  run->records = g_array_new (FALSE, FALSE, sizeof (ThrumRecord));
  return run;
}

void
run_free (Run *run)
{
  g_ptr_array_unref (run->config.targets);
  g_ptr_array_unref (run->config.requests);
  g_array_unref (run->records);
  g_clear_error (&run->error);
  g_free (run);
}

void
run_set_text (Run *run, ThrumTransportOption option, const gchar *text)
{
  run->transport[option] = (ThrumValue){ .is_set = TRUE, .string = text };
}

void
run_set_flag (Run *run, ThrumTransportOption option, gboolean value)
{
  run->transport[option] =
      (ThrumValue){ .is_set = TRUE, .integer = value, .string = value ? "yes" : "no" };
}

typedef struct {
  ThrumLane *lane;
  GError **error;
  gboolean ok;
  gint ended; /* atomic */
} LaneThread;

static gpointer
run_lane (gpointer data)
{
  LaneThread *thread = data;

  thread->ok = thrum_codec_engine_run (thread->lane, thread->error);
  g_atomic_int_set (&thread->ended, 1);
  return NULL;
}

static void
take_records (Run *run, ThrumRing *ring)
{
  ThrumRecord batch[64];
  gboolean corrupt = FALSE;
  gsize n;

  while ((n = thrum_ring_take (ring, batch, G_N_ELEMENTS (batch), &corrupt)) > 0)
    g_array_append_vals (run->records, batch, (guint)n);
  g_assert_false (corrupt);
}

static gboolean
run_lane_to_end (Run *run, ThrumLane *lane, ThrumRing *consumer)
{
  LaneThread thread = { .lane = lane, .error = &run->error };
  GThread *handle = g_thread_new ("lane", run_lane, &thread);
  gint64 start = thrum_clock_now ();

  while (!g_atomic_int_get (&thread.ended))
    {
      guint64 one = 1;

      g_usleep ((gulong)run->drain_every_us);
      take_records (run, consumer);
      if (run->stop_after_ns > 0 && thrum_clock_now () - start > run->stop_after_ns)
        {
          __atomic_store_n (&lane->shared->stopping, 1, __ATOMIC_RELEASE);
          g_assert_cmpint (write (lane->shared->stop_fd, &one, sizeof one), ==, sizeof one);
          run->stop_after_ns = 0;
        }
    }
  g_thread_join (handle);
  take_records (run, consumer);
  return thread.ok;
}

static gboolean
go_once (Run *run)
{
  g_autoptr (ThrumRegion) region = thrum_region_new (1, run->ring_capacity, 0, NULL);
  gpointer targets[] = { &run->line }, requests[] = { (gpointer)run->text, (gpointer)run->text };
  ThrumWorkerShared shared = { .config = &run->config,
                               .n_workers = 1,
                               .share = { 0, 1 },
                               .targets = targets,
                               .endpoints = &run->endpoint,
                               .requests = requests,
                               .stop_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK) };
  ThrumLane lane = { .shared = &shared, .n_lanes = 1, .share = { 0, 1 } };
  ThrumRing consumer;
  gboolean ok;

  thrum_region_init_ring (region, 0, &lane.ring);
  thrum_region_init_ring (region, 0, &consumer);
  lane.counters = thrum_region_get_counters (region, 0);
  lane.reasons = thrum_region_get_reasons (region);
  run->config.load.engine = g_strcmp0 (g_getenv ("THRUM_TEST_ENGINE"), "io_uring") == 0
                                ? THRUM_ENGINE_IO_URING
                                : THRUM_ENGINE_EPOLL;
  run->endpoint.awaits_ready = run->line.greeting != NULL;
  ok = thrum_codec_prepare (&shared, &run->error);
  if (ok)
    {
      shared.t0 = thrum_clock_now ();
      ok = run_lane_to_end (run, &lane, &consumer);
      thrum_codec_release (&shared);
    }
  run->counters = *lane.counters;
  run->reasons = *lane.reasons;
  close (shared.stop_fd);
  return ok;
}

gboolean
run_go (Run *run)
{
  for (guint i = 0; i < 6; i++, run->config.load.duration_ns *= 2)
    {
      g_array_set_size (run->records, 0);
      if (!go_once (run))
        return FALSE;
      if (run->records->len >= run->least)
        break;
    }
  return TRUE;
}

const ThrumRecord *
run_record (Run *run, guint i)
{
  g_assert_cmpuint (i, <, run->records->len);
  return &g_array_index (run->records, ThrumRecord, i);
}

guint
run_count (Run *run, ThrumFailure failure)
{
  guint n = 0;

  for (guint i = 0; i < run->records->len; i++)
    n += run_record (run, i)->failure == failure;
  return n;
}

guint64
run_count_reason (Run *run, ThrumFailure failure, const gchar *text)
{
  guint64 n = 0;

  for (guint i = 0; i < THRUM_N_REASONS; i++)
    if (run->reasons.each[i].failure == failure && strstr (run->reasons.each[i].text, text) != NULL)
      n += run->reasons.each[i].count;
  return n;
}

void
run_check (Run *run)
{
  g_assert_cmpuint (run->counters.sent, ==, run->records->len);
  g_assert_cmpuint (run->counters.done, ==, run->records->len);
  g_assert_cmpuint (run->counters.offered, ==, run->counters.sent + run->counters.dropped);
  for (guint i = 0; i < run->records->len; i++)
    {
      const ThrumRecord *record = run_record (run, i);

      g_assert_cmpint (record->intended, <=, record->slot);
      g_assert_cmpint (record->slot, <=, record->sent);
      g_assert_cmpint (record->sent, <=, record->done);
      g_assert_cmpint (record->done, <=, record->read);
      if (record->first_byte != 0)
        {
          g_assert_cmpint (record->sent, <=, record->first_byte);
          g_assert_cmpint (record->first_byte, <=, record->done);
        }
      if (record->failure == THRUM_FAILURE_TIMEOUT || record->failure == THRUM_FAILURE_UNFINISHED)
        g_assert_cmpint (record->status, ==, 0);
    }
}
