"""The reference handset: what a customer, an operator or a laboratory does with one device."""

from __future__ import annotations

from typing import Self

import httpx

from tallystick.ground.clock import Clock
from tallystick.ground.secret import Secret
from tallystick.handset import store
from tallystick.handset.authorising import Authorising
from tallystick.handset.crossing import Crossing
from tallystick.handset.device import Confirm
from tallystick.handset.keys import HandsetKeys
from tallystick.handset.messages import Application, Platform, SecureEnvironment
from tallystick.handset.staffing import Staffing


def confirm_all(shown: str) -> bool:
    """The customer of a rehearsal, who says yes to every order that can be shown."""
    return bool(shown)


class Handset(Authorising, Crossing, Staffing):
    """One device of one customer, talking to one pinned provider."""

    @classmethod
    def create(
        cls,
        base_url: str,
        verifier_key: str,
        *,
        secure_environment: SecureEnvironment,
        application: Application,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        platform: Platform = "other",
        confirm: Confirm = confirm_all,
    ) -> Self:
        """A new device with fresh keys, bound to nobody. Refuses: Malformed verifier key."""
        return cls(
            base_url=base_url,
            verifier_key=verifier_key,
            keys=HandsetKeys.create(),
            platform=platform,
            secure_environment=secure_environment,
            application=application,
            clock=clock,
            transport=transport,
            confirm=confirm,
        )

    def state(self) -> Secret:
        """Everything but the grant, private keys included; keep it with `save_state`.

        The address in it is the one where the pinned provider was last found.
        """
        return store.write_state(
            store.StoredHandset(
                base_url=self.found_at,
                verifier_key=self.verifier_key,
                platform=self.platform,
                secure_environment=self.secure_environment,
                application=self.application,
                keys=store.store_keys(self.keys),
                counter=self.counter,
                identity=self.identity,
                remembered=self.remembered,
                unanswered=list(self.unanswered.values()),
                enrolling=self.enrolling,
            )
        )

    @classmethod
    def restore(
        cls,
        state: Secret,
        *,
        clock: Clock,
        transport: httpx.BaseTransport | None = None,
        confirm: Confirm = confirm_all,
        base_url: str | None = None,
    ) -> Self:
        """The device of a saved state; it opens a new session by itself. Refuses: Malformed.

        `base_url` is where the provider is looked for now; by default where it was found last. It
        is remembered when the pinned provider answers there. The verifier key stays the pinned one.
        """
        stored = store.read_state(state)
        handset = cls(
            base_url=base_url or stored.base_url,
            verifier_key=stored.verifier_key,
            keys=store.restore_keys(stored.keys),
            platform=stored.platform,
            secure_environment=stored.secure_environment,
            application=stored.application,
            clock=clock,
            transport=transport,
            confirm=confirm,
        )
        handset.found_at = stored.base_url
        handset.counter, handset.identity = stored.counter, stored.identity
        handset.remembered, handset.enrolling = stored.remembered, stored.enrolling
        handset.unanswered = {order.request: order for order in stored.unanswered}
        return handset

    def close(self) -> None:
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()
