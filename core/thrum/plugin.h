/* SPDX-License-Identifier: MIT
 *
 * <thrum/plugin.h>: the contract between a protocol plugin and thrum.
 *
 * A plugin is one shared object, NAME.so. It exports one const descriptor, `thrum_plugin_NAME`.
 * It includes this header and its own protocol library and nothing else, and it imports no
 * symbol of thrum. It declares its options in tables and receives their values checked; it never
 * parses an INI file.
 *
 * There are two kinds of plugin. A descriptor has exactly one of the two operation tables:
 *
 *  - a *session* plugin blocks. One pool thread is one virtual user. It may use any library.
 *  - a *codec* plugin turns requests into bytes and bytes into replies. It does no I/O, reads no
 *    clock and never blocks. Thrum's event loop owns the sockets, TLS, the timers and the
 *    timing.
 *
 * Lifetimes, the longest first: the descriptor (const); the target and its requests (one of each
 * per worker process, immutable once made, read by all threads of the process); the session or
 * connection (used by one thread at a time).
 *
 * There are two ways to report a failure. When *the service failed*, the reply holds a
 * ThrumFailure, results.csv gets a row, and the run goes on. When *we failed*, the operation
 * sets a GError, and the worker stops.
 *
 * Units: every time and duration is an int64_t of nanoseconds. Every instant is read from
 * CLOCK_MONOTONIC. 0 means "did not happen". Sizes are bytes.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define THRUM_PLUGIN_MAGIC 0x6d726874u /* "thrm", little-endian */
#define THRUM_ABI_MAJOR 1
#define THRUM_ABI_MINOR 2 /* what 1.1 and 1.2 added is marked so below */

/* Declares GLib's own type here, so that a plugin without GLib needs none of GLib's headers. */
typedef struct _GError GError;

#if defined(__GNUC__)
#define THRUM_PRINTF(string, first) __attribute__ ((format (printf, string, first)))
#define THRUM_EXPORT __attribute__ ((visibility ("default")))
#else
#define THRUM_PRINTF(string, first)
#define THRUM_EXPORT
#endif

/* ---- Failures of the service --------------------------------------------------------------- */

/* Lists why a request can fail; the second column is what `failure` in results.csv prints. The
 * list grows only at its end, and only with a minor version. The comment at the end of each row
 * says who may report that failure: P the plugin, C the core. */
#define THRUM_FAILURES(X)                                                                          \
  X (NONE, "", "succeeded")                                             /* P C */                  \
  X (NO_ADDRESS, "no-address", "the host name has no address")          /* P C */                  \
  X (CONNECT_REFUSED, "connect-refused", "nothing listens there")       /* P C */                  \
  X (CONNECT_FAILED, "connect-failed", "unreachable, or not a socket")  /* P C */                  \
  X (NO_PORT, "no-port", "no local port or descriptor was free: ours")  /* P C */                  \
  X (TLS_VERIFY, "tls-verify", "the certificate is not trusted")        /* P C */                  \
  X (TLS_FAILED, "tls-failed", "the TLS handshake failed")              /* P C */                  \
  X (RESET, "reset", "the peer reset the connection")                   /* P C */                  \
  X (CLOSED_EARLY, "closed-early", "closed before the reply was whole") /* P C */                  \
  X (PROTOCOL, "protocol", "the reply is not what the protocol allows") /* P */                    \
  X (TOO_LARGE, "too-large", "the reply is beyond a hard limit")        /* P C */                  \
  X (STATUS, "status", "the protocol's code says failure")              /* P C */                  \
  X (CHECK, "check", "an expect check did not hold")                    /* P C */                  \
  X (TIMEOUT, "timeout", "its time limit passed")                       /* C */                    \
  X (UNFINISHED, "unfinished", "the run ended before it did")           /* C */                    \
  X (CANCELLED, "cancelled", "stopped by cancel(); the core says why")  /* P */                    \
  X (TOO_MANY_REDIRECTS, "redirects", "more redirects than allowed")    /* P */                    \
  X (OTHER, "other", "none of the above")                               /* P */

