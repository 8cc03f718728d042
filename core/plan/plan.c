/* SPDX-License-Identifier: MIT
 *
 * Decides who does what: shares of the whole test, and the seeded choices of users and arrivals.
 * Pure functions of immutable values; any thread. schedule.c decides when things happen.
 */
#include "plan/plan.h"

ThrumShare
thrum_share_split (ThrumShare whole, guint lane, guint n_lanes)
{
  return (ThrumShare){ .first = whole.first + lane * whole.stride,
                       .stride = whole.stride * n_lanes };
}

guint64
thrum_share_count (ThrumShare share, guint64 n)
{
  return n <= share.first ? 0 : (n - share.first - 1) / share.stride + 1;
}

/* splitmix64's finalizer (Steele, Lea, Flood 2014). */
static guint64
mix (guint64 x)
{
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static guint64
hash (guint64 seed, guint64 a, guint64 b)
{
  const guint64 golden = G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return mix (mix (mix (seed + golden) + a + golden) + b + golden);
}

gdouble
thrum_plan_random (guint64 seed, guint64 a, guint64 b)
{
  return (gdouble)(hash (seed, a, b) >> 11) * 0x1p-53;
}

guint64
thrum_plan_user_seed (const ThrumLoad *load, guint64 user)
{
  return hash (load->seed, user, G_MAXUINT64);
}

guint
thrum_plan_choose (const ThrumConfig *config, guint64 number, guint64 iteration)
{
  gdouble total = 0, at;

  if (config->requests->len == 1)
    return 0;

  for (guint i = 0; i < config->requests->len; i++)
    total += ((ThrumRequestConfig *)config->requests->pdata[i])->weight;
  at = thrum_plan_random (config->load.seed, number, iteration) * total;
  for (guint i = 0; i < config->requests->len - 1; i++)
    {
      at -= ((ThrumRequestConfig *)config->requests->pdata[i])->weight;
      if (at < 0)
        return i;
    }
  return config->requests->len - 1;
}
