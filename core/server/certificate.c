/* SPDX-License-Identifier: MIT
 *
 * A certificate for a server that was given none: made in memory, signed by itself, good for this
 * machine's names only. Nothing of it is written down, so no client can trust it; it is there to
 * load TLS, not to be secure. Any thread.
 */
#include "server/certificate.h"

#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define VALID_S (7 * 24 * 3600)
#define NAMES "DNS:localhost,IP:127.0.0.1,IP:::1"

static gboolean
add_extension (X509 *certificate, int nid, const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;
  gboolean is_good;

  X509V3_set_ctx_nodb (&context);
  X509V3_set_ctx (&context, certificate, certificate, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &context, nid, value);
  is_good = extension != NULL && X509_add_ext (certificate, extension, -1) == 1;
  X509_EXTENSION_free (extension);
  return is_good;
}

static gboolean
fill (X509 *certificate, EVP_PKEY *key)
{
  X509_NAME *name = X509_get_subject_name (certificate);
  unsigned char serial[8];

  /* Positive, and another each time: a client that cached the last one would refuse it. */
  if (RAND_bytes (serial, sizeof serial) != 1)
    return FALSE;
  return X509_set_version (certificate, X509_VERSION_3) == 1
         && ASN1_STRING_set (X509_get_serialNumber (certificate), serial, sizeof serial) == 1
         && X509_gmtime_adj (X509_getm_notBefore (certificate), -3600) != NULL
         && X509_gmtime_adj (X509_getm_notAfter (certificate), VALID_S) != NULL
         && X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_ASC,
                                        (const unsigned char *)"thrum target", -1, -1, 0)
                == 1
         && X509_set_issuer_name (certificate, name) == 1 && X509_set_pubkey (certificate, key) == 1
         && add_extension (certificate, NID_subject_alt_name, NAMES)
         && X509_sign (certificate, key, EVP_sha256 ()) > 0;
}

gboolean
thrum_certificate_use_own (SSL_CTX *context)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *certificate = X509_new ();
  gboolean is_good = key != NULL && certificate != NULL && fill (certificate, key)
                     && SSL_CTX_use_certificate (context, certificate) == 1
                     && SSL_CTX_use_PrivateKey (context, key) == 1;

  X509_free (certificate);
  EVP_PKEY_free (key);
  return is_good;
}
