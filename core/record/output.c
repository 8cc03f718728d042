/* SPDX-License-Identifier: MIT
 *
 * Whether what was printed has been taken. Main thread.
 */
#include "record/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *program_name;
static int failure_code;

static void
check (int code, G_GNUC_UNUSED void *data)
{
  if (code != 0)
    return;
  errno = 0;
  if (fflush (stdout) == 0 && !ferror (stdout))
    return;
  /* An earlier write's reason is gone; the next one's is the same, or it ends what is cut off anyway. */
  if (errno == 0 && write (STDOUT_FILENO, "\n", 1) == 1)
    errno = EIO;
  fprintf (stderr, "%s: cannot write to standard output: %s\n", program_name, strerror (errno));
  _exit (failure_code);
}

void
thrum_output_check_at_exit (const char *program, int code)
{
  program_name = program;
  failure_code = code;
  on_exit (check, NULL);
}
