/* SPDX-License-Identifier: MIT
 *
 * Decides whether a plugin's descriptor may be used: first that we can read its layout, then
 * that it keeps the rules of <thrum/plugin.h>. Refuses to know how it got into memory. Trusts
 * that the strings and tables it points to can be read. Pure functions.
 */
#include "plugin/descriptor.h"

#include <math.h>

#include "plugin/loader.h"
#include "plugin/values.h"

#define MOST_OPTIONS 1000

/* What 1.0 had. Later fields stand behind it and are read only where size covers them. */
#define LEAST_PLUGIN_BYTES (offsetof (ThrumPlugin, codec) + sizeof (void *))
#define LEAST_OPTION_BYTES (offsetof (ThrumOption, help) + sizeof (void *))
#define LEAST_SESSION_BYTES (offsetof (ThrumSessionOps, close) + sizeof (void *))
#define LEAST_CODEC_BYTES (offsetof (ThrumCodecOps, close) + sizeof (void *))

static gboolean mismatch (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
mismatch (GError **error, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree gchar *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_MISMATCH,
               "%s; this thrum has plugin ABI %d.%d", what, THRUM_ABI_MAJOR, THRUM_ABI_MINOR);
  return FALSE;
}

static gboolean invalid (GError **error, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
invalid (GError **error, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree gchar *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID, what);
  return FALSE;
}

/* ---- The layout ---------------------------------------------------------------------------- */

/* A table's element, or the descriptor itself, must hold what the first version had. */
static gboolean
check_size (const ThrumPlugin *descriptor, const gchar *what, guint bytes, gsize least,
            GError **error)
{
  if (bytes >= least)
    return TRUE;
  return mismatch (error,
                   "it has plugin ABI %u.%u, but its %s has %u bytes, where %zu are the least",
                   descriptor->abi_major, descriptor->abi_minor, what, bytes, least);
}

gboolean
thrum_descriptor_check_abi (const ThrumPlugin *descriptor, gsize symbol_bytes, GError **error)
{
  if (symbol_bytes != 0 && symbol_bytes < LEAST_PLUGIN_BYTES)
    return mismatch (error,
                     "it has %zu bytes, so it is no ThrumPlugin, which has at least %zu (its ABI "
                     "version cannot be read)",
                     symbol_bytes, LEAST_PLUGIN_BYTES);
  if (descriptor->magic != THRUM_PLUGIN_MAGIC)
    return mismatch (error,
                     "its magic is 0x%08x, not 0x%08x, so it is no ThrumPlugin (its ABI version "
                     "cannot be read)",
                     descriptor->magic, THRUM_PLUGIN_MAGIC);
  if (descriptor->abi_major != THRUM_ABI_MAJOR)
    return mismatch (error, "it has plugin ABI %u.%u, another major version: compile it anew",
                     descriptor->abi_major, descriptor->abi_minor);
  if (descriptor->needs_minor > THRUM_ABI_MINOR)
    return mismatch (error, "it has plugin ABI %u.%u and needs at least %u.%u of thrum",
                     descriptor->abi_major, descriptor->abi_minor, descriptor->abi_major,
                     descriptor->needs_minor);
  if (symbol_bytes != 0 && symbol_bytes < descriptor->size)
    return mismatch (error, "it says ABI %u.%u and %u bytes, but the symbol has %zu",
                     descriptor->abi_major, descriptor->abi_minor, descriptor->size, symbol_bytes);
  return check_size (descriptor, "ThrumPlugin", descriptor->size, LEAST_PLUGIN_BYTES, error)
         && check_size (descriptor, "ThrumOption", descriptor->option_size, LEAST_OPTION_BYTES,
                        error)
         && check_size (descriptor, "ThrumSessionOps", descriptor->session_size,
                        LEAST_SESSION_BYTES, error)
         && check_size (descriptor, "ThrumCodecOps", descriptor->codec_size, LEAST_CODEC_BYTES,
                        error);
}

/* ---- The rules ----------------------------------------------------------------------------- */

