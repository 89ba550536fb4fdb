"""Why personal parts cannot be sealed or opened, each with a code, and what to do; no key is ever told."""

from __future__ import annotations

from api.ledger.problems import LedgerProblem


class MasterKeyWrong(LedgerProblem):
    """The master key is not the one of this key store."""

    code = "master-key-wrong"

    def __init__(self) -> None:
        super().__init__("the master key is not the one that this key store was made with; give that one")


class MasterKeyMissing(LedgerProblem):
    """There is a key store, and no master key to open it with."""

    code = "master-key-missing"


class MasterKeyBroken(LedgerProblem):
    """What was given as a master key is none."""

    code = "master-key-broken"

    def __init__(self, source: str) -> None:
        """Keep where it was given."""
        super().__init__(f"the master key in {source} is not 32 bytes in base64; `openssl rand -base64 32` makes one")


class SealBroken(LedgerProblem):
    """A sealed part, or the key that opens it, is not what was written."""

    code = "seal-broken"
    status = 500

    def __init__(self, what: str, reference: str) -> None:
        """Name what was changed, and the customer's reference."""
        super().__init__(f"the {what} of customer `{reference}` was changed after it was written; verify the ledger")


class KeyGone(LedgerProblem):
    """The key of a customer was destroyed while something was to be sealed with it."""

    code = "key-gone"

    def __init__(self, reference: str) -> None:
        """Keep the reference."""
        super().__init__(f"customer `{reference}` was erased meanwhile; send the event again")
