/* SPDX-License-Identifier: MIT
 *
 * The course of a run: it starts the workers, sets t0, supervises, and ends. Runs on the main
 * thread under the default main context. Beside it the drain thread owns the rings, the file and
 * the tally until it has ended. Knows nothing of protocols or schedules.
 */
#include "run/course/coordinator.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>

#include "run/course/abort-watch.h"
#include "run/course/account.h"
#include "run/crew/descriptors.h"
#include "run/course/interrupts.h"
#include "run/course/progress.h"
#include "run/crew/worker-process.h"
#include "base/clock.h"
#include "base/printing.h"
#include "worker/lane/lane.h"

#define NS_PER_MS G_GINT64_CONSTANT (1000000)
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* How far ahead t0 is named: enough for every worker to hear of it. */
#define LEAD_NS (50 * NS_PER_MS)
/* A window of thresholds that may end the run. */
#define ABORT_WINDOW_MS 1000
/* How long workers may take to be ready, and to end once all they sent should have. */
#define READY_S 60
#define GRACE_NS (2 * NS_PER_S)
#define JSON_ATTEMPTS 4
#define JSON_PAUSE_US 50000
/* How often it asks whether the disk takes the rows. */
#define DRAIN_MS 100

typedef struct {
  const ThrumConfig *config;
  const ThrumRunOptions *options;
  ThrumRun *run;
  GPtrArray *processes; /* ThrumWorkerProcess */
  GPtrArray *regions;   /* ThrumRegion, of those that live */
  guint n_gone, n_ready;
  gint config_fd;
  ThrumResultsWriter *writer;
  gchar **request_names;
  ThrumDrain *drain;
  ThrumProgress *progress;
  GMainLoop *loop;
  guint kill_source;
  guint drain_source;
  guint64 n_refusals;           /* of the disk that were told */
  ThrumAbortWatch *abort_watch; /* (nullable): no threshold ends the run */
  guint abort_source;
  gboolean started;  /* t0 was named */
  gboolean stopping; /* STOP was sent */
  guint n_interrupts;
  GError *start_error; /* why it could not start */
} Coordinator;

/* ---- Ending ------------------------------------------------------------------------------- */

static gboolean
kill_rest (gpointer data)
{
  Coordinator *c = data;

  for (guint i = 0; i < c->processes->len; i++)
    {
      ThrumWorkerProcess *process = c->processes->pdata[i];
      if (process->pid > 0)
        {
          process->was_killed = TRUE;
          thrum_worker_process_signal (process, SIGKILL);
        }
    }
  c->kill_source = 0;
  return G_SOURCE_REMOVE;
}

static void
kill_at (Coordinator *c, gint64 when)
{
  gint64 left = when - thrum_clock_now ();

  if (c->kill_source != 0)
    g_source_remove (c->kill_source);
  c->kill_source = g_timeout_add ((guint)CLAMP (left / NS_PER_MS + 1, 0, G_MAXUINT), kill_rest, c);
}

/* Has every worker cancel what is in flight and end. */
static void
stop (Coordinator *c)
{
  if (c->stopping)
    return;
  c->stopping = TRUE;
  c->run->stopped_at = thrum_clock_now () - c->run->start.monotonic_ns;
  for (guint i = 0; i < c->processes->len; i++)
    thrum_worker_process_tell (c->processes->pdata[i], THRUM_CONTROL_STOP, 0);
  kill_at (c, thrum_clock_now () + GRACE_NS);
}

/* Ends the run if a threshold has been breached for long enough. */
static gboolean
judge_window (gpointer data)
{
  Coordinator *c = data;
  gint64 now = thrum_clock_now () - c->run->start.monotonic_ns;
  ThrumThresholdResult result;

  if (c->stopping || now >= c->config->load.duration_ns)
    {
      c->abort_source = 0;
      return G_SOURCE_REMOVE;
    }
  if (thrum_abort_watch_look (c->abort_watch, c->drain, c->regions, c->run->start.monotonic_ns, now,
                              &result))
    {
      c->run->state = THRUM_RUN_ABORTED;
      c->run->aborted_by = result;
      c->run->aborted_at = now;
      stop (c);
    }
  return G_SOURCE_CONTINUE;
}

