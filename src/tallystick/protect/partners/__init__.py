"""Partners: other providers' servers, what they asked for, and what customers let them take.

Clauses: 6.2.3, 7.1, 13.
Enters:  what the back office registers of a partner; authorities that customers signed.
Leaves:  Partner, PartnerOrder, Authority, PaymentRequest, PartnerHold, Collected, Notice: records
         that are committed with the orders that they belong to.
Refuses: AuthorityRefused (one word for every reason), RequestUnknown, RefundRefused,
         CredentialsRefused.
Proof:   tests/rooms/protect/partners, tests/journeys/test_partners.py.
"""

from tallystick.protect.partners.authorities import (
    AUTHORITIES,
    CODE,
    MANDATE,
    Authority,
    AuthorityRefused,
    authority_key,
    draw_on,
    end_authority,
    give_up,
)
from tallystick.protect.partners.notices import (
    DELIVERED,
    NOTICES,
    NOTICES_HEAD,
    Notice,
    add_notice,
)
from tallystick.protect.partners.orders import (
    COLLECTED,
    PARTNER_HOLDS,
    PARTNER_ORDERS,
    Collected,
    PartnerHold,
    PartnerOrder,
    RefundRefused,
    order_key,
)
from tallystick.protect.partners.records import (
    DIRECTORY,
    DIRECTORY_KEY,
    PARTNERS,
    SCOPES,
    CredentialsRefused,
    Partner,
    api_key_digest,
    check_api_key,
    check_secret,
    secret_digest,
)
from tallystick.protect.partners.requests import (
    PAYMENT,
    PENDING_EACH_MAX,
    PENDING_MAX,
    PENDING_REQUESTS,
    REQUESTS,
    PaymentRequest,
    RequestState,
    RequestUnknown,
)

__all__ = [
    "AUTHORITIES",
    "CODE",
    "COLLECTED",
    "DELIVERED",
    "DIRECTORY",
    "DIRECTORY_KEY",
    "MANDATE",
    "NOTICES",
    "NOTICES_HEAD",
    "PARTNERS",
    "PARTNER_HOLDS",
    "PARTNER_ORDERS",
    "PAYMENT",
    "PENDING_EACH_MAX",
    "PENDING_MAX",
    "PENDING_REQUESTS",
    "REQUESTS",
    "SCOPES",
    "Authority",
    "AuthorityRefused",
    "Collected",
    "CredentialsRefused",
    "Notice",
    "Partner",
    "PartnerHold",
    "PartnerOrder",
    "PaymentRequest",
    "RefundRefused",
    "RequestState",
    "RequestUnknown",
    "add_notice",
    "api_key_digest",
    "authority_key",
    "check_api_key",
    "check_secret",
    "draw_on",
    "end_authority",
    "give_up",
    "order_key",
    "secret_digest",
]
