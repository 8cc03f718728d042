/* SPDX-License-Identifier: MIT
 *
 * Where a conformance check gets its exchange from: the files given, or three calls made to a real
 * server over a plain blocking socket. Also how much the client had sent before each turn, so that
 * a server can be played later, and what a call costs. Judges nothing: that is check-codec.c's.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conformance/check-kit.h"
#include "base/clock.h"
#include "net/address.h"
#include "net/endpoint.h"

#define CALLS_RECORDED 3
#define PATIENCE_MS 3000

/* Calls are timed in batches, of which the fastest counts: the others were disturbed. */
#define BATCHES 100
#define BATCH_BYTES_MAX ((gsize)2 << 20)

#define TURN_BYTES_MAX ((gsize)4 << 20)

/* A connection driven by hand. */
typedef struct {
  ThrumConformance *check;
  gpointer conn;
  ThrumOut out;
  gsize sent; /* of out.data, by the socket */
  GByteArray *pending;
  guint n_calls, n_open;
  gint64 idle_ns;
  gboolean is_ready, is_over;
} Client;

static gboolean
client_open (Client *client, ThrumConformance *check)
{
  const ThrumConnInfo info = { .size = sizeof info };
  g_autoptr (GError) error = NULL;

  *client = (Client){ .check = check, .pending = g_byte_array_new () };
  thrum_codec_out_init (&client->out);
  client->is_ready = !check->subject->endpoint.awaits_ready;
  client->conn =
      check->module->descriptor->codec->open (check->subject->target, &info, &client->out, &error);
  if (client->conn == NULL)
    thrum_check_problem (check, "exchange", "open () fails: %s",
                         error != NULL ? error->message : "without setting the error");
  return client->conn != NULL;
}

static void
client_close (Client *client)
{
  if (client->conn != NULL)
    client->check->module->descriptor->codec->close (client->conn, &client->out);
  thrum_codec_out_clear (&client->out);
  g_byte_array_unref (client->pending);
}

/* FALSE: told. */
static gboolean
client_call (Client *client)
{
  const ThrumCall call = { .size = sizeof call,
                           .id = ++client->n_calls,
                           .deadline_ns = G_MAXINT64 };
  g_autoptr (GError) error = NULL;
  const ThrumEncode said = client->check->module->descriptor->codec->encode (
      client->conn, client->check->subject->requests->pdata[0], &call, &client->out, &error);

  if (said == THRUM_ENCODE_SENT || said == THRUM_ENCODE_REPEATABLE)
    client->n_open++;
  else if (said != THRUM_ENCODE_NO_REPLY)
    {
      thrum_check_problem (client->check, "exchange", "encode () of call %u says %s: %s",
                           client->n_calls, said == THRUM_ENCODE_FULL ? "FULL" : "ERROR",
                           error != NULL ? error->message : "no reason given");
      return FALSE;
    }
  return TRUE;
}

/* Lets the codec say what it makes of all that is pending. */
static void
client_decode (Client *client, ThrumCause cause)
{
  ThrumEvent event = { .type = THRUM_EVENT_HEAD };

  for (guint n = 0; n < 100000 && !client->is_over && event.type != THRUM_EVENT_MORE; n++)
    {
      gsize consumed = 0;

      event = (ThrumEvent){ .size = sizeof event };
      client->check->module->descriptor->codec->decode (
          client->conn, client->pending->data != NULL ? client->pending->data : (guint8 *)"",
          client->pending->len, cause, &consumed, &client->out, &event);
      if (consumed > 0 && consumed <= client->pending->len)
        g_byte_array_remove_range (client->pending, 0, (guint)consumed);
      client->idle_ns = event.idle_ns;
      client->is_ready |= event.type == THRUM_EVENT_READY;
      client->is_over |=
          event.type == THRUM_EVENT_BROKEN || (event.type == THRUM_EVENT_REPLY && event.close);
      if (event.type == THRUM_EVENT_REPLY && client->n_open > 0)
        client->n_open--;
    }
}

static void
add_turn (ThrumConformance *check, guint n_calls, GByteArray *bytes, ThrumCause then,
          gsize client_bytes)
{
  const gsize n_bytes = bytes->len;
  const ThrumReplayTurn turn = {
    .n_calls = n_calls, .bytes = g_byte_array_free (bytes, FALSE), .n_bytes = n_bytes, .then = then
  };

  g_array_append_val (check->turns, turn);
  g_array_append_val (check->client_bytes, client_bytes);
}

/* ---- From files ---------------------------------------------------------------------------- */

