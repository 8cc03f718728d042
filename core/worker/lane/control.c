/* SPDX-License-Identifier: MIT
 *
 * The few messages between coordinator and worker. Packets have a fixed size, so that none is
 * ever torn.
 */
#include "worker/lane/control.h"

#define ATTEMPTS 100
#define PAUSE_US 1000

/* A kernel that is short of memory loses nothing of what is said. */
static gboolean
may_pass (int error)
{
  if (error == ENOMEM || error == ENOBUFS)
    g_usleep (PAUSE_US);
  return error == ENOMEM || error == ENOBUFS || error == EINTR;
}

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

gboolean
thrum_control_send (gint fd, ThrumControlType type, gint64 value, const gchar *text)
{
  ThrumControlMessage message = { .type = type, .value = value };
  gssize sent = -1;

  if (text != NULL)
    g_strlcpy (message.text, text, sizeof message.text);
  message.text_bytes = (guint32)strlen (message.text);
  for (guint i = 0; i < ATTEMPTS; i++)
    {
      sent =
          send (fd, &message, G_STRUCT_OFFSET (ThrumControlMessage, text) + message.text_bytes + 1,
                MSG_NOSIGNAL);
      if (sent >= 0 || !may_pass (errno))
        break;
    }
  return sent >= 0;
}

/* @data: the descriptor. Allocates nothing: there may be no memory. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
  for (gsize i = 0; (level & G_LOG_LEVEL_ERROR) && i < n_fields; i++)
    if (strcmp (fields[i].key, "MESSAGE") == 0 && fields[i].length < 0)
      thrum_control_send (GPOINTER_TO_INT (data), THRUM_CONTROL_FATAL, 0, fields[i].value);
  return g_log_writer_default (level, fields, n_fields, NULL);
}

void
thrum_control_tell_fatal (gint fd)
{
  g_log_set_writer_func (write_log, GINT_TO_POINTER (fd), NULL);
}

gboolean
thrum_control_receive (gint fd, ThrumControlMessage *message)
{
  gssize got = -1;

  for (guint i = 0; i < ATTEMPTS; i++)
    {
      got = recv (fd, message, sizeof *message, 0);
      if (got >= 0 || !may_pass (errno))
        break;
    }
  if (got >= 0)
    errno = got > 0 ? EPROTO : 0;
  if (got <= (gssize)G_STRUCT_OFFSET (ThrumControlMessage, text))
    return FALSE;
  message->text[sizeof message->text - 1] = '\0';
  ((gchar *)message)[MIN (got, (gssize)sizeof *message) - 1] = '\0';
  return TRUE;
}
