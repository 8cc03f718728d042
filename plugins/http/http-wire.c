/* SPDX-License-Identifier: MIT
 *
 * Reads along between a connection and libsoup 3.2, which has no hook there and misreads some of
 * the bytes. libsoup fails a request for a GOAWAY that says that its reply will come. It does not
 * notice that a stream was reset within its body or ended with trailers. It waits for a 100 for
 * ever. It takes a head that is cut for whole, and Icecast for HTTP.
 *
 * GIO's two connection classes have a function that hands out a connection's input stream. This
 * file replaces that function in this process, because libsoup makes its connections itself and
 * offers no other place. A connection without a ClientWire is not changed. On the session's
 * thread.
 */
#include "http-wire.h"

#include <string.h>

#include "http-frames.h"

enum {
  CONTINUE_US = 1000000, /* how long a body waits for a 100 */
  HELLO_BYTES = 1024     /* of a TLS server's first bytes; a ServerHello takes some 130 */
};

static GQuark
watch_quark (void)
{
  return g_quark_from_static_string ("thrum-http-watch");
}

/* ---- The stream that reads along ---- */

typedef struct {
  GFilterInputStream parent;
  GIOStream *connection; /* borrowed: it owns us */
  ClientWire *wire;      /* (nullable): nobody wants to know */
  guint64 exchange;      /* the last that it had bytes of */
  gboolean is_tls, knows_protocol, is_http2;
  HttpFrames frames;
  HttpHead head;
  GByteArray *hello; /* (nullable): what came first, on the thread that shakes hands */
} WatchedInput;

typedef GFilterInputStreamClass WatchedInputClass;

static void watched_input_pollable_init (GPollableInputStreamInterface *interface);
GType watched_input_get_type (void);
G_DEFINE_TYPE_WITH_CODE (WatchedInput, watched_input, G_TYPE_FILTER_INPUT_STREAM,
                         G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM,
                                                watched_input_pollable_init))

static GInputStream *
get_base (WatchedInput *input)
{
  return G_FILTER_INPUT_STREAM (input)->base_stream;
}

/* Before a read of the exchange that runs. FALSE with @error set: there is nothing to be read. */
static gboolean
begin_read (WatchedInput *input, GError **error)
{
  ClientWire *wire = input->wire;

  if (!input->knows_protocol)
    {
      const gchar *protocol =
          input->is_tls
              ? g_tls_connection_get_negotiated_protocol (G_TLS_CONNECTION (input->connection))
              : NULL;

      input->knows_protocol = TRUE;
      input->is_http2 = g_strcmp0 (protocol, "h2") == 0;
      wire->has_http2 |= input->is_http2;
    }
  if (input->exchange != wire->exchange)
    {
      input->exchange = wire->exchange;
      wire->tls = input->is_tls ? G_TLS_CONNECTION (input->connection) : NULL;
      http_head_begin (&input->head);
      http_frames_begin (&input->frames);
    }
  if (!wire->is_ended && !wire->is_refused && wire->failure == THRUM_FAILURE_NONE)
    return TRUE;
  wire->has_stopped = TRUE;
  /* A time-out is the one error on which libsoup never sends anew by itself. */
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "There is nothing to be read");
  return FALSE;
}

static gssize
look_at_head (WatchedInput *input, const guint8 *bytes, gssize n_read, GError **error)
{
  ClientWire *wire = input->wire;
  bool is_cut = false;
  const gchar *why = http_head_look (&input->head, bytes, (gsize)n_read, &is_cut);

  if (why == NULL)
    return n_read;
  wire->failure = is_cut ? THRUM_FAILURE_CLOSED_EARLY : THRUM_FAILURE_PROTOCOL;
  wire->reason = why;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, why);
  return -1;
}

/* Looks at what came at @bytes; returns how much of it libsoup is to see, from @buffer on, or -1
 * with @error set. */
static gssize
look (WatchedInput *input, guint8 *buffer, const guint8 *bytes, gssize n_read, GError **error)
{
  ClientWire *wire = input->wire;

  if (n_read < 0)
    return n_read;
  wire->awaits_continue &= input->is_http2;
  if (!input->is_http2)
    return look_at_head (input, bytes, n_read, error);
  n_read = (gssize)http_frames_filter (&input->frames, bytes, (gsize)n_read, buffer);
  wire->is_going_away |= input->frames.is_going_away;
  wire->is_refused |= input->frames.is_refused;
  wire->is_ended |= input->frames.is_ended;
  wire->is_reset |= input->frames.is_reset;
  wire->awaits_continue &= !input->frames.has_head && !input->frames.is_reset;
  if (input->frames.is_reset)
    wire->failure = THRUM_FAILURE_RESET;
  if (input->frames.reason != NULL)
    wire->reason = input->frames.reason;
  return n_read;
}

/* Where bytes are to be read to, so that @buffer has room for what was held back. */
static guint8 *
get_place (WatchedInput *input, void *buffer)
{
  return (guint8 *)buffer + (input->is_http2 ? HTTP_FRAME_HELD_BYTES : 0);
}