static void
add_problem (Coordinator *c, gchar *problem)
{
  g_ptr_array_add (c->run->problems, problem);
}

/* Before t0: nothing was sent, so the rest need not end in order. */
static void
fail_to_start (Coordinator *c, gchar *message)
{
  if (c->start_error == NULL)
    c->start_error = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_FAILED, message);
  g_free (message);
  for (guint i = 0; i < c->processes->len; i++)
    thrum_worker_process_signal (c->processes->pdata[i], SIGKILL);
}

/* ---- What the main loop hears ------------------------------------------------------------- */

/* The run of a worker that died costs its users, not its data. */
static void
note_end (Coordinator *c, ThrumWorkerProcess *process)
{
  g_autofree gchar *how = thrum_worker_process_describe_end (process);
  GString *names = g_string_new (NULL);

  if (how == NULL)
    {
      g_string_free (names, TRUE);
      return;
    }
  for (guint i = 0; i < c->config->targets->len; i++)
    {
      const ThrumTargetConfig *target = c->config->targets->pdata[i];
      const gchar *name = target->module->descriptor->name;
      if (strstr (names->str, name) == NULL)
        g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  add_problem (c, g_strdup_printf ("worker %u (plugin %s) %s", process->index, names->str, how));
  g_string_free (names, TRUE);
}

/* It goes on with fewer sessions than it might need: who is dropped now may be so for that. */
static void
note_short (Coordinator *c, const ThrumWorkerProcess *process, const gchar *text)
{
  if (c->progress != NULL)
    thrum_progress_clear (c->progress);
  thrum_printing_note ("thrum: worker %u %s\n", process->index, text);
  c->run->slots_ran_short = TRUE;
  if (c->abort_watch != NULL)
    thrum_abort_watch_note_short (c->abort_watch);
}

static void
on_worker_exit (GPid pid, gint wait_status, gpointer data)
{
  Coordinator *c = data;

  for (guint i = 0; i < c->processes->len; i++)
    {
      ThrumWorkerProcess *process = c->processes->pdata[i];
      ThrumControlMessage message;

      if (process->pid != pid)
        continue;
      /* Its last words may still stand in the socket. */
      while (thrum_control_receive (process->control_fd, &message))
        {
          if (message.type == THRUM_CONTROL_FATAL)
            {
              g_free (process->fatal);
              process->fatal = thrum_printing_escape (message.text, FALSE);
            }
          if (message.type == THRUM_CONTROL_SHORT)
            note_short (c, process, message.text);
          process->is_done |= message.type == THRUM_CONTROL_DONE;
        }
      thrum_worker_process_note_end (process, wait_status);
      g_ptr_array_remove (c->regions, process->region); /* what it had open it has no more */
      if (!c->started)
        {
          g_autofree gchar *how = thrum_worker_process_describe_end (process);
          fail_to_start (c, process->fatal != NULL
                                ? g_strdup (process->fatal)
                                : g_strdup_printf ("worker %u %s", process->index,
                                                   how != NULL ? how : "ended too soon"));
        }
      else
        note_end (c, process);
    }
  if (++c->n_gone == c->processes->len)
    g_main_loop_quit (c->loop);
}

static gboolean
start (Coordinator *c, GError **error)
{
  g_autoptr (GError) link_error = NULL;
  gint64 t0 = thrum_clock_now () + LEAD_NS;
  const ThrumLoad *load = &c->config->load;

  c->run->start = thrum_instant_now ();
  c->run->start.realtime_ns += t0 - c->run->start.monotonic_ns;
  c->run->start.monotonic_ns = t0;
  if (!thrum_drain_start (c->drain, t0, error))
    return FALSE;
  c->started = TRUE;
  for (guint i = 0; i < c->processes->len; i++)
    thrum_worker_process_tell (c->processes->pdata[i], THRUM_CONTROL_START, t0);
  if (!thrum_run_folder_link_latest (c->run->folder, &link_error))
    thrum_printing_note ("thrum: %s\n", link_error->message);
  kill_at (c, t0 + load->duration_ns + load->drain_ns + GRACE_NS);
  if (thrum_config_has_aborts (c->config))
    {
      c->abort_watch = thrum_abort_watch_new (c->config);
      c->abort_source = g_timeout_add (ABORT_WINDOW_MS, judge_window, c);
    }
  if (!c->options->quiet)
    c->progress = thrum_progress_new (c->drain, t0, load);
  return TRUE;
}

static gboolean
on_control (gint fd, GIOCondition condition, gpointer data)
{
  Coordinator *c = data;
  ThrumControlMessage message;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < c->processes->len; i++)
    {
      ThrumWorkerProcess *process = c->processes->pdata[i];

      if (process->control_fd != fd)
        continue;
      if (!thrum_control_receive (fd, &message))
        {
          int saved = errno;

          /* Its exit will be heard. Who can't be heard is never ready. */
          if (saved != 0 && saved != EAGAIN && !c->started)
            fail_to_start (c, g_strdup_printf ("cannot hear worker %u: %s", process->index,
                                               g_strerror (saved)));
          return saved == EAGAIN ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
        }
      switch (message.type)
        {
        case THRUM_CONTROL_READY:
          process->is_ready = TRUE;
          if (++c->n_ready == c->processes->len && !c->stopping && !start (c, &error))
            fail_to_start (c, g_strdup (error->message));
          break;
        case THRUM_CONTROL_FATAL:
          g_free (process->fatal);
          process->fatal = thrum_printing_escape (message.text, FALSE);
          break;
        case THRUM_CONTROL_DONE:
          process->is_done = TRUE;
          break;
        case THRUM_CONTROL_SHORT:
          note_short (c, process, message.text);
          break;
        }
    }
  return G_SOURCE_CONTINUE;
}

