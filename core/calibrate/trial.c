/* SPDX-License-Identifier: MIT
 *
 * A trial: one `thrum run` as a child, ended when this process is told to end and killed when it
 * takes too long, so that nothing outlives `thrum calibrate`. Owns the child and its folder; refuses
 * to know what is being measured. Main thread.
 */
#include "calibrate/trial.h"

#include <errno.h>
#include <ftw.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/exit-codes.h"
#include "base/child.h"
#include "base/clock.h"

/* How long a run that was told to end may take to do so. */
#define GRACE_NS (5 * G_GINT64_CONSTANT (1000000000))

static sigset_t
get_signals (void)
{
  sigset_t signals;

  sigemptyset (&signals);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGHUP);
  thrum_child_leave_ignored (&signals);
  sigaddset (&signals, SIGCHLD);
  return signals;
}

void
thrum_trial_block_signals (void)
{
  sigset_t signals = get_signals ();

  sigprocmask (SIG_BLOCK, &signals, NULL);
}

void
thrum_trial_unblock_signals (void)
{
  sigset_t signals = get_signals ();

  sigprocmask (SIG_UNBLOCK, &signals, NULL);
}

/* In the child, before exec. A group of its own: a terminal's Ctrl-C comes to us, who pass it on
 * once. */
static void
set_up_child (gpointer parent)
{
  setpgid (0, 0);
  thrum_child_prepare (NULL);
  if (getppid () != GPOINTER_TO_INT (parent))
    _exit (127);
}

static gboolean
spawn (const gchar *file, const gchar *output, GPid *pid, GError **error)
{
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", error);
  const gchar *argv[] = { self, "run", "--quiet", "--output", output, file, NULL };

  return self != NULL
         && g_spawn_async (NULL, (gchar **)argv, NULL,
                           G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL, set_up_child,
                           GINT_TO_POINTER (getpid ()), pid, error);
}

/* Waits for the child's end. *@interrupted: it was told to end because we were. */
static void
wait_for (GPid pid, gint64 limit_ns, int *status, struct rusage *usage, gboolean *interrupted)
{
  sigset_t signals = get_signals ();
  gint64 deadline = thrum_clock_now () + limit_ns;
  gboolean is_told = FALSE;

  while (wait4 (pid, status, WNOHANG, usage) == 0)
    {
      gint64 now = thrum_clock_now (), left = MAX (0, deadline - now);
      struct timespec timeout = { left / 1000000000, left % 1000000000 };
      int number = sigtimedwait (&signals, NULL, &timeout);

      if (number == SIGCHLD || (number < 0 && errno == EINTR))
        continue;
      *interrupted |= number > 0;
      kill (pid, is_told ? SIGKILL : SIGTERM);
      is_told = TRUE;
      deadline = thrum_clock_now () + GRACE_NS;
    }
}

/* ---- What it came to ---- */

static JsonObject *
get_object (JsonObject *object, const gchar *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gdouble
get_number (JsonObject *object, const gchar *name)
{
  return object != NULL ? json_object_get_double_member_with_default (object, name, 0) : 0;
}

static ThrumQuantiles
get_quantiles (JsonObject *parent, const gchar *name)
{
  JsonObject *object = get_object (parent, name);

  return (ThrumQuantiles){
    .count = (gint64)get_number (object, "count"),
    .mean = get_number (object, "mean_ns"),
    .p50 = (gint64)get_number (object, "p50_ns"),
    .p90 = (gint64)get_number (object, "p90_ns"),
    .p95 = (gint64)get_number (object, "p95_ns"),
    .p99 = (gint64)get_number (object, "p99_ns"),
    .p999 = (gint64)get_number (object, "p99.9_ns"),
    .max = (gint64)get_number (object, "max_ns"),
  };
}

static gdouble
get_cpu_ns (const struct rusage *usage)
{
  return (gdouble)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e9
         + (gdouble)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1e3;
}

static gboolean
read_run (const gchar *output, const struct rusage *usage, ThrumTrial *trial, GError **error)
{
  g_autofree gchar *file = g_build_filename (output, "run.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *root, *all;

  if (!json_parser_load_from_file (parser, file, error))
    return FALSE;
  root = JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser))
             ? json_node_get_object (json_parser_get_root (parser))
             : NULL;
  all = get_object (root, "all");
  trial->response = get_quantiles (all, "response");
  trial->lag = get_quantiles (root, "lag");
  trial->client_delay = get_quantiles (root, "client_delay");
  trial->cost.requests = (gint64)get_number (all, "rows");
  trial->cost.rate = get_number (all, "rate");
  if (trial->cost.requests == 0 || trial->response.count == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "a trial run got no reply");
      return FALSE;
    }
  trial->cost.cpu_ns = get_cpu_ns (usage) / (gdouble)trial->cost.requests;
  return TRUE;
}

static int
delete_one (const char *path, const struct stat *info, int kind, struct FTW *walk)
{
  remove (path);
  return 0;
}

void
thrum_trial_delete_folder (const gchar *folder)
{
  nftw (folder, delete_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A verdict of INVALID is a finding here, and so are arrivals that were dropped: no failures. */
static gboolean
is_good (int status, GError **error)
{
  if (WIFEXITED (status)
      && (WEXITSTATUS (status) == THRUM_EXIT_GOOD || WEXITSTATUS (status) == THRUM_EXIT_THRESHOLD
          || WEXITSTATUS (status) == THRUM_EXIT_INVALID))
    return TRUE;
  return g_spawn_check_wait_status (status, error);
}

gboolean
thrum_trial_run (const gchar *ini, const gchar *folder, gint64 limit_ns, ThrumTrial *trial,
                 GError **error)
{
  g_autofree gchar *file = g_build_filename (folder, "trial.ini", NULL);
  g_autofree gchar *output = g_build_filename (folder, "run", NULL);
  gboolean interrupted = FALSE, good;
  struct rusage usage = { 0 };
  int status = 0;
  GPid pid;

  *trial = (ThrumTrial){ 0 };
  if (!g_file_set_contents (file, ini, -1, error))
    return FALSE;
  good = spawn (file, output, &pid, error);
  if (good)
    {
      wait_for (pid, limit_ns, &status, &usage, &interrupted);
      if (interrupted)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "interrupted");
      good = !interrupted && is_good (status, error) && read_run (output, &usage, trial, error);
    }
  g_unlink (file);
  thrum_trial_delete_folder (output);
  return good;
}
