/* SPDX-License-Identifier: MIT
 *
 * <thrum/plugin.h>: what a protocol plugin and thrum know of each other.
 *
 * A plugin is one shared object, NAME.so, that exports one const descriptor, `thrum_plugin_NAME`.
 * It includes this header and its own protocol library, nothing else; it imports no symbol of
 * thrum. Options are declared in tables and arrive checked; no plugin parses an INI file.
 *
 * There are two kinds, and a descriptor has exactly one of the two operation tables:
 *
 *  - a *session* plugin blocks. One pool thread is one virtual user; any library serves.
 *  - a *codec* plugin turns requests into bytes and bytes into replies. It does no I/O, reads no
 *    clock, never blocks; thrum's event loop owns sockets, TLS, timers and timing.
 *
 * Lifetimes: descriptor (const) > target, request (one per worker process, immutable once made,
 * read by all its threads) > session or connection (one thread at a time).
 *
 * Two failure channels: *the service failed* is a ThrumFailure in the reply, a row in results.csv,
 * and the run goes on; *we failed* is a GError, and the worker stops.
 *
 * Units: every time and duration is an int64_t of nanoseconds; every instant is CLOCK_MONOTONIC.
 * 0 means "did not happen". Sizes are bytes.
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
#define THRUM_ABI_MINOR 2 /* 1.1 and 1.2 added what says so */

/* GLib's own type; declared here so that a plugin without GLib needs none of its headers. */
typedef struct _GError GError;

#if defined(__GNUC__)
#define THRUM_PRINTF(string, first) __attribute__ ((format (printf, string, first)))
#define THRUM_EXPORT __attribute__ ((visibility ("default")))
#else
#define THRUM_PRINTF(string, first)
#define THRUM_EXPORT
#endif

/* ---- Failures of the service --------------------------------------------------------------- */

/* Why a request failed, as `failure` in results.csv prints it. The list grows only at its end, at a
 * minor version. The last column says who may report it: P plugin, C core. */
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
  THRUM_OPTION_COMMAS = 1 << 4,   /* 1.1: LIST: a comma separates elements, too; they hold none */
  THRUM_OPTION_HEADERS = 1 << 5, /* 1.2: LIST of NAME: VALUE; a value is a secret if its name is one
                                     that carries secrets, like Authorization */
  THRUM_OPTION_URL = 1 << 6,     /* 1.2: STRING: a URL, or its path; a password in it is a secret */
  THRUM_OPTION_ESCAPES = 1 << 7 /* 1.2: STRING in which '\\' begins an escape; what is filled in for
                                     a reference holds none */
} ThrumOptionFlags;

/* One option. `minimum` and `maximum` bound numbers, durations (ns) and sizes (bytes) where they
 * differ; both 0 means unbounded. Keys are [a-z0-9-]+. One key stands in one table only: a request
 * option given in [target] is the default of that target's requests. */
typedef struct {
  const char *key;
  ThrumOptionType type;
  uint32_t flags;       /* ThrumOptionFlags */
  const char *fallback; /* (nullable): as it would be written in the INI file */
  double minimum, maximum;
  const char *const *choices; /* ENUM: NULL-terminated */
  const char *help;           /* one line, with the unit */
  /* 1.1, (nullable): with which choices of an ENUM of the same table, declared before it, the option
   * is of use: "reply = fixed, length" or "reply != none". The core refuses it elsewhere; what a
   * target gives for all its requests, it leaves out of those that have no use for it. */
  const char *only_with;
} ThrumOption;

/* An option's checked value. Owned by the core, valid as long as the target or request. */
typedef struct {
  bool is_set;             /* given by the user; false: the fallback's value, or zero and NULL */
  int64_t integer;         /* INT, DURATION (ns), SIZE (bytes), ENUM (index), BOOL (0 or 1) */
  double number;           /* DOUBLE */
  const char *string;      /* every type: the text, (nullable) */
  const char *const *list; /* LIST: NULL-terminated; never NULL for a LIST */
} ThrumValue;

/* The values of a table, in its order. Read them by thrum_value (), never by index: a later core
 * may have a larger ThrumValue. */
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

/* Services of the core; any thread. */
typedef struct {
  uint32_t size;
  uint16_t abi_major, abi_minor;
  /* The clock of every measurement: CLOCK_MONOTONIC, ns. */
  int64_t (*now) (void);
  /* Sets @error (nullable) to a formatted message: "cannot VERB OBJECT: reason". One of
   * target_new () or request_new () that begins with "KEY: ", where KEY is an option of the plugin's,
   * is told at that key's line of the INI file. */
  void (*set_error) (GError **error, const char *format, ...) THRUM_PRINTF (2, 3);
} ThrumHost;

