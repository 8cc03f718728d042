/* SPDX-License-Identifier: MIT
 *
 * Finds shared objects, opens them and keeps them; descriptor.c knows what may be in one. Never
 * closes a module, not even a refused one, because its library may have started threads. The
 * main thread owns the table of loaded modules.
 */
#include "plugin/loader.h"

#include <dlfcn.h>
#include <gmodule.h>
#include <link.h>
#include <stdlib.h>

#include "base/nearest.h"
#include "plugin/descriptor.h"
#include "base/clock.h"
#include "thrum-config.h"

G_DEFINE_QUARK (thrum - plugin - error - quark, thrum_plugin_error)

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"

/* ---- The host ------------------------------------------------------------------------------ */

static void
set_error (GError **error, const char *format, ...)
{
  va_list arguments;

  if (error == NULL || *error != NULL) /* the first reason is the one that counts */
    return;
  va_start (arguments, format);
  *error = g_error_new_valist (G_IO_ERROR, G_IO_ERROR_FAILED, format, arguments);
  va_end (arguments);
}

static int64_t
now (void)
{
  return thrum_clock_now ();
}

const ThrumHost *
thrum_plugin_host (void)
{
  static const ThrumHost host = {
    .size = sizeof host,
    .abi_major = THRUM_ABI_MAJOR,
    .abi_minor = THRUM_ABI_MINOR,
    .now = now,
    .set_error = set_error,
  };

  return &host;
}

/* ---- Folders ------------------------------------------------------------------------------- */

gchar **
thrum_plugin_get_directories (void)
{
  const gchar *path = g_getenv ("THRUM_PLUGIN_PATH");
  g_auto (GStrv) given = g_strsplit (path != NULL ? path : "", G_SEARCHPATH_SEPARATOR_S, -1);
  g_autoptr (GStrvBuilder) directories = g_strv_builder_new ();

  for (guint i = 0; given[i] != NULL; i++)
    if (*given[i] != '\0')
      g_strv_builder_add (directories, given[i]);
  g_strv_builder_add (directories, THRUM_PLUGIN_DIR);
  return g_strv_builder_end (directories);
}

static gboolean
is_plugin_name (const gchar *name)
{
  return *name != '\0' && strspn (name, NAME_LETTERS) == strlen (name);
}

/* NAME of a path that ends in NAME.so; NULL: it does not. (transfer full) */
static gchar *
plugin_name_of (const gchar *path)
{
  g_autofree gchar *name = g_path_get_basename (path);

  if (!g_str_has_suffix (name, ".so"))
    return NULL;
  name[strlen (name) - strlen (".so")] = '\0';
  return is_plugin_name (name) ? g_steal_pointer (&name) : NULL;
}

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const gchar *const *)a, *(const gchar *const *)b);
}

gchar **
thrum_plugin_list (void)
{
  g_auto (GStrv) directories = thrum_plugin_get_directories ();
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; directories[i] != NULL; i++)
    {
      g_autoptr (GDir) directory = g_dir_open (directories[i], 0, NULL);
      for (const gchar *file; directory != NULL && (file = g_dir_read_name (directory)) != NULL;)
        {
          gchar *name = plugin_name_of (file);
          if (name != NULL)
            g_hash_table_add (names, name);
        }
    }
  guint n_names = 0;
  gchar **sorted = (gchar **)g_hash_table_get_keys_as_array (names, &n_names);
  g_hash_table_steal_all (names);
  qsort (sorted, n_names, sizeof *sorted, compare_names);
  return sorted;
}

