/* SPDX-License-Identifier: MIT
 *
 * Carries the signals that end a run, or stop it for a while, from the handler to the main loop.
 * A handler does only what is safe in one: a pipe, the clock, alarm () and _exit (). Knows
 * nothing of what a run does about signals. Handlers run on any thread; the rest on the main
 * thread.
 */
#include "run/course/interrupts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <gio/gio.h>

/* timeout (1) signals its child and then the group that this is in: once was meant. */
#define SAME_MS 200
/* How long the loop has to leave after a second signal. */
#define LAST_S 1

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGTSTP };

static struct sigaction before[G_N_ELEMENTS (numbers)];
static gboolean is_taken[G_N_ELEMENTS (numbers)];
static gint pipe_fds[2] = { -1, -1 };
static int code;
static volatile sig_atomic_t looping;
static gint n_interrupts;     /* atomic */
static gint64 interrupted_ms; /* atomic: the last of them */

static gint64
get_ms (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000) + now.tv_nsec / 1000000;
}

static void
tell (int number)
{
  guint8 byte = (guint8)number;

  /* A pipe that is full holds enough of them. */
  if (write (pipe_fds[1], &byte, 1) < 0)
    return;
}

static void
leave (int number)
{
  _exit (code);
}

static void
on_interrupt (int number)
{
  int saved = errno;
  gint64 now = get_ms (), last = __atomic_load_n (&interrupted_ms, __ATOMIC_RELAXED);

  if (n_interrupts == 0 || now - last >= SAME_MS)
    {
      __atomic_store_n (&interrupted_ms, now, __ATOMIC_RELAXED);
      if (__atomic_add_fetch (&n_interrupts, 1, __ATOMIC_RELAXED) > 1)
        {
          if (!looping)
            _exit (code);
          alarm (LAST_S);
        }
      tell (number);
    }
  errno = saved;
}

static void
on_suspend (int number)
{
  int saved = errno;

  if (looping)
    tell (number);
  else
    raise (SIGSTOP);
  errno = saved;
}

gboolean
thrum_interrupts_take (int exit_code, GError **error)
{
  struct sigaction action = { .sa_flags = SA_RESTART };
  sigset_t set;

  if (pipe2 (pipe_fds, O_CLOEXEC | O_NONBLOCK) < 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   "cannot make a pipe for signals: %s", g_strerror (errno));
      return FALSE;
    }
  code = exit_code;
  n_interrupts = 0;
  looping = FALSE;
  action.sa_handler = leave;
  sigaction (SIGALRM, &action, NULL);
  sigemptyset (&set);
  sigaddset (&set, SIGALRM);
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      sigaction (numbers[i], NULL, &before[i]);
      is_taken[i] = before[i].sa_handler != SIG_IGN;
      action.sa_handler = numbers[i] == SIGTSTP ? on_suspend : on_interrupt;
      if (is_taken[i])
        sigaction (numbers[i], &action, NULL);
      sigaddset (&set, numbers[i]);
    }
  /* Whoever started us may have left them blocked. */
  pthread_sigmask (SIG_UNBLOCK, &set, NULL);
  return TRUE;
}

gint
thrum_interrupts_get_fd (void)
{
  return pipe_fds[0];
}

gint
thrum_interrupts_next (void)
{
  guint8 byte;

  return read (pipe_fds[0], &byte, 1) == 1 ? byte : 0;
}

void
thrum_interrupts_set_looping (gboolean is_looping)
{
  looping = is_looping;
}

void
thrum_interrupts_give_back (void)
{
  if (pipe_fds[0] < 0)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (is_taken[i])
      sigaction (numbers[i], &before[i], NULL);
  alarm (0);
  signal (SIGALRM, SIG_DFL);
  close (pipe_fds[0]);
  close (pipe_fds[1]);
  pipe_fds[0] = pipe_fds[1] = -1;
}
