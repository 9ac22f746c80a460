"""The register: aliases, tags, resource policies and settings, in memory and written through."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tallystick.serve.payment_crypto.errors import WireRefused, not_found
from tallystick.serve.payment_crypto.ports import NoteStore

ALIAS, TAGS, POLICY, SETTING = "alias", "tags", "policy", "setting"
ALIASES_MAX = 10_000
TAGS_MAX = 200


class Register:
    """What the edge knows about keys beyond the crypto module; one for each deployment."""

    def __init__(self, store: NoteStore) -> None:
        self._store = store
        self._notes: dict[str, dict[str, str]] = {ALIAS: {}, TAGS: {}, POLICY: {}, SETTING: {}}
        for kind, name, text in store.read():
            self._notes.setdefault(kind, {})[name] = text

    def aliases(self) -> Mapping[str, str]:
        """Every alias and the handle that it names; "" while it is unbound."""
        return self._notes[ALIAS]

    def find_alias(self, name: str) -> str:
        """The handle of an alias, or "". Refuses: WireRefused for one that is not there."""
        try:
            return self._notes[ALIAS][name]
        except KeyError:
            raise not_found(name, "Alias") from None

    def put_alias(self, name: str, handle: str, *, new: bool) -> None:
        """Refuses: WireRefused for a new one that is there, or an old one that is not."""
        known = self._notes[ALIAS]
        if new and name in known:
            raise WireRefused("ConflictException", f"Alias {name} exists already")
        if not new:
            self.find_alias(name)
        if len(known) >= ALIASES_MAX and name not in known:
            raise WireRefused("ServiceQuotaExceededException", f"At most {ALIASES_MAX} aliases")
        self._write(ALIAS, name, handle)

    def drop_alias(self, name: str) -> None:
        self.find_alias(name)
        self._write(ALIAS, name, None)

    def tags(self, handle: str) -> dict[str, str]:
        """The tags of a key."""
        text = self._notes[TAGS].get(handle)
        return {} if text is None else dict(json.loads(text))

    def put_tags(self, handle: str, tags: Mapping[str, str]) -> None:
        """Refuses: WireRefused for too many."""
        if len(tags) > TAGS_MAX:
            raise WireRefused("ServiceQuotaExceededException", f"At most {TAGS_MAX} tags on a key")
        self._write(TAGS, handle, json.dumps(dict(sorted(tags.items()))) if tags else None)

    def policy(self, handle: str) -> str | None:
        """The resource policy of a key as it was put."""
        return self._notes[POLICY].get(handle)

    def put_policy(self, handle: str, text: str | None) -> None:
        self._write(POLICY, handle, text)

    def setting(self, name: str) -> str | None:
        return self._notes[SETTING].get(name)

    def put_setting(self, name: str, text: str | None) -> None:
        self._write(SETTING, name, text)

    def close(self) -> None:
        self._store.close()

    def _write(self, kind: str, name: str, text: str | None) -> None:
        self._store.write(kind, name, text)
        if text is None:
            self._notes[kind].pop(name, None)
        else:
            self._notes[kind][name] = text
