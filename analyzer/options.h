/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/compare/compare-condition.h"

G_BEGIN_DECLS

/* What the command line asks for. */
typedef struct {
  GStrv paths;     /* with compare: of the base */
  GStrv new_paths; /* (nullable) behind --, with compare */
  gboolean compare;
  GArray *conditions;        /* ThrumCompareCondition, of --fail-if */
  GPtrArray *thresholds;     /* ThrumAnalyzerThreshold, of --threshold */
  char *junit;               /* (nullable) file */
  double interval;           /* s; 0: chosen */
  char *output;              /* (nullable) the report's folder */
  const ThrumFormat *format; /* (nullable): detected */
  char *columns;             /* (nullable) what the columns of the rows are */
  guint jobs;
  gboolean json;
  char *plots; /* "png", "svg" or "none" */
  gboolean skip_warm_up;
  double apdex; /* s; 0: not wanted */
} ThrumAnalyzeOptions;

/* Parses @argv. FALSE where the program is to end with *@code now: it has said why, or printed what
 * was asked for. */
gboolean thrum_options_parse (ThrumAnalyzeOptions *self, int argc, char **argv, int *code);
void thrum_options_clear (ThrumAnalyzeOptions *self);

G_END_DECLS
