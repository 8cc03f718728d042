/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What of the machine this process may use: a container, or systemd, may allow it less than there is. */
typedef struct {
  guint cpus;           /* that are of use: those it may run on, at most the quota rounded up */
  gdouble quota;        /* CPUs' worth of time that its control groups allow; 0: no limit */
  guint64 memory_bytes; /* that its control groups allow, at most what is built in */
  gboolean is_memory_limited; /* by a control group, to less than what is built in */
} ThrumLimits;

/* Reads /proc/self/cgroup and the files of these groups and those above them, v1 and v2, below folder
 * @root: "" for the real ones. Any thread. */
ThrumLimits thrum_limits_read (const gchar *root);

/* This process's, read once. Any thread. (transfer none) */
const ThrumLimits *thrum_limits_get (void);

/* What this process holds of memory that is its own, bytes; 0: the kernel does not tell. Any thread. */
guint64 thrum_limits_measure_own_memory (void);

/* How many processes of this control group the kernel has killed for want of memory, ever; of the whole
 * machine where the group does not tell. @root as above. Any thread. */
guint64 thrum_limits_count_oom_kills (const gchar *root);

/* Raises this process's limit of open files to its hard limit, and that to @wanted where the process may.
 * Returns how many files it may now hold open. Any thread. */
guint64 thrum_limits_raise_open_files (guint64 wanted);

G_END_DECLS
