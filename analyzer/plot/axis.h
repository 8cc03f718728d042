/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An axis of a plot with tics at round places, labelled here and not by gnuplot: units, thousands
 * separators and logarithms come out the same everywhere. Coordinates on the axis are
 *   linear:  value * scale
 *   log:     log10 (value)
 * of a value in the data's unit (seconds, requests). */
typedef struct {
  gboolean log;
  double scale;
  double low; /* the range, in coordinates */
  double high;
  const char *unit;  /* "ms", "min"; "" for plain numbers */
  double step;       /* between tics, linear, in coordinates */
  gboolean has_zero; /* on a log axis: a place for what is 0, at its low end */
  double zero;       /* its middle, in coordinates */
  double first;      /* where the logarithms begin */
} ThrumAxis;

/* Gives a logarithmic axis a place for zeros, below all other values. */
void thrum_axis_add_zero (ThrumAxis *axis);

/* Returns an axis of time since the start, up to @seconds. */
ThrumAxis thrum_axis_time (double seconds);

/* Returns an axis of latencies within [@low, @high] seconds. A logarithmic axis has labels at 1, 2
 * and 5 of each decade if it would have fewer than three otherwise: a lone 10 ms says little of 7
 * to 50 ms. */
ThrumAxis thrum_axis_latency (gboolean log, double low, double high);

/* Returns an axis of amounts from 0 to @high. */
ThrumAxis thrum_axis_amount (double high);

/* Returns an axis of counts from 0 to @high. It has no tics between whole numbers. */
ThrumAxis thrum_axis_count (double high);

/* Reports whether latencies need a logarithmic axis: the greatest is far from the usual. */
gboolean thrum_axis_wants_log (double median, double max);

/* Appends "set xrange", "set xtics" and, for a latency axis named 'y', the function y () that turns
 * seconds into coordinates. @name is 'x', 'y' or '2' (the right y axis). */
void thrum_axis_append (const ThrumAxis *axis, GString *script, char name);

/* Appends a number in the form that gnuplot reads. */
void thrum_append_double (GString *script, double value);

G_END_DECLS