typedef enum {
#define THRUM_FAILURE_ENUM(name, token, help) THRUM_FAILURE_##name,
  THRUM_FAILURES (THRUM_FAILURE_ENUM)
#undef THRUM_FAILURE_ENUM
      THRUM_N_FAILURES
} ThrumFailure;

/* ---- Options ------------------------------------------------------------------------------- */

typedef enum {
  THRUM_OPTION_STRING,   /* free text, as written */
  THRUM_OPTION_INT,      /* a whole number */
  THRUM_OPTION_DOUBLE,   /* a decimal number */
  THRUM_OPTION_BOOL,     /* yes|no, true|false */
  THRUM_OPTION_DURATION, /* 250ms, 2s, 1m30s; integer is ns */
  THRUM_OPTION_SIZE,     /* 64KiB, 1MB; integer is bytes */
  THRUM_OPTION_LIST,     /* a;b;c, with \; for a semicolon inside an element */
  THRUM_OPTION_ENUM      /* one of choices; integer is its index */
} ThrumOptionType;

typedef enum {
  THRUM_OPTION_REQUIRED = 1 << 0, /* has no fallback and must be given */
  THRUM_OPTION_TEMPLATE = 1 << 1, /* may vary per call: see ThrumCall.values */
  THRUM_OPTION_SECRET = 1 << 2,   /* never printed, never written down */
  THRUM_OPTION_PATH = 1 << 3,     /* a file; relative to the INI file, made absolute by the core */
  THRUM_OPTION_COMMAS = 1 << 4,   /* 1.1: LIST: a comma separates elements too, so no element
                                     contains one */
  THRUM_OPTION_HEADERS = 1 << 5,  /* 1.2: LIST of NAME: VALUE; the value is a secret if headers of
                                    that name carry secrets, like Authorization */
  THRUM_OPTION_URL = 1 << 6,    /* 1.2: STRING: a URL, or its path; a password in it is a secret */
  THRUM_OPTION_ESCAPES = 1 << 7 /* 1.2: STRING in which '\\' begins an escape; the text filled in
                                   for a reference has no escapes */
} ThrumOptionFlags;

/* One option. `minimum` and `maximum` bound numbers, durations (ns) and sizes (bytes); if both
 * are 0 there are no bounds. A key consists of [a-z0-9-]+ and stands in one table only. A
 * request option may be given in [target]; it is then the default for that target's requests. */
typedef struct {
  const char *key;
  ThrumOptionType type;
  uint32_t flags;       /* ThrumOptionFlags */
  const char *fallback; /* (nullable): the default, written as in the INI file */
  double minimum, maximum;
  const char *const *choices; /* ENUM: NULL-terminated */
  const char *help;           /* one line, with the unit */
  /* 1.1, (nullable): says with which choices of an ENUM the option has a use: "reply = fixed,
   * length" or "reply != none". The ENUM is in the same table and is declared before this
   * option. The core refuses the option where it has no use. When [target] gives it for all
   * requests, the core leaves it out of the requests that have no use for it. */
  const char *only_with;
} ThrumOption;

/* An option's checked value. The core owns it. It lives as long as the target or the request. */
typedef struct {
  bool is_set;             /* the user gave it; false: it holds the fallback's value, or zero and
                              NULL */
  int64_t integer;         /* INT, DURATION (ns), SIZE (bytes), ENUM (index), BOOL (0 or 1) */
  double number;           /* DOUBLE */
  const char *string;      /* every type: the text, (nullable) */
  const char *const *list; /* LIST: NULL-terminated; never NULL for a LIST */
} ThrumValue;

/* The values of a table, in the table's order. Read them with thrum_value (), never by index: a
 * later core may have a larger ThrumValue. */
typedef struct {
  uint32_t size, value_size;
  uint32_t n_values;
  const void *values;
} ThrumValues;

static inline const ThrumValue *
thrum_value (const ThrumValues *values, unsigned index)
{
  return (const ThrumValue *)((const char *)values->values + (size_t)index * values->value_size);
}

/* ---- What the core offers and tells -------------------------------------------------------- */

