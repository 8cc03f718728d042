/* SPDX-License-Identifier: MIT
 *
 * The embedded server's request parser: no bytes may crash it, and no split may change what it
 * makes of them.
 */
#include "request-events.h"

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length);

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  const char *text = (const char *)bytes;
  g_autofree char *whole = request_events (text, length, length, length);
  g_autofree char *halves =
      request_events (text, length, length > 0 ? bytes[length / 2] % length : 0, length);
  g_autofree char *pieces = request_events (text, length, 0, 1 + length / 512);

  g_assert_cmpstr (whole, ==, halves);
  g_assert_cmpstr (whole, ==, pieces);
  return 0;
}
