/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/read/reader.h"

G_BEGIN_DECLS

/* What a scatter plot needs of all rows: each of them while they are few; beyond that, how many fall
 * into each pixel, and the slowest ones by themselves. The picture is the same either way, since
 * every pixel that a row would mark is kept. */
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
  GArray *points;         /* ThrumScatterPoint by time: all rows, or the worst */
  ThrumScatterPoint last; /* of the worst kept; what is not slower is not among them */
} ThrumScatter;

/* A frame for @n_rows rows that end by @end and whose response times lie in [@min, @max], half of them
 * at most @median: log where they spread widely. (transfer full) */
ThrumScatter *thrum_scatter_new (guint64 n_rows, gint64 end, gint64 min, gint64 median, gint64 max);

/* For ThrumScanConsumer: @scatter is the frame, states are ThrumScatter. */
gpointer thrum_scatter_state_new (gpointer scatter);
void thrum_scatter_consume (gpointer state, const ThrumRow *rows, guint n_rows);

/* Takes what the state gathered, and frees it. After the last one: finish (). */
void thrum_scatter_absorb (ThrumScatter *self, ThrumScatter *state);
void thrum_scatter_finish (ThrumScatter *self);
void thrum_scatter_free (ThrumScatter *self);

G_END_DECLS