/* What the core offers to a plugin. Any thread may call it. */
typedef struct {
  uint32_t size;
  uint16_t abi_major, abi_minor;
  /* The clock of every measurement: CLOCK_MONOTONIC, ns. */
  int64_t (*now) (void);
  /* Sets @error (nullable) to a formatted message: "cannot VERB OBJECT: reason". When
   * target_new () or request_new () begins its message with "KEY: ", and KEY is one of the
   * plugin's options, the user sees the message with the line of the INI file where that key
   * stands. */
  void (*set_error) (GError **error, const char *format, ...) THRUM_PRINTF (2, 3);
} ThrumHost;

/* The virtual user that a session belongs to. */
typedef struct {
  uint32_t size;
  uint32_t worker; /* 0-based */
  uint64_t number; /* 0-based, over the whole test */
  uint64_t seed;   /* derived from [load] seed: differs per user, is the same in every run */
} ThrumUser;

/* One call of a request. */
typedef struct {
  uint32_t size;
  bool wants_payload;        /* true: a check needs the reply's body; false: do not keep the body */
  uint64_t id;               /* codec: names the call, rises on a connection; session: counts the
                          user's calls */
  int64_t deadline_ns;       /* when its time limit passes; the core enforces it */
  const ThrumValues *values; /* (nullable): the request's values for this call, with TEMPLATE
                                ones expanded; NULL: use those given to request_new () */
} ThrumCall;

/* ---- Session operations -------------------------------------------------------------------- */

/* The result of a call. The core sets it to zero before the call, and the core itself measures
 * the intended time, the sent time and the end. The plugin fills in what it knows and leaves the
 * rest 0. */
typedef struct {
  uint32_t size;
  int32_t status;          /* the protocol's code; 0: no reply */
  uint32_t failure;        /* ThrumFailure */
  uint32_t resent;         /* hidden resends (a dead kept-alive connection, an auth challenge) */
  uint32_t redirects;      /* redirects followed */
  uint32_t connections;    /* connections opened for this call */
  uint64_t received_bytes; /* of the payload: for HTTP, of the body */
  uint64_t sent_bytes;     /* the same; for a codec the core ignores it and counts all bytes it
                              sends */
  int64_t resolved_ns;     /* the name was resolved; 0: no lookup, a connection was reused */
  int64_t connected_ns;    /* the transport was connected; 0: reused */
  int64_t secured_ns;      /* TLS was ready; 0: no TLS, or reused */
  int64_t first_byte_ns;   /* when the first byte of the reply (or its head) arrived */
  int64_t done_ns;         /* when the call ended, if before run () returned; 0: run ()'s return */
  const void *payload;     /* set if the call wants it, valid until the next operation; else NULL */
  size_t payload_bytes;
  uint32_t handshakes;         /* 1.2: TLS handshakes that succeeded for this call */
  uint32_t resumed_handshakes; /* 1.2: how many of these resumed a session */
  const char *reason;          /* 1.2, (nullable): see ThrumEvent.reason */
} ThrumReply;

/* The largest payload that a check can look at. A call that wants the payload and receives more
 * fails with THRUM_FAILURE_TOO_LARGE. The core enforces this for codecs. Since 1.2. */
#define THRUM_PAYLOAD_MAX ((size_t)64 << 20)

typedef struct {
  /* Opens a session of @user with @target, on the thread that will run it. Does not connect yet.
   * One session lasts for the whole test: it keeps what the service gave the user (cookies, a
   * login) until close (). (transfer full); NULL with @error set: we failed. Required. */
  void *(*open) (void *target, const ThrumUser *user, GError **error);

  /* Does one request. Blocks until the reply is whole or has failed; must return soon after
   * cancel (). Returns false with @error set: we failed. Required. */
  bool (*run) (void *session, void *request, const ThrumCall *call, ThrumReply *reply,
               GError **error);

  /* Makes the run () in progress return with THRUM_FAILURE_CANCELLED. Must not block. The core
   * calls it from any thread, only while a run () is due, and repeats it every few ms until
   * run () has returned. The first call may come just before run () begins, so run () may begin
   * by forgetting earlier cancels. Required. */
  void (*cancel) (void *session);

  /* Frees the session, on its thread. Required. */
  void (*close) (void *session);
} ThrumSessionOps;

