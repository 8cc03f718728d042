/* SPDX-License-Identifier: MIT
 *
 * Checks that a client's key belongs to its certificate. GIO accepts any two; OpenSSL, which thrum
 * uses for its own TLS, can check it. On the main thread.
 */
#include "http-client.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* Asks nobody for a password: GIO has read the key, so it needs none. */
static int
give_no_password (char *buffer, int size, int is_writing, void *data)
{
  return 0;
}

gboolean
client_key_fits (const gchar *certificate_path, const gchar *key_path)
{
  BIO *certificate_file = BIO_new_file (certificate_path, "r");
  BIO *key_file = BIO_new_file (key_path, "r");
  X509 *certificate = NULL;
  EVP_PKEY *key = NULL;
  gboolean fits = TRUE; /* unless we know better */

  if (certificate_file != NULL && key_file != NULL)
    {
      certificate = PEM_read_bio_X509 (certificate_file, NULL, give_no_password, NULL);
      key = PEM_read_bio_PrivateKey (key_file, NULL, give_no_password, NULL);
    }
  if (certificate != NULL && key != NULL)
    fits = X509_check_private_key (certificate, key) == 1;
  ERR_clear_error ();
  X509_free (certificate);
  EVP_PKEY_free (key);
  BIO_free (certificate_file);
  BIO_free (key_file);
  return fits;
}
