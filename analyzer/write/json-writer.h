/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Writes JSON by hand, so that a number has the decimals that were measured and no others (a
 * general writer prints 0.1 as 0.10000000000000001). One thread. @name is NULL within an array. */
typedef struct {
  GString *text; /* (owned) */
  guint depth;
  gboolean first;
} ThrumJson;

void thrum_json_init (ThrumJson *self);
char *thrum_json_finish (ThrumJson *self); /* (transfer full) */

void thrum_json_open (ThrumJson *self, const char *name, char bracket);        /* '{' or '[' */
void thrum_json_close (ThrumJson *self, char bracket);                         /* '}' or ']' */
void thrum_json_string (ThrumJson *self, const char *name, const char *value); /* (nullable) */
void thrum_json_count (ThrumJson *self, const char *name, guint64 value);
void thrum_json_number (ThrumJson *self, const char *name, double value, guint decimals);
void thrum_json_boolean (ThrumJson *self, const char *name, gboolean value);

G_END_DECLS
