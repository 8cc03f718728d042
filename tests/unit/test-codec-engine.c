/* SPDX-License-Identifier: MIT
 *
 * The codec engine's schedule against servers that behave: both load models, pipelining, limits, the
 * drain, and the ring's room. Time is asserted only as an order or a lower bound.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test-codec-engine-support.h"
#include "worker/codec/codec-engine.h"

/* How far the wall clock that the program reads is from the kernel's: in place of libc's. */
static gint wall_clock_shift_s;

int
clock_gettime (clockid_t clock, struct timespec *time)
{
  int rc = (int)syscall (SYS_clock_gettime, clock, time);

  if (clock == CLOCK_REALTIME)
    time->tv_sec += wall_clock_shift_s;
  return rc;
}

static void
test_closed (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  guint n_connected = 0;

  run->config.load.users = 5;
  run->least = 50;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 5);
  g_assert_cmpuint (run->counters.reconnects, ==, 0);
  g_assert_cmpint (g_atomic_int_get (&server->n_accepted), >=, 5);
  g_assert_cmpint (run_record (run, 0)->status, ==, 200);
  g_assert_cmpint (run_record (run, 0)->connected, >, 0);
  /* Each connection was made once: its first call says so, the others found it standing. */
  for (guint i = 0; i < run->records->len; i++)
    n_connected += run_record (run, i)->connected != 0;
  g_assert_cmpuint (n_connected, ==, 5);
  g_assert_cmpuint (run_record (run, 0)->sent_bytes, ==, 4);
  g_assert_cmpuint (run_record (run, 0)->received_bytes, ==, 7);
}

/* The kernel stamps replies, all but the first ones perhaps; and each user's next request is intended when its last was
 * done. */
static void
test_stamps (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  guint stamped = 0;

  run->least = 100;
  g_assert_true (run_go (run));
  run_check (run);
  for (guint i = 0; i < run->records->len; i++)
    {
      const ThrumRecord *record = run_record (run, i);

      stamped += (record->flags & THRUM_RECORD_KERNEL_DONE) != 0;
      if (i > 0)
        g_assert_cmpint (record->intended, ==, run_record (run, i - 1)->read);
      if ((record->flags & THRUM_RECORD_KERNEL_DONE) == 0)
        g_assert_cmpint (record->done, ==, record->read);
    }
  g_assert_cmpuint (stamped + run->counters.unstamped, ==, run->records->len);
  g_assert_cmpuint (stamped, >, 0);
  g_assert_true (run_record (run, run->records->len - 1)->flags & THRUM_RECORD_KERNEL_DONE);
}

/* Where the wall clock that the program reads is not the kernel's (a wrapper shifts it), stamps say
 * nothing: each reply was done when it was read, and counts as unstamped; none took no time. */
static void
test_shifted_clock (gconstpointer shift)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  wall_clock_shift_s = GPOINTER_TO_INT (shift);
  run->least = 20;
  g_assert_true (run_go (run));
  wall_clock_shift_s = 0;
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.unstamped, ==, run->records->len);
  for (guint i = 0; i < run->records->len; i++)
    {
      const ThrumRecord *record = run_record (run, i);

      g_assert_false (record->flags & THRUM_RECORD_KERNEL_DONE);
      g_assert_cmpint (record->done, >, record->sent);
      g_assert_cmpint (record->done, ==, record->read);
      g_assert_cmpint (record->first_byte, >, record->sent);
    }
}

/* Forbids io_uring_enter () alone to this thread and those it starts. FALSE: it cannot. */
static gboolean
forbid_entering (void)
{
  struct sock_filter steps[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_enter, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (steps), steps };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static gpointer
run_without_entering (gpointer data)
{
  Run *run = data;

  return GINT_TO_POINTER (forbid_entering () ? run_go (run) + 1 : 0);
}

/* A ring that can be made but not entered serves nobody: epoll does. */
static void
test_entering_forbidden (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  GThread *thread = g_thread_new ("forbidden", run_without_entering, run);
  gint result = GPOINTER_TO_INT (g_thread_join (thread));

  if (result == 0)
    {
      g_test_skip ("no seccomp filter can be set");
      return;
    }
  g_assert_cmpint (result, ==, 2);
  run_check (run);
  g_assert_cmpuint (run->records->len, >, 0);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
}

static void
test_paced (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 4;
  run->config.load.interval_ns = 20000000;
  run->config.load.ramp_up_ns = 40000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->records->len, <=, 10 + 10 + 9 + 9);
  g_assert_cmpuint (run->records->len, >=, 4);
}

