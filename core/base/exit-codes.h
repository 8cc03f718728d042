/* SPDX-License-Identifier: MIT */
#pragma once

/* The exit codes, which are the same for every program. The first that applies is used. */
enum {
  THRUM_EXIT_GOOD = 0,
  THRUM_EXIT_THRESHOLD = 1,  /* a threshold failed, or not one request succeeded */
  THRUM_EXIT_USAGE = 2,      /* bad usage or config; nothing was sent */
  THRUM_EXIT_INCOMPLETE = 3, /* a worker died, or the run was interrupted */
  THRUM_EXIT_INVALID = 4,    /* because of the generator nobody can judge, as on-invalid defines
                                it */
  THRUM_EXIT_CANNOT_START = 5
};
