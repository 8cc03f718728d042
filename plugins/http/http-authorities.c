/* SPDX-License-Identifier: MIT
 *
 * Loads the authorities that the environment names, as OpenSSL and so `http1` read it: the file
 * SSL_CERT_FILE and the folders SSL_CERT_DIR, whose files are named by a hash of their subject. GIO
 * reads only files, so the contents of the folders are joined in memory. On the main thread.
 */
#include "http-client.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whether OpenSSL would look into a file of this name: eight hexadecimal digits, a dot and a number. */
static gboolean
is_hashed (const gchar *name)
{
  gsize n = strspn (name, "0123456789abcdef");

  return n == 8 && name[n] == '.' && name[n + 1] != '\0'
         && name[n + 1 + strspn (name + n + 1, "0123456789")] == '\0';
}

static void
append_folder (GString *pem, const gchar *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);

  for (const gchar *name; folder != NULL && (name = g_dir_read_name (folder)) != NULL;)
    {
      g_autofree gchar *file = g_build_filename (path, name, NULL);
      g_autofree gchar *text = NULL;

      if (is_hashed (name) && g_file_get_contents (file, &text, NULL, NULL))
        g_string_append_printf (pem, "%s\n", text);
    }
}

static void
close_file (gpointer fd)
{
  close (GPOINTER_TO_INT (fd) - 1);
}

/* A database of what @pem holds. GnuTLS reads its file anew now and then: it lives as long. */
static GTlsDatabase *
make_database (const GString *pem, GError **error)
{
  int fd = memfd_create ("thrum-authorities", MFD_CLOEXEC);
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  GTlsDatabase *database = NULL;
  gboolean is_written = fd >= 0;

  for (gsize at = 0; is_written && at < pem->len;)
    {
      gssize n = write (fd, pem->str + at, pem->len - at);

      is_written = n > 0;
      at += (gsize)MAX (n, 0);
    }
  if (is_written)
    database = g_tls_file_database_new (path, error);
  else
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s", g_strerror (errno));
  if (database != NULL)
    g_object_set_data_full (G_OBJECT (database), "thrum-file", GINT_TO_POINTER (fd + 1),
                            close_file);
  else if (fd >= 0)
    close (fd);
  return database;
}

GTlsDatabase *
client_authorities_new (const gchar *file, const gchar *folders, GError **error)
{
  g_autoptr (GString) pem = g_string_new (NULL);
  g_auto (GStrv) list = g_strsplit (folders, ":", -1);
  g_autofree gchar *text = NULL;

  if (file != NULL && !g_file_get_contents (file, &text, NULL, error))
    return NULL;
  if (text != NULL)
    g_string_append_printf (pem, "%s\n", text);
  for (guint i = 0; list[i] != NULL; i++)
    append_folder (pem, list[i]);
  return make_database (pem, error);
}
