"""What Threagile's words mean here. Shape after its published JSON schema (MIT)."""

from __future__ import annotations

from collections.abc import Mapping

TOP_KEYS = ("title", "data_assets", "technical_assets", "trust_boundaries")
"""What is read of a model. Everything else is told by name."""
ASSET_KEYS = frozenset(
    {"id", "type", "technology", "internet", "data_assets_stored", "communication_links"}
)
LINK_KEYS = frozenset({"target", "protocol", "vpn", "data_assets_sent", "data_assets_received"})
DATA_KEYS = frozenset({"id"})
BOUNDARY_KEYS = frozenset({"id", "type", "technical_assets_inside", "trust_boundaries_nested"})

BY_TYPE: Mapping[str, str] = {
    "external-entity": "partner",
    "process": "server",
    "datastore": "registers",
}
CLIENTS = frozenset({"client-system", "browser", "desktop", "mobile-app"})

_KINDS = {
    "application": "client-system browser desktop mobile-app",
    "handset": "iot-device",
    "gateway": "reverse-proxy load-balancer gateway waf ids ips",
    "server": """
        web-server web-application application-server web-service-rest web-service-soap ejb
        search-index search-engine service-registry cms erp batch-processing event-listener function
        message-queue stream-processing service-mesh report-engine ai mail-server scheduler
        mainframe task container-platform library monitoring identity-provider""",
    "registers": """
        database file-server local-file-system data-lake block-storage ldap-server
        identity-store-ldap identity-store-database""",
    "build_chain": """
        build-pipeline sourcecode-repository artifact-registry code-inspection-platform""",
    "crypto_module": "vault hsm",
    "back_office": "devops-client cli tool",
}
BY_TECHNOLOGY: Mapping[str, str] = {
    word: kind for kind, words in _KINDS.items() for word in words.split()
}

PROTECTED = frozenset(
    """
    https wss reverse-proxy-web-protocol-encrypted jdbc-encrypted odbc-encrypted
    sql-access-protocol-encrypted nosql-access-protocol-encrypted binary-encrypted text-encrypted
    ssh ssh-tunnel smtp-encrypted pop3-encrypted imap-encrypted ftps sftp scp ldaps smb-encrypted
    iiop-encrypted jrmp-encrypted
    """.split()  # noqa: SIM905
)
"""Protocols that protect a link from one end to the other, and no further."""
OPEN = frozenset(
    """
    http ws reverse-proxy-web-protocol mqtt jdbc odbc sql-access-protocol nosql-access-protocol
    binary text smtp pop3 imap ftp ldap jms nfs smb local-file-access nrpe xmpp iiop jrmp
    in-process-library-call container-spawning
    """.split()  # noqa: SIM905
)

_NAMES = {
    # the asset, and words in the name of data that stand for it; the first asset that fits counts
    "credentials": "password passwords credential credentials pin pins secret secrets token tokens",
    "module_keys": "key keys certificate certificates",
    "evidence": "audit evidence log logs",
    "ledger": "ledger booking bookings journal posting postings",
    "money": "money balance balances wallet wallets funds",
    "messages": "payment payments transaction transactions order orders message messages",
    "application": "application code source build binary artifact artifacts",
    "personal_data": """
        customer customers client clients user users person personal contract contracts kyc identity
        address addresses email profile profiles employee employees account accounts pii""",
}
BY_NAME: Mapping[str, str] = {
    word: asset for asset, words in _NAMES.items() for word in words.split()
}
ASSET_ORDER = tuple(_NAMES)
