/* SPDX-License-Identifier: MIT
 *
 * make-rows N COLUMNS: prints N rows of results.csv (3, 7 or 8 columns, the last one lag) of a test that
 * took 100 s: nearly in order of completion, response times log-normal about 20 ms with a tail, 0.5%
 * failures, lag some 40 us.
 * The same rows at each run.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t state = 42;

/* xorshift64*, 0 <= x < 1. */
static double
uniform (void)
{
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (double)((state * 0x2545f4914f6cdd1dULL) >> 11) / 9007199254740992.0;
}

static double
normal (void)
{
  return sqrt (-2 * log (1 - uniform ())) * cos (6.283185307179586 * uniform ());
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "home", "login", "search", "basket", "checkout" };
  long n = argc > 1 ? atol (argv[1]) : 1000;
  int columns = argc > 2 ? atoi (argv[2]) : 3;
  static char buffer[1 << 20];

  setvbuf (stdout, buffer, _IOFBF, sizeof buffer);
  for (long i = 0; i < n; i++)
    {
      double response = 0.02 * exp (0.7 * normal ());
      /* None began before the test did. */
      double elapsed = fmax (100.0 * (double)i / (double)n + 0.001 * uniform (), response);
      int failed = uniform () < 0.005;
      int status = failed ? 503 : 200;

      if (columns == 3)
        printf ("%.6f,%.6f,%d\n", elapsed, response, status);
      else
        printf ("%.6f,%.6f,%d,%.6f,%s,%s,%d", elapsed, response, status, response * 0.98,
                names[(int)(uniform () * 5)], failed ? "status" : "",
                512 + (int)(uniform () * 4096));
      if (columns == 8)
        printf (",%.6f", 0.00004 * exp (0.5 * normal ()));
      if (columns > 3)
        putchar ('\n');
    }
  return 0;
}
