/* SPDX-License-Identifier: MIT
 *
 * How many lanes a worker has, and how much room for records.
 */
#include "worker/lane/lane.h"

#define S G_GINT64_CONSTANT (1000000000)
#define GIB (G_GUINT64_CONSTANT (1) << 30)
#define MIB (G_GUINT64_CONSTANT (1) << 20)

static const ThrumSessionOps session_ops = { 0 };
static const ThrumCodecOps codec_ops = { 0 };
static const ThrumPlugin session_plugin = { THRUM_PLUGIN_HEAD, .name = "s",
                                            .session = &session_ops };
static const ThrumPlugin codec_plugin = { THRUM_PLUGIN_HEAD, .name = "c", .codec = &codec_ops };
static const ThrumPluginModule session_module = { .path = "s", .descriptor = &session_plugin };
static const ThrumPluginModule codec_module = { .path = "c", .descriptor = &codec_plugin };

typedef struct {
  const gchar *name;
  gboolean is_codec;
  guint cpus;
  guint64 memory_bytes;
  ThrumLoad load;
  guint n_lanes;
  guint64 capacity; /* of each */
} Case;

/* 2 s of 128 Ki records a CPU, or of 32 Ki of blocking sessions; 5 s of a rate. */
static const Case cases[] = {
  { "loops at full speed, a CPU each",
    TRUE,
    2,
    8 * GIB,
    { .users = 10, .processes = 2, .threads = 1 },
    1,
    256 * 1024 },
  { "two loops that share a process",
    TRUE,
    2,
    8 * GIB,
    { .users = 10, .processes = 1, .threads = 2 },
    2,
    256 * 1024 },
  { "one loop on many CPUs",
    TRUE,
    16,
    8 * GIB,
    { .users = 10, .processes = 1, .threads = 1 },
    1,
    256 * 1024 },
  { "32 processes share 2 CPUs",
    TRUE,
    2,
    8 * GIB,
    { .users = 320, .processes = 32, .threads = 1 },
    1,
    16 * 1024 },
  { "a small container: an eighth of 64 MiB, shared by 2",
    TRUE,
    2,
    64 * MIB,
    { .users = 10, .processes = 2, .threads = 1 },
    1,
    32 * 1024 },
  { "a tiny one still has some",
    TRUE,
    1,
    1 * MIB,
    { .users = 2, .processes = 1, .threads = 1 },
    1,
    1024 },
  { "a rate of 1000/s",
    TRUE,
    2,
    8 * GIB,
    { .is_open = TRUE, .rate = 1000, .max_in_flight = 100, .processes = 2, .threads = 1 },
    1,
    4096 },
  { "room for twice what may be in flight",
    TRUE,
    2,
    8 * GIB,
    { .is_open = TRUE, .rate = 100, .max_in_flight = 10000, .processes = 2, .threads = 1 },
    1,
    16 * 1024 },
  { "users with an interval",
    TRUE,
    2,
    8 * GIB,
    { .users = 100, .interval_ns = S, .processes = 2, .threads = 1 },
    1,
    1024 },
  { "sessions at full speed: each user a lane",
    FALSE,
    2,
    8 * GIB,
    { .users = 10, .processes = 2, .threads = 5 },
    5,
    16 * 1024 },
  { "many users", FALSE, 2, 8 * GIB, { .users = 4000, .processes = 2, .threads = 2000 }, 2000, 64 },
  { "a crew is one lane",
    FALSE,
    2,
    8 * GIB,
    { .is_open = TRUE,
      .rate = 500,
      .users = 4000,
      .max_in_flight = 4000,
      .processes = 2,
      .threads = 2000 },
    1,
    4096 },
};

static void
test_layout (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *c = &cases[i];
      ThrumTargetConfig target = { .module = c->is_codec ? &codec_module : &session_module };
      ThrumConfig config = { .load = c->load,
                             .targets = g_ptr_array_new (),
                             .thresholds = g_ptr_array_new () };
      const ThrumLimits limits = { .cpus = c->cpus, .memory_bytes = c->memory_bytes };
      ThrumLaneLayout layout;

      g_test_message ("%s", c->name);
      g_ptr_array_add (config.targets, &target);
      layout = thrum_lane_get_layout (&config, &limits, 0, c->load.processes);
      g_assert_cmpuint (layout.n_lanes, ==, c->n_lanes);
      g_assert_cmpuint (layout.ring_capacity, ==, c->capacity);
      g_assert_cmpuint (layout.n_slots, ==, 0);
      g_ptr_array_unref (config.targets);
      g_ptr_array_unref (config.thresholds);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lane/layout", test_layout);
  return g_test_run ();
}
