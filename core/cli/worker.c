/* SPDX-License-Identifier: MIT
 *
 * The hidden subcommand that `thrum run` execs as a worker process.
 */
#include "cli/cli.h"

int
thrum_cli_worker (int argc, char **argv)
{
  return THRUM_EXIT_USAGE;
}