/* Whether @text can stand in a list: one line of UTF-8 that says something. */
static gboolean
is_one_line (const gchar *text)
{
  if (text == NULL || *text == '\0' || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (const gchar *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      return FALSE;
  return TRUE;
}

static gboolean
check_names (const ThrumPlugin *descriptor, const gchar *name, GError **error)
{
  if (descriptor->name == NULL || !g_str_equal (descriptor->name, name))
    return invalid (error, "its name is '%s', but its file is called '%s.so'",
                    descriptor->name != NULL ? descriptor->name : "(none)", name);
  if (!is_one_line (descriptor->version))
    return invalid (error, "its version is not one line of text");
  if (!is_one_line (descriptor->summary))
    return invalid (error, "its summary is not one line of text");
  return TRUE;
}

static gboolean
check_hooks (const ThrumPlugin *descriptor, GError **error)
{
  const ThrumSessionOps *session = descriptor->session;
  const ThrumCodecOps *codec = descriptor->codec;

  if ((session != NULL) == (codec != NULL))
    return invalid (error, "it has %s; exactly one of session and codec is needed",
                    session != NULL ? "both operation tables" : "no operation table");

  const struct {
    const gchar *name;
    gboolean is_there;
  } required[] = {
    { "target_new", descriptor->target_new != NULL },
    { "target_free", descriptor->target_free != NULL },
    { "request_new", descriptor->request_new != NULL },
    { "request_free", descriptor->request_free != NULL },
    { "session->open", session == NULL || session->open != NULL },
    { "session->run", session == NULL || session->run != NULL },
    { "session->cancel", session == NULL || session->cancel != NULL },
    { "session->close", session == NULL || session->close != NULL },
    { "codec->open", codec == NULL || codec->open != NULL },
    { "codec->encode", codec == NULL || codec->encode != NULL },
    { "codec->decode", codec == NULL || codec->decode != NULL },
    { "codec->close", codec == NULL || codec->close != NULL },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (required); i++)
    if (!required[i].is_there)
      return invalid (error, "its required hook %s is missing", required[i].name);
  return TRUE;
}

gboolean
thrum_descriptor_is_reserved (const gchar *key)
{
  static const gchar *const words[] = { "plugin", "target", "weight", "timeout", NULL };
  static const gchar *const prefixes[] = { "expect-", "extract-", "data-", "on-" };

  for (gsize i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (key, prefixes[i]))
      return TRUE;
  return g_strv_contains (words, key);
}

static gboolean
check_key (const ThrumPlugin *descriptor, const gchar *key, GError **error)
{
  const ThrumOptionTable transport = thrum_option_table_of_transport ();

  if (key == NULL || *key == '\0' || *key == '-'
      || strspn (key, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen (key))
    return invalid (error, "its option '%s' is not called [a-z0-9][a-z0-9-]*",
                    key != NULL ? key : "(none)");
  if (thrum_descriptor_is_reserved (key))
    return invalid (error, "its option '%s' has a name that thrum keeps for itself", key);
  if (descriptor->codec != NULL && thrum_option_table_find (&transport, key) >= 0)
    return invalid (error,
                    "its option '%s' has the name of a transport key, which thrum serves "
                    "for every codec plugin",
                    key);
  return TRUE;
}

static gboolean
check_choices (const ThrumOption *option, GError **error)
{
  if (option->type != THRUM_OPTION_ENUM)
    return option->choices == NULL
           || invalid (error, "its option '%s' has choices but is no enum", option->key);
  if (option->choices == NULL || option->choices[0] == NULL)
    return invalid (error, "its option '%s' is an enum without choices", option->key);
  for (guint i = 0; option->choices[i] != NULL; i++)
    {
      if (!is_one_line (option->choices[i]))
        return invalid (error, "its option '%s' has a choice that is not one line", option->key);
      for (guint j = 0; j < i; j++)
        if (g_str_equal (option->choices[i], option->choices[j]))
          return invalid (error, "its option '%s' has the choice '%s' twice", option->key,
                          option->choices[i]);
    }
  return TRUE;
}

static gboolean
check_bounds (const ThrumOption *option, GError **error)
{
  gboolean has_bounds = option->minimum != 0 || option->maximum != 0;
  gboolean may_have_bounds = option->type == THRUM_OPTION_INT || option->type == THRUM_OPTION_DOUBLE
                             || option->type == THRUM_OPTION_DURATION
                             || option->type == THRUM_OPTION_SIZE;

  if (has_bounds && !may_have_bounds)
    return invalid (error, "its option '%s' has bounds but is no number", option->key);
  if (isnan (option->minimum) || isnan (option->maximum)
      || (has_bounds && option->minimum >= option->maximum))
    return invalid (error, "its option '%s' has a minimum that is not below its maximum",
                    option->key);
  return TRUE;
}

static gboolean
check_fallback (const ThrumOption *option, GError **error)
{
  g_autoptr (GError) reason = NULL;
  ThrumValue value;

  if (option->fallback == NULL)
    return TRUE;
  if (option->flags & THRUM_OPTION_REQUIRED)
    return invalid (error, "its option '%s' is required, but has a fallback", option->key);
  if (*option->fallback != '\0' && !is_one_line (option->fallback))
    return invalid (error, "its option '%s' has a fallback that is not one line of text",
                    option->key);
  if (!thrum_value_parse (&value, option, option->fallback, &reason))
    return invalid (error, "its option '%s' has a fallback that does not fit: %s", option->key,
                    reason->message);
  thrum_value_clear (&value);
  return TRUE;
}

static gboolean
check_option (const ThrumPlugin *descriptor, const ThrumOption *option, gboolean is_request,
              GError **error)
{
  if (!check_key (descriptor, option->key, error))
    return FALSE;
  if ((guint)option->type > THRUM_OPTION_ENUM)
    return invalid (error, "its option '%s' has the type %u, unknown to this version", option->key,
                    (guint)option->type);
  if (!is_one_line (option->help))
    return invalid (error, "its option '%s' has a help that is not one line of text", option->key);
  if ((option->flags & THRUM_OPTION_TEMPLATE) && !is_request)
    return invalid (error, "its target option '%s' is a template; only requests vary per call",
                    option->key);
  if ((option->flags & THRUM_OPTION_PATH) && option->type != THRUM_OPTION_STRING)
    return invalid (error, "its option '%s' is a path but no string", option->key);
  if ((option->flags & (THRUM_OPTION_URL | THRUM_OPTION_ESCAPES))
      && option->type != THRUM_OPTION_STRING)
    return invalid (error, "its option '%s' is a URL or has escapes, but is not a string",
                    option->key);
  if ((option->flags & THRUM_OPTION_HEADERS) && option->type != THRUM_OPTION_LIST)
    return invalid (error, "its option '%s' holds headers, but is not a list", option->key);
  return check_choices (option, error) && check_bounds (option, error)
         && check_fallback (option, error);
}

static gboolean
check_only_with (const ThrumOptionTable *table, guint index, GError **error)
{
  if (thrum_option_table_check_only_with (table, index))
    return TRUE;
  return invalid (error,
                  "its option '%s' is of use only with '%s', which is not 'KEY = CHOICE, ...' or "
                  "'KEY != CHOICE, ...' of an enum declared before it",
                  thrum_option_table_get (table, index)->key,
                  thrum_option_table_get_only_with (table, index));
}

/* Options one by one, and that no key stands twice in the two tables together. */
static gboolean
check_options (const ThrumPlugin *descriptor, GError **error)
{
  const ThrumOptionTable tables[] = { thrum_option_table_of_target (descriptor),
                                      thrum_option_table_of_request (descriptor) };
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint t = 0; t < G_N_ELEMENTS (tables); t++)
    {
      if (tables[t].n_options > MOST_OPTIONS
          || (tables[t].options == NULL && tables[t].n_options > 0))
        return invalid (error, "its %s options are %u at %p", t == 0 ? "target" : "request",
                        tables[t].n_options, (const void *)tables[t].options);
      for (guint i = 0; i < tables[t].n_options; i++)
        {
          const ThrumOption *option = thrum_option_table_get (&tables[t], i);
          if (!check_option (descriptor, option, t == 1, error)
              || !check_only_with (&tables[t], i, error))
            return FALSE;
          if (!g_hash_table_add (seen, (gpointer)option->key))
            return invalid (error, "its option '%s' is declared twice", option->key);
        }
    }
  return TRUE;
}

/* A URL in place of an INI file becomes the target option `url`: whoever serves schemes has one. */
static gboolean
check_schemes (const ThrumPlugin *descriptor, GError **error)
{
  const ThrumOptionTable table = thrum_option_table_of_target (descriptor);
  gint url = thrum_option_table_find (&table, "url");

  if (descriptor->schemes == NULL || descriptor->schemes[0] == NULL)
    return TRUE;
  if (url < 0 || thrum_option_table_get (&table, (guint)url)->type != THRUM_OPTION_STRING)
    return invalid (error, "it serves URL schemes but has no target option 'url' of type string");
  for (guint i = 0; descriptor->schemes[i] != NULL; i++)
    {
      const gchar *scheme = descriptor->schemes[i];
      if (!g_ascii_islower (*scheme)
          || strspn (scheme, "abcdefghijklmnopqrstuvwxyz0123456789+.-") != strlen (scheme))
        return invalid (error, "its URL scheme '%s' is not in lower case like 'http'", scheme);
    }
  return TRUE;
}

gboolean
thrum_descriptor_check_rules (const ThrumPlugin *descriptor, const gchar *name, GError **error)
{
  return check_names (descriptor, name, error) && check_hooks (descriptor, error)
         && check_options (descriptor, error) && check_schemes (descriptor, error);
}

gboolean
thrum_descriptor_awaits_reply (const ThrumPlugin *descriptor, gconstpointer request)
{
  const gsize end = offsetof (ThrumPlugin, awaits_reply) + sizeof descriptor->awaits_reply;

  return descriptor->size < end || descriptor->awaits_reply == NULL
         || descriptor->awaits_reply (request);
}
