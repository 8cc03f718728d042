/* SPDX-License-Identifier: MIT */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Has thrum-analyze, the one beside this program or PATH's, make the report of the run in @folder,
 * and says where it is, unless @is_quiet. @has_passed: the run's own thresholds all held. FALSE:
 * there is no report, which has been told. Main thread. */
gboolean thrum_report_make (const gchar *folder, gboolean has_passed, gboolean is_quiet);

G_END_DECLS
