/* SPDX-License-Identifier: MIT
 *
 * What a container may use, read from folders that look like the kernel's.
 */
#include <glib/gstdio.h>
#include <string.h>

#include "base/limits.h"

#define MIB (G_GUINT64_CONSTANT (1) << 20)

/* One container: files below its root, "PATH=CONTENT". */
typedef struct {
  const gchar *name;
  const gchar *files[8];
  guint cpus; /* 0: those of the machine */
  gdouble quota;
  guint64 memory; /* 0: that of the machine */
  guint64 kills;
} Case;

static const Case cases[] = {
  { .name = "v2, limits of its own",
    .files = { "proc/self/cgroup=0::/\n", "sys/fs/cgroup/cpu.max=50000 100000\n",
               "sys/fs/cgroup/memory.max=67108864\n",
               "sys/fs/cgroup/memory.events=low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\n" },
    .cpus = 1,
    .quota = 0.5,
    .memory = 64 * MIB,
    .kills = 2 },
  { .name = "v2, the least of those above, at half a path",
    .files = { "proc/self/cgroup=0::/a.slice/b.scope\n",
               "sys/fs/cgroup/a.slice/b.scope/cpu.max=max 100000\n",
               "sys/fs/cgroup/a.slice/b.scope/memory.max=max\n",
               "sys/fs/cgroup/a.slice/b.scope/memory.events=oom_kill 1\n",
               "sys/fs/cgroup/a.slice/cpu.max=100000 100000\n",
               "sys/fs/cgroup/a.slice/memory.max=134217728\n",
               "sys/fs/cgroup/a.slice/memory.events=oom_kill 7\n" },
    .cpus = 1,
    .quota = 1,
    .memory = 128 * MIB,
    .kills = 1 },
  { .name = "v2, no limit",
    .files = { "proc/self/cgroup=0::/\n", "sys/fs/cgroup/cpu.max=max 100000\n",
               "sys/fs/cgroup/memory.max=max\n", "proc/vmstat=pgfault 4\noom_kill 5\n" },
    .kills = 5 },
  { .name = "v1, joined controllers",
    .files = { "proc/self/cgroup=5:memory:/box\n3:cpu,cpuacct:/box\n1:name=systemd:/box\n",
               "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us=25000\n",
               "sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us=100000\n",
               "sys/fs/cgroup/memory/box/memory.limit_in_bytes=100663296\n",
               "sys/fs/cgroup/memory/box/memory.oom_control=oom_kill_disable 0\nunder_oom "
               "0\noom_kill 4\n" },
    .cpus = 1,
    .quota = 0.25,
    .memory = 96 * MIB,
    .kills = 4 },
  { .name = "v1, the host's path is not to be seen",
    .files = { "proc/self/cgroup=5:memory:/docker/0123\n3:cpuacct,cpu:/docker/0123\n",
               "sys/fs/cgroup/cpu/cpu.cfs_quota_us=100000\n",
               "sys/fs/cgroup/cpu/cpu.cfs_period_us=100000\n",
               "sys/fs/cgroup/memory/memory.limit_in_bytes=33554432\n" },
    .cpus = 1,
    .quota = 1,
    .memory = 32 * MIB },
  { .name = "v1, no limit",
    .files = { "proc/self/cgroup=5:memory:/\n3:cpu,cpuacct:/\n",
               "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us=-1\n",
               "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us=100000\n",
               "sys/fs/cgroup/memory/memory.limit_in_bytes=9223372036854771712\n" } },
  { .name = "hybrid, memory in v2's own mount",
    .files = { "proc/self/cgroup=2:cpu:/\n0::/u\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us=100000\n",
               "sys/fs/cgroup/cpu/cpu.cfs_period_us=50000\n",
               "sys/fs/cgroup/unified/u/memory.max=50331648\n" },
    .cpus = 2,
    .quota = 2,
    .memory = 48 * MIB },
  { .name = "no control groups", .files = { "proc/vmstat=oom_kill 0\n" } },
  { .name = "nonsense",
    .files = { "proc/self/cgroup=nonsense\n0\n0:\n0::\n", "sys/fs/cgroup/cpu.max=\n",
               "sys/fs/cgroup/memory.max=-5\n", "sys/fs/cgroup/memory.events=oom_kill\n" } },
};

static void
write_file (const gchar *root, const gchar *file)
{
  const gchar *content = strchr (file, '=') + 1;
  g_autofree gchar *name = g_strndup (file, (gsize)(content - 1 - file));
  g_autofree gchar *path = g_build_filename (root, name, NULL);
  g_autofree gchar *folder = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, content, -1, NULL));
}

static void
remove_all (const gchar *path)
{
  GDir *folder = g_dir_open (path, 0, NULL);
  const gchar *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree gchar *inner = g_build_filename (path, name, NULL);
      remove_all (inner);
    }
  g_clear_pointer (&folder, g_dir_close);
  g_remove (path);
}

static void
test_container (gconstpointer data)
{
  const Case *c = data;
  g_autofree gchar *root = g_dir_make_tmp ("thrum-limits-XXXXXX", NULL);
  const ThrumLimits machine = thrum_limits_read ("/nonexistent");
  ThrumLimits limits;

  g_test_message ("%s", c->name);
  for (guint i = 0; i < G_N_ELEMENTS (c->files) && c->files[i] != NULL; i++)
    write_file (root, c->files[i]);
  limits = thrum_limits_read (root);
  g_assert_cmpuint (limits.cpus, ==, c->cpus > 0 ? MIN (c->cpus, machine.cpus) : machine.cpus);
  g_assert_cmpfloat (limits.quota, ==, c->quota);
  g_assert_cmpuint (limits.memory_bytes, ==, c->memory > 0 ? c->memory : machine.memory_bytes);
  g_assert_cmpint (limits.is_memory_limited, ==, c->memory > 0);
  g_assert_cmpuint (thrum_limits_count_oom_kills (root), ==, c->kills);
  remove_all (root);
}

static void
test_own_memory (void)
{
  const gsize size = 64 * MIB;
  guint64 before = thrum_limits_measure_own_memory ();
  g_autofree gchar *bytes = g_malloc (size);

  memset (bytes, 1, size);
  g_assert_cmpuint (thrum_limits_measure_own_memory (), >=, before + size / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *path = g_strdup_printf ("/limits/container-%" G_GSIZE_FORMAT, i);
      g_test_add_data_func (path, &cases[i], test_container);
    }
  g_test_add_func ("/limits/own-memory", test_own_memory);
  return g_test_run ();
}