/* The virtual user a session belongs to. */
typedef struct {
  uint32_t size;
  uint32_t worker; /* 0-based */
  uint64_t number; /* 0-based, over the whole test */
  uint64_t seed;   /* derived from [load] seed; differs per user, the same in every run */
} ThrumUser;

/* One call of a request. */
typedef struct {
  uint32_t size;
  bool wants_payload;  /* a check needs the reply's body; else keep none of it */
  uint64_t id;         /* codec: names the call, rises on a connection; session: the user's count */
  int64_t deadline_ns; /* when its time limit passes; the core enforces it */
  const ThrumValues *values; /* (nullable): the request's values for this call, TEMPLATE ones
                                expanded; NULL: those given to request_new () hold */
} ThrumCall;

/* ---- Session operations -------------------------------------------------------------------- */

/* What came of a call. The core zeroes it and owns intended, sent and the end; the plugin fills in
 * what it knows and leaves the rest 0. */
typedef struct {
  uint32_t size;
  int32_t status;          /* the protocol's code; 0: no reply */
  uint32_t failure;        /* ThrumFailure */
  uint32_t resent;         /* hidden resends (a dead kept-alive connection, an auth challenge) */
  uint32_t redirects;      /* redirects followed */
  uint32_t connections;    /* connections opened for this call */
  uint64_t received_bytes; /* payload: of HTTP, the body */
  uint64_t sent_bytes;     /* the same; of a codec the core counts all that it encodes instead */
  int64_t resolved_ns;     /* the name was resolved; 0: no lookup, a connection was reused */
  int64_t connected_ns;    /* the transport was connected; 0: reused */
  int64_t secured_ns;      /* TLS was ready; 0: no TLS, or reused */
  int64_t first_byte_ns;   /* the reply's first byte (or its head) had come */
  int64_t done_ns;         /* an earlier end than run ()'s return; 0: take that */
  const void *payload;     /* if the call wants it: valid until the next operation, else NULL */
  size_t payload_bytes;
  uint32_t handshakes;         /* 1.2: TLS handshakes that succeeded for this call */
  uint32_t resumed_handshakes; /* 1.2: of them, those that resumed a session */
  const char *reason;          /* 1.2, (nullable): see ThrumEvent.reason */
} ThrumReply;

/* The most of a payload that a check may look at: a call that wants it and gets more fails as
 * THRUM_FAILURE_TOO_LARGE. The core's own limit for codecs; 1.2. */
#define THRUM_PAYLOAD_MAX ((size_t)64 << 20)

typedef struct {
  /* A new session of @user towards @target, on the thread that will run it. (transfer full);
   * NULL with @error set: we failed. Connects to nothing yet. One session lasts for the whole test:
   * what the user was given (cookies, a login) stands until close (). Required. */
  void *(*open) (void *target, const ThrumUser *user, GError **error);

  /* Does one request and returns when its reply is whole or has failed. false with @error set: we
   * failed. Blocks; must return soon after cancel (). Required. */
  bool (*run) (void *session, void *request, const ThrumCall *call, ThrumReply *reply,
               GError **error);

  /* Makes the running run () return with THRUM_FAILURE_CANCELLED. From any thread, only while a
   * run () is due, may come just before run () begins, and is repeated every few ms until run ()
   * has returned; so run () may begin by forgetting earlier cancels. Must not block. Required. */
  void (*cancel) (void *session);

  /* Frees the session, on its thread. Required. */
  void (*close) (void *session);
} ThrumSessionOps;

/* ---- Codec operations ---------------------------------------------------------------------- */

/* Where bytes to send are appended; the core's buffer. */
typedef struct ThrumOut ThrumOut;
struct ThrumOut {
  uint32_t size;
  uint8_t *data; /* [0, used) is filled */
  size_t used, capacity;
  bool (*reserve) (ThrumOut *out, size_t bytes); /* makes room for @bytes more; false: too many */
  /* 1.2: set by encode () when part of the call is to be sent later: decode () is to be called with
   * CAUSE_IDLE after this silence, as after a MORE with idle_ns. 0: do not. */
  int64_t idle_ns;
  /* 1.2: see thrum_out_lend (). (nullable): this one copies. */
  bool (*lend) (ThrumOut *out, const void *bytes, size_t n_bytes);
  const uint8_t *lent; /* the core's own: follows what is filled */
  size_t n_lent;
};

/* Appends a copy. false: beyond the core's limit; give up with an error. */
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

/* Fewer bytes are copied sooner than lent. */
#define THRUM_LENT_LEAST ((size_t)64 << 10)

