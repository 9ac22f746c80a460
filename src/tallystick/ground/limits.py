"""Sizes beyond which strangers' input is refused unread. Octets unless the name says otherwise."""

SERVICE_FILE_MAX = 512 * 1024
HTTP_BODY_MAX = 32 * 1024
MESSAGE_MAX = 16 * 1024
"""A sealed financial message (compact JWE)."""
HEADER_MAX = 1024
"""One JOSE header after base64url decoding."""
TRANSACTION_DATA_MAX = 2 * 1024
GRANT_MAX = 512
PROOF_MAX = 2 * 1024
"""A DPoP proof (compact JWS)."""
NAME_CHARACTERS_MAX = 140
LIST_FILE_MAX = 64 * 1024 * 1024
BANK_FILE_MAX = 16 * 1024 * 1024
"""A file of a bank (ISO 20022, XML)."""