/* ---- Codec operations ---------------------------------------------------------------------- */

/* The core's buffer: a plugin appends to it what is to be sent. */
typedef struct ThrumOut ThrumOut;
struct ThrumOut {
  uint32_t size;
  uint8_t *data; /* [0, used) is filled */
  size_t used, capacity;
  bool (*reserve) (ThrumOut *out, size_t bytes); /* makes room for @bytes more; false: that is
                                                    too much */
  /* 1.2: encode () sets it when it will send part of the call later: the core then calls
   * decode () with CAUSE_IDLE after a silence this long, as after a MORE with idle_ns. 0: the
   * core does not. */
  int64_t idle_ns;
  /* 1.2, (nullable): see thrum_out_lend (). NULL: this buffer copies. */
  bool (*lend) (ThrumOut *out, const void *bytes, size_t n_bytes);
  const uint8_t *lent; /* the core's own: these bytes follow those in @data */
  size_t n_lent;
};

/* Appends a copy of the bytes. Returns false when the core's limit is passed; the caller then
 * gives up with an error. */
static inline bool
thrum_out_append (ThrumOut *out, const void *bytes, size_t n_bytes)
{
  if (n_bytes == 0)
    return true;
  if (out->capacity - out->used < n_bytes && !out->reserve (out, n_bytes))
    return false;
  memcpy (out->data + out->used, bytes, n_bytes);
  out->used += n_bytes;
  return true;
}

/* The smallest size that is lent. It is cheaper to copy fewer bytes than to lend them. */
#define THRUM_LENT_LEAST ((size_t)64 << 10)

/* Appends bytes that will not change until their request is freed. The core does not copy them
 * for each call if there are many. Since 1.2; an older core copies them. Returns false as above. */
static inline bool
thrum_out_lend (ThrumOut *out, const void *bytes, size_t n_bytes)
{
  if (n_bytes >= THRUM_LENT_LEAST && out->size > offsetof (ThrumOut, lend) && out->lend != NULL)
    return out->lend (out, bytes, n_bytes);
  return thrum_out_append (out, bytes, n_bytes);
}

/* Where a codec's target is. target_new () fills it in. It may leave host NULL: the core's own
 * `address` key then names the target. If both are given, the core connects to `address`, and
 * TLS verifies host. The strings live as long as the target. */
typedef struct {
  uint32_t size;
  const char *host; /* (nullable): a name, IPv4, IPv6 without brackets, or "/path" of a Unix
                       socket */
  uint16_t port;
  bool tls;
  const char *const *alpn;       /* (nullable): NULL-terminated, the preferred one first */
  uint32_t calls_per_connection; /* how many calls one connection carries at the same time; 0
                                    means 1 */
  bool close_after_each;         /* opens a new connection for each call */
  bool awaits_ready;             /* the server speaks first: the core sends no call before the
                                    READY event */
} ThrumEndpoint;

/* The connection a codec is opened on. */
typedef struct {
  uint32_t size;
  const char *alpn; /* (nullable): what TLS negotiated */
  bool tls;
  uint32_t worker;
  uint64_t number; /* counts the connections of this worker */
} ThrumConnInfo;

typedef enum {
  THRUM_ENCODE_SENT,      /* @out holds the call's bytes; a reply will come */
  THRUM_ENCODE_NO_REPLY,  /* @out holds the call's bytes; the call is done, with status 0, when
                            the socket has taken them. If nothing was appended, it was done when
                            the connection was ready (with close_after_each, this tests
                            connecting alone) */
  THRUM_ENCODE_FULL,      /* not now: the connection takes no further call until one has ended */
  THRUM_ENCODE_ERROR,     /* we failed (host->set_error was called) */
  THRUM_ENCODE_REPEATABLE /* 1.1: as SENT, and it does no harm to do the call twice: if the
                             server had closed a kept connection, the core sends the call again,
                             once, on another */
} ThrumEncode;

