/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/reader.h"

G_BEGIN_DECLS

/* What the command line asks for. */
typedef struct {
  GStrv paths;
  double interval;           /* s; 0: chosen */
  char *output;              /* (nullable) the report's folder */
  const ThrumFormat *format; /* (nullable): detected */
  guint jobs;
  gboolean json;
  gboolean no_plots;
} ThrumOptions;

/* Parses @argv. FALSE where the program is to end with *@code now: it has said why, or printed what
 * was asked for. */
gboolean thrum_options_parse (ThrumOptions *self, int argc, char **argv, int *code);
void thrum_options_clear (ThrumOptions *self);

/* "2", "250ms", "1m30s", "1h" in seconds; 0 for what is none. */
double thrum_duration_parse (const char *text);

G_END_DECLS
