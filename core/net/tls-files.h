/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <openssl/ssl.h>

G_BEGIN_DECLS

typedef struct {
  const gchar *ca_file;     /* (nullable): the system's authorities */
  const gchar *certificate; /* (nullable): PEM, of the client */
  const gchar *key;         /* (nullable): PEM; the certificate's file */
  gboolean verify;
} ThrumTlsFiles;

/* Puts them into @ssl. FALSE with @error set (G_TLS_ERROR); @culprit is the key of the one to blame,
 * "ca-file", "certificate" or "key", static. */
gboolean thrum_tls_files_load (const ThrumTlsFiles *files, SSL_CTX *ssl, const gchar **culprit,
                               GError **error);

/* The same, only to see whether it can be done. */
gboolean thrum_tls_files_check (const ThrumTlsFiles *files, const gchar **culprit, GError **error);

/* Sets @error to what OpenSSL says of @what (and @file, nullable). Always FALSE. */
gboolean thrum_tls_files_fail (GError **error, const gchar *what, const gchar *file);

G_END_DECLS