/* Of what lies below TLS. */
static gssize
keep_hello (WatchedInput *input, const void *bytes, gssize n_read)
{
  if (input->hello != NULL && n_read > 0 && input->hello->len < HELLO_BYTES)
    g_byte_array_append (input->hello, bytes, (guint)MIN (n_read, HELLO_BYTES));
  return n_read;
}

/* What a server that knew of Expect would have said. */
static gssize
give_continue (WatchedInput *input, void *buffer, gsize n_bytes)
{
  static const gchar line[] = "HTTP/1.1 100 Continue\r\n\r\n";

  input->wire->awaits_continue = FALSE;
  if (input->is_http2)
    return (gssize)http_frames_make_continue (&input->frames, buffer, n_bytes);
  g_return_val_if_fail (n_bytes >= sizeof line, 0);
  memcpy (buffer, line, sizeof line - 1);
  return sizeof line - 1;
}

static GSocket *
get_socket (GIOStream *connection)
{
  g_autoptr (GIOStream) base = NULL;

  if (G_IS_SOCKET_CONNECTION (connection))
    return g_socket_connection_get_socket (G_SOCKET_CONNECTION (connection));
  g_object_get (connection, "base-io-stream", &base, NULL);
  return G_IS_SOCKET_CONNECTION (base) ? g_socket_connection_get_socket (G_SOCKET_CONNECTION (base))
                                       : NULL;
}

/* Reads for a second at most; 0 with no @error: nothing came. What the socket has may be TLS's own,
 * so that there is more than one turn. */
static gssize
read_for_a_second (WatchedInput *input, void *buffer, gsize n_bytes, GCancellable *cancellable,
                   gboolean *is_silent, GError **error)
{
  const gint64 end = g_get_monotonic_time () + CONTINUE_US;
  GSocket *socket = get_socket (input->connection);

  for (;;)
    {
      g_autoptr (GError) problem = NULL;
      const gint64 left = end - g_get_monotonic_time ();
      const gssize n_read = g_pollable_input_stream_read_nonblocking (
          G_POLLABLE_INPUT_STREAM (get_base (input)), buffer, n_bytes, cancellable, &problem);

      if (n_read >= 0)
        return n_read;
      *is_silent = left <= 0 && g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
      if (*is_silent)
        return 0;
      if (!g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) || socket == NULL)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return -1;
        }
      g_socket_condition_timed_wait (socket, G_IO_IN, left, cancellable, NULL);
    }
}

static gssize
watched_input_read (GInputStream *stream, void *buffer, gsize n_bytes, GCancellable *cancellable,
                    GError **error)
{
  WatchedInput *input = (WatchedInput *)stream;
  gssize n_read, n_seen;

  if (input->wire == NULL)
    return keep_hello (input, buffer,
                       g_input_stream_read (get_base (input), buffer, n_bytes, cancellable, error));
  do
    {
      gboolean is_silent = FALSE;
      guint8 *place;
      gsize n_free;

      if (!begin_read (input, error))
        return -1;
      place = get_place (input, buffer);
      n_free = n_bytes - (gsize)(place - (guint8 *)buffer);
      if (input->wire->awaits_continue)
        n_read = read_for_a_second (input, place, n_free, cancellable, &is_silent, error);
      else
        n_read = g_input_stream_read (get_base (input), place, n_free, cancellable, error);
      n_seen = is_silent ? give_continue (input, buffer, n_bytes)
                         : look (input, buffer, place, n_read, error);
      if (n_read == 0 && !is_silent)
        break;
  } while (n_seen == 0); /* all of it was for us */
  return n_seen;
}

static gssize
watched_input_read_nonblocking (GPollableInputStream *stream, void *buffer, gsize n_bytes,
                                GError **error)
{
  WatchedInput *input = (WatchedInput *)stream;
  GPollableInputStream *base = G_POLLABLE_INPUT_STREAM (get_base (input));
  gssize n_read, n_seen;
  guint8 *place;

  if (input->wire == NULL)
    return keep_hello (
        input, buffer,
        g_pollable_input_stream_read_nonblocking (base, buffer, n_bytes, NULL, error));
  if (!begin_read (input, error))
    return -1;
  place = get_place (input, buffer);
  n_read = g_pollable_input_stream_read_nonblocking (
      base, place, n_bytes - (gsize)(place - (guint8 *)buffer), NULL, error);
  n_seen = look (input, buffer, place, n_read, error);
  if (n_seen != 0 || n_read == 0)
    return n_seen;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "All of it was for us");
  return -1;
}

static gboolean
watched_input_can_poll (GPollableInputStream *stream)
{
  return g_pollable_input_stream_can_poll (
      G_POLLABLE_INPUT_STREAM (get_base ((WatchedInput *)stream)));
}

static gboolean
watched_input_is_readable (GPollableInputStream *stream)
{
  return g_pollable_input_stream_is_readable (
      G_POLLABLE_INPUT_STREAM (get_base ((WatchedInput *)stream)));
}

