/* SPDX-License-Identifier: MIT
 *
 * How many descriptors a run takes, and the limit that allows them. Main thread.
 */
#include "base/limits.h"
#include "run/crew/descriptors.h"

#include <gio/gio.h>

/* Descriptors that the neediest worker may hold open. */
static guint64
count_descriptors (const ThrumConfig *config)
{
  const ThrumLoad *load = &config->load;
  guint64 users = (load->users + load->processes - 1) / load->processes;

  if (!thrum_config_is_codec (config))
    return users * thrum_config_get_session_descriptors (config) + THRUM_OTHER_DESCRIPTORS;
  if (load->is_open)
    users = (load->max_in_flight + load->processes - 1) / load->processes;
  return users + 4u * load->threads + THRUM_OTHER_DESCRIPTORS;
}

gboolean
thrum_descriptors_raise_limit (const ThrumConfig *config, GError **error)
{
  guint64 need = MAX (count_descriptors (config), 64 + 4u * config->load.processes);
  guint64 limit = thrum_limits_raise_open_files (0);

  if (need > limit)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_MFILE,
                   "a worker may need %" G_GUINT64_FORMAT
                   " open files, the limit is %" G_GUINT64_FORMAT
                   ": raise it (ulimit -Hn), or spread the users over more processes",
                   need, limit);
      return FALSE;
    }
  return TRUE;
}
