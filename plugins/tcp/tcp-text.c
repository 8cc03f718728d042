/* SPDX-License-Identifier: MIT
 *
 * Turns a test's text into bytes: escapes, hexadecimal digits, a file. Pure, except that it reads
 * that file. It knows nothing of frames or calls.
 */
#include "tcp-text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of two digits at @text, or -1. Reads no further than the first that is none. */
static int
hex_pair (const char *text)
{
  int high = hex_digit (text[0]), low = high >= 0 ? hex_digit (text[1]) : -1;

  return low >= 0 ? high << 4 | low : -1;
}

bool
tcp_text_read (const char *text, uint8_t *to, size_t *n, const char **problem)
{
  static const char letters[] = "rnt0\\";
  static const uint8_t bytes[] = { '\r', '\n', '\t', '\0', '\\' };
  size_t used = 0;

  for (const char *at = text; *at != '\0'; at++)
    {
      const char *letter;

      if (*at != '\\')
        {
          to[used++] = (uint8_t)*at;
          continue;
        }
      letter = at[1] != '\0' ? strchr (letters, at[1]) : NULL;
      if (letter != NULL)
        {
          to[used++] = bytes[letter - letters];
          at += 1;
        }
      else if (at[1] == 'x' && hex_pair (at + 2) >= 0)
        {
          to[used++] = (uint8_t)hex_pair (at + 2);
          at += 3;
        }
      else
        {
          if (problem != NULL)
            *problem = at;
          return false;
        }
    }
  *n = used;
  return true;
}

bool
tcp_hex_read (const char *text, uint8_t *to, size_t *n, const char **problem)
{
  size_t used = 0;

  for (const char *at = text; *at != '\0';)
    {
      int byte;

      if (*at == ' ' || *at == '\t')
        {
          at++;
          continue;
        }
      byte = hex_pair (at);
      if (byte < 0)
        {
          if (problem != NULL)
            *problem = at;
          return false;
        }
      to[used++] = (uint8_t)byte;
      at += 2;
    }
  *n = used;
  return true;
}

static bool
from_string (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *text,
             bool (*read) (const char *, uint8_t *, size_t *, const char **), const char *expected,
             GError **error)
{
  const char *problem;

  *bytes = (TcpBytes){ NULL, 0 };
  if (text == NULL)
    return true;
  bytes->data = malloc (strlen (text) + 1);
  if (bytes->data == NULL)
    {
      host->set_error (error, "%s: cannot keep it: out of memory", key);
      return false;
    }
  if (!read (text, bytes->data, &bytes->n, &problem))
    {
      host->set_error (error, "%s: cannot read it at '%.8s': expected %s", key, problem, expected);
      free (bytes->data);
      bytes->data = NULL;
      return false;
    }
  return true;
}

bool
tcp_bytes_from_text (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *text,
                     GError **error)
{
  return from_string (bytes, host, key, text, tcp_text_read, "one of \\r \\n \\t \\0 \\\\ \\xHH",
                      error);
}

bool
tcp_bytes_from_hex (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *text,
                    GError **error)
{
  return from_string (bytes, host, key, text, tcp_hex_read, "pairs of hexadecimal digits", error);
}

/* The whole of @file into @bytes. What went wrong, or NULL. */
static const char *
read_whole (TcpBytes *bytes, FILE *file)
{
  struct stat about;
  long size;

  if (fstat (fileno (file), &about) == 0 && S_ISDIR (about.st_mode))
    return "it is a directory";
  if (fseek (file, 0, SEEK_END) != 0 || (size = ftell (file)) < 0)
    return strerror (errno);
  if ((size_t)size > TCP_FILE_MAX)
    return "it is larger than 64 MiB";
  rewind (file);
  bytes->data = malloc ((size_t)size + 1);
  if (bytes->data == NULL)
    return strerror (errno);
  bytes->n = fread (bytes->data, 1, (size_t)size, file);
  return ferror (file) ? "reading failed" : NULL;
}

bool
tcp_bytes_from_file (TcpBytes *bytes, const ThrumHost *host, const char *key, const char *path,
                     GError **error)
{
  FILE *file = fopen (path, "rbe");
  const char *reason = file != NULL ? NULL : strerror (errno);

  *bytes = (TcpBytes){ NULL, 0 };
  if (file != NULL)
    {
      reason = read_whole (bytes, file);
      fclose (file);
    }
  if (reason == NULL)
    return true;

  host->set_error (error, "%s: cannot read %s: %s", key, path, reason);
  free (bytes->data);
  bytes->data = NULL;
  return false;
}
