/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "config/document.h"
#include "thrum/plugin.h"

G_BEGIN_DECLS

/* What reading a section's values needs besides the section, and collects. */
typedef struct {
  ThrumProblems *problems;
  const gchar *base_directory; /* of relative paths, absolute; (nullable): the current one */
  GPtrArray *secrets;          /* NAME=VALUE (gchar *), for what ${env:NAME} now stands for */
  const ThrumDocument *document;
  const ThrumPlugin *plugin; /* (nullable): the one whose keys a section holds */
  gchar **secret_headers,
      **secret_keys; /* what [results] adds to the names of secrets; (nullable) */
} ThrumReading;

G_END_DECLS