/* Ctrl-Z: the workers stop too, and go on with us. */
static void
suspend (Coordinator *c)
{
  if (c->progress != NULL)
    thrum_progress_clear (c->progress);
  for (guint i = 0; i < c->processes->len; i++)
    thrum_worker_process_signal (c->processes->pdata[i], SIGSTOP);
  raise (SIGSTOP);
  for (guint i = 0; i < c->processes->len; i++)
    thrum_worker_process_signal (c->processes->pdata[i], SIGCONT);
}

static void
interrupt (Coordinator *c, gint number)
{
  c->n_interrupts++;
  if (c->progress != NULL)
    thrum_progress_clear (c->progress);
  if (!c->started)
    {
      fail_to_start (c, g_strdup ("interrupted before the start"));
      return;
    }
  if (c->run->state == THRUM_RUN_RUNNING)
    c->run->state = THRUM_RUN_INTERRUPTED;
  if (c->n_interrupts == 1)
    {
      if (!c->options->quiet)
        thrum_printing_note ("thrum: SIG%s: ending; once more leaves at once\n",
                             sigabbrev_np (number));
      stop (c);
      return;
    }
  for (guint i = 0; i < c->processes->len; i++)
    thrum_worker_process_signal (c->processes->pdata[i], SIGKILL);
}

static gboolean
on_signal (gint fd, GIOCondition condition, gpointer data)
{
  Coordinator *c = data;
  gint number = thrum_interrupts_next ();

  if (number == SIGTSTP)
    suspend (c);
  else if (number > 0)
    interrupt (c, number);
  return G_SOURCE_CONTINUE;
}

