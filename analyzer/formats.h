/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/reader.h"

G_BEGIN_DECLS

/* One file each: reader-NAME.c. */
extern const ThrumFormat
    thrum_format_columns; /* thrum's results.csv; the 2010 format is its start */

G_END_DECLS
