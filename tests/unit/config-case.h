/* SPDX-License-Identifier: MIT
 *
 * What the tests of the config share: the least INI texts, and loading one for good or ill.
 */
#pragma once

#include <string.h>

#include "config/config.h"
#include "config/keys.h"

#define SECOND G_GINT64_CONSTANT (1000000000)
#define SAMPLE THRUM_TEST_BUILD_DIR "/sample/sample.so"
#define SAMPLE_CODEC THRUM_TEST_BUILD_DIR "/sample/sample_codec.so"

#define LOAD "[load]\nduration = 10s\n"
#define TARGET "[target site]\nplugin = " SAMPLE "\nurl = sample:x\n"
#define CODEC "[target site]\nplugin = " SAMPLE_CODEC "\nurl = sample:x\n"

static inline ThrumConfig *
load_bytes (const gchar *text, gsize length, const ThrumOverride *overrides, gsize n_overrides,
            gchar **problems)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);
  ThrumConfig *config =
      thrum_config_load (text, length, "t.ini", "/base", overrides, n_overrides, list);

  g_assert_true ((config == NULL) == (list->len > 0));
  g_ptr_array_add (list, NULL);
  *problems = g_strjoinv ("\n", (gchar **)list->pdata);
  return config;
}

static inline ThrumConfig *
load_good_with (const gchar *text, const ThrumOverride *overrides, gsize n_overrides)
{
  g_autofree gchar *problems = NULL;
  ThrumConfig *config = load_bytes (text, strlen (text), overrides, n_overrides, &problems);

  g_assert_cmpstr (problems, ==, "");
  return config;
}

static inline ThrumConfig *
load_good (const gchar *text)
{
  return load_good_with (text, NULL, 0);
}
