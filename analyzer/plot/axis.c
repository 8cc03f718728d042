/* SPDX-License-Identifier: MIT
 *
 * Makes axes: their ranges, round tics and labels, as lines of a gnuplot script. It knows no
 * data.
 */
#include <math.h>

#include "analyzer/plot/axis.h"
#include "analyzer/write/text.h"

/* The roundest step that makes about @n tics. */
static double
round_step (double range, guint n)
{
  double raw = range / n;
  double power = pow (10, floor (log10 (raw)));
  double mantissa = raw / power;

  return power * (mantissa <= 1.0001 ? 1 : mantissa <= 2.0001 ? 2 : mantissa <= 5.0001 ? 5 : 10);
}

ThrumAxis
thrum_axis_time (double seconds)
{
  static const struct {
    double seconds;
    const char *unit;
  } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" }, { 0.001, "ms" } };
  ThrumAxis axis = { .low = 0 };
  guint i = 0;

  seconds = seconds > 0 ? seconds : 1;
  /* A few hours are minutes yet; but a few seconds are no milliseconds. */
  while (i + 1 < G_N_ELEMENTS (units)
         && seconds < (units[i].seconds > 1 ? 5 : 1) * units[i].seconds)
    i++;
  axis.scale = 1 / units[i].seconds;
  axis.unit = units[i].unit;
  axis.high = seconds * axis.scale;
  axis.step = round_step (axis.high, 8);
  return axis;
}

gboolean
thrum_axis_wants_log (double median, double max)
{
  return median > 0 && max > 20 * median;
}

ThrumAxis
thrum_axis_latency (gboolean log, double low, double high)
{
  ThrumAxis axis = { .log = log, .scale = 1, .unit = "", .step = 1 };

  if (log)
    {
      high = MAX (high, 1e-9);
      low = low > 0 ? low : high / 1e4;
      axis.low = floor ((log10 (low) - 0.03) * 2 + 1e-9) / 2;
      axis.high = MAX (log10 (high * 1.12), axis.low + 1);
      return axis;
    }
  high = high > 0 ? high : 0.001;
  axis.unit = high < 0.001 ? "\302\265s" : high < 1 ? "ms" : "s";
  axis.scale = high < 0.001 ? 1e6 : high < 1 ? 1e3 : 1;
  axis.high = high * 1.06 * axis.scale;
  axis.step = round_step (axis.high, 6);
  return axis;
}

void
thrum_axis_add_zero (ThrumAxis *axis)
{
  if (!axis->log)
    return;
  double room = (axis->high - axis->low) / 14;
  axis->has_zero = TRUE;
  axis->first = axis->low;
  axis->low -= room;
  axis->zero = axis->low + room / 3;
}

ThrumAxis
thrum_axis_count (double high)
{
  ThrumAxis axis = thrum_axis_amount (high);

  axis.step = MAX (axis.step, 1);
  return axis;
}

ThrumAxis
thrum_axis_amount (double high)
{
  ThrumAxis axis = { .scale = 1, .unit = "" };

  axis.high = high > 0 ? high * 1.06 : 1;
  axis.step = round_step (axis.high, 6);
  return axis;
}

void
thrum_append_double (GString *script, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (script, g_ascii_formatd (number, sizeof number, "%.10g", value));
}

static void
append_tic (GString *tics, const char *label, double place, guint level)
{
  g_string_append_printf (tics, "%s'%s' ", tics->len > 0 ? ", " : "", label);
  thrum_append_double (tics, place);
  g_string_append_printf (tics, " %u", level);
}

static char *
describe_decade (int power)
{
  static const char *const units[] = { "ns", "\302\265s", "ms", "s" };
  int group = CLAMP ((int)floor ((power + 9) / 3.0), 0, 3);
  g_autofree char *number = thrum_text_number (pow (10, power + 9 - 3 * group), 0);

  if (power < -9)
    return g_strdup ("");
  return g_strconcat (number, " ", units[group], NULL);
}

static void
append_log_tics (const ThrumAxis *axis, GString *tics)
{
  double range = axis->high - axis->low;

  if (axis->has_zero)
    append_tic (tics, "0", axis->zero, 0);
  for (int power = (int)floor (axis->low); power <= (int)ceil (axis->high); power++)
    for (guint digit = 1; digit < 10; digit++)
      {
        double place = power + log10 (digit);
        gboolean labelled = digit == 1 || (range < 3 && (digit == 2 || digit == 5))
                            || (range < 0.8 && (digit == 3 || digit == 7));

        if (place < (axis->has_zero ? axis->first : axis->low) - 1e-9 || place > axis->high)
          continue;
        if (!labelled)
          {
            append_tic (tics, "", place, 1);
            continue;
          }
        g_autofree char *label =
            digit == 1 ? describe_decade (power) : thrum_text_width (digit * pow (10, power));
        append_tic (tics, label, place, 0);
      }
}

static void
append_linear_tics (const ThrumAxis *axis, GString *tics)
{
  guint decimals = (guint)CLAMP (ceil (-log10 (axis->step) - 1e-9), 0, 9);

  int first = axis->low < 0 ? -(int)floor (-axis->low / axis->step + 1e-9) : 0;
  for (int i = first; i * axis->step <= axis->high * (1 + 1e-9) && i < first + 100; i++)
    {
      g_autofree char *label = thrum_text_number (i * axis->step, decimals);
      append_tic (tics, label, i * axis->step, 0);
    }
}

void
thrum_axis_append (const ThrumAxis *axis, GString *script, char name)
{
  const char *full = name == 'x' ? "x" : name == '2' ? "y2" : "y";
  g_autoptr (GString) tics = g_string_new (NULL);

  g_string_append_printf (script, "set %srange [", full);
  thrum_append_double (script, axis->low);
  g_string_append_c (script, ':');
  thrum_append_double (script, axis->high);
  g_string_append (script, "]\n");

  if (axis->log)
    append_log_tics (axis, tics);
  else
    append_linear_tics (axis, tics);
  g_string_append_printf (script, "set %stics (%s)\n", full, tics->str);
  if (name != 'y')
    return;
  g_string_append (script, axis->log ? "y(v) = v > 0 ? log10(v) : " : "y(v) = v * ");
  thrum_append_double (script, !axis->log ? axis->scale : axis->has_zero ? axis->zero : axis->low);
  g_string_append_c (script, '\n');
}