typedef enum {
  THRUM_CAUSE_BYTES, /* bytes came */
  THRUM_CAUSE_END,   /* the peer closed its side in order; no more bytes will come */
  THRUM_CAUSE_IDLE   /* nothing came for the event's idle_ns; a REPLY reported now ended when its
                        last byte came, not now */
} ThrumCause;

typedef enum {
  THRUM_EVENT_MORE,  /* decode () needs more bytes (or idle_ns of silence, if that is not 0) */
  THRUM_EVENT_READY, /* the greeting is over: the core may send calls (see
                        ThrumEndpoint.awaits_ready) */
  THRUM_EVENT_HEAD,  /* the first byte, or the head, of the reply to call `id` came. At most
                        once, before DATA and REPLY of the call. Not needed where DATA or REPLY
                        follows from the same bytes */
  THRUM_EVENT_DATA,  /* a slice of the payload of the reply; only if the call wants it */
  THRUM_EVENT_REPLY, /* the reply is whole: see status and failure */
  THRUM_EVENT_LIMIT, /* from now on the connection carries at most `limit` calls at a time */
  THRUM_EVENT_DRAIN, /* the connection takes no further calls. The server did not handle those
                        with an id after `id`: the core repeats them elsewhere */
  THRUM_EVENT_BROKEN /* the connection is of no more use: every open call fails with `failure` */
} ThrumEventType;

/* What decode () found. The core sets it to zero before each call. */
typedef struct {
  uint32_t size;
  uint32_t type;     /* ThrumEventType */
  uint64_t id;       /* HEAD, DATA, REPLY: the call; DRAIN: the last call that was handled */
  int32_t status;    /* REPLY */
  uint32_t failure;  /* REPLY, BROKEN: ThrumFailure */
  uint32_t limit;    /* LIMIT */
  bool close;        /* REPLY: the connection ends after this reply, as both sides agreed */
  const void *data;  /* DATA: points into the bytes given, or into the connection's own memory */
  size_t data_bytes; /* DATA; REPLY: the payload's whole length */
  int64_t idle_ns;   /* MORE: calls decode () again with CAUSE_IDLE after this silence; 0: does
                        not */
  /* 1.2, (nullable): REPLY, BROKEN: says to people what is wrong and where: "header line 3, byte
   * 7: a control character". A few words of printable ASCII, valid until the next operation.
   * There should be few distinct reasons: the core counts them and shows the first few. */
  const char *reason;
} ThrumEvent;

typedef enum {
  THRUM_CANCEL_KEEP, /* the connection can go on without the call (the codec reset a stream) */
  THRUM_CANCEL_CLOSE /* the connection cannot go on: the core closes it */
} ThrumCancel;

/* The most bytes that a codec may leave unconsumed. Beyond it the core breaks the connection
 * (too-large). So a codec consumes bytes as they come: a reply may be of any length. */
#define THRUM_UNCONSUMED_MAX ((size_t)1 << 20)

/* Turns requests into bytes and bytes into replies. One thread owns a connection. No operation
 * may block, do I/O, read a clock, or keep a pointer into bytes it was given. */
