/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Exit codes, the same everywhere; the first that applies. */
enum {
  THRUM_EXIT_GOOD = 0,
  THRUM_EXIT_THRESHOLD = 1,  /* a threshold failed, or not one request succeeded */
  THRUM_EXIT_USAGE = 2,      /* bad usage or config; nothing was sent */
  THRUM_EXIT_INCOMPLETE = 3, /* a worker died, interrupted */
  THRUM_EXIT_INVALID = 4,    /* for the generator's sake nobody can say, as on-invalid has it */
  THRUM_EXIT_CANNOT_START = 5
};

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
