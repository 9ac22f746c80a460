"""Crypto: the cryptographic components that every security service stands on.

Clauses: 8 (cryptographic components), Annex C (mechanisms).
Enters:  octets, public keys and sealed envelopes from strangers; one sealed key file of our own.
Leaves:  verified payloads, sealed answers, signatures; never a private key.
Refuses: EnvelopeRefused, SignatureRefused, KeyRefused, PinNotVerified: one answer each.
Proof:   tests/rooms/crypto, tests/vectors.

    mechanisms/   approved algorithms, their strengths; the only calls into pyca/cryptography
    envelopes/    strict compact JOSE: sealed (ECDH-ES, A256GCM) and signed (ES256)
    keys/         key records, life-cycle states and the sealed key file
    modules/      the crypto-module port and the software module in its own process
"""
