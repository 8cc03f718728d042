/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How much of the machine this process may use: a container, or systemd, may allow it less than
 * there is. */
typedef struct {
  guint cpus;           /* CPUs that are of use: those it may run on, at most the quota rounded
                           up */
  gdouble quota;        /* how many CPUs' worth of time its control groups allow; 0: no limit */
  guint64 memory_bytes; /* what its control groups allow, at most what is built in */
  gboolean is_memory_limited; /* a control group limits it to less than what is built in */
} ThrumLimits;

/* Reads /proc/self/cgroup and the files of these groups and those above them (v1 and v2), below
 * folder @root, which is "" for the real ones. Any thread. */
ThrumLimits thrum_limits_read (const gchar *root);

/* Returns this process's limits, which are read once. Any thread. (transfer none) */
const ThrumLimits *thrum_limits_get (void);

/* Returns how many bytes of memory this process has of its own; 0: the kernel does not report
 * it. Any thread. */
guint64 thrum_limits_measure_own_memory (void);

/* Returns how many processes of this control group the kernel has ever killed for want of
 * memory. Where the group does not report it, the count is the whole machine's. @root as above.
 * Any thread. */
guint64 thrum_limits_count_oom_kills (const gchar *root);

/* Raises this process's limit of open files to its hard limit, and that to @wanted where the process may.
 * Returns how many files it may now hold open. Any thread. */
guint64 thrum_limits_raise_open_files (guint64 wanted);

G_END_DECLS