/* Tells when the disk refuses rows and when it takes them again; ends the run if it cannot go on. */
static gboolean
look_at_drain (gpointer data)
{
  Coordinator *c = data;
  const GError *error = thrum_drain_get_error (c->drain);
  g_autofree gchar *refusal = NULL;
  guint64 n_refusals = thrum_drain_get_refusal (c->drain, &refusal);

  if (error == NULL && n_refusals == c->n_refusals)
    return G_SOURCE_CONTINUE;
  if (c->progress != NULL)
    thrum_progress_clear (c->progress);
  if (error != NULL)
    {
      thrum_printing_note ("thrum: %s: ending the run\n", error->message);
      stop (c);
      c->drain_source = 0;
      return G_SOURCE_REMOVE;
    }
  /* It may have come and gone since the last look. */
  if (n_refusals % 2 == 1 || n_refusals > c->n_refusals + 1)
    thrum_printing_note ("thrum: %s: it is tried again for as long as memory has room for rows\n",
                         refusal);
  if (n_refusals % 2 == 0)
    thrum_printing_note ("thrum: results.csv takes rows again: none is missing\n");
  c->n_refusals = n_refusals;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_ready_timeout (gpointer data)
{
  Coordinator *c = data;

  if (!c->started)
    fail_to_start (c, g_strdup_printf ("workers were not ready within %d s: %u of %u were", READY_S,
                                       c->n_ready, c->processes->len));
  return G_SOURCE_REMOVE;
}

/* ---- Starting ----------------------------------------------------------------------------- */

/* The resolved config as a descriptor that every worker inherits. */
static gint
make_config_fd (const ThrumConfig *config, GError **error)
{
  gint fd = memfd_create ("thrum-config", MFD_CLOEXEC);
  gsize length = strlen (config->resolved_text);

  if (fd < 0 || pwrite (fd, config->resolved_text, length, 0) != (gssize)length)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "cannot hand the config to the workers: %s", g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return -1;
    }
  return fd;
}

/* A disk that refuses it once may take it the next time: without it the folder says `running` for ever. */
static gboolean
write_run_json (Coordinator *c, GError **error)
{
  g_autofree gchar *json = thrum_run_to_json (c->run);

  for (guint i = 0; i < JSON_ATTEMPTS - 1; i++)
    {
      if (thrum_run_folder_replace (c->run->folder, "run.json", json, NULL))
        return TRUE;
      g_usleep (JSON_PAUSE_US);
    }
  return thrum_run_folder_replace (c->run->folder, "run.json", json, error);
}

static gboolean
open_results (Coordinator *c, GError **error)
{
  g_autofree gchar *names = g_strjoinv (",", c->config->columns);
  g_autofree gchar *path = NULL;
  ThrumColumnList columns;

  c->run->folder = thrum_run_folder_new (c->config, c->options->output, error);
  if (c->run->folder == NULL || !thrum_column_list_parse (&columns, names, error))
    return FALSE;
  path = thrum_run_folder_get_file (c->run->folder, "results.csv");
  c->request_names = g_new0 (gchar *, c->config->requests->len + 1);
  for (guint i = 0; i < c->config->requests->len; i++)
    c->request_names[i] = g_strdup (((ThrumRequestConfig *)c->config->requests->pdata[i])->name);
  /* The exclusive file first: whoever comes second to a folder changes nothing in it. */
  c->writer =
      thrum_results_writer_new (path, &columns, (const gchar *const *)c->request_names, error);
  if (c->writer == NULL)
    return FALSE;
  thrum_run_folder_own (c->run->folder);
  return thrum_run_folder_replace (c->run->folder, "config.ini", c->config->resolved_text, error)
         && write_run_json (c, error);
}

static gboolean
make_workers (Coordinator *c, GError **error)
{
  for (guint i = 0; i < c->config->load.processes; i++)
    {
      ThrumWorkerProcess *process =
          thrum_worker_process_new (c->config, i, c->config->load.processes, error);
      if (process == NULL)
        return FALSE;
      g_ptr_array_add (c->processes, process);
      g_ptr_array_add (c->regions, process->region);
    }
  c->run->tally = thrum_run_tally_new (c->config->requests->len, &c->config->load);
  if (thrum_config_has_aborts (c->config))
    thrum_run_tally_watch (c->run->tally, c->config->thresholds);
  c->drain = thrum_drain_new (c->regions, c->writer, c->run->tally, error);
  return c->drain != NULL;
}

static gboolean
spawn_workers (Coordinator *c, GError **error)
{
  for (guint i = 0; i < c->processes->len; i++)
    {
      ThrumWorkerProcess *process = c->processes->pdata[i];

      if (!thrum_worker_process_spawn (process, c->config, c->config_fd, error))
        {
          for (guint k = 0; k < i; k++)
            thrum_worker_process_signal (c->processes->pdata[k], SIGKILL);
          return FALSE;
        }
      g_unix_fd_add (process->control_fd, G_IO_IN | G_IO_HUP, on_control, c);
      g_child_watch_add (process->pid, on_worker_exit, c);
    }
  return TRUE;
}

