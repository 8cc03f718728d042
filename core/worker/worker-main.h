/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a worker process is told at its start. The descriptors are inherited. */
typedef struct {
  guint worker, n_workers;
  gint control_fd; /* ThrumControlMessage */
  gint region_fd;  /* ThrumRegion */
  gint config_fd;  /* the resolved INI text, read to its end */
  gint parent;     /* the coordinator's process id; the worker ends with it */
} ThrumWorkerArguments;

/* The whole life of a worker process: loads, says READY, waits for t0, runs its lanes in an
 * exclusive GThreadPool, says DONE. Returns the exit code: 0, or 1 after a FATAL message. */
int thrum_worker_main (const ThrumWorkerArguments *arguments);

G_END_DECLS
