/* SPDX-License-Identifier: MIT
 *
 * `thrum plugins --check`: the conformance kit for plugin authors. The checks run in a child, since
 * what they look for crashes and hangs; the parent, which never loads the plugin, tells how the
 * child ended. Owns arguments, child and report; what is checked stands in check-*.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/check-kit.h"
#include "cli/cli.h"
#include "net/transport.h"
#include "plugin/values.h"
#include "base/units.h"
#include "base/printing.h"

/* The whole check, the run included, takes a few seconds; a sanitizer build some more. */
#define LIMIT_S 180
#define LIMIT_S_MAX 86400

#define USAGE                                                                                      \
  "Usage: thrum plugins --check NAME|PATH [KEY=VALUE]... [--replies FILE]...\n"                    \
  "                            [--limit SECONDS]\n\n"                                              \
  "Holds a plugin against the rules of <thrum/plugin.h>. KEY=VALUE are options of its target "     \
  "and\n"                                                                                          \
  "request, as in an INI file. A codec needs something that a server said: one FILE for what\n"    \
  "comes after each call (the first is the greeting, if there is one), or an address=HOST:PORT\n"  \
  "to record three replies from. What takes longer than the limit (180) hangs.\n"

/* ---- The child ----------------------------------------------------------------------------- */

static void
sort_options (ThrumConformance *check)
{
  const ThrumOptionTable transport = thrum_option_table_of_transport ();
  g_autoptr (GPtrArray) own = g_ptr_array_new ();

  for (gchar **option = check->options; *option != NULL; option++)
    {
      g_autofree gchar *key = g_strndup (*option, strcspn (*option, "="));
      const gint index = thrum_option_table_find (&transport, key);

      if (index < 0)
        g_ptr_array_add (own, g_strdup (*option));
      else if (index == THRUM_TRANSPORT_ADDRESS)
        check->address = *option + strlen ("address=");
    }
  g_ptr_array_add (own, NULL);
  check->own_options = (gchar **)g_ptr_array_free (g_steal_pointer (&own), FALSE);
}

static void
check_everything (ThrumConformance *check)
{
  g_autoptr (GError) error = NULL;

  thrum_check_doing (check, "loading it");
  check->module = thrum_plugin_load (check->plugin, NULL, &error);
  if (check->module == NULL)
    {
      thrum_check_problem (check, "loads", "%s", error->message);
      return;
    }
  const ThrumPlugin *plugin = check->module->descriptor;
  thrum_check_ok (check, "loads", "%s %s, a %s plugin of ABI %u.%u", plugin->name, plugin->version,
                  plugin->codec != NULL ? "codec" : "session", plugin->abi_major,
                  plugin->abi_minor);
  sort_options (check);
  thrum_check_tables (check);
  if (plugin->codec != NULL && check->n_problems == 0 && thrum_check_read_exchange (check))
    {
      thrum_check_codec (check);
      if (check->n_problems == 0)
        thrum_check_time (check);
      if (check->n_problems == 0)
        thrum_check_run (check);
    }
  g_clear_pointer (&check->subject, thrum_codec_subject_free);
}

/* Frees what LeakSanitizer would otherwise take for the plugin's. */
static void
clear_check (ThrumConformance *check)
{
  g_strfreev (check->own_options);
  for (guint i = 0; check->turns != NULL && i < check->turns->len; i++)
    g_free ((gpointer)g_array_index (check->turns, ThrumReplayTurn, i).bytes);
  g_clear_pointer (&check->turns, g_array_unref);
  g_clear_pointer (&check->client_bytes, g_array_unref);
}

/* ---- The parent ---------------------------------------------------------------------------- */

static gboolean
await_child (pid_t child, guint limit_s, int *status)
{
  for (guint ms = 0; ms < limit_s * 1000; ms += 10)
    {
      const pid_t ended = waitpid (child, status, WNOHANG);

      if (ended == child)
        return TRUE;
      if (ended < 0 && errno != EINTR)
        break;
      g_usleep (10000);
    }
  kill (child, SIGKILL);
  waitpid (child, status, 0);
  return FALSE;
}

