/* SPDX-License-Identifier: MIT
 *
 * Loads the certificates and keys of a target's TLS. A worker loads them for its connections.
 * Whoever reads the config loads them too, so that a file that cannot be used is reported with
 * its line. Knows no connection. Any thread.
 */
#include "net/tls-files.h"

#include <openssl/err.h>

gboolean
thrum_tls_files_fail (GError **error, const gchar *what, const gchar *file)
{
  unsigned long code = ERR_peek_error (); /* the first is the cause of the others */
  const gchar *reason = code != 0 ? ERR_reason_error_string (code) : NULL;

  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE, "cannot use %s%s%s: %s", what,
               file != NULL ? " " : "", file != NULL ? file : "",
               reason != NULL ? reason : "OpenSSL gives no reason");
  ERR_clear_error ();
  return FALSE;
}

/* What OpenSSL says of a file that holds no key does not help. */
static gboolean
fail_without_key (GError **error, const gchar *certificate)
{
  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
               "cannot use certificate %s: it holds no private key that can be read; give `key`, "
               "the file that does",
               certificate);
  ERR_clear_error ();
  return FALSE;
}

/* Nobody is there to be asked. */
static int
refuse_pass_phrase (char *into, int size, int is_writing, void *was_asked)
{
  *(gboolean *)was_asked = TRUE;
  return -1;
}

static gboolean
load_key (const ThrumTlsFiles *files, SSL_CTX *ssl, GError **error)
{
  const gchar *key = files->key != NULL ? files->key : files->certificate;
  gboolean was_asked = FALSE, is_good;

  SSL_CTX_set_default_passwd_cb (ssl, refuse_pass_phrase);
  SSL_CTX_set_default_passwd_cb_userdata (ssl, &was_asked);
  is_good = SSL_CTX_use_PrivateKey_file (ssl, key, SSL_FILETYPE_PEM) == 1;
  SSL_CTX_set_default_passwd_cb_userdata (ssl, NULL);
  if (is_good)
    return TRUE;
  if (!was_asked)
    return files->key != NULL ? thrum_tls_files_fail (error, "key", key)
                              : fail_without_key (error, key);
  ERR_clear_error ();
  g_set_error (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE,
               "cannot use key %s: it is encrypted, and thrum asks for no pass phrase; decrypt it "
               "(openssl pkey -in KEY -out FILE)",
               key);
  return FALSE;
}

/* The authorities that the environment names, in place of the system's; else those. */
static gboolean
load_default_authorities (SSL_CTX *ssl, GError **error)
{
  const gchar *file = g_getenv (X509_get_default_cert_file_env ());
  const gchar *folders = g_getenv (X509_get_default_cert_dir_env ());
  gboolean has_file = file != NULL && *file != '\0';
  gboolean has_folders = folders != NULL && *folders != '\0';

  if (!has_file && !has_folders)
    return SSL_CTX_set_default_verify_paths (ssl) == 1
           || thrum_tls_files_fail (error, "the system's authorities", NULL);
  if (has_file && SSL_CTX_load_verify_file (ssl, file) != 1)
    return thrum_tls_files_fail (error, X509_get_default_cert_file_env (), file);
  if (has_folders && SSL_CTX_load_verify_dir (ssl, folders) != 1)
    return thrum_tls_files_fail (error, X509_get_default_cert_dir_env (), folders);
  return TRUE;
}

gboolean
thrum_tls_files_load (const ThrumTlsFiles *files, SSL_CTX *ssl, const gchar **culprit,
                      GError **error)
{
  *culprit = "ca-file";
  if (files->ca_file != NULL && SSL_CTX_load_verify_file (ssl, files->ca_file) != 1)
    return thrum_tls_files_fail (error, *culprit, files->ca_file);
  if (files->ca_file == NULL && files->verify && !load_default_authorities (ssl, error))
    return FALSE;
  *culprit = "certificate";
  if (files->certificate != NULL
      && SSL_CTX_use_certificate_chain_file (ssl, files->certificate) != 1)
    return thrum_tls_files_fail (error, *culprit, files->certificate);
  *culprit = files->key != NULL ? "key" : "certificate";
  if ((files->key != NULL || files->certificate != NULL) && !load_key (files, ssl, error))
    return FALSE;
  if (files->certificate != NULL && SSL_CTX_check_private_key (ssl) != 1)
    return thrum_tls_files_fail (error, "key",
                                 files->key != NULL ? files->key : files->certificate);
  return TRUE;
}

gboolean
thrum_tls_files_check (const ThrumTlsFiles *files, const gchar **culprit, GError **error)
{
  SSL_CTX *ssl = SSL_CTX_new (TLS_client_method ());
  gboolean is_good;

  *culprit = "ca-file";
  ERR_clear_error ();
  is_good = ssl != NULL ? thrum_tls_files_load (files, ssl, culprit, error)
                        : thrum_tls_files_fail (error, "OpenSSL", NULL);
  SSL_CTX_free (ssl);
  return is_good;
}