static GSource *
watched_input_create_source (GPollableInputStream *stream, GCancellable *cancellable)
{
  g_autoptr (GSource) base = g_pollable_input_stream_create_source (
      G_POLLABLE_INPUT_STREAM (get_base ((WatchedInput *)stream)), NULL);

  return g_pollable_source_new_full (stream, base, cancellable);
}

static void
watched_input_pollable_init (GPollableInputStreamInterface *interface)
{
  interface->can_poll = watched_input_can_poll;
  interface->is_readable = watched_input_is_readable;
  interface->create_source = watched_input_create_source;
  interface->read_nonblocking = watched_input_read_nonblocking;
}

static void
watched_input_finalize (GObject *object)
{
  WatchedInput *input = (WatchedInput *)object;

  g_clear_pointer (&input->hello, g_byte_array_unref);
  G_OBJECT_CLASS (watched_input_parent_class)->finalize (object);
}

static void
watched_input_class_init (WatchedInputClass *class)
{
  G_OBJECT_CLASS (class)->finalize = watched_input_finalize;
  G_INPUT_STREAM_CLASS (class)->read_fn = watched_input_read;
}

static void
watched_input_init (WatchedInput *input)
{
}

/* ---- The connections ---- */

typedef GInputStream *(*GetInputStream) (GIOStream *connection);

/* What GIO's classes have of their own. */
static GetInputStream get_tcp_input, get_tls_input;

static GInputStream *
watch_input (GIOStream *connection, GInputStream *base)
{
  WatchedInput *input = g_object_new (watched_input_get_type (), "base-stream", base,
                                      "close-base-stream", FALSE, NULL);

  input->connection = connection;
  input->is_tls = G_IS_TLS_CONNECTION (connection);
  g_object_set_qdata_full (G_OBJECT (connection), watch_quark (), input, g_object_unref);
  return G_INPUT_STREAM (input);
}

/* TCP's: those that are watched. */
static GInputStream *
get_watched_tcp_input (GIOStream *connection)
{
  GInputStream *input = g_object_get_qdata (G_OBJECT (connection), watch_quark ());

  return input != NULL ? input : get_tcp_input (connection);
}

/* TLS's: all, since libsoup takes their streams before anybody can have seen them. */
static GInputStream *
get_watched_tls_input (GIOStream *connection)
{
  GInputStream *input = g_object_get_qdata (G_OBJECT (connection), watch_quark ());

  return input != NULL ? input : watch_input (connection, get_tls_input (connection));
}

/* The class keeps the reference. */
static GetInputStream
replace (GType type, GetInputStream get_input)
{
  GIOStreamClass *class = g_type_class_ref (type);
  const GetInputStream own = class->get_input_stream;

  class->get_input_stream = get_input;
  return own;
}

void
client_wire_prepare (void)
{
  const GType tls = g_tls_backend_get_client_connection_type (g_tls_backend_get_default ());

  if (get_tcp_input == NULL)
    get_tcp_input = replace (G_TYPE_TCP_CONNECTION, get_watched_tcp_input);
  if (get_tls_input == NULL && g_type_is_a (tls, G_TYPE_TLS_CONNECTION))
    get_tls_input = replace (tls, get_watched_tls_input);
}

/* The watch on what lies below @tls; NULL: there is none. */
static WatchedInput *
find_base (GIOStream *tls)
{
  g_autoptr (GIOStream) base = NULL;

  g_object_get (tls, "base-io-stream", &base, NULL);
  return g_object_get_qdata (G_OBJECT (base), watch_quark ());
}

void
client_wire_watch (ClientWire *wire, GIOStream *connection)
{
  WatchedInput *input = g_object_get_qdata (G_OBJECT (connection), watch_quark ());

  if (G_IS_TLS_CONNECTION (connection))
    {
      WatchedInput *base = find_base (connection);

      if (base != NULL)
        base->wire = NULL;
      wire->awaits_continue = wire->wants_continue; /* what came was a proxy's */
    }
  else if (input == NULL)
    input = (WatchedInput *)watch_input (connection, get_tcp_input (connection));
  if (input != NULL)
    input->wire = wire;
}

void
client_wire_listen (GIOStream *tls)
{
  WatchedInput *input = find_base (tls);

  if (input != NULL && input->hello == NULL)
    input->hello = g_byte_array_new ();
}

gboolean
client_wire_is_resumed (GIOStream *tls)
{
  WatchedInput *input = find_base (tls);
  const gboolean is_resumed = input != NULL && input->hello != NULL
                              && http_hello_is_resumed (input->hello->data, input->hello->len);

  if (input != NULL)
    g_clear_pointer (&input->hello, g_byte_array_unref);
  return is_resumed;
}

void
client_wire_begin (ClientWire *wire, gboolean wants_continue)
{
  const ClientWire next = { .exchange = wire->exchange + 1,
                            .wants_continue = wants_continue,
                            .awaits_continue = wants_continue,
                            .has_http2 = wire->has_http2,
                            .is_going_away = wire->is_going_away };

  *wire = next;
}