/* What came of the child: the exit code. */
static int
conclude (ThrumConformance *check, pid_t child)
{
  int status = 0;

  if (!await_child (child, check->limit_s, &status))
    thrum_check_problem (check, "hangs", "it did not return in %u s while %s", check->limit_s,
                         check->doing);
  else if (WIFSIGNALED (status))
    thrum_check_problem (check, "crashes", "%s while %s", strsignal (WTERMSIG (status)),
                         check->doing);
  else if (WEXITSTATUS (status) == 1)
    check->n_problems++; /* told by the child */
  else if (WEXITSTATUS (status) != 0)
    thrum_check_problem (check, "ends", "the process ended with code %d while %s",
                         WEXITSTATUS (status), check->doing);
  if (check->n_problems > 0)
    printf ("%s does not pass\n", check->plugin);
  else
    printf ("%s passes\n", check->plugin);
  return check->n_problems > 0 ? THRUM_EXIT_THRESHOLD : THRUM_EXIT_GOOD;
}

static int
check_in_child (ThrumConformance *check)
{
  const pid_t parent = getpid ();
  pid_t child;

  check->doing = mmap (NULL, THRUM_CHECK_DOING_BYTES, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (check->doing == MAP_FAILED)
    g_error ("cannot map %d bytes: %s", THRUM_CHECK_DOING_BYTES, g_strerror (errno));
  thrum_check_doing (check, "starting");
  printf ("Checking %s\n", check->plugin);
  fflush (stdout);

  /* No program is executed: this process has had one thread so far and has loaded no plugin. */
  child = fork ();
  if (child < 0)
    {
      thrum_printing_say (stderr, "thrum plugins: cannot fork: %s\n", g_strerror (errno));
      return THRUM_EXIT_CANNOT_START;
    }
  if (child == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      if (getppid () != parent)
        _exit (0);
      check_everything (check);
      clear_check (check);
      thrum_check_doing (check, "ending the process");
      fflush (stdout);
      exit (check->n_problems > 0 ? 1 : 0); /* not _exit (): LeakSanitizer reports at exit */
    }
  return conclude (check, child);
}

static gboolean
is_limit (const char *text)
{
  gint64 seconds;

  return thrum_parse_integer (text, &seconds, NULL) && seconds >= 1 && seconds <= LIMIT_S_MAX;
}

int
thrum_cli_plugins_check (int argc, char **argv)
{
  g_autoptr (GPtrArray) options = g_ptr_array_new ();
  g_autoptr (GPtrArray) replies = g_ptr_array_new ();
  ThrumConformance check = { .limit_s = LIMIT_S };

  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--check") == 0)
      continue;
    else if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      {
        fputs (USAGE, stdout);
        return THRUM_EXIT_GOOD;
      }
    else if (strcmp (argv[i], "--replies") == 0 && i + 1 < argc)
      g_ptr_array_add (replies, argv[++i]);
    else if (strcmp (argv[i], "--limit") == 0 && i + 1 < argc && is_limit (argv[i + 1]))
      check.limit_s = (guint)atoi (argv[++i]);
    else if (argv[i][0] == '-')
      {
        thrum_printing_say (stderr, "thrum plugins: unexpected '%s'\n%s", argv[i], USAGE);
        return THRUM_EXIT_USAGE;
      }
    else if (check.plugin == NULL)
      check.plugin = argv[i];
    else if (strchr (argv[i], '=') != NULL)
      g_ptr_array_add (options, argv[i]);
    else
      {
        thrum_printing_say (stderr, "thrum plugins: '%s' is no KEY=VALUE\n", argv[i]);
        return THRUM_EXIT_USAGE;
      }
  if (check.plugin == NULL)
    {
      thrum_printing_say (stderr, "thrum plugins: --check which plugin?\n%s", USAGE);
      return THRUM_EXIT_USAGE;
    }
  g_ptr_array_add (options, NULL);
  g_ptr_array_add (replies, NULL);
  check.options = (gchar **)options->pdata;
  check.reply_files = (gchar **)replies->pdata;
  return check_in_child (&check);
}
