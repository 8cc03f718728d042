/* SPDX-License-Identifier: MIT
 *
 * How the end of a worker is told.
 */
#include <signal.h>

#include "run/crew/worker-process.h"

typedef struct {
  ThrumWorkerProcess process;
  const gchar *pattern; /* of the whole text; NULL: it ended well */
} Case;

#define EXITED(code) ((code) << 8)

static const Case cases[] = {
  { { .wait_status = EXITED (0), .is_done = TRUE }, NULL },
  { { .wait_status = EXITED (0) }, "exited with 0 before its work was done" },
  { { .wait_status = EXITED (3), .is_done = TRUE }, "exited with 3 before its work was done" },
  { { .wait_status = EXITED (1), .fatal = (gchar *)"cannot x" }, "stopped: cannot x" },
  { { .wait_status = SIGSEGV }, "was killed by SIGSEGV (*)" },
  { { .wait_status = SIGABRT }, "was killed by SIGABRT (*)" },
  { { .wait_status = SIGABRT, .fatal = (gchar *)"Creating pipes: Too many open files" },
    "stopped: Creating pipes: Too many open files" },
  { { .wait_status = SIGTRAP, .fatal = (gchar *)"failed to allocate 9 bytes" },
    "stopped: failed to allocate 9 bytes" },
  { { .wait_status = SIGKILL }, "was killed by SIGKILL (*): by somebody, or by the kernel *" },
  { { .wait_status = SIGKILL, .is_out_of_memory = TRUE },
    "was killed by the kernel for want of memory (* MiB): use fewer users *" },
  { { .wait_status = SIGKILL, .was_killed = TRUE }, "did not end in time and was killed: *" },
};

static void
test_ends (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *text = thrum_worker_process_describe_end (&cases[i].process);

      g_test_message ("%" G_GSIZE_FORMAT ": %s", i, text);
      if (cases[i].pattern == NULL)
        g_assert_null (text);
      else
        g_assert_true (g_pattern_match_simple (cases[i].pattern, text));
    }
}

/* Killed, but no more than before for want of memory. */
static void
test_note_end (void)
{
  ThrumWorkerProcess process = { .pid = 7, .oom_kills = G_MAXUINT64 };

  thrum_worker_process_note_end (&process, SIGKILL);
  g_assert_cmpint (process.pid, ==, 0);
  g_assert_cmpint (process.wait_status, ==, SIGKILL);
  g_assert_false (process.is_out_of_memory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/worker-process/ends", test_ends);
  g_test_add_func ("/worker-process/note-end", test_note_end);
  return g_test_run ();
}
