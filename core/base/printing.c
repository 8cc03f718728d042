/* SPDX-License-Identifier: MIT
 *
 * Prints and writes what others read, and checks that it was taken.
 */
#include "base/printing.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

gboolean
thrum_printing_is_safe (gunichar c)
{
  gboolean is_deceptive = c == 0x061c || (c >= 0x200b && c <= 0x200f)
                          || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f)
                          || c == 0xfeff;
  gboolean is_no_character = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);

  return !is_deceptive && !is_no_character && !g_unichar_iscntrl (c);
}

char *
thrum_printing_escape (const char *text, gboolean keeps_lines)
{
  GString *escaped = g_string_sized_new (strlen (text));

  for (const char *at = text; *at != '\0';)
    {
      gunichar c = g_utf8_get_char_validated (at, -1);
      gboolean is_valid = c < 0x110000;
      const char *next = is_valid ? g_utf8_next_char (at) : at + 1;

      if (keeps_lines && (*at == '\n' || *at == '\t'))
        g_string_append_c (escaped, *at);
      else if (!is_valid || !thrum_printing_is_safe (c))
        g_string_append_c (escaped, '?');
      else
        g_string_append_len (escaped, at, next - at);
      at = next;
    }
  return g_string_free (escaped, FALSE);
}

void
thrum_printing_say (FILE *stream, const char *format, ...)
{
  g_autofree char *text = NULL, *escaped = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  escaped = thrum_printing_escape (text, TRUE);
  fputs (escaped, stream);
}

/* A descriptor of standard error that does not wait. Opened anew where that can be done: the flags of
 * the one that we were given are others', too. */
static int
open_stderr (void)
{
  struct stat st;
  int fd = -1;

  if (fstat (STDERR_FILENO, &st) == 0 && (S_ISFIFO (st.st_mode) || isatty (STDERR_FILENO)))
    fd = open ("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  return fd >= 0 ? fd : STDERR_FILENO;
}

void
thrum_printing_note (const char *format, ...)
{
  static int fd = -1;
  struct pollfd room = { .events = POLLOUT };
  g_autofree char *text = NULL;
  gsize length;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  if (fd < 0)
    fd = open_stderr ();
  room.fd = fd;
  fflush (stderr);
  length = strlen (text);
  if (length > PIPE_BUF || poll (&room, 1, 0) != 1 || (room.revents & POLLOUT) == 0)
    return;
  if (send (fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == ENOTSOCK
      && write (fd, text, length) < 0)
    return;
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