static gboolean
read_files (ThrumConformance *check)
{
  Client client;
  gboolean is_good = client_open (&client, check);

  for (guint i = 0; is_good && check->reply_files[i] != NULL; i++)
    {
      const gboolean calls = client.is_ready && !client.is_over;
      g_autoptr (GError) error = NULL;
      gchar *contents;
      gsize length;

      if (!g_file_get_contents (check->reply_files[i], &contents, &length, &error))
        {
          thrum_check_problem (check, "exchange", "%s", error->message);
          is_good = FALSE;
          break;
        }
      is_good = !calls || client_call (&client);
      g_byte_array_append (client.pending, (const guint8 *)contents, (guint)length);
      add_turn (check, calls, g_byte_array_new_take ((guint8 *)contents, length), THRUM_CAUSE_BYTES,
                client.out.used);
      client_decode (&client, THRUM_CAUSE_BYTES);
      if (client.n_open > 0)
        {
          /* Silence must end the reply, or else the server's close. */
          const ThrumCause then = client.idle_ns > 0 ? THRUM_CAUSE_IDLE : THRUM_CAUSE_END;

          g_array_index (check->turns, ThrumReplayTurn, i).then = then;
          client_decode (&client, then);
          client.is_over |= then == THRUM_CAUSE_END;
        }
    }
  client_close (&client);
  return is_good;
}

/* ---- From a server ------------------------------------------------------------------------- */

/* A connected socket, or -1 after telling why not. */
static int
connect_to (ThrumConformance *check)
{
  const ThrumEndpoint *endpoint = &check->subject->endpoint;
  g_autofree gchar *host = g_strdup (endpoint->host);
  guint16 port = endpoint->port;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) addresses = NULL;
  int fd = -1;

  if (check->address != NULL)
    {
      g_clear_pointer (&host, g_free);
      if (!thrum_address_parse (check->address, &host, &port, &error))
        {
          thrum_check_problem (check, "exchange", "address: %s", error->message);
          return -1;
        }
    }
  addresses = thrum_endpoint_resolve (host, port, &error);
  for (guint i = 0; addresses != NULL && i < addresses->len && fd < 0; i++)
    {
      const ThrumSocketAddress *address = &g_array_index (addresses, ThrumSocketAddress, i);

      fd = socket (address->u.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (fd >= 0 && connect (fd, &address->u.any, address->length) != 0)
        {
          close (fd);
          fd = -1;
        }
    }
  if (fd < 0)
    thrum_check_problem (check, "exchange", "cannot connect to %s: %s", host,
                         error != NULL ? error->message : g_strerror (errno));
  return fd;
}

/* Receives one turn: until the calls have their replies, or until calls may be sent. FALSE: told. */
static gboolean
record_turn (Client *client, int fd, guint n_calls)
{
  const gboolean was_ready = client->is_ready;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const gsize client_bytes = client->out.used;
  ThrumCause then = THRUM_CAUSE_BYTES;
  guint8 buffer[16384];

  while (!client->is_over && (client->n_open > 0 || (!was_ready && !client->is_ready)))
    {
      struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
      const int wait_ms = client->idle_ns > 0 ? (int)(client->idle_ns / 1000000) + 1 : PATIENCE_MS;
      ssize_t n;

      for (; client->sent < client->out.used; client->sent += (gsize)n)
        {
          n = send (fd, client->out.data + client->sent, client->out.used - client->sent,
                    MSG_NOSIGNAL);
          if (n <= 0)
            break;
        }
      if (poll (&poll_fd, 1, wait_ms) == 0)
        {
          if (client->idle_ns == 0)
            {
              thrum_check_problem (client->check, "exchange",
                                   "the server said nothing for %d ms, after %u bytes of a reply "
                                   "that the codec does not take for whole",
                                   PATIENCE_MS, bytes->len);
              return FALSE;
            }
          then = THRUM_CAUSE_IDLE;
          client_decode (client, then);
          continue;
        }
      n = recv (fd, buffer, sizeof buffer, 0);
      if (n <= 0)
        {
          then = THRUM_CAUSE_END;
          client_decode (client, then);
          client->is_over = TRUE;
          break;
        }
      g_byte_array_append (bytes, buffer, (guint)n);
      g_byte_array_append (client->pending, buffer, (guint)n);
      client_decode (client, THRUM_CAUSE_BYTES);
      if (bytes->len > TURN_BYTES_MAX)
        {
          thrum_check_problem (client->check, "exchange", "a reply has more than 4 MiB");
          return FALSE;
        }
    }
  add_turn (client->check, n_calls, g_steal_pointer (&bytes), then, client_bytes);
  return TRUE;
}

static gboolean
record (ThrumConformance *check)
{
  const int fd = connect_to (check);
  gboolean is_good;
  Client client;

  if (fd < 0)
    return FALSE;
  is_good = client_open (&client, check);
  if (is_good && !client.is_ready)
    is_good = record_turn (&client, fd, 0);
  for (guint i = 0; is_good && i < CALLS_RECORDED && !client.is_over; i++)
    is_good = client_call (&client) && record_turn (&client, fd, 1);
  client_close (&client);
  close (fd);
  return is_good;
}

