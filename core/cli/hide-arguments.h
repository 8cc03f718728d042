/* SPDX-License-Identifier: MIT */
#pragma once

/* Overwrites the secrets in @argv, the program's own arguments, with asterisks, so that `ps` shows none:
 * values of headers, what --set gives to targets and requests, passwords in URLs. To be called once
 * they have been copied. Main thread. */
void thrum_hide_arguments (int argc, char **argv);