/* ---- After the run ------------------------------------------------------------------------ */

static void
finish (Coordinator *c)
{
  g_autoptr (GError) error = NULL;
  ThrumRun *run = c->run;

  thrum_run_note_end (run);
  thrum_drain_finish (c->drain);
  run->all = thrum_run_tally_sum (run->tally);
  thrum_account (run, c->processes, c->drain);
  if (run->state == THRUM_RUN_ABORTED && run->problems->len > 0)
    run->state = THRUM_RUN_INCOMPLETE;
  if (run->state == THRUM_RUN_RUNNING)
    run->state = run->problems->len > 0 ? THRUM_RUN_INCOMPLETE : THRUM_RUN_COMPLETE;
  thrum_run_judge (run);
  thrum_run_folder_release (run->folder);
  if (!write_run_json (c, &error))
    {
      add_problem (c, g_strdup_printf ("cannot write run.json: %s", error->message));
      run->state = THRUM_RUN_INCOMPLETE;
    }
}

static void
clear (Coordinator *c)
{
  thrum_progress_free (c->progress);
  if (c->kill_source != 0)
    g_source_remove (c->kill_source);
  if (c->abort_source != 0)
    g_source_remove (c->abort_source);
  if (c->drain_source != 0)
    g_source_remove (c->drain_source);
  thrum_abort_watch_free (c->abort_watch);
  thrum_drain_free (c->drain);
  thrum_results_writer_free (c->writer);
  g_strfreev (c->request_names);
  g_ptr_array_unref (c->regions);
  g_ptr_array_unref (c->processes);
  g_clear_pointer (&c->loop, g_main_loop_unref);
  if (c->config_fd >= 0)
    close (c->config_fd);
}

static gboolean
set_up (Coordinator *c, GError **error)
{
  if (!thrum_descriptors_raise_limit (c->config, error)
      || !thrum_interrupts_take (c->options->left_code, error) || !open_results (c, error)
      || !make_workers (c, error))
    return FALSE;
  c->config_fd = make_config_fd (c->config, error);
  return c->config_fd >= 0 && spawn_workers (c, error);
}

static void
run_loop (Coordinator *c)
{
  g_timeout_add_seconds (READY_S, on_ready_timeout, c);
  g_unix_fd_add (thrum_interrupts_get_fd (), G_IO_IN, on_signal, c);
  c->drain_source = g_timeout_add (DRAIN_MS, look_at_drain, c);
  thrum_interrupts_set_looping (TRUE);
  g_main_loop_run (c->loop);
  thrum_interrupts_set_looping (FALSE);
}

ThrumRun *
thrum_coordinator_run (const ThrumConfig *config, const ThrumRunOptions *options, GError **error)
{
  Coordinator c = { .config = config, .options = options, .config_fd = -1 };
  ThrumRun *run = g_new0 (ThrumRun, 1);

  c.run = run;
  run->config = config;
  run->calibration = options->calibration;
  run->problems = g_ptr_array_new_with_free_func (g_free);
  c.processes = g_ptr_array_new_with_free_func ((GDestroyNotify)thrum_worker_process_free);
  c.regions = g_ptr_array_new ();
  c.loop = g_main_loop_new (NULL, FALSE);

  /* A closed pipe is an error of write (), to be told, not an end. */
  signal (SIGPIPE, SIG_IGN);
  if (set_up (&c, error))
    {
      run_loop (&c);
      g_clear_pointer (&c.progress, thrum_progress_free);
      if (c.start_error == NULL)
        finish (&c);
      else
        g_propagate_error (error, c.start_error);
    }
  else if (error != NULL && *error == NULL)
    g_assert_not_reached ();

  clear (&c);
  if (!c.started)
    {
      thrum_run_folder_remove (run->folder);
      g_clear_pointer (&run, thrum_run_free);
    }
  thrum_interrupts_give_back ();
  return run;
}
