/* SPDX-License-Identifier: MIT
 *
 * Makes a codec's target and requests from option texts, as a config would, and gives it something
 * to write to. Knows no INI file, no socket and no meaning of bytes.
 */
#include "conformance/codec-subject.h"

#include <stdlib.h>
#include <string.h>

#include "plugin/loader.h"
#include "plugin/values.h"

static void
values_free (gpointer data)
{
  thrum_values_clear (data);
  g_free (data);
}

/* Gives @values what "key=value" @option says. FALSE without @error set: @table has no such key. */
static gboolean
set_option (ThrumValues *values, const ThrumOptionTable *table, const gchar *option, GError **error)
{
  const gchar *equals = strchr (option, '=');
  g_autofree gchar *key = g_strndup (option, equals != NULL ? (gsize)(equals - option) : 0);
  const gint index = thrum_option_table_find (table, key);

  if (equals == NULL)
    {
      g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID,
                   "'%s' is no option: expected KEY=VALUE", option);
      return FALSE;
    }
  if (index < 0)
    return FALSE;
  if (thrum_values_set (values, table, (guint)index, equals + 1, error))
    return TRUE;
  g_prefix_error (error, "%s: ", key);
  return FALSE;
}

static gboolean
check_required (const ThrumValues *values, const ThrumOptionTable *table, GError **error)
{
  for (guint i = 0; i < table->n_options; i++)
    {
      const ThrumOption *option = thrum_option_table_get (table, i);

      if ((option->flags & THRUM_OPTION_REQUIRED) != 0 && !thrum_value (values, i)->is_set)
        {
          g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID, "%s is required: %s",
                       option->key, option->help);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
has_key (const gchar *const *options, const gchar *key)
{
  const gsize n = strlen (key);

  for (; *options != NULL; options++)
    if (strncmp (*options, key, n) == 0 && (*options)[n] == '=')
      return TRUE;
  return FALSE;
}

/* Refuses what has no use, but for what @own (nullable) does not hold: that is meant for others, and
 * left out. */
static gboolean
check_uses (ThrumValues *values, const ThrumOptionTable *table, const gchar *const *own,
            GError **error)
{
  for (guint i = 0; i < table->n_options; i++)
    {
      const gchar *key = thrum_option_table_get (table, i)->key;
      g_autofree gchar *why =
          thrum_value (values, i)->is_set ? thrum_values_explain_no_use (values, table, i) : NULL;
      if (why != NULL && own != NULL && !has_key (own, key))
        thrum_values_reset (values, table, i);
      else if (why != NULL)
        {
          g_set_error (error, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID, "%s: %s", key, why);
          return FALSE;
        }
    }
  return TRUE;
}

static ThrumValues *
new_values (ThrumCodecSubject *subject, const ThrumOptionTable *table)
{
  ThrumValues *values = g_new0 (ThrumValues, 1);

  thrum_values_init (values, table);
  g_ptr_array_add (subject->values, values);
  return values;
}

static gboolean
read_target_options (ThrumCodecSubject *subject, ThrumValues *values, const gchar *const *options,
                     GError **error)
{
  const ThrumOptionTable table = thrum_option_table_of_target (subject->plugin);

  for (; options != NULL && *options != NULL; options++)
    {
      g_autoptr (GError) problem = NULL;

      if (set_option (values, &table, *options, &problem))
        continue;
      if (problem != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      g_ptr_array_add (subject->defaults, g_strdup (*options)); /* a request's, then */
    }
  return check_required (values, &table, error) && check_uses (values, &table, NULL, error);
}

ThrumCodecSubject *
thrum_codec_subject_new (const ThrumPlugin *plugin, const gchar *const *options, GError **error)
{
  g_autoptr (ThrumCodecSubject) subject = g_new0 (ThrumCodecSubject, 1);
  const ThrumOptionTable table = thrum_option_table_of_target (plugin);
  ThrumValues *values;

  subject->plugin = plugin;
  subject->endpoint.size = sizeof subject->endpoint;
  subject->requests = g_ptr_array_new ();
  subject->defaults = g_ptr_array_new_with_free_func (g_free);
  subject->values = g_ptr_array_new_with_free_func (values_free);
  values = new_values (subject, &table);
  if (!read_target_options (subject, values, options, error))
    return NULL;
  subject->target = plugin->target_new (thrum_plugin_host (), values, &subject->endpoint, error);
  return subject->target != NULL ? g_steal_pointer (&subject) : NULL;
}

gboolean
thrum_codec_subject_add_request (ThrumCodecSubject *subject, const gchar *const *options,
                                 GError **error)
{
  const ThrumOptionTable table = thrum_option_table_of_request (subject->plugin);
  ThrumValues *values = new_values (subject, &table);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  const gchar *const *own = options;
  gpointer request;

  for (guint i = 0; i < subject->defaults->len; i++)
    g_ptr_array_add (all, subject->defaults->pdata[i]);
  for (; options != NULL && *options != NULL; options++)
    g_ptr_array_add (all, (gpointer)*options);
  for (guint i = 0; i < all->len; i++)
    {
      g_autoptr (GError) problem = NULL;

      if (set_option (values, &table, all->pdata[i], &problem))
        continue;
      if (problem == NULL)
        g_set_error (&problem, THRUM_PLUGIN_ERROR, THRUM_PLUGIN_ERROR_INVALID,
                     "%s has no option as in '%s'", subject->plugin->name,
                     (const gchar *)all->pdata[i]);
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  if (!check_required (values, &table, error) || !check_uses (values, &table, own, error))
    return FALSE;
  request = subject->plugin->request_new (thrum_plugin_host (), subject->target, values, error);
  if (request == NULL)
    return FALSE;
  g_ptr_array_add (subject->requests, request);
  return TRUE;
}

void
thrum_codec_subject_free (ThrumCodecSubject *subject)
{
  for (guint i = 0; i < subject->requests->len; i++)
    subject->plugin->request_free (subject->requests->pdata[i]);
  if (subject->target != NULL)
    subject->plugin->target_free (subject->target);
  g_ptr_array_unref (subject->requests);
  g_ptr_array_unref (subject->values);
  g_ptr_array_unref (subject->defaults);
  g_free (subject);
}

/* ---- Something to write to ----------------------------------------------------------------- */

#define OUT_LIMIT ((gsize)128 << 20)

static bool
reserve (ThrumOut *out, size_t bytes)
{
  if (bytes > OUT_LIMIT - out->used)
    return false;
  if (out->capacity - out->used < bytes)
    {
      out->capacity = MAX (out->used + bytes, out->capacity * 2);
      out->data = g_realloc (out->data, out->capacity);
    }
  return true;
}

void
thrum_codec_out_init (ThrumOut *out)
{
  *out = (ThrumOut){ .size = sizeof *out, .reserve = reserve };
}

void
thrum_codec_out_clear (ThrumOut *out)
{
  g_free (out->data);
}
