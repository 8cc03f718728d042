/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A temporary folder with keys and certificates, made by the openssl program, good for two days:
 *
 *   ca.pem                       an authority
 *   good.pem good.key            127.0.0.1 and localhost, signed by it
 *   wrong-name.pem ...           example.org, signed by it
 *   expired.pem ...              as good, but of the past
 *   alone.pem ...                as good, but signed by itself
 *   client.pem client.key        a client's, signed by the authority; both.pem holds the two;
 *                                locked.key is it with a password
 */
typedef struct {
  gchar *directory;
} Certificates;

Certificates *certificates_new (void);
void certificates_free (Certificates *certificates);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Certificates, certificates_free)

/* The path of a file in it. (transfer full) */
gchar *certificates_path (Certificates *certificates, const gchar *name);

/* @name.pem with @name.key. (transfer full) */
GTlsCertificate *certificates_load (Certificates *certificates, const gchar *name);

G_END_DECLS
