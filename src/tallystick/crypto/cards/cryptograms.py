"""Application cryptograms of a chip (ARQC, TC, AAC) and the issuer's answer to them (ARPC)."""

from __future__ import annotations

import hmac

from tallystick.crypto.cards.pan import demand_between, demand_octets
from tallystick.crypto.cards.refusals import (
    AlgorithmNotPublic,
    CardDataMalformed,
    CryptogramRefused,
)
from tallystick.crypto.mechanisms import Cmac, MacPadding, RetailMac

CRYPTOGRAM_OCTETS = 8
_RESPONSE_OCTETS = 4
_PROPRIETARY_OCTETS_MAX = 8
_DATA_OCTETS_MAX = 1024
_MARKED = MacPadding.ONE_AND_ZEROS


class CryptogramKey:
    """The session key of one card's transaction, TDEA or AES, with its schedules made once.

    Takes: 16 octets for `tdes`; 16, 24 or 32 for `aes`, where the MAC is CMAC and needs no padding.
    """

    __slots__ = ("_mac",)

    def __init__(self, mac: RetailMac | Cmac) -> None:
        self._mac = mac

    @classmethod
    def tdes(cls, session_key: bytes) -> CryptogramKey:
        return cls(RetailMac(session_key))

    @classmethod
    def aes(cls, session_key: bytes) -> CryptogramKey:
        return cls(Cmac.aes(session_key))

    def cryptogram(self, data: bytes, padding: MacPadding = _MARKED) -> bytes:
        """The application cryptogram, 8 octets, over the data that its version chooses.

        Takes:   data 1 to 1024 octets; padding ONE_AND_ZEROS as EMV has it, ZEROS for versions 10
                 and 17 of Visa and for data of whole blocks that the caller padded.
        Refuses: CardDataMalformed.
        Source:  EMV 4.3 Book 2, 8.1.1 and A1.2.

        >>> key = CryptogramKey.tdes(bytes.fromhex("aa" * 8 + "bb" * 8))
        >>> key.cryptogram(bytes.fromhex("0000000020000000000000000124000000800001241103090038"
        ...                              "04823e58000001")).hex()
        '3b76cf10fecd8789'
        """
        demand_octets(data, "cryptogram data", 1, _DATA_OCTETS_MAX)
        return self._tag(data, padding)

    def verify(self, data: bytes, cryptogram: bytes, padding: MacPadding = _MARKED) -> None:
        """Compare in constant time. Refuses: CryptogramRefused, the same for every difference."""
        if not hmac.compare_digest(self.cryptogram(data, padding), cryptogram):
            raise CryptogramRefused("the application cryptogram was refused")

    def response_1(self, cryptogram: bytes, response_code: bytes) -> bytes:
        """ARPC by method 1, 8 octets: the response code laid over the cryptogram, enciphered.

        Takes:   cryptogram 8 octets; response_code 2 octets.
        Refuses: AlgorithmNotPublic with AES, for which no public fact could be checked.
        Source:  EMV 4.3 Book 2, 8.2.1.

        >>> key = CryptogramKey.tdes(bytes.fromhex("aa" * 8 + "bb" * 8))
        >>> key.response_1(bytes.fromhex("1234567890abcdef"), bytes(2)).hex()
        'f5e6f44147e2f1b0'
        """
        demand_octets(cryptogram, "cryptogram", CRYPTOGRAM_OCTETS)
        demand_octets(response_code, "response code", 2)
        if isinstance(self._mac, Cmac):
            raise AlgorithmNotPublic("ARPC method 1 with AES")
        laid = int.from_bytes(cryptogram) ^ int.from_bytes(response_code) << 48
        return self._mac.encrypt(laid.to_bytes(8))

    def response_2(self, cryptogram: bytes, status: bytes, proprietary: bytes = b"") -> bytes:
        """ARPC by method 2, 4 octets: a MAC over cryptogram, card status update and what follows.

        Takes:   cryptogram 8 octets; status 4 octets; proprietary 0 to 8 octets.
        Source:  EMV 4.3 Book 2, 8.2.2.

        >>> key = CryptogramKey.tdes(bytes.fromhex("aa" * 8 + "bb" * 8))
        >>> key.response_2(bytes.fromhex("1234567890abcdef"), bytes(4)).hex()
        '9308bebc'
        """
        demand_octets(cryptogram, "cryptogram", CRYPTOGRAM_OCTETS)
        demand_octets(status, "card status update", 4)
        demand_octets(proprietary, "proprietary authentication data", 0, _PROPRIETARY_OCTETS_MAX)
        message = cryptogram + status + proprietary
        return self._tag(message, _MARKED)[:_RESPONSE_OCTETS]

    def script_mac(self, message: bytes, *, octets: int = 8, padded: bool = False) -> bytes:
        """The MAC of an issuer's script command, 4 to 8 octets; padding 2 unless the caller padded.

        Source: EMV 4.3 Book 2, 9.2.3.
        """
        demand_octets(message, "script", 1, 4 * _DATA_OCTETS_MAX)
        demand_between(octets, "MAC length", 4, 8)
        if padded and len(message) % CRYPTOGRAM_OCTETS:
            raise CardDataMalformed("data that are said to be padded are not whole blocks")
        return self._tag(message, MacPadding.ZEROS if padded else _MARKED)[:octets]

    def _tag(self, message: bytes, padding: MacPadding) -> bytes:
        if isinstance(self._mac, Cmac):
            return self._mac.tag(message)[:CRYPTOGRAM_OCTETS]
        return self._mac.tag(message, padding=padding)

    def __repr__(self) -> str:
        return "CryptogramKey(hidden)"