static void
test_open (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.is_open = TRUE;
  run->config.load.rate = 1000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->counters.offered, ==, 200);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  for (guint i = 0; i < run->records->len; i++)
    {
      const ThrumRecord *record = run_record (run, i);
      const ThrumRecord *first = run_record (run, 0);
      gint64 apart = ((gint64)record->user - (gint64)first->user) * 1000000;

      g_assert_cmpint (record->intended - first->intended, ==, apart);
    }
}

/* One connection takes its time: the arrivals behind it are dropped, or wait. */
static void
answer_slowly (Server *server, gint fd, guint nth)
{
  gchar line[64];

  while (server_read_line (fd, line, sizeof line))
    {
      g_usleep (50000);
      server_write (fd, "200 ok\n");
    }
}

static void
test_open_drops (void)
{
  g_autoptr (Server) server = server_new (answer_slowly, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.is_open = TRUE;
  run->config.load.rate = 200;
  run->config.load.max_in_flight = 2;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->counters.offered, ==, 40);
  g_assert_cmpuint (run->counters.dropped, >, 10);
  g_assert_cmpuint (run->counters.connections, ==, 2);
}

static void
test_open_queues (void)
{
  g_autoptr (Server) server = server_new (answer_slowly, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  gint64 slot_wait = 0;

  run->config.load.is_open = TRUE;
  run->config.load.rate = 200;
  run->config.load.max_in_flight = 4;
  run->config.load.overload = THRUM_OVERLOAD_QUEUE;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->counters.offered, ==, 40);
  g_assert_cmpuint (run->counters.dropped, ==, 0);
  g_assert_cmpuint (run->records->len, ==, 40);
  g_assert_cmpuint (run->counters.connections, ==, 4);
  for (guint i = 0; i < run->records->len; i++)
    slot_wait = MAX (slot_wait, run_record (run, i)->slot - run_record (run, i)->intended);
  /* 40 arrivals over 200 ms, 4 at a time of 50 ms each: the last waits for some 250 ms. */
  g_assert_cmpint (slot_wait, >, 150000000);
}

/* What still waits when the drain is over was never sent. */
static void
test_open_queue_given_up (void)
{
  g_autoptr (Server) server = server_new (answer_slowly, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.is_open = TRUE;
  run->config.load.rate = 200;
  run->config.load.max_in_flight = 1;
  run->config.load.overload = THRUM_OVERLOAD_QUEUE;
  run->config.load.drain_ns = 20000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->counters.dropped, >, 20);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_UNFINISHED), <=, 1);
}

static void
test_pipelined (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 25;
  run->endpoint.calls_per_connection = 10;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 3);
}

/* A codec that takes fewer calls than its connection's users have: they wait their turn. */
static void
test_full (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 10;
  run->endpoint.calls_per_connection = 10;
  run->line.full_at = 3;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 1);
}

/* A server that takes ever fewer calls at a time: the users wait their turn, all get theirs. */
static void
limit_and_answer (Server *server, gint fd, guint nth)
{
  gchar line[64];

  for (guint i = 0; server_read_line (fd, line, sizeof line); i++)
    server_write (fd, i == 3 ? "#limit 5\n200 ok\n" : i == 9 ? "200 ok\n#limit 1\n" : "200 ok\n");
}

static void
test_limit (void)
{
  g_autoptr (Server) server = server_new (limit_and_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 10;
  run->endpoint.calls_per_connection = 10;
  run->least = 40;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, ==, 1);
}

/* A server that goes away in order: what it did not handle is sent again elsewhere, and counted. */
static void
answer_and_drain (Server *server, gint fd, guint nth)
{
  gchar line[64];

  for (guint i = 0; i < 5 && server_read_line (fd, line, sizeof line); i++)
    server_write (fd, "200 ok\n");
  if (server_read_line (fd, line, sizeof line))
    server_write (fd, "#drain\n");
  while (server_read_line (fd, line, sizeof line))
    continue;
}

static void
test_drain (void)
{
  g_autoptr (Server) server = server_new (answer_and_drain, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  guint resent = 0;

  run->config.load.users = 4;
  run->endpoint.calls_per_connection = 4;
  run->least = 20;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
  g_assert_cmpuint (run->counters.connections, >, 1);
  for (guint i = 0; i < run->records->len; i++)
    resent += run_record (run, i)->resent;
  g_assert_cmpuint (resent, >, 0);
  g_assert_cmpuint (resent, ==, run->counters.resent);
}

/* Checks see the payload; what is beyond their bound is too large for them. */
static void
answer_by_turns (Server *server, gint fd, guint nth)
{
  gchar line[64];

  for (guint i = 0; server_read_line (fd, line, sizeof line); i++)
    server_write (fd, i % 2 == 0 ? "200 good\n" : "500 bad\n");
}

static void
test_expect (void)
{
  g_autoptr (Server) server = server_new (answer_by_turns, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  g_autoptr (GArray) ranges = g_array_new (FALSE, FALSE, sizeof (ThrumStatusRange));
  g_autoptr (GRegex) regex = g_regex_new ("go+d", 0, 0, NULL);
  ThrumStatusRange range = { 200, 500 };

  g_array_append_val (ranges, range);
  run->requests[0].expect_status = ranges;
  run->requests[0].expect_body = regex;
  run->least = 4;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run_record (run, 0)->failure, ==, THRUM_FAILURE_NONE);
  g_assert_cmpuint (run_record (run, 1)->failure, ==, THRUM_FAILURE_CHECK);
  g_assert_cmpint (run_record (run, 1)->status, ==, 500);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE) + run_count (run, THRUM_FAILURE_CHECK), ==,
                    run->records->len);
}

