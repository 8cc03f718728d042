/* SPDX-License-Identifier: MIT
 *
 * The names of failures, generated from the list in <thrum/plugin.h>. Immutable; any thread.
 */
#include "record/record.h"

static const struct {
  const char *token;
  const char *help;
} failures[] = {
#define ROW(name, token, help) { token, help },
  THRUM_FAILURES (ROW)
#undef ROW
};

const char *
thrum_failure_token (guint failure)
{
  return failures[MIN (failure, THRUM_FAILURE_OTHER)].token;
}

const char *
thrum_failure_help (guint failure)
{
  return failures[MIN (failure, THRUM_FAILURE_OTHER)].help;
}

gboolean
thrum_failure_is_unconnected (guint failure)
{
  switch (failure)
    {
    case THRUM_FAILURE_NO_ADDRESS:
    case THRUM_FAILURE_CONNECT_REFUSED:
    case THRUM_FAILURE_CONNECT_FAILED:
    case THRUM_FAILURE_NO_PORT:
    case THRUM_FAILURE_TLS_VERIFY:
    case THRUM_FAILURE_TLS_FAILED:
      return TRUE;
    default:
      return FALSE;
    }
}
