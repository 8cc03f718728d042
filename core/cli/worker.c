/* SPDX-License-Identifier: MIT
 *
 * The hidden subcommand that `thrum run` execs as a worker process: numbers in, nothing out.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "worker/worker-main.h"

int
thrum_cli_worker (int argc, char **argv)
{
  gint *numbers[6];
  ThrumWorkerArguments arguments;
  gint worker = 0, n_workers = 0;

  numbers[0] = &worker;
  numbers[1] = &n_workers;
  numbers[2] = &arguments.control_fd;
  numbers[3] = &arguments.region_fd;
  numbers[4] = &arguments.config_fd;
  numbers[5] = &arguments.parent;
  if (argc != 7)
    {
      fprintf (stderr, "thrum worker: started by `thrum run` only\n");
      return THRUM_EXIT_USAGE;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    *numbers[i] = atoi (argv[i + 1]);
  arguments.worker = (guint)worker;
  arguments.n_workers = (guint)n_workers;
  return thrum_worker_main (&arguments);
}
