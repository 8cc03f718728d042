/* SPDX-License-Identifier: MIT
 *
 * Starts a worker and talks to it. It forks and execs, because GLib's main loop and a plugin's
 * threads do not survive a fork alone. Main thread; knows nothing of the run's course.
 */
#include "run/crew/worker-process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "base/child.h"
#include "base/limits.h"
#include "worker/lane/lane.h"

ThrumWorkerProcess *
thrum_worker_process_new (const ThrumConfig *config, guint index, guint n_workers, GError **error)
{
  ThrumLaneLayout layout = thrum_lane_get_layout (config, thrum_limits_get (), index, n_workers);
  ThrumRegion *region =
      thrum_region_new (layout.n_lanes, layout.ring_capacity, layout.n_slots, error);
  ThrumWorkerProcess *process;

  if (region == NULL)
    return NULL;
  process = g_new0 (ThrumWorkerProcess, 1);
  process->index = index;
  process->control_fd = -1;
  process->region = region;
  return process;
}

/* Ours, and the secrets that the resolved config refers to. (transfer full) */
static gchar **
make_environment (const ThrumConfig *config)
{
  gchar **environment = g_get_environ ();

  for (guint i = 0; config->environment != NULL && config->environment[i] != NULL; i++)
    {
      g_auto (GStrv) pair = g_strsplit (config->environment[i], "=", 2);
      environment = g_environ_setenv (environment, pair[0], pair[1], TRUE);
    }
  return environment;
}

/* Between fork and exec. Its own process group, so that the terminal's Ctrl-C and Ctrl-Z reach the
 * coordinator alone, which passes them on. */
static void
prepare_child (gpointer data)
{
  setpgid (0, 0);
  thrum_child_prepare (data);
}

gboolean
thrum_worker_process_spawn (ThrumWorkerProcess *process, const ThrumConfig *config, gint config_fd,
                            GError **error)
{
  /* Not /proc/self/exe itself: under valgrind that would be valgrind. */
  g_autofree gchar *program = g_file_read_link ("/proc/self/exe", error);
  g_autofree gchar *index = g_strdup_printf ("%u", process->index);
  g_autofree gchar *count = g_strdup_printf ("%u", config->load.processes);
  g_auto (GStrv) environment = make_environment (config);
  g_autofree gchar *parent = g_strdup_printf ("%d", (int)getpid ());
  const gchar *argv[] = { program, "worker", index, count, "3", "4", "5", parent, NULL };
  gint sockets[2], targets[3] = { 3, 4, 5 }, sources[3];
  gboolean ok;

  if (program == NULL)
    return FALSE;
  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "cannot make a socket for worker %u: %s", process->index, g_strerror (errno));
      return FALSE;
    }
  sources[0] = sockets[1];
  sources[1] = thrum_region_get_fd (process->region);
  sources[2] = config_fd;
  ok = g_spawn_async_with_pipes_and_fds (
      NULL, argv, (const gchar *const *)environment, G_SPAWN_DO_NOT_REAP_CHILD, prepare_child, NULL,
      -1, -1, -1, sources, targets, 3, &process->pid, NULL, NULL, NULL, error);
  close (sockets[1]);
  if (!ok)
    {
      process->pid = 0;
      close (sockets[0]);
      g_prefix_error (error, "cannot start worker %u: ", process->index);
      return FALSE;
    }
  /* Its last words are read after its end, whoever may have inherited its side. */
  g_unix_set_fd_nonblocking (sockets[0], TRUE, NULL);
  process->control_fd = sockets[0];
  process->oom_kills = thrum_limits_count_oom_kills ("");
  return TRUE;
}

void
thrum_worker_process_tell (ThrumWorkerProcess *process, ThrumControlType type, gint64 value)
{
  if (process->control_fd >= 0)
    thrum_control_send (process->control_fd, type, value, NULL);
}

void
thrum_worker_process_signal (ThrumWorkerProcess *process, int number)
{
  if (process->pid > 0)
    kill (process->pid, number);
}

void
thrum_worker_process_note_end (ThrumWorkerProcess *process, int wait_status)
{
  process->pid = 0;
  process->wait_status = wait_status;
  process->is_out_of_memory = WIFSIGNALED (wait_status) && WTERMSIG (wait_status) == SIGKILL
                              && thrum_limits_count_oom_kills ("") > process->oom_kills;
}

/* By a signal that is not ours. (transfer full) */
static gchar *
describe_signal (const ThrumWorkerProcess *process, int number)
{
  const ThrumLimits *limits = thrum_limits_get ();

  if (process->is_out_of_memory)
    return g_strdup_printf ("was killed by the kernel for want of memory (%s %.0f MiB): use fewer "
                            "users or processes, or smaller bodies, or give it more",
                            limits->is_memory_limited ? "its control group may use" : "there are",
                            (gdouble)limits->memory_bytes / (1 << 20));
  /* Its library's last words, before it aborted. */
  if (process->fatal != NULL)
    return g_strdup_printf ("stopped: %s", process->fatal);
  return g_strdup_printf (
      "was killed by SIG%s (%s)%s", sigabbrev_np (number), strsignal (number),
      number == SIGKILL ? ": by somebody, or by the kernel for want of memory (see dmesg)" : "");
}

gchar *
thrum_worker_process_describe_end (const ThrumWorkerProcess *process)
{
  int status = process->wait_status;

  if (process->was_killed)
    return g_strdup ("did not end in time and was killed: it was stopped, a plugin's call did not "
                     "return, or the machine is too busy to run it");
  if (WIFSIGNALED (status))
    return describe_signal (process, WTERMSIG (status));
  if (process->fatal != NULL)
    return g_strdup_printf ("stopped: %s", process->fatal);
  if (WEXITSTATUS (status) != 0 || !process->is_done)
    return g_strdup_printf ("exited with %d before its work was done", WEXITSTATUS (status));
  return NULL;
}

void
thrum_worker_process_free (ThrumWorkerProcess *process)
{
  if (process == NULL)
    return;
  if (process->control_fd >= 0)
    close (process->control_fd);
  thrum_region_free (process->region);
  g_free (process->fatal);
  g_free (process);
}
