/* SPDX-License-Identifier: MIT
 *
 * The few messages between coordinator and worker. Fixed-size packets, so that none is ever torn.
 */
#include "worker/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

gboolean
thrum_control_send (gint fd, ThrumControlType type, gint64 value, const gchar *text)
{
  ThrumControlMessage message = { .type = type, .value = value };
  gssize sent;

  if (text != NULL)
    g_strlcpy (message.text, text, sizeof message.text);
  message.text_bytes = (guint32)strlen (message.text);
  do
    sent = send (fd, &message, G_STRUCT_OFFSET (ThrumControlMessage, text) + message.text_bytes + 1,
                 MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

gboolean
thrum_control_receive (gint fd, ThrumControlMessage *message)
{
  gssize got;

  do
    got = recv (fd, message, sizeof *message, 0);
  while (got < 0 && errno == EINTR);
  if (got <= (gssize)G_STRUCT_OFFSET (ThrumControlMessage, text))
    return FALSE;
  message->text[sizeof message->text - 1] = '\0';
  ((gchar *)message)[MIN (got, (gssize)sizeof *message) - 1] = '\0';
  return TRUE;
}
