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
  GPid pid;        /* 0: not started, or gone */
  gint control_fd; /* -1: closed */
  ThrumRegion *region;
  gboolean is_ready;
  gboolean is_done;          /* it said DONE */
  gboolean was_killed;       /* by us, for not ending in time */
  gint wait_status;          /* as of waitpid, once gone */
  gchar *fatal;              /* (nullable): what it said of itself */
  guint64 oom_kills;         /* of our control group, ever, as it was started */
  gboolean is_out_of_memory; /* the kernel killed it for want of memory */
} ThrumWorkerProcess;

/* Makes worker @index of @n_workers, with its shared memory. Not started yet. */
ThrumWorkerProcess *
thrum_worker_process_new (const ThrumConfig *config, guint index, guint n_workers, GError **error);

/* Forks and execs this same program in worker mode, in a process group of its own, with default
 * signals. @config_fd is inherited. FALSE with @error set. From the main thread: the worker dies
 * with the thread that made it. */
gboolean thrum_worker_process_spawn (ThrumWorkerProcess *process, const ThrumConfig *config,
                                     gint config_fd, GError **error);

/* Sends @type; a worker that has gone is no error. */
void thrum_worker_process_tell (ThrumWorkerProcess *process, ThrumControlType type, gint64 value);

/* Sends signal @number to it, if it lives. */
void thrum_worker_process_signal (ThrumWorkerProcess *process, int number);

/* It has gone, as waitpid () says. */
void thrum_worker_process_note_end (ThrumWorkerProcess *process, int wait_status);

/* How it ended, in words: "was killed by SIGSEGV", "exited with 1: cannot ...". NULL: well.
 * (transfer full) */
gchar *thrum_worker_process_describe_end (const ThrumWorkerProcess *process);

void thrum_worker_process_free (ThrumWorkerProcess *process);

G_END_DECLS
