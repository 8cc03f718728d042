/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

#include "base/exit-codes.h"

G_BEGIN_DECLS

/* One subcommand each: @argv[0] is its name, the rest its own arguments. Returns the exit code. */
int thrum_cli_run (int argc, char **argv);
int thrum_cli_init (int argc, char **argv);
int thrum_cli_plugins (int argc, char **argv);
int thrum_cli_plugins_check (int argc, char **argv); /* plugins --check */
int thrum_cli_target (int argc, char **argv);
int thrum_cli_calibrate (int argc, char **argv);

/* Hidden: what `thrum run` execs as a worker process. */
int thrum_cli_worker (int argc, char **argv);

G_END_DECLS
