"""Attacks on keys and PINs behind the payment module: guessing, downgrades, misuse, theft."""

from __future__ import annotations

import os

from tallystick.crypto.key_blocks import (
    BlockVersion,
    Exportability,
    KeyAlgorithm,
    KeyMode,
    KeyUsage,
)
from tallystick.crypto.keys import (
    Approval,
    Custodian,
    LifeState,
    SoftwareMasterKey,
    approval_octets,
)
from tallystick.crypto.mechanisms import MacPadding, SigningKey
from tallystick.crypto.payment import (
    QUORUM,
    BlockForm,
    ByKey,
    ByOffset,
    ByPvv,
    Call,
    ChangeState,
    CreateKey,
    DataMode,
    DecryptData,
    Denied,
    Drawn,
    ExportKeyBlock,
    ForOffset,
    GenerateMac,
    GeneratePin,
    ImportKeyBlock,
    MacAlgorithm,
    SetCustodians,
    Symmetric,
    TranslatePin,
    VerifyPin,
    statement,
)
from tallystick.crypto.pins import USUAL_TABLE, PinFormat
from tallystick.ground.errors import Misconfigured
from tallystick.ground.secret import Secret
from tallystick.trials.bout import Bout
from tallystick.trials.key_cast import ACCOUNT, OK, OTHER_ACCOUNT, KeyCast, flipped, place
from tallystick.trials.result import CannotRun

VERIFICATION, MALFORMED, UNUSABLE = "verification.failed", "call.malformed", "key.unusable"
SPENT, REFUSED, MISSING = "budget.spent", "ciphertext.refused", "approval.missing"
CLOSED, HIDDEN, FOUND = "module.closed", "nothing.readable", "secret.readable"
_CHECK, _BOTH = KeyMode.GENERATE_AND_VERIFY, KeyMode.BOTH


def ask_an_oracle(bout: Bout) -> None:
    """Whatever is wrong with a PIN block, the answer is one, and guessing ends."""
    cast = KeyCast(bout.clock, bout.policy)
    pek, pvk = cast.pin_keys()
    side = place(pek)
    made = cast.pin_of(ACCOUNT, place=side, pvk=pvk)
    by = ByPvv(pvv=made.value, key_index=1)
    honest = VerifyPin(block=made.block, presented=side, key=pvk, by=by)
    cast.demand(honest)
    wrong = [*flipped(made.block, bits=(0, 9, 63)), os.urandom(8), bytes(8), made.block * 2]
    told = set()
    for number, block in enumerate(wrong):
        cast.demand(honest)  # gives the account its tries back, as its holder would
        answer = cast.ask(VerifyPin(block=block, presented=side, key=pvk, by=by))
        told.add((answer.code, answer.text, answer.where) if isinstance(answer, Denied) else OK)
        seen = answer.code if isinstance(answer, Denied) else OK
        bout.found(f"altered block {number + 1}", expected=VERIFICATION, seen=seen)
    bout.holds("answers that can be told apart", expected=1, seen=len(told))
    cast.demand(honest)
    guess = VerifyPin(block=wrong[0], presented=side, key=pvk, by=by)
    for _ in range(cast.policy.pin_failures_max):
        cast.seen(guess)
    bout.found("the right PIN after too many wrong ones", expected=SPENT, seen=cast.seen(honest))
    cast.again()
    bout.found("and after a restart", expected=SPENT, seen=cast.seen(honest))


def downgrade_format(bout: Bout) -> None:
    """A PIN does not leave its account, nor for a format that binds it to none."""
    cast = KeyCast(bout.clock, bout.policy)
    pek, pvk = cast.pin_keys()
    into = place(pek)
    made = cast.pin_of(ACCOUNT, place=into, pvk=pvk)
    out = place(cast.make(KeyUsage.PIN_ENCRYPTION, _BOTH), PinFormat.ISO_3)
    cast.demand(TranslatePin(block=made.block, incoming=into, outgoing=out))
    for form, account in (
        (PinFormat.ISO_1, ""),
        (PinFormat.ISO_2, ""),
        (PinFormat.ISO_0, OTHER_ACCOUNT),
        (PinFormat.ISO_3, OTHER_ACCOUNT),
    ):
        away = place(out.key, form, account or ACCOUNT)
        call = TranslatePin(block=made.block, incoming=into, outgoing=away)
        what = f"to format {int(form)}" + (" of another account" if account else "")
        bout.found(what, expected=MALFORMED, seen=cast.seen(call))


