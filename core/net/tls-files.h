/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>
#include <openssl/ssl.h>

G_BEGIN_DECLS

typedef struct {
  const gchar *ca_file;     /* (nullable): the system's authorities */
  const gchar *certificate; /* (nullable): PEM, of the client */
  const gchar *key;         /* (nullable): PEM; NULL: it is in the certificate's file */
  gboolean verify;
} ThrumTlsFiles;

/* Loads the files into @ssl. FALSE with @error set (G_TLS_ERROR); @culprit is then the key of
 * the file to blame: "ca-file", "certificate" or "key". Static. */
gboolean thrum_tls_files_load (const ThrumTlsFiles *files, SSL_CTX *ssl, const gchar **culprit,
                               GError **error);

/* Loads them only to see whether that works. */
gboolean thrum_tls_files_check (const ThrumTlsFiles *files, const gchar **culprit, GError **error);

/* Sets @error to what OpenSSL reports about @what (and @file, nullable). Always returns FALSE. */
gboolean thrum_tls_files_fail (GError **error, const gchar *what, const gchar *file);

G_END_DECLS