/* The same, of bytes that stay as they are until their request is freed: many of them need no copy for
 * each call then. 1.2; a core of before copies. */
static inline bool
thrum_out_lend (ThrumOut *out, const void *bytes, size_t n_bytes)
{
  if (n_bytes >= THRUM_LENT_LEAST && out->size > offsetof (ThrumOut, lend) && out->lend != NULL)
    return out->lend (out, bytes, n_bytes);
  return thrum_out_append (out, bytes, n_bytes);
}

/* Where a codec's target is; target_new () fills it in, or leaves host NULL for the core's own
 * `address` key. Where both are given, `address` says whom to connect to, host whom TLS verifies.
 * Strings live as long as the target. */
typedef struct {
  uint32_t size;
  const char *host; /* (nullable): name, IPv4 or IPv6 without brackets, or "/path" of a
                                     Unix socket */
  uint16_t port;
  bool tls;
  const char *const *alpn;       /* (nullable): NULL-terminated, by preference */
  uint32_t calls_per_connection; /* how many calls one connection carries at a time; 0 means 1 */
  bool close_after_each;         /* a new connection for each call */
  bool awaits_ready;             /* the server speaks first: no call before the READY event */
} ThrumEndpoint;

/* The connection a codec is opened on. */
typedef struct {
  uint32_t size;
  const char *alpn; /* (nullable): what TLS negotiated */
  bool tls;
  uint32_t worker;
  uint64_t number; /* counts the worker's connections */
} ThrumConnInfo;

typedef enum {
  THRUM_ENCODE_SENT,     /* the call's bytes are in @out; a reply will come */
  THRUM_ENCODE_NO_REPLY, /* the call's bytes are in @out; it is done, with status 0, when the socket
                            has taken them. Nothing appended: done when the connection was ready
                            (with close_after_each, a test of connecting alone) */
  THRUM_ENCODE_FULL,     /* not now: takes no further call until one has ended */
  THRUM_ENCODE_ERROR,    /* we failed (host->set_error was called) */
  THRUM_ENCODE_REPEATABLE /* 1.1: as SENT, and to do it twice does no harm: where the server had
                             closed a kept connection, the core sends it again, once, on another */
} ThrumEncode;

typedef enum {
  THRUM_CAUSE_BYTES, /* bytes came */
  THRUM_CAUSE_END,   /* the peer closed its side in order; no more will come */
  THRUM_CAUSE_IDLE   /* nothing came for the event's idle_ns; a REPLY said now was done when its
                        last byte came, not now */
} ThrumCause;

typedef enum {
  THRUM_EVENT_MORE,  /* needs more bytes (or idle_ns of silence, if that is not 0) */
  THRUM_EVENT_READY, /* the greeting is over: calls may be sent (see ThrumEndpoint.awaits_ready) */
  THRUM_EVENT_HEAD,  /* the first byte, or the head, of call `id`'s reply. At most once, before its
                        DATA and REPLY; needless where one of them follows from the same bytes */
  THRUM_EVENT_DATA,  /* a slice of its payload; comes only if the call wants it */
  THRUM_EVENT_REPLY, /* its reply is whole: status, failure */
  THRUM_EVENT_LIMIT, /* from now on at most `limit` calls at a time */
  THRUM_EVENT_DRAIN, /* takes no further calls; those with an id after `id` were not handled and are
                         repeated by the core elsewhere */
  THRUM_EVENT_BROKEN /* the connection is of no use: every open call fails with `failure` */
} ThrumEventType;

/* What decode () found. The core zeroes it before each call. */
typedef struct {
  uint32_t size;
  uint32_t type;     /* ThrumEventType */
  uint64_t id;       /* HEAD, DATA, REPLY: the call; DRAIN: the last one handled */
  int32_t status;    /* REPLY */
  uint32_t failure;  /* REPLY, BROKEN: ThrumFailure */
  uint32_t limit;    /* LIMIT */
  bool close;        /* REPLY: the connection ends with this reply, as agreed */
  const void *data;  /* DATA: within the bytes given, or the connection's own */
  size_t data_bytes; /* DATA; REPLY: the payload's whole length */
  int64_t idle_ns;   /* MORE: call again with CAUSE_IDLE after this silence; 0: do not */
  /* 1.2, (nullable): REPLY, BROKEN: why it failed, for people: what is wrong, and where ("header line
   * 3, byte 7: a control character"). A few words of printable ASCII, of which there should not be
   * many: the core counts the distinct ones, and shows the first few. Valid until the next
   * operation. */
  const char *reason;
} ThrumEvent;

