/* SPDX-License-Identifier: MIT
 *
 * Reads the limits of a container: what its control groups, of version 1 or 2, allow. Any group
 * above ours may have a limit too, so the least of all holds. Does not look up where file
 * systems are mounted: systemd, Docker and Kubernetes all use /sys/fs/cgroup.
 */
#include "base/limits.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef enum { CPU, MEMORY } Controller;

/* The limits of the group whose files lie in folder @folder. */
typedef void (*Visit) (const gchar *folder, gpointer data);

/* (nullable) (transfer full): the text of @folder/@name. */
static gchar *
read_file (const gchar *folder, const gchar *name)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  gchar *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

/* FALSE: there is no such file, or it holds no number, as with "max". */
static gboolean
read_number (const gchar *folder, const gchar *name, gint64 *number)
{
  g_autofree gchar *text = read_file (folder, name);
  gchar *end;

  if (text == NULL)
    return FALSE;
  *number = g_ascii_strtoll (text, &end, 10);
  return end != text;
}

/* @path below @mount and all groups above it. In a container the path may be that of the host, of
 * which nothing is to be seen: then the container's own group is the mount itself. */
static void
visit_upwards (const gchar *mount, const gchar *path, Visit visit, gpointer data)
{
  g_autofree gchar *below = g_strdup (path);

  for (;;)
    {
      g_autofree gchar *folder = g_build_filename (mount, below, NULL);
      gchar *slash = strrchr (below, '/');

      visit (folder, data);
      if (slash == NULL || below[0] == '\0')
        return;
      *slash = '\0';
    }
}

static void
visit_line (const gchar *root, const gchar *line, Controller controller, Visit visit, gpointer data)
{
  g_auto (GStrv) fields = g_strsplit (line, ":", 3);
  const gchar *name = controller == CPU ? "cpu" : "memory";

  if (g_strv_length (fields) < 3)
    return;
  if (*fields[1] == '\0')
    {
      static const gchar *const mounts[] = { "sys/fs/cgroup", "sys/fs/cgroup/unified" };

      for (gsize i = 0; i < G_N_ELEMENTS (mounts); i++)
        {
          g_autofree gchar *mount = g_build_filename (root, "/", mounts[i], NULL);
          visit_upwards (mount, fields[2], visit, data);
        }
      return;
    }
  g_auto (GStrv) names = g_strsplit (fields[1], ",", -1);
  if (!g_strv_contains ((const gchar *const *)names, name))
    return;
  g_autofree gchar *joined = g_build_filename (root, "/", "sys/fs/cgroup", fields[1], NULL);
  g_autofree gchar *single = g_build_filename (root, "/", "sys/fs/cgroup", name, NULL);
  visit_upwards (joined, fields[2], visit, data);
  if (strcmp (joined, single) != 0)
    visit_upwards (single, fields[2], visit, data);
}

/* Calls @visit for every group of ours that may limit @controller's resource. */
static void
visit_groups (const gchar *root, Controller controller, Visit visit, gpointer data)
{
  g_autofree gchar *folder = g_build_filename (root, "/", "proc/self", NULL);
  g_autofree gchar *text = read_file (folder, "cgroup");
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    visit_line (root, lines[i], controller, visit, data);
}

/* @data: gdouble, CPUs. */
static void
note_quota (const gchar *folder, gpointer data)
{
  gdouble *least = data;
  g_autofree gchar *text = read_file (folder, "cpu.max"); /* "QUOTA PERIOD" or "max PERIOD", us */
  gint64 quota = -1, period = 0;
  gchar *end;

  if (text != NULL && g_ascii_isdigit (*text))
    {
      quota = g_ascii_strtoll (text, &end, 10);
      period = g_ascii_strtoll (end, NULL, 10);
    }
  else if (!read_number (folder, "cpu.cfs_quota_us", &quota)
           || !read_number (folder, "cpu.cfs_period_us", &period))
    return;
  if (quota > 0 && period > 0)
    *least = MIN (*least, (gdouble)quota / (gdouble)period);
}