static gchar *
find_by_name (const gchar *name, GError **error)
{
  g_auto (GStrv) directories = thrum_plugin_get_directories ();
  g_autofree gchar *file = g_strconcat (name, ".so", NULL);

  for (guint i = 0; is_plugin_name (name) && directories[i] != NULL; i++)
    {
      g_autofree gchar *relative = g_build_filename (directories[i], file, NULL);
      g_autofree gchar *path = g_canonicalize_filename (relative, NULL);
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }

  g_auto (GStrv) known = thrum_plugin_list ();
  ThrumNearest nearest = thrum_nearest_init (name);
  for (guint i = 0; known[i] != NULL; i++)
    thrum_nearest_offer (&nearest, known[i]);
  g_autofree gchar *hint = thrum_nearest_to_hint (&nearest);
  g_autofree gchar *searched = g_strjoinv (", ", directories);
  g_set_error (
      error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_NOT_FOUND,
      "no plugin '%s' in %s (THRUM_PLUGIN_PATH names more folders, a path with a slash one "
      "file)%s",
      name, searched, hint);
  return NULL;
}

static gchar *
find_by_path (const gchar *given, const gchar *base_directory, GError **error)
{
  g_autofree gchar *base =
      base_directory != NULL ? g_canonicalize_filename (base_directory, NULL) : NULL;
  g_autofree gchar *path = g_canonicalize_filename (given, base);

  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&path);
  g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_NOT_FOUND,
               "cannot load plugin '%s': %s", path,
               g_file_test (path, G_FILE_TEST_EXISTS) ? "not a file" : "no such file");
  return NULL;
}

/* ---- Loading ------------------------------------------------------------------------------- */

/* How many bytes the linker says @symbol has; 0: it does not say. */
static gsize
symbol_size (gconstpointer symbol)
{
  Dl_info info;
  ElfW (Sym) *entry = NULL;

  if (dladdr1 (symbol, &info, (void **)&entry, RTLD_DL_SYMENT) == 0 || entry == NULL)
    return 0;
  return entry->st_size;
}

static const ThrumPlugin *
open_descriptor (const gchar *path, const gchar *name, GError **error)
{
  g_autofree gchar *symbol_name = g_strconcat ("thrum_plugin_", name, NULL);
  gpointer symbol = NULL;

  GModule *module = g_module_open (path, G_MODULE_BIND_LOCAL);
  if (module == NULL)
    {
      g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_LOAD,
                   "cannot load plugin '%s': %s", path, g_module_error ());
      return NULL;
    }
  g_module_make_resident (module);

  if (!g_module_symbol (module, symbol_name, &symbol) || symbol == NULL)
    {
      g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_LOAD,
                   "cannot load plugin '%s': it exports no symbol '%s', so its ABI version is not "
                   "known; this thrum has plugin ABI %d.%d",
                   path, symbol_name, THRUM_ABI_MAJOR, THRUM_ABI_MINOR);
      return NULL;
    }
  if (!thrum_descriptor_check_abi (symbol, symbol_size (symbol), error)
      || !thrum_descriptor_check_rules (symbol, name, error))
    {
      g_prefix_error (error, "cannot load plugin '%s': symbol '%s': ", path, symbol_name);
      return NULL;
    }
  return symbol;
}

const ThrumPluginModule *
thrum_plugin_load (const gchar *name_or_path, const gchar *base_directory, GError **error)
{
  static GHashTable *modules; /* absolute path -> ThrumPluginModule */
  g_autofree gchar *path = strchr (name_or_path, G_DIR_SEPARATOR) != NULL
                               ? find_by_path (name_or_path, base_directory, error)
                               : find_by_name (name_or_path, error);

  if (path == NULL)
    return NULL;
  if (modules == NULL)
    modules = g_hash_table_new (g_str_hash, g_str_equal);
  ThrumPluginModule *module = g_hash_table_lookup (modules, path);
  if (module != NULL)
    return module;

  g_autofree gchar *name = plugin_name_of (path);
  if (name == NULL)
    {
      g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_LOAD,
                   "cannot load plugin '%s': the file of a plugin NAME is called NAME.so, with a "
                   "NAME of [a-z0-9_]",
                   path);
      return NULL;
    }
  const ThrumPlugin *descriptor = open_descriptor (path, name, error);
  if (descriptor == NULL)
    return NULL;

  module = g_new (ThrumPluginModule, 1);
  *module = (ThrumPluginModule){ .path = g_steal_pointer (&path), .descriptor = descriptor };
  g_hash_table_insert (modules, (gpointer)module->path, module);
  return module;
}