typedef enum {
  THRUM_CANCEL_KEEP, /* the connection can go on without the call (a stream was reset) */
  THRUM_CANCEL_CLOSE /* it can not: the core closes it */
} ThrumCancel;

/* A codec may leave so many bytes unconsumed; beyond it the core breaks the connection (too-large).
 * So it consumes what it can as it comes: a reply may be of any length. */
#define THRUM_UNCONSUMED_MAX ((size_t)1 << 20)

/* Bytes in, bytes out. One connection belongs to one thread; no operation may block, do I/O, read a
 * clock or keep a pointer into bytes it was given. */
typedef struct {
  /* A connection was made (and TLS is ready). May append a hello to @out. (transfer full); NULL
   * with @error set: we failed. Required. */
  void *(*open) (void *target, const ThrumConnInfo *info, ThrumOut *out, GError **error);

  /* Appends one call's bytes to @out. Called only while fewer calls than the limit are open. A call
   * that is said to be REPEATABLE may be encoded again, with another id, on another connection.
   * Nothing may be appended with FULL. Required. */
  ThrumEncode (*encode) (void *conn, void *request, const ThrumCall *call, ThrumOut *out,
                         GError **error);

  /* Looks at @n_bytes (may be 0; @bytes is never NULL), says one thing about them in @event, and in
   * @consumed how many it is done with. The core calls again with the rest, even if that is nothing,
   * until the event is MORE (the bytes given hold no further one) or BROKEN; no call is encoded in
   * between. With MORE, what was not consumed is given again together with what comes next. With
   * END and IDLE there may be bytes, and END's last event must be MORE or BROKEN; calls still open
   * after it fail as closed-early. Bytes that answer no open call are BROKEN. A REPLY with close is
   * the connection's last event. Splits must not matter: the same bytes give the same events however
   * they were cut, HEAD, the slices of DATA and when a broken stream is found to be broken apart. May
   * append to @out (acknowledgements). Required. */
  void (*decode) (void *conn, const uint8_t *bytes, size_t n_bytes, ThrumCause cause,
                  size_t *consumed, ThrumOut *out, ThrumEvent *event);

  /* The core gives up call @id (its deadline passed). (nullable): always CLOSE. */
  ThrumCancel (*cancel) (void *conn, uint64_t id, ThrumOut *out);

  /* Frees the connection. May append a last word to @out, sent if the socket takes it. Required. */
  void (*close) (void *conn, ThrumOut *out);
} ThrumCodecOps;

/* ---- The descriptor ------------------------------------------------------------------------ */

/* Made with THRUM_PLUGIN_HEAD:
 *
 *   THRUM_EXPORT const ThrumPlugin thrum_plugin_echo = {
 *     THRUM_PLUGIN_HEAD, .name = "echo", .version = "1", .summary = "...", ... };
 */
typedef struct {
  uint32_t magic;
  uint16_t abi_major, abi_minor; /* of the header it was compiled with */
  uint16_t needs_minor;          /* the least minor version of the core it can do with */
  uint16_t reserved;
  uint32_t size;         /* of this struct */
  uint32_t option_size;  /* of a ThrumOption */
  uint32_t session_size; /* of ThrumSessionOps */
  uint32_t codec_size;   /* of ThrumCodecOps */

  const char *name; /* [a-z0-9_]+, the NAME of the file and of the symbol */
  const char *version;
  const char *summary;        /* one line */
  const char *const *schemes; /* (nullable): URL schemes it serves, NULL-terminated; a test given
                                    as a URL sets its target option `url` */
  const ThrumOption *target_options; /* (nullable) */
  uint32_t n_target_options;
  const ThrumOption *request_options; /* (nullable) */
  uint32_t n_request_options;
  uint32_t descriptors_per_session; /* session: files one session may hold open; 0 means 4 */

  /* A target from its values. Once in each worker, and once in the coordinator to check it before
   * anything is sent: may read files, must not connect, resolve names or start threads. Codec:
   * fills in @endpoint (NULL for a session plugin). (transfer full); NULL with @error set: the
   * values do not fit. Required. */
  void *(*target_new) (const ThrumHost *host, const ThrumValues *values, ThrumEndpoint *endpoint,
                       GError **error);
  void (*target_free) (void *target); /* Required. */

  /* A request from its values; as target_new (). Required. */
  void *(*request_new) (const ThrumHost *host, void *target, const ThrumValues *values,
                        GError **error);
  void (*request_free) (void *request); /* Required. */

  /* Exactly one of the two. */
  const ThrumSessionOps *session;
  const ThrumCodecOps *codec;

  /* 1.1, (nullable): every request does. Whether @request awaits a reply; expect-status and
   * expect-body are refused of one that does not. */
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
