"""The control plane with unmodified boto3 over a crypto module: keys, aliases, tags, policies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tallystick.crypto.payment import ModulePolicy
from tallystick.serve.payment_crypto.policies import allows
from tallystick.testing import local_bench, local_module
from tests.payment_wire import (
    ACCOUNT,
    REGION,
    MemoryNotes,
    access_key,
    ask,
    client,
    known_key,
    serving,
    signed_headers,
    target,
    wire_over,
)

PIN = {
    "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY",
    "KeyClass": "SYMMETRIC_KEY",
    "KeyAlgorithm": "TDES_3KEY",
    "KeyModesOfUse": {"Encrypt": True, "Decrypt": True, "Wrap": True, "Unwrap": True},
}
ABSENT = f"arn:aws:payment-cryptography:{REGION}:{ACCOUNT}:key/{'a' * 24}"
ELSEWHERE = f"arn:aws:payment-cryptography:eu-west-1:{ACCOUNT}:key/{'a' * 24}"


def made(control: Any, **more: Any) -> dict[str, Any]:
    key: dict[str, Any] = control.create_key(**{"KeyAttributes": PIN, "Exportable": True, **more})[
        "Key"
    ]
    return key


def code_of(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return str(caught.value.response["Error"]["Code"])


def test_a_key_is_made_and_shown(control: Any) -> None:
    key = made(control)
    assert key["KeyArn"].startswith(f"arn:aws:payment-cryptography:{REGION}:{ACCOUNT}:key/")
    assert (key["KeyState"], key["Enabled"], key["Exportable"]) == ("CREATE_COMPLETE", True, True)
    assert (key["KeyOrigin"], key["KeyCheckValueAlgorithm"]) == (
        "AWS_PAYMENT_CRYPTOGRAPHY",
        "ANSI_X9_24",
    )
    assert len(key["KeyCheckValue"]) == 6
    assert control.get_key(KeyIdentifier=key["KeyArn"])["Key"] == key
    assert key["KeyAttributes"]["KeyModesOfUse"]["Encrypt"]
    assert not key["KeyAttributes"]["KeyModesOfUse"]["DeriveKey"]


@pytest.mark.parametrize(
    ("usage", "algorithm", "modes"),
    [
        ("TR31_B0_BASE_DERIVATION_KEY", "AES_128", ["DeriveKey"]),
        ("TR31_C0_CARD_VERIFICATION_KEY", "TDES_2KEY", ["Generate", "Verify"]),
        (
            "TR31_D0_SYMMETRIC_DATA_ENCRYPTION_KEY",
            "AES_256",
            ["Encrypt", "Decrypt", "Wrap", "Unwrap"],
        ),
        ("TR31_E0_EMV_MKEY_APP_CRYPTOGRAMS", "TDES_2KEY", ["DeriveKey"]),
        ("TR31_K0_KEY_ENCRYPTION_KEY", "TDES_3KEY", ["Encrypt", "Wrap"]),
        ("TR31_K1_KEY_BLOCK_PROTECTION_KEY", "AES_256", ["Decrypt", "Unwrap"]),
        ("TR31_M3_ISO_9797_3_MAC_KEY", "TDES_2KEY", ["Generate"]),
        ("TR31_M7_HMAC_KEY", "HMAC_SHA256", ["Verify"]),
        ("TR31_V1_IBM3624_PIN_VERIFICATION_KEY", "TDES_3KEY", ["Generate", "Verify"]),
        ("TR31_V2_VISA_PIN_VERIFICATION_KEY", "TDES_2KEY", ["NoRestrictions"]),
    ],
)
def test_usages_and_modes_come_back_as_they_went(
    control: Any, usage: str, algorithm: str, modes: list[str]
) -> None:
    attributes = {
        **PIN, "KeyUsage": usage, "KeyAlgorithm": algorithm, "KeyModesOfUse": dict.fromkeys(modes, True),
    }  # fmt: skip
    told = made(control, KeyAttributes=attributes)["KeyAttributes"]
    assert (told["KeyUsage"], told["KeyAlgorithm"]) == (usage, algorithm)
    assert {name for name, on in told["KeyModesOfUse"].items() if on} == set(modes)


@pytest.mark.parametrize(
    "change",
    [
        {"KeyModesOfUse": {"Encrypt": True, "Verify": True}},
        {"KeyModesOfUse": {}},
        {"KeyModesOfUse": {"DeriveKey": True}},
        {"KeyClass": "ASYMMETRIC_KEY_PAIR"},
        {"KeyAlgorithm": "HMAC_SHA256"},
        {"KeyUsage": "TR31_M7_HMAC_KEY"},
    ],
)
def test_what_does_not_go_together_is_refused(control: Any, change: dict[str, Any]) -> None:
    told = code_of(control.create_key, KeyAttributes={**PIN, **change}, Exportable=True)
    assert told == "ValidationException"


def test_a_check_value_of_another_method_is_refused(control: Any) -> None:
    assert made(control, KeyCheckValueAlgorithm="ANSI_X9_24")
    told = code_of(
        control.create_key, KeyAttributes=PIN, Exportable=True, KeyCheckValueAlgorithm="HMAC"
    )
    assert told == "ValidationException"


def test_a_key_that_is_not_there_or_of_elsewhere_is_told_as_absent(control: Any) -> None:
    for identifier in (ABSENT, ELSEWHERE, "alias/absent"):
        assert code_of(control.get_key, KeyIdentifier=identifier) == "ResourceNotFoundException"


def test_use_is_stopped_and_started(control: Any) -> None:
    arn = made(control, Enabled=False)["KeyArn"]
    assert not control.get_key(KeyIdentifier=arn)["Key"]["Enabled"]
    assert control.start_key_usage(KeyIdentifier=arn)["Key"]["Enabled"]
    assert control.start_key_usage(KeyIdentifier=arn)["Key"]["Enabled"], "twice is once"
    assert not control.stop_key_usage(KeyIdentifier=arn)["Key"]["Enabled"]
    assert not control.stop_key_usage(KeyIdentifier=arn)["Key"]["Enabled"]


@pytest.mark.parametrize("days", [None, 3, 180])
def test_deletion_waits_and_can_be_taken_back(control: Any, bench: Any, days: int | None) -> None:
    arn = made(control)["KeyArn"]
    more = {} if days is None else {"DeleteKeyInDays": days}
    gone = control.delete_key(KeyIdentifier=arn, **more)["Key"]
    assert (gone["KeyState"], gone["Enabled"]) == ("DELETE_PENDING", False)
    waits_s = gone["DeletePendingTimestamp"].timestamp() - bench.clock.now_ms() / 1000
    assert waits_s == (days or 7) * 86_400
    assert code_of(control.start_key_usage, KeyIdentifier=arn) == "ConflictException"
    assert code_of(control.delete_key, KeyIdentifier=arn) == "ConflictException"
    back = control.restore_key(KeyIdentifier=arn)["Key"]
    assert back["KeyState"] == "CREATE_COMPLETE"
    assert "DeletePendingTimestamp" not in back
    assert code_of(control.restore_key, KeyIdentifier=arn) == "ConflictException"


@pytest.mark.parametrize("days", [0, 1, 2, 181])
def test_a_wait_that_is_too_short_or_too_long_is_refused(control: Any, url: str, days: int) -> None:
    arn = made(control)["KeyArn"]
    careless = client("control", url, access_key(), parameter_validation=False)
    told = code_of(careless.delete_key, KeyIdentifier=arn, DeleteKeyInDays=days)
    assert told == "ValidationException"


def test_keys_are_listed_in_pages(control: Any) -> None:
    mine = {made(control)["KeyArn"] for _ in range(5)}
    waiting = made(control)["KeyArn"]
    control.delete_key(KeyIdentifier=waiting)
    pages = list(control.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    assert all(len(page["Keys"]) <= 2 for page in pages)
    listed = [key["KeyArn"] for page in pages for key in page["Keys"]]
    assert len(listed) == len(set(listed))
    assert mine | {waiting} <= set(listed)
    pending = control.get_paginator("list_keys").paginate(KeyState="DELETE_PENDING")
    found = [key["KeyArn"] for page in pending for key in page["Keys"]]
    assert waiting in found
    assert not mine & set(found)
    assert code_of(control.list_keys, NextToken="***") == "ValidationException"


def test_keys_that_the_service_has_no_word_for_are_none_of_its_keys(
    control: Any, bench: Any
) -> None:
    control.get_parameters_for_import(
        KeyMaterialType="TR34_KEY_BLOCK", WrappingKeyAlgorithm="RSA_2048"
    )
    ours = known_key(bench, "10", "AES_128", bytes(16), "B")
    pages = control.get_paginator("list_keys").paginate()
    listed = [key for page in pages for key in page["Keys"]]
    assert ours not in {key["KeyArn"] for key in listed}
    assert not any(key["KeyAttributes"]["KeyUsage"].startswith("TR31_K2") for key in listed)
    assert code_of(control.get_key, KeyIdentifier=ours) == "ResourceNotFoundException"


def test_aliases_name_keys_and_may_name_none(control: Any) -> None:
    arn, other = made(control)["KeyArn"], made(control)["KeyArn"]
    unbound = control.create_alias(AliasName="alias/wire/one")["Alias"]
    assert unbound == {"AliasName": "alias/wire/one"}
    assert code_of(control.create_alias, AliasName="alias/wire/one") == "ConflictException"
    assert code_of(control.get_key, KeyIdentifier="alias/wire/one") == "ResourceNotFoundException"
    assert control.update_alias(AliasName="alias/wire/one", KeyArn=arn)["Alias"]["KeyArn"] == arn
    by_arn = f"arn:aws:payment-cryptography:{REGION}:{ACCOUNT}:alias/wire/one"
    for identifier in ("alias/wire/one", by_arn):
        assert control.get_key(KeyIdentifier=identifier)["Key"]["KeyArn"] == arn
    control.create_alias(AliasName="alias/wire/two", KeyArn=other)
    listed = control.list_aliases(KeyArn=arn)["Aliases"]
    assert listed == [{"AliasName": "alias/wire/one", "KeyArn": arn}]
    assert len(control.list_aliases(MaxResults=1)["Aliases"]) == 1
    whole = control.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 1})
    assert {"alias/wire/one", "alias/wire/two"} <= {
        one["AliasName"] for page in whole for one in page["Aliases"]
    }
    assert "KeyArn" not in control.update_alias(AliasName="alias/wire/one")["Alias"]
    control.delete_alias(AliasName="alias/wire/one")
    for call in (control.get_alias, control.delete_alias, control.update_alias):
        assert code_of(call, AliasName="alias/wire/one") == "ResourceNotFoundException"
    told = code_of(control.create_alias, AliasName="alias/wire/three", KeyArn=ABSENT)
    assert told == "ResourceNotFoundException"
    assert code_of(control.create_alias, AliasName="alias/aws/x") == "ValidationException"


def test_tags_are_kept_and_paged(control: Any) -> None:
    arn = made(control, Tags=[{"Key": "team", "Value": "cards"}])["KeyArn"]
    control.tag_resource(ResourceArn=arn, Tags=[{"Key": f"t{n}", "Value": "x"} for n in range(5)])
    pages = control.get_paginator("list_tags_for_resource").paginate(
        ResourceArn=arn, PaginationConfig={"PageSize": 2}
    )
    assert [tag["Key"] for page in pages for tag in page["Tags"]] == [
        "t0",
        "t1",
        "t2",
        "t3",
        "t4",
        "team",
    ]
    control.untag_resource(ResourceArn=arn, TagKeys=["t0", "t1", "t2", "t3", "absent"])
    left = control.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert left == [{"Key": "t4", "Value": "x"}, {"Key": "team", "Value": "cards"}]
    many = [{"Key": f"m{n}", "Value": "x"} for n in range(199)]
    told = code_of(control.tag_resource, ResourceArn=arn, Tags=many)
    assert told == "ServiceQuotaExceededException"
    assert (
        code_of(control.list_tags_for_resource, ResourceArn=ABSENT) == "ResourceNotFoundException"
    )


def policy(effect: str, principal: Any, action: Any = "payment-cryptography:*") -> str:
    one = {"Effect": effect, "Principal": principal, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [one]})


def test_a_resource_policy_is_held_to(bench: Any) -> None:
    mine, other = access_key(), access_key(id="TSAKBBBBBBBBBBBBBBBB")
    with serving(wire_over(local_module(bench), mine, other)) as url:
        control, theirs = client("control", url, mine), client("control", url, other)
        arn = made(control)["KeyArn"]
        assert code_of(control.get_resource_policy, ResourceArn=arn) == "ResourceNotFoundException"
        named = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{mine.id}"}
        text = policy("Allow", named, ["payment-cryptography:Get*"])
        assert control.put_resource_policy(ResourceArn=arn, Policy=text)["Policy"] == text
        assert control.get_resource_policy(ResourceArn=arn)["Policy"] == text
        assert control.get_key(KeyIdentifier=arn)["Key"]
        assert code_of(theirs.get_key, KeyIdentifier=arn) == "AccessDeniedException"
        assert code_of(control.stop_key_usage, KeyIdentifier=arn) == "AccessDeniedException"
        control.put_resource_policy(ResourceArn=arn, Policy=policy("Deny", {"AWS": [mine.id]}))
        assert code_of(control.get_key, KeyIdentifier=arn) == "AccessDeniedException"
        assert theirs.get_key(KeyIdentifier=arn)["Key"]
        control.delete_resource_policy(ResourceArn=arn)
        assert control.get_key(KeyIdentifier=arn)["Key"]
        told = code_of(control.delete_resource_policy, ResourceArn=arn)
        assert told == "ResourceNotFoundException"


def test_a_policy_for_everybody_is_refused(control: Any) -> None:
    arn = made(control)["KeyArn"]
    for everybody in ("*", {"AWS": "*"}, {"AWS": ["x", "*"]}):
        told = code_of(
            control.put_resource_policy, ResourceArn=arn, Policy=policy("Allow", everybody)
        )
        assert told == "PublicPolicyException"
    control.put_resource_policy(ResourceArn=arn, Policy=policy("Deny", "*"))
    assert code_of(control.get_key, KeyIdentifier=arn) == "AccessDeniedException"


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"Statement": []}', '{"Statement": [1]}',
     '{"Statement": {"Effect": "Maybe", "Principal": "*", "Action": "*"}}',
     '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "x"}, "Action": "*", "Condition": {}}}',
     '{"Statement": {"Effect": "Allow", "Principal": {"Service": "x"}, "NotAction": "*"}}',
     '{"Statement": {"Effect": "Allow", "Principal": {"AWS": "x"}, "Action": "*", "Resource": "y"}}',
     '{"Statement": {"Effect": "Allow", "Principal": {"AWS": []}, "Action": "*"}}'],
)  # fmt: skip
def test_a_policy_that_would_not_be_held_to_is_refused(control: Any, text: str) -> None:
    arn = made(control)["KeyArn"]
    assert (
        code_of(control.put_resource_policy, ResourceArn=arn, Policy=text) == "ValidationException"
    )


def test_an_alias_does_not_lead_around_a_policy(control: Any) -> None:
    arn = made(control)["KeyArn"]
    control.create_alias(AliasName="alias/around", KeyArn=arn)
    control.put_resource_policy(ResourceArn=arn, Policy=policy("Deny", "*"))
    assert code_of(control.get_key, KeyIdentifier="alias/around") == "AccessDeniedException"
    assert not allows(policy("Deny", "*"), "anyone", "GetKey")


def test_one_region_is_all_there_is(control: Any) -> None:
    arn = made(control, ReplicationRegions=[REGION])["KeyArn"]
    assert control.add_key_replication_regions(KeyIdentifier=arn, ReplicationRegions=[REGION])[
        "Key"
    ]
    assert control.remove_key_replication_regions(KeyIdentifier=arn, ReplicationRegions=[REGION])[
        "Key"
    ]
    told = code_of(
        control.add_key_replication_regions, KeyIdentifier=arn, ReplicationRegions=["eu-west-1"]
    )
    assert told == "ValidationException"
    assert control.get_default_key_replication_regions()["EnabledReplicationRegions"] == []
    enabled = control.enable_default_key_replication_regions(ReplicationRegions=[REGION])
    assert enabled["EnabledReplicationRegions"] == [REGION]
    disabled = control.disable_default_key_replication_regions(ReplicationRegions=[REGION])
    assert disabled["EnabledReplicationRegions"] == []
    for call in (
        control.enable_default_key_replication_regions,
        control.disable_default_key_replication_regions,
    ):
        assert code_of(call, ReplicationRegions=["eu-west-1"]) == "ValidationException"


def test_approval_teams_are_set_by_custodians_alone(control: Any) -> None:
    action = {"Action": "IMPORT_ROOT_PUBLIC_KEY_CERTIFICATE"}
    team = f"arn:aws:mpa:{REGION}:{ACCOUNT}:approval-team/custodians"
    assert code_of(control.associate_mpa_team, **action, MpaTeamArn=team) == "AccessDeniedException"
    assert code_of(control.disassociate_mpa_team, **action) == "AccessDeniedException"
    assert code_of(control.get_mpa_team_association, **action) == "ResourceNotFoundException"


def test_production_keys_are_not_made_by_a_program_alone() -> None:
    module = local_module(local_bench(policy=ModulePolicy()))
    with serving(wire_over(module, domain="production")) as url:
        control = client("control", url, access_key())
        told = code_of(control.create_key, KeyAttributes=PIN, Exportable=True)
        assert told == "AccessDeniedException"


def test_notes_outlive_the_interface() -> None:
    notes, module = MemoryNotes(), local_module()
    with serving(wire_over(module, notes=notes)) as url:
        control = client("control", url, access_key())
        arn = made(control, Tags=[{"Key": "a", "Value": "b"}])["KeyArn"]
        control.create_alias(AliasName="alias/kept", KeyArn=arn)
    with serving(wire_over(module, notes=notes)) as url:
        control = client("control", url, access_key())
        assert control.get_alias(AliasName="alias/kept")["Alias"]["KeyArn"] == arn
        assert control.list_tags_for_resource(ResourceArn=arn)["Tags"] == [
            {"Key": "a", "Value": "b"}
        ]


def test_a_module_that_is_gone_is_told_as_unavailable() -> None:
    module = local_module()
    with serving(wire_over(module)) as url:
        control = client("control", url, access_key())
        made(control)
        module.close()
        told = code_of(control.create_key, KeyAttributes=PIN, Exportable=True)
        assert told in ("InternalServerException", "ServiceUnavailableException")


def test_a_request_that_is_repeated_gets_the_first_answer() -> None:
    wire, key = wire_over(local_module()), access_key()
    body = json.dumps({"KeyAttributes": PIN, "Exportable": True}).encode()

    def send(invocation: str, body: bytes = body) -> bytes:
        extra = {**target("CreateKey"), "amz-sdk-invocation-id": invocation}
        status, _, told = ask(wire, "/", signed_headers(key, body, extra=extra), body)
        assert status == 200
        return told

    first = send("a")
    assert send("a") == first
    assert send("b") != first
    assert send("a", body + b" ") != first
    assert send("") != send("")


def test_one_that_was_refused_is_tried_again() -> None:
    wire, key = wire_over(local_module()), access_key()
    extra = {**target("DeleteAlias"), "amz-sdk-invocation-id": "a"}
    gone = json.dumps({"AliasName": "alias/x"}).encode()
    assert ask(wire, "/", signed_headers(key, gone, extra=extra), gone)[0] == 404
    made = json.dumps({"AliasName": "alias/x"}).encode()
    assert ask(wire, "/", signed_headers(key, made, extra=target("CreateAlias")), made)[0] == 200
    assert ask(wire, "/", signed_headers(key, gone, extra=extra), gone)[0] == 200