typedef struct {
  /* Opens the codec's side of a connection that has just been made (TLS is ready, if there is
   * any). May append a hello to @out. (transfer full); NULL with @error set: we failed.
   * Required. */
  void *(*open) (void *target, const ThrumConnInfo *info, ThrumOut *out, GError **error);

  /* Appends one call's bytes to @out. The core calls it only while fewer calls than the limit
   * are open. After REPEATABLE it may encode the same call again, with another id, on another
   * connection. A codec that returns FULL must not append anything. Required. */
  ThrumEncode (*encode) (void *conn, void *request, const ThrumCall *call, ThrumOut *out,
                         GError **error);

  /* Looks at @n_bytes and reports one thing about them in @event. Sets @consumed to how many
   * bytes it is done with. @n_bytes may be 0; @bytes is never NULL.
   *
   * The core calls it again with the rest, even if the rest is empty, until the event is MORE
   * (the bytes hold no further event) or BROKEN. It encodes no call in between. After MORE it
   * gives the bytes that were not consumed again, together with the next ones. With the causes
   * END and IDLE there may be bytes too. The last event after END must be MORE or BROKEN; calls
   * that are still open then fail as closed-early. Bytes that answer no open call are BROKEN. A
   * REPLY with close is the last event of its connection.
   *
   * Splits must not matter: the same bytes give the same events however they were cut. Only
   * three things may depend on the cut: HEAD, the slices of DATA, and when a broken stream is
   * found to be broken. May append to @out (acknowledgements). Required. */
  void (*decode) (void *conn, const uint8_t *bytes, size_t n_bytes, ThrumCause cause,
                  size_t *consumed, ThrumOut *out, ThrumEvent *event);

  /* Gives up call @id, whose deadline passed. (nullable): the core closes the connection, as
   * after CLOSE. */
  ThrumCancel (*cancel) (void *conn, uint64_t id, ThrumOut *out);

  /* Frees the connection. May append a last word to @out; the core sends it if the socket takes
   * it. Required. */
  void (*close) (void *conn, ThrumOut *out);
} ThrumCodecOps;

/* ---- The descriptor ------------------------------------------------------------------------ */

/* Describes a plugin. Begin it with THRUM_PLUGIN_HEAD:
 *
 *   THRUM_EXPORT const ThrumPlugin thrum_plugin_echo = {
 *     THRUM_PLUGIN_HEAD, .name = "echo", .version = "1", .summary = "...", ... }; */
typedef struct {
  uint32_t magic;
  uint16_t abi_major, abi_minor; /* of the header it was compiled with */
  uint16_t needs_minor;          /* the lowest minor version of the core that it can work with */
  uint16_t reserved;
  uint32_t size;         /* of this struct */
  uint32_t option_size;  /* of a ThrumOption */
  uint32_t session_size; /* of ThrumSessionOps */
  uint32_t codec_size;   /* of ThrumCodecOps */

  const char *name; /* [a-z0-9_]+, the NAME of the file and of the symbol */
  const char *version;
  const char *summary;        /* one line */
  const char *const *schemes; /* (nullable): the URL schemes it serves, NULL-terminated; a test
                                 given as a URL sets its target option `url` */
  const ThrumOption *target_options; /* (nullable) */
  uint32_t n_target_options;
  const ThrumOption *request_options; /* (nullable) */
  uint32_t n_request_options;
  uint32_t descriptors_per_session; /* session: how many files one session may hold open; 0 means
                                       4 */

  /* Makes a target from its values. The core calls it once in each worker, and once in the
   * coordinator to check the values before anything is sent. It may read files; it must not
   * connect, resolve names or start threads. A codec fills in @endpoint, which is NULL for a
   * session plugin. (transfer full); NULL with @error set: the values do not fit. Required. */
  void *(*target_new) (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
                       GError **error);
  void (*target_free) (void *target); /* Required. */

  /* Makes a request from its values, under the same rules as target_new (). Required. */
  void *(*request_new) (const ThrumHost *host, void *target, const ThrumValues *values,
                        GError **error);
  void (*request_free) (void *request); /* Required. */

  /* Set exactly one of the two. */
  const ThrumSessionOps *session;
  const ThrumCodecOps *codec;

  /* 1.1, (nullable): every request awaits a reply. Returns whether @request awaits one. If it
   * does not, the core refuses expect-status and expect-body for it. */
  bool (*awaits_reply) (const void *request);
} ThrumPlugin;

#define THRUM_PLUGIN_HEAD                                                                          \
  .magic = THRUM_PLUGIN_MAGIC, .abi_major = THRUM_ABI_MAJOR, .abi_minor = THRUM_ABI_MINOR,         \
  .needs_minor = 0, .reserved = 0, .size = sizeof (ThrumPlugin),                                   \
  .option_size = sizeof (ThrumOption), .session_size = sizeof (ThrumSessionOps),                   \
  .codec_size = sizeof (ThrumCodecOps)

#ifdef __cplusplus
}
#endif
