/* SPDX-License-Identifier: MIT
 *
 * Certificates for the TLS tests, made anew in each run: none that is checked in can expire.
 */
#include "certificates.h"

#include <glib/gstdio.h>

static void
make (Certificates *certificates, const gchar *command)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) argv = NULL;
  g_autofree gchar *said = NULL;
  gint status;

  g_assert_true (g_shell_parse_argv (command, NULL, &argv, NULL));
  g_spawn_sync (certificates->directory, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, &said,
                &status, &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, &error))
    g_error ("%s: %s\n%s", command, error->message, said);
}

static void
make_leaf (Certificates *certificates, const gchar *name, const gchar *names, const gchar *signer,
           const gchar *dates)
{
  g_autofree gchar *request =
      g_strdup_printf ("openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                       "-subj /CN=%s -keyout %s.key -out %s.csr",
                       name, name, name);
  g_autofree gchar *extensions = g_strdup_printf ("%s.ext", name);
  g_autofree gchar *path = certificates_path (certificates, extensions);
  g_autofree gchar *text = g_strdup_printf ("subjectAltName=%s\n", names);
  g_autofree gchar *sign =
      g_strdup_printf ("openssl x509 -req -in %s.csr %s %s -extfile %s -out %s.pem", name, signer,
                       dates, extensions, name);

  make (certificates, request);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  make (certificates, sign);
}

Certificates *
certificates_new (void)
{
  static const gchar ca[] = "-CA ca.pem -CAkey ca.key -CAcreateserial";
  static const gchar here[] = "IP:127.0.0.1,DNS:localhost";
  Certificates *certificates = g_new0 (Certificates, 1);

  certificates->directory = g_dir_make_tmp ("thrum-tls-XXXXXX", NULL);
  g_assert_nonnull (certificates->directory);
  make (certificates, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                      "-subj /CN=thrum-test-authority -days 2 -keyout ca.key -out ca.pem");
  make_leaf (certificates, "good", here, ca, "-days 2");
  make_leaf (certificates, "wrong-name", "DNS:example.org", ca, "-days 2");
  make_leaf (certificates, "expired", here, ca, "-days -1");
  make_leaf (certificates, "alone", here, "-key alone.key", "-days 2");
  make_leaf (certificates, "client", "DNS:client", ca, "-days 2");
  make (certificates, "sh -c 'cat client.pem client.key > both.pem'");
  make (certificates, "openssl pkey -in client.key -aes128 -passout pass:x -out locked.key");
  return certificates;
}

void
certificates_free (Certificates *certificates)
{
  GDir *directory = g_dir_open (certificates->directory, 0, NULL);
  const gchar *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree gchar *path = certificates_path (certificates, name);

      g_unlink (path);
    }
  g_clear_pointer (&directory, g_dir_close);
  g_rmdir (certificates->directory);
  g_free (certificates->directory);
  g_free (certificates);
}

gchar *
certificates_path (Certificates *certificates, const gchar *name)
{
  return g_build_filename (certificates->directory, name, NULL);
}

GTlsCertificate *
certificates_load (Certificates *certificates, const gchar *name)
{
  g_autofree gchar *certificate = g_strdup_printf ("%s/%s.pem", certificates->directory, name);
  g_autofree gchar *key = g_strdup_printf ("%s/%s.key", certificates->directory, name);
  g_autoptr (GError) error = NULL;
  GTlsCertificate *loaded = g_tls_certificate_new_from_files (certificate, key, &error);

  g_assert_no_error (error);
  return loaded;
}
