/* SPDX-License-Identifier: MIT
 *
 * A calibration as a table for people, of at most 80 columns. Pure; any thread.
 */
#include <sys/utsname.h>

#include "calibrate/calibration.h"
#include "base/format.h"
#include "base/units.h"
#include "thrum-config.h"

static void
add_cost (GString *text, const gchar *name, const ThrumCost *cost)
{
  g_autofree gchar *cpu = thrum_format_time ((gint64)(cost->cpu_ns + .5));
  g_autofree gchar *core = thrum_format_rate (cost->cpu_ns > 0 ? 1e9 / cost->cpu_ns : 0);
  g_autofree gchar *rate = thrum_format_rate (cost->rate);

  g_string_append_printf (text, "  %-34s %12s %14s %14s\n", name, cpu, core, rate);
}

static void
add_quantiles (GString *text, const gchar *name, const ThrumQuantiles *quantiles)
{
  g_autofree gchar *p50 = thrum_format_time (quantiles->p50);
  g_autofree gchar *p99 = thrum_format_time (quantiles->p99);
  g_autofree gchar *p999 = thrum_format_time (quantiles->p999);
  g_autofree gchar *max = thrum_format_time (quantiles->max);

  if (quantiles->count == 0)
    g_string_append_printf (text, "  %-34s %10s\n", name, "not known");
  else
    g_string_append_printf (text, "  %-34s %10s %10s %10s %10s\n", name, p50, p99, p999, max);
}

static void
add_error (GString *text, const gchar *name, gdouble truth_ns, gdouble measured_ns)
{
  g_autofree gchar *truth = thrum_format_time ((gint64)(truth_ns + .5));
  g_autofree gchar *measured = thrum_format_time ((gint64)(measured_ns + .5));
  gdouble off_ns = measured_ns - truth_ns;
  g_autofree gchar *off = thrum_format_time ((gint64)(ABS (off_ns) + .5));

  g_string_append_printf (text, "  %-34s %10s %10s %9s%s", name, truth, measured,
                          off_ns < 0 ? "-" : "+", off);
  if (truth_ns > 0)
    g_string_append_printf (text, " (%+.2f %%)", off_ns / truth_ns * 100);
  g_string_append_c (text, '\n');
}

static void
add_freeze (GString *text, const ThrumFreezeError *freeze)
{
  g_autofree gchar *pause = thrum_format_duration (freeze->freeze_ns);
  g_autofree gchar *period = thrum_format_duration (freeze->period_ns);
  g_autofree gchar *rate = thrum_format_rate (freeze->rate);
  const ThrumQuantiles *response = &freeze->response;

  g_string_append_printf (text,
                          "\nA service that freezes for %s every %s, %s:\n"
                          "  %-34s %10s %10s %10s\n",
                          pause, period, rate, "", "truth", "measured", "error");
  add_error (text, "mean", thrum_freeze_mean (freeze), response->mean);
  add_error (text, "p50", thrum_freeze_quantile (freeze, .5), (gdouble)response->p50);
  add_error (text, "p90", thrum_freeze_quantile (freeze, .9), (gdouble)response->p90);
  add_error (text, "p95", thrum_freeze_quantile (freeze, .95), (gdouble)response->p95);
  add_error (text, "p99", thrum_freeze_quantile (freeze, .99), (gdouble)response->p99);
  add_error (text, "p99.9", thrum_freeze_quantile (freeze, .999), (gdouble)response->p999);
}

gchar *
thrum_calibration_to_text (const ThrumCalibration *calibration)
{
  GString *text = g_string_new (NULL);
  struct utsname name = { 0 };

  uname (&name);
  g_string_append_printf (text,
                          "What this machine and this build add to a measurement\n"
                          "  %s, %u CPUs, Linux %s, thrum " THRUM_VERSION "; load average %.2f\n\n",
                          name.nodename, g_get_num_processors (), name.release,
                          calibration->load_average);
  g_string_append_printf (text, "  %-34s %12s %14s %14s\n", "", "CPU a request", "rate per core",
                          "one worker");
  add_cost (text, "event loop, no I/O (null_codec)", &calibration->codec);
  add_cost (text, "blocking plugin, no I/O (null)", &calibration->session);
  add_cost (text, "HTTP on loopback (http1)", &calibration->http1);
  g_string_append_printf (text, "\n  %-34s %10s %10s %10s %10s\n", "", "p50", "p99", "p99.9",
                          "max");
  add_quantiles (text, "wake-up lateness, event loop", &calibration->codec_lag);
  add_quantiles (text, "the same with idle = spin", &calibration->spin_lag);
  add_quantiles (text, "wake-up lateness, blocking plugin", &calibration->session_lag);
  add_quantiles (text, "client delay", &calibration->client_delay);
  add_quantiles (text, "response of an immediate service", &calibration->floor);
  add_freeze (text, &calibration->freeze);
  return g_string_free (text, FALSE);
}
