/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "net/tls-files.h"
#include "thrum/plugin.h"

G_BEGIN_DECLS

/* What all TLS connections of a target share. Immutable once made; any thread. */
typedef struct _ThrumTlsContext ThrumTlsContext;

typedef struct {
  ThrumTlsFiles files;
  const gchar *server_name; /* whom to ask for and to verify: a name or an IP address */
  const gchar *const *alpn; /* (nullable): NULL-terminated */
  gboolean reuse_sessions;
  gboolean release_buffers; /* an idle connection holds none of 34 KB; for some 3% of CPU */
} ThrumTlsOptions;

/* NULL with @error set (G_TLS_ERROR) when a file cannot be used. */
ThrumTlsContext *thrum_tls_context_new (const ThrumTlsOptions *options, GError **error);
void thrum_tls_context_free (ThrumTlsContext *context);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumTlsContext, thrum_tls_context_free)

/* The last session a lane was given, to resume. Zero-initialized; one thread. */
typedef struct {
  gpointer session;
} ThrumTlsCache;
void thrum_tls_cache_clear (ThrumTlsCache *cache);

/* One connection's TLS: bytes in, bytes out; it has no socket, so that whoever reads the bytes
 * keeps their receive stamps. One thread. */
typedef struct _ThrumTls ThrumTls;

typedef enum {
  THRUM_TLS_OK,    /* handshake: done; read: *n bytes */
  THRUM_TLS_MORE,  /* needs more bytes */
  THRUM_TLS_END,   /* read: the peer closed its side, and said so (close_notify) */
  THRUM_TLS_FAILED /* of no use: see thrum_tls_get_failure () */
} ThrumTlsResult;

/* @cache (nullable) outlives it. NULL: out of memory. */
ThrumTls *thrum_tls_new (ThrumTlsContext *context, ThrumTlsCache *cache);
void thrum_tls_free (ThrumTls *tls);

/* The bytes that handshake () and read () take next; they must stay until read ()
 * says MORE or has_more () is FALSE. */
void thrum_tls_feed (ThrumTls *tls, const guint8 *bytes, gsize n_bytes);

/* What each writes for the peer is appended to @out. */
ThrumTlsResult thrum_tls_handshake (ThrumTls *tls, ThrumOut *out);
ThrumTlsResult
thrum_tls_read (ThrumTls *tls, guint8 *buffer, gsize capacity, gsize *n_bytes, ThrumOut *out);
/* Whether some of what was fed is still to be read; without a call of read () to be told MORE. */
gboolean thrum_tls_has_more (ThrumTls *tls);
gboolean thrum_tls_write (ThrumTls *tls, const guint8 *bytes, gsize n_bytes, ThrumOut *out);
void thrum_tls_shutdown (ThrumTls *tls, ThrumOut *out);

/* After the handshake: what ALPN chose (nullable), valid as long as @tls. */
const gchar *thrum_tls_get_alpn (ThrumTls *tls);
gboolean thrum_tls_is_resumed (ThrumTls *tls);

/* Why it failed, in words; NULL: it has not. Valid as long as @tls. */
const gchar *thrum_tls_get_reason (ThrumTls *tls);

/* The words for a server that takes no protocol of those offered by ALPN. NULL: it took one, or none
 * was offered. (transfer full) */
gchar *thrum_tls_describe_refused_alpn (ThrumTls *tls);

/* TLS_VERIFY when the certificate was the cause, else TLS_FAILED. */
ThrumFailure thrum_tls_get_failure (ThrumTls *tls);

G_END_DECLS
