/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Returns whether the header @name (of @length bytes) carries a secret: Authorization, Cookie, and
 * whatever is named like a key, a token or a password. @more (nullable, NULL-terminated) are further
 * names. Case does not matter. */
gboolean thrum_secret_is_header (const gchar *name, gsize length, const gchar *const *more);

/* Returns whether the header @name is known to carry no secret: Accept, Content-Type, ... */
gboolean thrum_secret_is_harmless_header (const gchar *name, gsize length);

/* A part of a text, in bytes. */
typedef struct {
  gsize start, length;
} ThrumSpan;

/* Finds the secrets of @url, which may be a path with a query only: the password before the host (or
 * the name, where it stands alone), and query parameters named like a password or a token. A
 * reference ${...} within is skipped over as one character. (transfer full), ThrumSpan, ascending */
GArray *thrum_secret_find_in_url (const gchar *url);

/* Returns @text, of which nobody knows what it is (a line that is not INI, an argument), with *** for
 * what looks like a secret in it: passwords in URLs, and what follows a secret's name and ':' or '='.
 * Of a long text it is the beginning.
 * (transfer full) */
gchar *thrum_secret_mask (const gchar *text);

G_END_DECLS
