/* SPDX-License-Identifier: MIT */
#pragma once

#include "analyzer/reader.h"

G_BEGIN_DECLS

/* One file each: reader-NAME.c. */
extern const ThrumFormat thrum_format_ab;
extern const ThrumFormat
    thrum_format_columns; /* thrum's results.csv; the 2010 format is its start */
extern const ThrumFormat thrum_format_hey;
extern const ThrumFormat thrum_format_jmeter;
extern const ThrumFormat thrum_format_k6;
extern const ThrumFormat thrum_format_mechanize;
extern const ThrumFormat thrum_format_vegeta;

G_END_DECLS
