/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/config.h"

G_BEGIN_DECLS

/* Raises this process's limit of descriptors to what the run needs; the workers inherit it.
 * FALSE with @error set (G_FILE_ERROR_MFILE): the hard limit is too low. */
gboolean thrum_descriptors_raise_limit (const ThrumConfig *config, GError **error);

G_END_DECLS
