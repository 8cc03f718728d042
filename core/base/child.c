/* SPDX-License-Identifier: MIT
 *
 * Prepares other programs that we start, and notes what whoever started us left us. Knows
 * nothing of what these programs are.
 */
#include "base/child.h"

#include <sys/prctl.h>

/* What GLib resets in a child. */
static const int ending[] = { SIGHUP, SIGINT, SIGTERM };
static gboolean is_ignored[G_N_ELEMENTS (ending)];

void
thrum_child_note_signals (void)
{
  struct sigaction action;

  for (gsize i = 0; i < G_N_ELEMENTS (ending); i++)
    is_ignored[i] = sigaction (ending[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN;
  signal (SIGXFSZ, SIG_IGN);
}

void
thrum_child_prepare (G_GNUC_UNUSED gpointer data)
{
  sigset_t none;

  /* Between fork and exec: only what is safe there. */
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  signal (SIGPIPE, SIG_DFL);
  signal (SIGXFSZ, SIG_DFL);
  for (gsize i = 0; i < G_N_ELEMENTS (ending); i++)
    if (is_ignored[i])
      signal (ending[i], SIG_IGN);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
}

void
thrum_child_leave_ignored (sigset_t *signals)
{
  struct sigaction action;

  for (int number = 1; number < SIGRTMIN; number++)
    if (sigismember (signals, number) == 1 && sigaction (number, NULL, &action) == 0
        && action.sa_handler == SIG_IGN)
      sigdelset (signals, number);
}

gchar *
thrum_child_find_program (const gchar *name)
{
  const gchar *path = g_getenv ("PATH");
  g_auto (GStrv) folders =
      g_strsplit (path != NULL ? path : "/usr/local/bin:/usr/bin:/bin", ":", 0);

  for (gsize i = 0; folders[i] != NULL; i++)
    {
      g_autofree gchar *file = g_build_filename (folders[i], name, NULL);

      if (g_path_is_absolute (folders[i]) && g_file_test (file, G_FILE_TEST_IS_EXECUTABLE)
          && !g_file_test (file, G_FILE_TEST_IS_DIR))
        return g_steal_pointer (&file);
    }
  return NULL;
}
