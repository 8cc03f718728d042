/* SPDX-License-Identifier: MIT
 *
 * What an event loop sends: copies and what was lent to it, in order and whole, whatever the socket takes
 * at a time.
 */
#include <sys/socket.h>
#include <unistd.h>

#include <gio/gio.h>

#include "thrum-config.h"
#include "worker/loop/loop.h"

#define BIG (600 << 10)
#define CHUNKS 6

typedef struct {
  gboolean is_drained, has_ended;
} Owner;

static void
on_connected (gpointer owner, ThrumIo *io, gint error)
{
}

static void
on_received (gpointer owner, ThrumIo *io, const guint8 *bytes, gsize n_bytes, gint64 stamp)
{
}

static void
on_ended (gpointer owner, ThrumIo *io, gint error)
{
  ((Owner *)owner)->has_ended = TRUE;
}

static void
on_drained (gpointer owner, ThrumIo *io)
{
  ((Owner *)owner)->is_drained = TRUE;
}

static void
on_released (gpointer owner, ThrumIo *io)
{
}

static void
on_coming (gpointer owner, ThrumIo *io, gboolean far)
{
}

static void
on_between (gpointer owner)
{
}

static const ThrumLoopEvents events = {
  .connected = on_connected,
  .received = on_received,
  .ended = on_ended,
  .drained = on_drained,
  .released = on_released,
  .coming = on_coming,
  .between = on_between,
};

/* Which chunks are lent, how large all are, and before which the others are flushed. */
typedef struct {
  const gchar *lent; /* "cl": a copy, then one that is lent */
  gsize sizes[CHUNKS];
  guint flush_before; /* 0: none */
} Case;

static const Case cases[] = {
  { "c", { 10 }, 0 },
  { "l", { 10 }, 0 },
  { "l", { BIG }, 0 },
  { "c", { BIG }, 0 },
  { "cl", { 100, BIG }, 0 },
  { "lc", { BIG, 100 }, 0 },
  { "ll", { BIG, BIG + 7 }, 0 },
  { "clclcl", { 5, BIG, 70000, BIG, 1, THRUM_LENT_LEAST }, 0 },
  /* While the socket is full. */
  { "ll", { BIG, BIG }, 1 },
  { "lc", { BIG, 3 }, 1 },
  { "cl", { BIG, BIG }, 1 },
  { "clcl", { 9, BIG, 9, BIG }, 2 },
};

static guint8 memory[CHUNKS][BIG + 4096];

/* Takes what is there, and appends it to @received. */
static void
take (gint fd, GByteArray *received)
{
  static guint8 buffer[8192];
  gssize n;

  while ((n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0)
    g_byte_array_append (received, buffer, (guint)n);
}

static void
send_case (const ThrumLoopBackend *backend, const Case *c)
{
  g_autoptr (GByteArray) expected = g_byte_array_new ();
  g_autoptr (GByteArray) received = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  Owner owner = { 0 };
  ThrumLoop *loop = thrum_loop_new (backend, &events, &owner, &error);
  ThrumIo io = { 0 };
  gint sockets[2];
  gboolean is_sent = TRUE;

  if (loop == NULL)
    {
      g_test_skip (error->message);
      return;
    }
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), ==, 0);
  io.fd = sockets[0];
  g_assert_cmpint (thrum_loop_add (loop, &io), ==, 0);
  for (guint i = 0; c->lent[i] != '\0'; i++)
    {
      ThrumOut *out;

      if (i > 0 && i == c->flush_before)
        is_sent = thrum_loop_flush (loop, &io);
      out = thrum_loop_out (loop, &io);
      if (c->lent[i] == 'l')
        g_assert_true (thrum_out_lend (out, memory[i], c->sizes[i]));
      else
        {
          g_autofree guint8 *copy = g_memdup2 (memory[i], c->sizes[i]);
          g_assert_true (thrum_out_append (out, copy, c->sizes[i]));
        }
      g_byte_array_append (expected, memory[i], (guint)c->sizes[i]);
    }
  is_sent &= thrum_loop_flush (loop, &io);
  for (guint i = 0; i < 100000 && received->len < expected->len; i++)
    {
      take (sockets[1], received);
      thrum_loop_turn (loop, 0);
    }
  g_test_message ("%s: %u of %u bytes", c->lent, received->len, expected->len);
  g_assert_cmpmem (received->data, received->len, expected->data, expected->len);
  for (guint i = 0; i < 1000 && !is_sent && !owner.is_drained; i++)
    thrum_loop_turn (loop, 1000000);
  g_assert_true (is_sent || owner.is_drained);
  g_assert_false (owner.has_ended);
  thrum_loop_close (loop, &io);
  thrum_loop_turn (loop, 0);
  thrum_loop_free (loop);
  close (sockets[1]);
}

static void
test_order (gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    send_case (data, &cases[i]);
}

static void
test_limits (void)
{
  ThrumOut out;

  thrum_out_init (&out);
  g_assert_true (thrum_out_take_lent (&out, memory[0], BIG));
  g_assert_cmpuint (thrum_out_length (&out), ==, BIG);
  g_assert_false (thrum_out_take_lent (&out, memory[0], (gsize)300 << 20));
  g_assert_false (out.reserve (&out, (gsize)256 << 20));
  g_assert_true (thrum_out_append (&out, "x", 1));
  g_assert_cmpuint (out.used, ==, BIG + 1);
  g_assert_cmpuint (out.n_lent, ==, 0);
  g_assert_cmpint (out.data[BIG], ==, 'x');
  thrum_out_clear (&out);

  /* One that does not lend, as a plugin's own or an older core's, copies. */
  thrum_out_init (&out);
  g_assert_true (thrum_out_lend (&out, memory[0], BIG));
  g_assert_cmpmem (out.data, out.used, memory[0], BIG);
  thrum_out_clear (&out);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < CHUNKS; i++)
    for (gsize k = 0; k < sizeof memory[i]; k++)
      memory[i][k] = (guint8)(k * 7 + i * 31 + (k >> 11));
  g_test_add_data_func ("/loop-out/order/epoll", &thrum_loop_epoll, test_order);
#ifdef THRUM_HAS_IO_URING
  g_test_add_data_func ("/loop-out/order/io_uring", &thrum_loop_uring, test_order);
#endif
  g_test_add_func ("/loop-out/limits", test_limits);
  return g_test_run ();
}
