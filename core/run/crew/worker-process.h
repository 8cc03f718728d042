/* SPDX-License-Identifier: MIT */
#pragma once

#include <gio/gio.h>

#include "config/config.h"
#include "record/region.h"
#include "worker/lane/control.h"

G_BEGIN_DECLS

/* One worker process as the coordinator sees it. Main thread. */
typedef struct {
  guint index;
  GPid pid;        /* 0: it has not started, or it has gone */
  gint control_fd; /* -1: closed */
  ThrumRegion *region;
  gboolean is_ready;
  gboolean is_done;          /* it said DONE */
  gboolean was_killed;       /* we killed it, because it did not end in time */
  gint wait_status;          /* as waitpid () gives it, once the process has gone */
  gchar *fatal;              /* (nullable): what it said was wrong */
  guint64 oom_kills;         /* how many processes of our control group had been killed for
                                memory when it started */
  gboolean is_out_of_memory; /* the kernel killed it for want of memory */
} ThrumWorkerProcess;

/* Makes worker @index of @n_workers, with its shared memory. Does not start it yet. */
ThrumWorkerProcess *
thrum_worker_process_new (const ThrumConfig *config, guint index, guint n_workers, GError **error);

/* Starts this same program in worker mode (fork and exec), in a process group of its own and
 * with default signals. The worker inherits @config_fd. FALSE with @error set. Main thread: the
 * worker dies with the thread that started it. */
gboolean thrum_worker_process_spawn (ThrumWorkerProcess *process, const ThrumConfig *config,
                                     gint config_fd, GError **error);

/* Sends @type and @value. It is not an error if the worker has gone. */
void thrum_worker_process_tell (ThrumWorkerProcess *process, ThrumControlType type, gint64 value);

/* Sends signal @number to the worker, if it lives. */
void thrum_worker_process_signal (ThrumWorkerProcess *process, int number);

/* Notes that the worker has gone, and @wait_status, which waitpid () gave. */
void thrum_worker_process_note_end (ThrumWorkerProcess *process, int wait_status);

/* Returns how the worker ended, in words: "was killed by SIGSEGV", "exited with 1: cannot ...".
 * NULL: it ended well. (transfer full) */
gchar *thrum_worker_process_describe_end (const ThrumWorkerProcess *process);

void thrum_worker_process_free (ThrumWorkerProcess *process);

G_END_DECLS
