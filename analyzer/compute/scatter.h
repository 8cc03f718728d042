/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/reader.h"

G_BEGIN_DECLS

/* What a scatter plot needs of all rows. While rows are few, each is kept; beyond that, the number
 * of rows in each pixel, and the slowest rows themselves. The picture is the same either way,
 * because every pixel that a row would mark is kept. */
#define THRUM_SCATTER_MAX_POINTS 200000
#define THRUM_SCATTER_WORST 1000
#define THRUM_SCATTER_WIDTH 1064 /* pixels of a plot's area, see data/style.gp */
#define THRUM_SCATTER_HEIGHT 500

typedef struct {
  gint64 elapsed;
  gint64 response;
  gboolean failed;
} ThrumScatterPoint;

typedef struct {
  gboolean by_pixel; /* else all rows are in points */
  guint width;       /* pixels */
  guint height;
  gboolean log; /* y is the logarithm */
  gint64 end;   /* units: x runs over [0, end] */
  double low;   /* y runs from here, units (or their log10) */
  double high;
  guint32 *good;          /* (nullable) (owned) [height][width], row 0 the lowest */
  guint32 *failed;        /* (nullable) (owned) */
  gint64 *rows;           /* (nullable) (owned by the frame) the least response of each pixel row */
  guint16 *row_of;        /* (nullable) (owned by the frame) where each bucket's least value is */
  GArray *points;         /* ThrumScatterPoint, by time: all rows, or the slowest */
  ThrumScatterPoint last; /* of the slowest rows kept: a row that is not slower is not among them */
} ThrumScatter;

/* Returns a frame for @n_rows rows that end by @end and whose response times lie in [@min, @max].
 * Half of the times are at most @median. The y axis is logarithmic if the times spread widely.
 * (transfer full) */
ThrumScatter *thrum_scatter_new (guint64 n_rows, gint64 end, gint64 min, gint64 median, gint64 max);

/* Collect rows, as a ThrumScanConsumer: @scatter is the frame, and each state is a ThrumScatter. */
gpointer thrum_scatter_state_new (gpointer scatter);
void thrum_scatter_consume (gpointer state, const ThrumRow *rows, guint n_rows);

/* Takes what @state gathered, and frees it. Call finish () after the last one. */
void thrum_scatter_absorb (ThrumScatter *self, ThrumScatter *state);
void thrum_scatter_finish (ThrumScatter *self);
void thrum_scatter_free (ThrumScatter *self);

G_END_DECLS