/* A check sees as much of a payload as with a session plugin, and no more. */
static void
test_payload_limit (void)
{
  g_autofree gchar *slice = g_malloc0 (1 << 20);
  ThrumCodecCall call = { 0 };

  g_assert_cmpuint (THRUM_PAYLOAD_MAX, ==, 64 << 20);
  for (gsize kept = 0; kept < THRUM_PAYLOAD_MAX; kept += 1 << 20)
    thrum_codec_call_keep (&call, slice, 1 << 20);
  g_assert_false (call.payload_too_large);
  thrum_codec_call_keep (&call, slice, 1);
  g_assert_true (call.payload_too_large);
  thrum_codec_call_keep (&call, slice, 1);
  g_assert_null (call.payload);
}

static void
test_ring_room (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->ring_capacity = 8;
  run->drain_every_us = 20000;
  run->config.load.users = 4;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->counters.pauses, >, 0);
  g_assert_cmpuint (run->counters.pause_ns, >, 0);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_NONE), ==, run->records->len);
}

static void
test_stop (void)
{
  g_autoptr (Server) server = server_new (server_swallow, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);

  run->config.load.users = 7;
  run->config.load.duration_ns = G_GINT64_CONSTANT (3600000000000);
  run->stop_after_ns = 50000000;
  g_assert_true (run_go (run));
  run_check (run);
  g_assert_cmpuint (run->records->len, ==, 7);
  g_assert_cmpuint (run_count (run, THRUM_FAILURE_UNFINISHED), ==, 7);
}

/* Users come and go by stages. */
static void
test_user_stages (void)
{
  g_autoptr (Server) server = server_new (server_answer, NULL, SERVER_V4);
  g_autoptr (Run) run = run_new (server->port);
  ThrumStage stages[] = { { 0, 1 }, { 100000000, 1 }, { 100000001, 6 }, { 200000000, 6 } };
  guint late = 0;

  run->config.load.users = 6;
  run->config.load.stages = g_array_new (FALSE, FALSE, sizeof (ThrumStage));
  g_array_append_vals (run->config.load.stages, stages, G_N_ELEMENTS (stages));
  g_assert_true (run_go (run));
  run_check (run);
  for (guint i = 0; i < run->records->len; i++)
    late += run_record (run, i)->user > 0;
  g_assert_cmpuint (late, >, 0);
  g_assert_cmpuint (run->counters.connections, ==, 6);
  g_array_unref (run->config.load.stages);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/codec-engine/closed", test_closed);
  g_test_add_func ("/codec-engine/stamps", test_stamps);
  g_test_add_data_func ("/codec-engine/clock-an-hour-ahead", GINT_TO_POINTER (3600),
                        test_shifted_clock);
  g_test_add_data_func ("/codec-engine/clock-an-hour-behind", GINT_TO_POINTER (-3600),
                        test_shifted_clock);
  g_test_add_func ("/codec-engine/entering-forbidden", test_entering_forbidden);
  g_test_add_func ("/codec-engine/paced", test_paced);
  g_test_add_func ("/codec-engine/open", test_open);
  g_test_add_func ("/codec-engine/open-drops", test_open_drops);
  g_test_add_func ("/codec-engine/open-queues", test_open_queues);
  g_test_add_func ("/codec-engine/open-queue-given-up", test_open_queue_given_up);
  g_test_add_func ("/codec-engine/pipelined", test_pipelined);
  g_test_add_func ("/codec-engine/full", test_full);
  g_test_add_func ("/codec-engine/limit", test_limit);
  g_test_add_func ("/codec-engine/drain", test_drain);
  g_test_add_func ("/codec-engine/expect", test_expect);
  g_test_add_func ("/codec-engine/payload-limit", test_payload_limit);
  g_test_add_func ("/codec-engine/ring-room", test_ring_room);
  g_test_add_func ("/codec-engine/stop", test_stop);
  g_test_add_func ("/codec-engine/user-stages", test_user_stages);
  return g_test_run ();
}