gboolean
thrum_check_read_exchange (ThrumConformance *check)
{
  const gboolean has_files = check->reply_files[0] != NULL;
  g_autoptr (GError) error = NULL;
  gsize n_bytes = 0;

  thrum_check_doing (check, "making calls by hand");
  check->turns = g_array_new (FALSE, TRUE, sizeof (ThrumReplayTurn));
  check->client_bytes = g_array_new (FALSE, TRUE, sizeof (gsize));
  check->subject = thrum_codec_subject_new (check->module->descriptor,
                                            (const gchar *const *)check->own_options, &error);
  if (check->subject == NULL || !thrum_codec_subject_add_request (check->subject, NULL, &error))
    {
      thrum_check_problem (check, "exchange", "%s", error->message);
      return FALSE;
    }
  if (!has_files && check->address == NULL && check->subject->endpoint.host == NULL)
    {
      thrum_check_problem (check, "exchange",
                           "there is nothing to decode: give --replies FILE or "
                           "address=HOST:PORT");
      return FALSE;
    }
  if (!has_files && check->subject->endpoint.tls)
    {
      thrum_check_problem (check, "exchange",
                           "nothing is recorded through TLS: give --replies "
                           "FILE, or an address without");
      return FALSE;
    }
  if (!(has_files ? read_files (check) : record (check)))
    return FALSE;
  for (guint i = 0; i < check->turns->len; i++)
    n_bytes += g_array_index (check->turns, ThrumReplayTurn, i).n_bytes;
  thrum_check_ok (check, "exchange", "%u turns of the server, %zu bytes, from %s",
                  check->turns->len, n_bytes, has_files ? "the files" : "the server");
  return TRUE;
}

/* ---- What a call costs --------------------------------------------------------------------- */

/* Decodes all of @turn at once. Whether exactly one reply came of it. */
static gboolean
decode_turn (Client *client, const ThrumReplayTurn *turn)
{
  const ThrumCodecOps *codec = client->check->module->descriptor->codec;
  const guint8 *at = turn->bytes, *end = at + turn->n_bytes;
  guint n_replies = 0;
  ThrumEvent event;

  do
    {
      gsize consumed = 0;

      event = (ThrumEvent){ .size = sizeof event };
      codec->decode (client->conn, at, (gsize)(end - at), THRUM_CAUSE_BYTES, &consumed,
                     &client->out, &event);
      at += consumed;
      n_replies += event.type == THRUM_EVENT_REPLY;
      if (event.type == THRUM_EVENT_BROKEN || event.close)
        return FALSE;
  } while (event.type != THRUM_EVENT_MORE);
  return n_replies == 1 && at == end;
}

/* One batch of @n calls; reading the clock for each would take longer than a call. FALSE: the same
 * reply does not fit each of them. */
static gboolean
time_batch (Client *client, const ThrumReplayTurn *turn, guint n, gdouble *best_ns)
{
  const gint64 began = thrum_clock_now ();

  for (guint i = 0; i < n; i++)
    {
      client->out.used = 0;
      if (!client_call (client) || !decode_turn (client, turn))
        return FALSE;
    }
  *best_ns = MIN (*best_ns, (gdouble)(thrum_clock_now () - began) / n);
  return TRUE;
}

void
thrum_check_time (ThrumConformance *check)
{
  const guint last = check->turns->len - 1;
  const ThrumReplayTurn *turn = &g_array_index (check->turns, ThrumReplayTurn, last);
  const guint n = (guint)CLAMP (BATCH_BYTES_MAX / (turn->n_bytes + 1), 10, 1000);
  gdouble best_ns = G_MAXDOUBLE;
  gboolean is_good = turn->n_calls == 1;
  Client client;

  thrum_check_doing (check, "timing calls on one connection");
  if (!client_open (&client, check))
    return;
  for (guint i = 0; i < last; i++)
    {
      const ThrumReplayTurn *earlier = &g_array_index (check->turns, ThrumReplayTurn, i);

      if (earlier->n_calls == 0 || client_call (&client))
        g_byte_array_append (client.pending, earlier->bytes, (guint)earlier->n_bytes);
      client_decode (&client, THRUM_CAUSE_BYTES);
    }
  for (guint i = 0; is_good && i < BATCHES; i++)
    is_good = time_batch (&client, turn, n, &best_ns);
  client_close (&client);
  if (is_good)
    thrum_check_ok (check, "time", "%.0f ns to encode a call and decode its %zu bytes", best_ns,
                    turn->n_bytes);
  else
    thrum_check_ok (check, "time", "not measured: the same reply does not fit a second call");
}
