/* SPDX-License-Identifier: MIT
 *
 * Decides whom a target's sessions trust: a database of ours that asks the real one. For each
 * connection GIO's GnuTLS copies the authorities of a database of its own type: 3.8 MB and 11 ms.
 * Ours has nothing to copy, so all connections share one list. Each connection is made with the
 * default database before it gets another, so ours is the default, too. Immutable; any thread.
 */
#include "http-client.h"

#define CLIENT_TYPE_TRUST (client_trust_get_type ())
G_DECLARE_FINAL_TYPE (ClientTrust, client_trust, CLIENT, TRUST, GTlsDatabase)

struct _ClientTrust {
  GTlsDatabase parent_instance;
  GTlsDatabase *authorities; /* (nullable): the system's, which are read once somebody asks */
  gboolean trusts_all;
};

G_DEFINE_FINAL_TYPE (ClientTrust, client_trust, G_TYPE_TLS_DATABASE)

/* (transfer none): the default database as it was, in whose place ours now stands. */
static GTlsDatabase *
get_system_authorities (void)
{
  static GTlsDatabase *system_authorities;

  if (g_once_init_enter (&system_authorities))
    {
      GTlsBackend *backend = g_tls_backend_get_default ();
      GTlsDatabase *authorities = g_tls_backend_get_default_database (backend);
      g_autoptr (GTlsDatabase) ours = client_trust_new (authorities, FALSE);

      g_tls_backend_set_default_database (backend, ours);
      g_once_init_leave (&system_authorities, authorities);
    }
  return system_authorities;
}

void
client_trust_prepare (void)
{
  get_system_authorities ();
}

static GTlsCertificateFlags
verify_chain (GTlsDatabase *database, GTlsCertificate *chain, const gchar *purpose,
              GSocketConnectable *identity, GTlsInteraction *interaction,
              GTlsDatabaseVerifyFlags flags, GCancellable *cancellable, GError **error)
{
  ClientTrust *trust = CLIENT_TRUST (database);

  if (trust->trusts_all)
    return 0;
  return g_tls_database_verify_chain (
      trust->authorities != NULL ? trust->authorities : get_system_authorities (), chain, purpose,
      identity, interaction, flags, cancellable, error);
}

static void
client_trust_finalize (GObject *object)
{
  g_clear_object (&CLIENT_TRUST (object)->authorities);
  G_OBJECT_CLASS (client_trust_parent_class)->finalize (object);
}

static void
client_trust_class_init (ClientTrustClass *class)
{
  G_OBJECT_CLASS (class)->finalize = client_trust_finalize;
  G_TLS_DATABASE_CLASS (class)->verify_chain = verify_chain;
}

static void
client_trust_init (ClientTrust *trust)
{
}

GTlsDatabase *
client_trust_new (GTlsDatabase *authorities, gboolean trusts_all)
{
  ClientTrust *trust = g_object_new (CLIENT_TYPE_TRUST, NULL);

  trust->authorities = authorities != NULL ? g_object_ref (authorities) : NULL;
  trust->trusts_all = trusts_all;
  return G_TLS_DATABASE (trust);
}
