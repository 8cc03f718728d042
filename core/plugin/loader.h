/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "thrum/plugin.h"

G_BEGIN_DECLS

#define THRUM_PLUGIN_ERROR (thrum_plugin_error_quark ())
GQuark thrum_plugin_error_quark (void);

typedef enum {
  THRUM_PLUGIN_ERROR_NOT_FOUND, /* no folder has such a file; the message lists the folders */
  THRUM_PLUGIN_ERROR_LOAD,      /* dlopen failed, or the symbol is missing */
  THRUM_PLUGIN_ERROR_MISMATCH,  /* magic, ABI or table sizes do not fit; both versions are named */
  THRUM_PLUGIN_ERROR_INVALID    /* the descriptor breaks a rule: reserved key, missing hook, ... */
} ThrumPluginError;

/* A loaded shared object. It stays for the life of the process and is never freed. */
typedef struct {
  const gchar *path; /* absolute */
  const ThrumPlugin *descriptor;
} ThrumPluginModule;

/* Loads a plugin by name ("http": searched in THRUM_PLUGIN_PATH's folders, then the installed one)
 * or by path (anything with a slash; relative to @base_directory, (nullable): the current one).
 * The same file is loaded once. NULL with @error set (THRUM_PLUGIN_ERROR). Main thread. */
const ThrumPluginModule *
thrum_plugin_load (const gchar *name_or_path, const gchar *base_directory, GError **error);

/* The folders searched, in order. (transfer full): NULL-terminated, g_strfreev. */
gchar **thrum_plugin_get_directories (void);

/* The names of every plugin found, sorted; those that do not load included. (transfer full) */
gchar **thrum_plugin_list (void);

/* The host vtable given to every plugin. Static. */
const ThrumHost *thrum_plugin_host (void);

G_END_DECLS
