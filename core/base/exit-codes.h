/* SPDX-License-Identifier: MIT */
#pragma once

/* Exit codes, the same of every program; the first that applies. */
enum {
  THRUM_EXIT_GOOD = 0,
  THRUM_EXIT_THRESHOLD = 1,  /* a threshold failed, or not one request succeeded */
  THRUM_EXIT_USAGE = 2,      /* bad usage or config; nothing was sent */
  THRUM_EXIT_INCOMPLETE = 3, /* a worker died, interrupted */
  THRUM_EXIT_INVALID = 4,    /* for the generator's sake nobody can say, as on-invalid has it */
  THRUM_EXIT_CANNOT_START = 5
};