def guess_by_table(bout: Bout) -> None:
    """A decimalisation table of the caller's own finds PINs in fifteen questions; none is taken."""
    cast = KeyCast(bout.clock, bout.policy)
    pek = cast.make(KeyUsage.PIN_ENCRYPTION, _BOTH)
    key = cast.make(KeyUsage.PIN_VERIFICATION_3624, _CHECK)
    side, table = place(pek), USUAL_TABLE.digits
    validation = ACCOUNT[:15]
    made = cast.demand(
        GeneratePin(
            key=key,
            outgoing=side,
            how=Drawn(),
            verified_by=ForOffset(validation=validation, table=table),
        )
    )

    def verify(asked: str, data: str = validation) -> VerifyPin:
        by = ByOffset(offset=made.value, validation=data, table=asked)
        return VerifyPin(block=made.block, presented=side, key=key, by=by)

    cast.demand(verify(table))
    for digit in "0123456789":
        asked = "".join("1" if one == digit else "0" for one in table)
        bout.found(
            f"a table that asks for {digit}", expected=UNUSABLE, seen=cast.seen(verify(asked))
        )
    other = cast.seen(verify(table, "1234567890123456"))
    bout.found("validation data of another account", expected=UNUSABLE, seen=other)


def misuse_keys(bout: Bout) -> None:
    """A key does the one thing that it is for, whatever a caller asks of it."""
    cast = KeyCast(bout.clock, bout.policy)
    pek, pvk = cast.pin_keys()
    made = cast.pin_of(ACCOUNT, place=place(pek), pvk=pvk)
    data = cast.make(KeyUsage.DATA_ENCRYPTION, _BOTH)
    kek = cast.make(KeyUsage.KEY_ENCRYPTION, _BOTH)
    chips = cast.make(KeyUsage.EMV_CRYPTOGRAMS, KeyMode.DERIVE, KeyAlgorithm.TDES_2KEY)
    by = Symmetric(mode=DataMode.ECB)
    cast.demand(DecryptData(key=data, ciphertext=bytes(8), by=by))
    mac = ByKey(algorithm=MacAlgorithm.ISO9797_ALGORITHM3, padding=MacPadding.ZEROS)
    attempts: list[tuple[str, Call]] = [
        ("decipher a PIN block as data", DecryptData(key=pek, ciphertext=made.block, by=by)),
        ("decipher a key as data", DecryptData(key=kek, ciphertext=made.block, by=by)),
        ("decipher with a chip's key", DecryptData(key=chips, ciphertext=made.block, by=by)),
        ("decipher with a PVV key", DecryptData(key=pvk, ciphertext=made.block, by=by)),
        ("a MAC with a PIN key", GenerateMac(key=pek, message=b"x", by=mac)),
        ("a MAC with a key of keys", GenerateMac(key=kek, message=b"x", by=mac)),
        (
            "a PIN under a data key",
            TranslatePin(block=made.block, incoming=place(pek), outgoing=place(data)),
        ),
        (
            "a PIN verified by a data key",
            VerifyPin(
                block=made.block,
                presented=place(pek),
                key=data,
                by=ByPvv(pvv=made.value, key_index=1),
            ),
        ),
    ]
    for what, call in attempts:
        bout.found(what, expected=UNUSABLE, seen=cast.seen(call))


def alter_block(bout: Bout) -> None:
    """A key block with anything changed opens to nobody, and with one answer."""
    cast = KeyCast(bout.clock, bout.policy)
    kbpk = cast.make(KeyUsage.KEY_BLOCK_PROTECTION, _BOTH, KeyAlgorithm.AES_256)
    key = cast.make(
        KeyUsage.PIN_ENCRYPTION,
        KeyMode.ENCRYPT,
        KeyAlgorithm.AES_128,
        exportability=Exportability.EXPORTABLE,
    )
    form = BlockForm(version=BlockVersion.D)
    block: str = cast.demand(ExportKeyBlock(key=key, under=kbpk, form=form)).block
    cast.demand(ImportKeyBlock(under=kbpk, block=block))
    altered = {
        "the usage": block[:5] + "D0" + block[7:],
        "the mode": block[:8] + "D" + block[9:],
        "the exportability": block[:11] + "N" + block[12:],
        "the enciphered key": block[:40] + _other(block[40]) + block[41:],
        "the MAC": block[:-1] + _other(block[-1]),
    }
    for what, text in altered.items():
        seen = cast.seen(ImportKeyBlock(under=kbpk, block=text))
        bout.found(f"{what} was changed", expected=REFUSED, seen=seen)


