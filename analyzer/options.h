/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compare/compare-condition.h"

G_BEGIN_DECLS

/* What the command line asks for. */
typedef struct {
  GStrv paths;     /* with compare: of the base */
  GStrv new_paths; /* (nullable) after --, with compare */
  gboolean compare;
  GArray *conditions;        /* ThrumCompareCondition, of --fail-if */
  GPtrArray *thresholds;     /* ThrumAnalyzerThreshold, of --threshold */
  char *junit;               /* (nullable) file */
  double interval;           /* s; 0: chosen */
  char *output;              /* (nullable) the report's folder */
  const ThrumFormat *format; /* (nullable): NULL: detected */
  char *columns;             /* (nullable) the meaning of the rows' columns */
  guint jobs;
  gboolean json;
  char *plots; /* "png", "svg" or "none" */
  gboolean skip_warm_up;
  double apdex; /* s; 0: not wanted */
} ThrumAnalyzeOptions;

/* Parses @argv. Returns FALSE if the program must now end with *@code; the reason, or the text that
 * was asked for, has been printed by then. */
gboolean thrum_options_parse (ThrumAnalyzeOptions *self, int argc, char **argv, int *code);
void thrum_options_clear (ThrumAnalyzeOptions *self);

G_END_DECLS
