/* SPDX-License-Identifier: MIT
 *
 * Which trials make a calibration, and against what. The target is `thrum target`'s own server, in
 * this process: what it uses is not counted as the generator's. Main thread.
 */
#include "calibrate/calibrate.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

#include "calibrate/trial.h"
#include "base/clock.h"
#include "base/units.h"
#include "server/server.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define RATE 1000 /* arrivals/s of the open trials */
#define PERIODS 4 /* of freezing */

/* Beyond a trial's own length: starting, ending, and a busy machine. */
#define LIMIT_NS (60 * NS_PER_S)

typedef struct {
  ThrumCalibration *calibration;
  gint64 duration_ns;
  gboolean verbose;
  gchar *folder;
  ThrumServer *immediate, *freezing;
} Work;

/* A trial of @share percent of the whole length. @load are lines of [load], @target of [target]. */
static gboolean
run (Work *work, const gchar *what, guint share, const gchar *load, const gchar *target,
     ThrumTrial *trial, GError **error)
{
  gint64 length_ns = work->duration_ns * share / 100;
  g_autofree gchar *duration = thrum_format_duration (length_ns);
  g_autofree gchar *ini =
      g_strdup_printf ("[load]\nduration = %s\nprocesses = 1\ntimeout = 20s\n%s\n"
                       "[results]\ncolumns = elapsed, response, status\n\n[target it]\n%s",
                       duration, load, target);

  if (work->verbose)
    fprintf (stderr, "%s, %s\n", what, duration);
  if (thrum_trial_run (ini, work->folder, length_ns + LIMIT_NS, trial, error))
    return TRUE;
  g_prefix_error (error, "%s: ", what);
  return FALSE;
}

/* What requests cost without a service, and how late the engines wake. */
static gboolean
run_null (Work *work, GError **error)
{
  g_autofree gchar *codec =
      g_strdup_printf ("plugin = null_codec\naddress = %s\nsend-size = 0\nreply-size = 0\n",
                       thrum_server_get_address (work->immediate));
  ThrumTrial trial;

  if (!run (work, "event loop, no I/O", 5, "users = 50\n", codec, &trial, error))
    return FALSE;
  work->calibration->codec = trial.cost;
  if (!run (work, "blocking plugin, no I/O", 5, "users = 1\n", "plugin = null\n", &trial, error))
    return FALSE;
  work->calibration->session = trial.cost;
  if (!run (work, "wake-up lateness of blocking plugins", 15,
            "rate = " G_STRINGIFY (RATE) "/s\nmax-in-flight = 4\noverload = queue\n",
            "plugin = null\n", &trial, error))
    return FALSE;
  work->calibration->session_lag = trial.lag;
  return TRUE;
}

static gchar *
http1_of (ThrumServer *server)
{
  return g_strdup_printf ("plugin = http1\nurl = http://%s/\n", thrum_server_get_address (server));
}

static gboolean
run_http (Work *work, GError **error)
{
  const gchar *open = "rate = " G_STRINGIFY (RATE) "/s\noverload = queue\n";
  g_autofree gchar *spinning = g_strconcat (open, "idle = spin\n", NULL);
  g_autofree gchar *immediate = http1_of (work->immediate), *freezing = http1_of (work->freezing);
  ThrumTrial trial;

  if (!run (work, "HTTP on loopback, as fast as it can", 15, "users = 50\n", immediate, &trial,
            error))
    return FALSE;
  work->calibration->http1 = trial.cost;
  if (!run (work, "the same at " G_STRINGIFY (RATE) "/s, spinning", 10, spinning, immediate, &trial,
            error))
    return FALSE;
  work->calibration->spin_lag = trial.lag;
  if (!run (work, "an immediate service at " G_STRINGIFY (RATE) "/s", 30, open, immediate, &trial,
            error))
    return FALSE;
  work->calibration->codec_lag = trial.lag;
  work->calibration->client_delay = trial.client_delay;
  work->calibration->floor = trial.response;
  if (!run (work, "a service that freezes", 20, open, freezing, &trial, error))
    return FALSE;
  work->calibration->freeze.response = trial.response;
  return TRUE;
}

static gboolean
start_servers (Work *work, GError **error)
{
  ThrumServerOptions options = { .listen = "127.0.0.1:0", .threads = 1, .body_bytes = 12 };
  ThrumFreezeError *freeze = &work->calibration->freeze;

  work->immediate = thrum_server_new (&options, error);
  if (work->immediate == NULL)
    return FALSE;
  freeze->rate = RATE;
  freeze->period_ns = work->duration_ns * 20 / 100 / PERIODS;
  freeze->freeze_ns = freeze->period_ns / 8;
  options.behaviour.freeze_ns = freeze->freeze_ns;
  options.behaviour.freeze_period_ns = freeze->period_ns;
  work->freezing = thrum_server_new (&options, error);
  return work->freezing != NULL;
}

static void
stop_server (ThrumServer *server)
{
  if (server == NULL)
    return;
  thrum_server_stop (server, NULL);
  thrum_server_free (server);
}

gboolean
thrum_calibrate (ThrumCalibration *calibration, gint64 duration_ns, gboolean verbose,
                 GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  Work work = { .calibration = calibration, .duration_ns = duration_ns, .verbose = verbose };
  gint64 start = thrum_clock_now ();
  gboolean good;

  calibration->time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");
  if (getloadavg (&calibration->load_average, 1) != 1)
    calibration->load_average = 0;
  work.folder = g_dir_make_tmp ("thrum-calibrate-XXXXXX", error);
  if (work.folder == NULL)
    return FALSE;
  good = start_servers (&work, error) && run_null (&work, error) && run_http (&work, error);
  stop_server (work.freezing);
  stop_server (work.immediate);
  thrum_trial_delete_folder (work.folder);
  g_free (work.folder);
  calibration->seconds = (gdouble)(thrum_clock_now () - start) / 1e9;
  return good;
}
