/* SPDX-License-Identifier: MIT
 *
 * Makes library calls fail on demand, to see what becomes of a run: a library to preload, by
 *   LD_PRELOAD=.../faults.so FAULTS="call=write error=28 from=2 to=2 role=c path=results.csv"
 * Rules are separated by `;`, and their words, of which `call` alone is needed, by spaces: the calls
 * `from` to `to` of `call` fail with the number `error`, with a chance of `chance` in 1000, `after` so
 * many ms of the process, in `role` c(oordinator), w(orker), (analy)z(er) or a(ny), on descriptors whose
 * path holds `path`. `short` has a write take a third, `hang` has it sleep for `error` seconds.
 * FAULTS_LOG names a file that gets a line for each call that failed. Not for the malloc of a sanitizer.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_RULES 16

typedef struct {
  char call[32], path[64];
  char role;
  int error;
  long from, to, after, chance;
  atomic_long calls;
} Rule;

static Rule rules[MAX_RULES];
static int n_rules;
static char own_role = 'x';
static struct timespec began;
static const char *log_file;
static atomic_bool is_ready;
static __thread bool is_inside;

/* Returns the next definition of @name, ours left out. */
#define NEXT(name) ((__typeof__ (&name))dlsym (RTLD_NEXT, #name))

static void
find_role (void)
{
  char line[4096];
  int fd = open ("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd < 0 ? 0 : read (fd, line, sizeof line - 1);
  const char *program, *second;

  close (fd);
  line[length < 0 ? 0 : length] = '\0';
  program = strrchr (line, '/') != NULL ? strrchr (line, '/') + 1 : line;
  second = line + strlen (line) + 1;
  if (strcmp (program, "thrum-analyze") == 0)
    own_role = 'z';
  else if (strcmp (program, "thrum") == 0 && second < line + length)
    own_role = strcmp (second, "worker") == 0 ? 'w' : strcmp (second, "run") == 0 ? 'c' : 'x';
}

static void
set_word (Rule *rule, const char *name, const char *value)
{
  if (strcmp (name, "call") == 0)
    snprintf (rule->call, sizeof rule->call, "%s", value);
  else if (strcmp (name, "path") == 0)
    snprintf (rule->path, sizeof rule->path, "%s", value);
  else if (strcmp (name, "role") == 0)
    rule->role = *value;
  else if (strcmp (name, "error") == 0)
    rule->error = atoi (value);
  else if (strcmp (name, "from") == 0)
    rule->from = atol (value);
  else if (strcmp (name, "to") == 0)
    rule->to = atol (value);
  else if (strcmp (name, "after") == 0)
    rule->after = atol (value);
  else if (strcmp (name, "chance") == 0)
    rule->chance = atol (value);
}

static void
add_rule (char *text)
{
  Rule *rule = &rules[n_rules];
  char *place = NULL;

  if (n_rules == MAX_RULES)
    return;
  *rule = (Rule){ .role = 'a', .error = EIO, .from = 1, .to = 1L << 60, .chance = 1000 };
  for (char *word = strtok_r (text, " ", &place); word != NULL; word = strtok_r (NULL, " ", &place))
    {
      char *equals = strchr (word, '=');

      if (equals == NULL)
        continue;
      *equals = '\0';
      set_word (rule, word, equals + 1);
    }
  if (*rule->call != '\0' && (rule->role == 'a' || rule->role == own_role))
    n_rules++;
}

__attribute__ ((constructor)) static void
set_up (void)
{
  const char *given = getenv ("FAULTS");
  char text[2048], *place = NULL;

  clock_gettime (CLOCK_MONOTONIC, &began);
  log_file = getenv ("FAULTS_LOG");
  find_role ();
  snprintf (text, sizeof text, "%s", given != NULL ? given : "");
  for (char *rule = strtok_r (text, ";", &place); rule != NULL; rule = strtok_r (NULL, ";", &place))
    add_rule (rule);
  is_ready = true;
}

static bool
is_path (const Rule *rule, int fd)
{
  char name[64], path[512];
  ssize_t length;

  if (*rule->path == '\0')
    return true;
  snprintf (name, sizeof name, "/proc/self/fd/%d", fd);
  length = fd < 0 ? -1 : readlink (name, path, sizeof path - 1);
  path[length < 0 ? 0 : length] = '\0';
  return strstr (path, rule->path) != NULL;
}

/* The same numbers in each run. */
static long
roll (void)
{
  static atomic_uint state = 12345;
  unsigned value = atomic_fetch_add (&state, 2654435761u);

  value ^= value >> 15;
  value *= 2246822519u;
  value ^= value >> 13;
  return value % 1000;
}

static void
note (const Rule *rule)
{
  ssize_t (*real) (int, const void *, size_t) = NEXT (write);
  char text[80];
  int length = snprintf (text, sizeof text, "%c %s %d\n", own_role, rule->call, rule->error);
  int fd = log_file == NULL ? -1 : open (log_file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);

  if (fd >= 0 && real (fd, text, (size_t)length) < 0)
    abort ();
  if (fd >= 0)
    close (fd);
}

/* Returns with what number a call of @call on @fd (-1: none) is to fail; 0: it is not. */
static int
fault (const char *call, int fd)
{
  struct timespec now;
  int saved = errno, error = 0;

  if (!is_ready || is_inside || n_rules == 0)
    return 0;
  is_inside = true;
  clock_gettime (CLOCK_MONOTONIC, &now);
  for (int i = 0; i < n_rules && error == 0; i++)
    {
      Rule *rule = &rules[i];
      long ms = (now.tv_sec - began.tv_sec) * 1000 + (now.tv_nsec - began.tv_nsec) / 1000000, n;

      if (strcmp (rule->call, call) != 0 || ms < rule->after || !is_path (rule, fd))
        continue;
      n = ++rule->calls;
      if (n < rule->from || n > rule->to || roll () >= rule->chance)
        continue;
      error = rule->error;
      note (rule);
    }
  is_inside = false;
  errno = error != 0 ? error : saved;
  return error;
}

ssize_t
write (int fd, const void *bytes, size_t length)
{
  int seconds = fault ("hang", fd);

  if (seconds > 0)
    nanosleep (&(struct timespec){ .tv_sec = seconds }, NULL);
  if (fault ("write", fd) != 0)
    return -1;
  if (length > 2 && fault ("short", fd) != 0)
    length /= 3;
  return NEXT (write) (fd, bytes, length);
}

/* A call that fails with -1 and errno. */
#define FAILS(type, name, fd, parameters, arguments)                                               \
  type name parameters                                                                             \
  {                                                                                                \
    static __typeof__ (&name) real;                                                                \
    if (real == NULL)                                                                              \
      real = NEXT (name);                                                                          \
    return fault (#name, fd) != 0 ? -1 : real arguments;                                           \
  }

FAILS (int, fsync, fd, (int fd), (fd))
FAILS (int, ftruncate, fd, (int fd, off_t length), (fd, length))
FAILS (int, rename, -1, (const char *from, const char *to), (from, to))
FAILS (int, memfd_create, -1, (const char *name, unsigned flags), (name, flags))
FAILS (int, eventfd, -1, (unsigned value, int flags), (value, flags))
FAILS (int, socket, -1, (int family, int type, int protocol), (family, type, protocol))
FAILS (int, socketpair, -1, (int family, int type, int protocol, int pair[2]),
       (family, type, protocol, pair))
FAILS (int, timerfd_create, -1, (int clock, int flags), (clock, flags))
FAILS (int, epoll_ctl, -1, (int epoll, int verb, int fd, struct epoll_event *event),
       (epoll, verb, fd, event))
FAILS (ssize_t, send, fd, (int fd, const void *bytes, size_t length, int flags),
       (fd, bytes, length, flags))
FAILS (ssize_t, recv, fd, (int fd, void *bytes, size_t length, int flags),
       (fd, bytes, length, flags))
FAILS (ssize_t, recvmsg, fd, (int fd, struct msghdr *message, int flags), (fd, message, flags))

/* The engine's own way to recvmsg (), which is no point where a thread may be cancelled. */
long
syscall (long number, ...)
{
  long words[6];
  va_list list;

  va_start (list, number);
  for (int i = 0; i < 6; i++)
    words[i] = va_arg (list, long);
  va_end (list);
  if (number == SYS_recvmsg && fault ("recvmsg", (int)words[0]) != 0)
    return -1;
  return NEXT (syscall) (number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int
pthread_create (pthread_t *thread, const pthread_attr_t *attributes, void *(*run) (void *),
                void *data)
{
  int error = fault ("pthread_create", -1);

  return error != 0 ? error : NEXT (pthread_create) (thread, attributes, run, data);
}

void *
mmap (void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
  /* The thread's stack and the heap of malloc () are the C library's own calls. */
  if (fault ("mmap", fd) != 0)
    return MAP_FAILED;
  return NEXT (mmap) (at, length, protection, flags, fd, offset);
}

#ifdef WITH_MALLOC
void *
malloc (size_t length)
{
  static void *(*real) (size_t);

  if (real == NULL)
    real = (void *(*)(size_t))dlsym (RTLD_NEXT, "malloc");
  return fault ("malloc", -1) != 0 ? NULL : real (length);
}
#endif
