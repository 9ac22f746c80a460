"""The token of a pair is a name of the pair, so the pair's resource policy holds for it too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tallystick.testing import local_module
from tests.payment_wire import access_key, client, serving, wire_over


def code_of(call: Any, **members: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**members)
    return str(caught.value.response["Error"]["Code"])


def test_a_token_goes_around_no_policy() -> None:
    mine = access_key()
    with serving(wire_over(local_module(), mine)) as url:
        control = client("control", url, mine)
        attributes = {
            "KeyUsage": "TR31_K2_TR34_ASYMMETRIC_KEY", "KeyClass": "ASYMMETRIC_KEY_PAIR",
            "KeyAlgorithm": "RSA_2048", "KeyModesOfUse": {"Decrypt": True, "Unwrap": True},
        }  # fmt: skip
        arn = control.create_key(KeyAttributes=attributes, Exportable=False)["Key"]["KeyArn"]
        actions = ["payment-cryptography:ImportKey"]
        deny = {"Effect": "Deny", "Principal": {"AWS": [mine.id]}, "Action": actions}
        text = json.dumps({"Version": "2012-10-17", "Statement": [{**deny, "Resource": "*"}]})
        control.put_resource_policy(ResourceArn=arn, Policy=text)
        token = "import-token-" + arn.rpartition("/")[2]
        for told, code in ((token, "AccessDeniedException"),
                           ("import-token-0123456789ABCDEF", "ResourceNotFoundException")):  # fmt: skip
            wanted = {
                "KeyAttributes": {
                    "KeyUsage": "TR31_P0_PIN_ENCRYPTION_KEY", "KeyClass": "SYMMETRIC_KEY",
                    "KeyAlgorithm": "AES_128", "KeyModesOfUse": {"Encrypt": True, "Wrap": True},
                },
                "Exportable": False, "ImportToken": told, "WrappedKeyCryptogram": "00" * 256,
            }  # fmt: skip
            assert code_of(control.import_key, KeyMaterial={"KeyCryptogram": wanted}) == code
