/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/input.h"

G_BEGIN_DECLS

/* The folder that a report goes into. Files are replaced as a whole or not at all, and what was
 * measured is never written to, even if it has a report's name. */
typedef struct _ThrumOutput ThrumOutput;

/* Makes @folder, with its parents. @inputs: what must not be overwritten (unowned, must live on). */
ThrumOutput *thrum_output_new (const char *folder, GPtrArray *inputs, GError **error);
void thrum_output_free (ThrumOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ThrumOutput, thrum_output_free)

const char *thrum_output_get_folder (const ThrumOutput *self);

/* The path of @name in the folder; NULL and @error if a measured file is there. (transfer full) */
char *thrum_output_get_path (ThrumOutput *self, const char *name, GError **error);

/* Writes @name. */
gboolean thrum_output_write (ThrumOutput *self, const char *name, const char *data, gssize length,
                             GError **error);

G_END_DECLS
