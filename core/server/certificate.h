/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>
#include <openssl/ssl.h>

G_BEGIN_DECLS

/* Has @context show a new certificate for localhost, 127.0.0.1 and ::1, signed by itself and good
 * for a week. FALSE: OpenSSL says why. */
gboolean thrum_certificate_use_own (SSL_CTX *context);

G_END_DECLS
