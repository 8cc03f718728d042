/* SPDX-License-Identifier: MIT
 *
 * What a program prints, and writes for others to read: whether it was taken.
 */
#include "record/printing.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
thrum_printing_check_at_exit (const char *program, int code)
{
  program_name = program;
  failure_code = code;
  on_exit (check, NULL);
}

static gboolean
write_into (const char *file, const char *text, GError **error)
{
  FILE *stream = fopen (file, "we");
  gboolean is_good =
      stream != NULL && fputs (text, stream) >= 0 && fflush (stream) == 0 && !ferror (stream);
  int saved = errno;

  if (stream != NULL)
    fclose (stream);
  if (!is_good)
    g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved), "cannot write %s: %s", file,
                 g_strerror (saved));
  return is_good;
}

gboolean
thrum_printing_write_file (const char *file, const char *text, GError **error)
{
  char *target = realpath (file, NULL);
  struct stat st;
  gboolean is_good;

  if (target != NULL && stat (target, &st) == 0 && !S_ISREG (st.st_mode))
    is_good = write_into (target, text, error);
  else
    is_good = g_file_set_contents (target != NULL ? target : file, text, -1, error);
  free (target);
  return is_good;
}
