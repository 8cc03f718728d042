/* SPDX-License-Identifier: MIT
 *
 * The command line: finds the subcommand and hands it its arguments. Nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "base/child.h"
#include "base/printing.h"
#include "thrum-config.h"

static const struct {
  const char *name;
  int (*run) (int argc, char **argv);
  const char *summary; /* NULL: hidden */
} commands[] = {
  { "run", thrum_cli_run, "run a load test: an INI file or a URL" },
  { "init", thrum_cli_init, "print a commented INI file to start from" },
  { "plugins", thrum_cli_plugins, "list the plugins, or print the keys of one" },
  { "target", thrum_cli_target, "an HTTP server of known behaviour to test against" },
  { "calibrate", thrum_cli_calibrate, "what this machine and this build add to a measurement" },
  { "worker", thrum_cli_worker, NULL },
};

static void
print_help (FILE *to)
{
  fprintf (to, "Usage: thrum COMMAND [ARGUMENTS]\n\n"
               "Hammers a network service with a load that an INI file describes, keeps every\n"
               "request, and says whether the numbers can be trusted.\n\nCommands:\n");
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (commands[i].summary != NULL)
      fprintf (to, "  %-10s %s\n", commands[i].name, commands[i].summary);
  fprintf (to,
           "\n`thrum COMMAND --help` says more; thrum-analyze makes tables and plots of a run.\n");
}

/* A standard descriptor that is closed would be the next file's, and results.csv would hold the
 * summary. What is put there can be neither written nor read, so that it is an error still. */
static void
keep_standard_descriptors (void)
{
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0 && errno == EBADF
        && open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
      return;
}

int
main (int argc, char **argv)
{
  keep_standard_descriptors ();
  thrum_child_note_signals ();
  setlocale (LC_ALL, "C.UTF-8");
  thrum_printing_check_at_exit ("thrum", THRUM_EXIT_CANNOT_START);

  if (argc < 2)
    {
      print_help (stderr);
      return THRUM_EXIT_USAGE;
    }
  if (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "-h") == 0)
    {
      print_help (stdout);
      return THRUM_EXIT_GOOD;
    }
  if (strcmp (argv[1], "--version") == 0)
    {
      printf ("thrum %s\n", THRUM_VERSION);
      return THRUM_EXIT_GOOD;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (strcmp (argv[1], commands[i].name) == 0)
      return commands[i].run (argc - 1, argv + 1);

  fprintf (stderr, "thrum: no command '%s'; `thrum --help` lists them\n", argv[1]);
  return THRUM_EXIT_USAGE;
}
