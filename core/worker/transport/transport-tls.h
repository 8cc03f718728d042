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
  const gchar *server_name; /* the name or IP address to ask for and to verify */
  const gchar *const *alpn; /* (nullable): NULL-terminated */
  gboolean reuse_sessions;
  gboolean release_buffers; /* an idle connection then does not hold its 34 KB; costs some 3% of
                               CPU */
} ThrumTlsOptions;

/* Makes a context. NULL with @error set (G_TLS_ERROR): a file cannot be used. */
ThrumTlsContext *thrum_tls_context_new (const ThrumTlsOptions *options, GError **error);
void thrum_tls_context_free (ThrumTlsContext *context);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumTlsContext, thrum_tls_context_free)

/* The last session that a lane was given, which the next connection resumes. Zero-initialized;
 * one thread. */
typedef struct {
  gpointer session;
} ThrumTlsCache;
void thrum_tls_cache_clear (ThrumTlsCache *cache);

/* The TLS of one connection: it turns bytes into bytes and has no socket. So whoever reads the
 * bytes keeps their receive stamps. One thread. */
typedef struct _ThrumTls ThrumTls;

typedef enum {
  THRUM_TLS_OK,    /* handshake: done; read: *n bytes */
  THRUM_TLS_MORE,  /* it needs more bytes */
  THRUM_TLS_END,   /* read: the peer closed its side in order (close_notify) */
  THRUM_TLS_FAILED /* the connection is of no more use: see thrum_tls_get_failure () */
} ThrumTlsResult;

/* @cache (nullable) must outlive it. NULL: out of memory. */
ThrumTls *thrum_tls_new (ThrumTlsContext *context, ThrumTlsCache *cache);
void thrum_tls_free (ThrumTls *tls);

/* Sets the bytes that handshake () and read () take next. They must stay until read () returns
 * MORE or has_more () returns FALSE. */
void thrum_tls_feed (ThrumTls *tls, const guint8 *bytes, gsize n_bytes);

/* Each of these appends to @out what is to be sent to the peer. */
ThrumTlsResult thrum_tls_handshake (ThrumTls *tls, ThrumOut *out);
ThrumTlsResult
thrum_tls_read (ThrumTls *tls, guint8 *buffer, gsize capacity, gsize *n_bytes, ThrumOut *out);
/* Returns whether some of the bytes that were fed are still to be read. Saves a read () that
 * would only return MORE. */
gboolean thrum_tls_has_more (ThrumTls *tls);
gboolean thrum_tls_write (ThrumTls *tls, const guint8 *bytes, gsize n_bytes, ThrumOut *out);
void thrum_tls_shutdown (ThrumTls *tls, ThrumOut *out);

/* Returns what ALPN chose (nullable), after the handshake. Valid as long as @tls. */
const gchar *thrum_tls_get_alpn (ThrumTls *tls);
gboolean thrum_tls_is_resumed (ThrumTls *tls);

/* Returns why it failed, in words; NULL: it has not failed. Valid as long as @tls. */
const gchar *thrum_tls_get_reason (ThrumTls *tls);

/* Describes a server that accepts none of the protocols offered by ALPN. NULL: it accepted one,
 * or none was offered. (transfer full) */
gchar *thrum_tls_describe_refused_alpn (ThrumTls *tls);

/* Returns TLS_VERIFY if the certificate was the cause, else TLS_FAILED. */
ThrumFailure thrum_tls_get_failure (ThrumTls *tls);

G_END_DECLS