def roll_back_record(bout: Bout) -> None:
    """An old record of a suspended key, and an old database, are noticed."""
    cast = KeyCast(bout.clock, bout.policy)
    pek, pvk = cast.pin_keys()
    old_row, old_entries = cast.store.rows[pek], list(cast.store.entries)
    made = cast.pin_of(ACCOUNT, place=place(pek), pvk=pvk)
    cast.demand(ChangeState(key=pek, to=LifeState.SUSPENDED))
    call = VerifyPin(
        block=made.block, presented=place(pek), key=pvk, by=ByPvv(pvv=made.value, key_index=1)
    )
    bout.found("a suspended key", expected=UNUSABLE, seen=cast.seen(call))
    cast.store.rows[pek] = old_row
    cast.again()
    bout.found("its record from before", expected=UNUSABLE, seen=cast.seen(call))
    cast.store.entries = old_entries
    bout.found("the whole database from before", expected=CLOSED, seen=_opened(cast))


def steal_database(bout: Bout) -> None:
    """A stolen key database shows no key and no account number, and opens for no other master."""
    cast = KeyCast(bout.clock, bout.policy)
    pek, pvk = cast.pin_keys()
    side = place(pek)
    made = cast.pin_of(ACCOUNT, place=side, pvk=pvk)
    wrong = VerifyPin(
        block=os.urandom(8), presented=side, key=pvk, by=ByPvv(pvv=made.value, key_index=1)
    )
    cast.seen(wrong)
    rows = b"".join(row.header + row.sealed for row in cast.store.rows.values())
    stolen = rows + b"".join(entry.body for entry in cast.store.entries)
    if pek.encode() not in stolen:
        raise CannotRun("the database was not read")
    octets = [cast.master.open(cast.store.rows[key].sealed, bound=cast.store.rows[key].header)
              for key in (pek, pvk)]  # fmt: skip
    canaries = {"an account number": ACCOUNT.encode(), "a PIN block": made.block}
    canaries |= {"a key": octets[0], "another key": octets[1], "half a key": octets[0][:8]}
    for what, canary in canaries.items():
        there = any(form in stolen for form in (canary, canary.hex().encode()))
        bout.found(f"{what} in the database", expected=HIDDEN, seen=FOUND if there else HIDDEN)
    cast.master = SoftwareMasterKey(Secret(os.urandom(32)), count=None)
    bout.found("under the thief's own master key", expected=CLOSED, seen=_opened(cast))


def act_alone(bout: Bout) -> None:
    """One custodian makes no production key: not alone, not twice, not for another, not again."""
    cast = KeyCast(bout.clock, bout.policy)
    keys = {name: SigningKey.from_secret(Secret(os.urandom(32))) for name in _PEOPLE}
    people = [
        Custodian(name=name, role=role, public=keys[name].public) for name, role in _PEOPLE.items()
    ]
    cast.demand(SetCustodians(people=people))
    now_ms = bout.clock.now_ms()

    def request(word: str, *approvers: str, signer: str = "") -> CreateKey:
        call = CreateKey(
            usage=KeyUsage.PIN_ENCRYPTION,
            algorithm=KeyAlgorithm.AES_128,
            mode=_BOTH,
            domain="production",
            requested_by="amina",
            request=f"trial-request-{word}",
        )
        told = statement(call, module=cast.master.fingerprint)
        for name in approvers:
            octets = approval_octets(told, name=name, at_ms=now_ms)
            signature = keys[signer or name].sign(octets)
            call.approvals.append(Approval(name=name, at_ms=now_ms, signature=signature))
        return call

    enough = max(2, cast.policy.quorum.get("create", QUORUM))
    honest = request("honest", "amina", *("brian", "carol", "dan", "erin")[:enough])
    cast.demand(honest)
    moved = request("moved")
    moved.approvals = honest.approvals
    for what, call in {
        "nobody approves": request("nobody"),
        "only whoever asks": request("own", "amina"),
        "one custodian": request("one", "amina", "brian"),
        "one custodian twice": request("twice", "amina", "brian", "brian"),
        "one custodian signs for all": request("forged", "amina", "brian", "carol", signer="brian"),
        "approvals of another request": moved,
        "the same request again": honest,
    }.items():
        bout.found(what, expected=MISSING, seen=cast.seen(call))


_PEOPLE = {
    "amina": "officer",
    "brian": "custodian",
    "carol": "custodian",
    "dan": "custodian",
    "erin": "custodian",
}


def _opened(cast: KeyCast) -> str:
    """The word of a module that is started on what the database holds now."""
    try:
        cast.again()
    except Misconfigured:
        return CLOSED
    return OK


def _other(digit: str) -> str:
    return "0" if digit != "0" else "1"