/* @data: guint64, bytes. */
static void
note_memory (const gchar *folder, gpointer data)
{
  guint64 *least = data;
  gint64 limit;

  if ((read_number (folder, "memory.max", &limit)
       || read_number (folder, "memory.limit_in_bytes", &limit))
      && limit > 0)
    *least = MIN (*least, (guint64)limit);
}

ThrumLimits
thrum_limits_read (const gchar *root)
{
  const guint64 built_in = (guint64)sysconf (_SC_PHYS_PAGES) * (guint64)sysconf (_SC_PAGESIZE);
  ThrumLimits limits = { .cpus = g_get_num_processors (), .memory_bytes = built_in };
  gdouble quota = G_MAXDOUBLE;

  visit_groups (root, CPU, note_quota, &quota);
  visit_groups (root, MEMORY, note_memory, &limits.memory_bytes);
  if (quota < G_MAXDOUBLE)
    {
      limits.quota = quota;
      limits.cpus = (guint)CLAMP (ceil (quota), 1, limits.cpus);
    }
  limits.is_memory_limited = limits.memory_bytes < built_in;
  return limits;
}

const ThrumLimits *
thrum_limits_get (void)
{
  static ThrumLimits limits;
  static gsize is_read;

  if (g_once_init_enter (&is_read))
    {
      limits = thrum_limits_read ("");
      g_once_init_leave (&is_read, 1);
    }
  return &limits;
}

guint64
thrum_limits_measure_own_memory (void)
{
  g_autofree gchar *text =
      read_file ("/proc/self", "statm"); /* pages: "SIZE RESIDENT SHARED ..." */
  g_auto (GStrv) pages = g_strsplit (text != NULL ? text : "", " ", 4);
  guint64 resident, shared;

  if (g_strv_length (pages) < 4)
    return 0;
  resident = g_ascii_strtoull (pages[1], NULL, 10);
  shared = g_ascii_strtoull (pages[2], NULL, 10);
  return (resident - MIN (shared, resident)) * (guint64)sysconf (_SC_PAGESIZE);
}

/* The number of the line "oom_kill NUMBER". */
static gboolean
read_kills (const gchar *folder, const gchar *name, guint64 *kills)
{
  g_autofree gchar *text = read_file (folder, name);
  const gchar *at = text != NULL ? strstr (text, "oom_kill ") : NULL;

  if (at == NULL || (at != text && at[-1] != '\n'))
    return FALSE;
  *kills = g_ascii_strtoull (at + strlen ("oom_kill "), NULL, 10);
  return TRUE;
}

typedef struct {
  gboolean is_known; /* by the first group, ours */
  guint64 kills;
} Kills;

static void
note_kills (const gchar *folder, gpointer data)
{
  Kills *kills = data;

  if (!kills->is_known)
    kills->is_known = read_kills (folder, "memory.events", &kills->kills)
                      || read_kills (folder, "memory.oom_control", &kills->kills);
}

guint64
thrum_limits_count_oom_kills (const gchar *root)
{
  g_autofree gchar *folder = g_build_filename (root, "/", "proc", NULL);
  Kills kills = { 0 };

  visit_groups (root, MEMORY, note_kills, &kills);
  if (!kills.is_known)
    read_kills (folder, "vmstat", &kills.kills);
  return kills.kills;
}

guint64
thrum_limits_raise_open_files (guint64 wanted)
{
  struct rlimit limit, raised;

  if (getrlimit (RLIMIT_NOFILE, &limit) < 0)
    return 1024; /* what any system has */
  raised.rlim_cur = raised.rlim_max = MAX (limit.rlim_max, (rlim_t)wanted);
  if (setrlimit (RLIMIT_NOFILE, &raised) == 0)
    return raised.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit (RLIMIT_NOFILE, &limit);
  (void)getrlimit (RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}
