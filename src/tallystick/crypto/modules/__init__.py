"""Modules: the port to the crypto module, and the software module in a process of its own.

Clauses: 8 (cryptographic components; ISO 13491, ISO 9564 for the PIN), Annex C.
Enters:  sealed messages, sealed PINs, octets to sign with the purpose they are signed for.
Leaves:  plaintext messages, reference PINs, signatures, public keys; never a private key or a PIN.
Refuses: EnvelopeRefused, PinNotVerified, PurposeRefused, ModuleUnavailable (nothing is assumed).
Proof:   tests/rooms/crypto/test_software_module.py, test_module_process.py, test_frames_fuzz.py.

Every public fact that rests on this module says "software": a process boundary, no core dumps and a
sealed file are less than a certified device, and Python cannot promise to erase memory. Where the
key file is under a token, and where keys sign inside it, `PublicKeys.kept` says so.
"""

from tallystick.crypto.keys import create_key_file
from tallystick.crypto.modules.answering import admit_by_thread
from tallystick.crypto.modules.channels import CHANNELS_MAX, Channel
from tallystick.crypto.modules.client import ModuleProcess, open_module
from tallystick.crypto.modules.frames import (
    FRAME_MAX,
    FrameRefused,
    Trouble,
    error_of,
    frame_octets,
    read_body,
    receive_frame,
    trouble_of,
)
from tallystick.crypto.modules.frames import Start as ModuleStart
from tallystick.crypto.modules.hardening import harden
from tallystick.crypto.modules.kept import Kept, OwnKey, kept_in_file, kept_under_token
from tallystick.crypto.modules.link import ModuleLink, pin_refusal
from tallystick.crypto.modules.ports import BATCH_MAX, CryptoModule, PinCall, PublicKeys
from tallystick.crypto.modules.purposes import STATEMENT_PREFIX, SigningPurpose
from tallystick.crypto.modules.refusals import ModuleUnavailable, PinNotVerified, PurposeRefused
from tallystick.crypto.modules.running import run_module_process
from tallystick.crypto.modules.software import SoftwareModule
from tallystick.crypto.modules.starting import end_process, start_process, wait_at_most

__all__ = [
    "CryptoModule",
    "PinCall",
    "BATCH_MAX",
    "PublicKeys",
    "Kept",
    "OwnKey",
    "kept_in_file",
    "kept_under_token",
    "ModuleStart",
    "run_module_process",
    "SigningPurpose",
    "STATEMENT_PREFIX",
    "SoftwareModule",
    "ModuleLink",
    "pin_refusal",
    "ModuleProcess",
    "open_module",
    "CHANNELS_MAX",
    "Channel",
    "FRAME_MAX",
    "FrameRefused",
    "receive_frame",
    "harden",
    "start_process",
    "wait_at_most",
    "end_process",
    "Trouble",
    "frame_octets",
    "error_of",
    "read_body",
    "trouble_of",
    "admit_by_thread",
    "create_key_file",
    "PinNotVerified",
    "PurposeRefused",
    "ModuleUnavailable",
]
