"""Values from outside in the config file: references `${NAME}`, and the files of `inputs-file`.

A pull request may have written the config file. Environment and workspace contain credentials.
"""

import base64
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, cached_property
from string import digits

from genesis_ci.config.input_types import LONGEST_KEY, is_variable
from genesis_ci.config.inputs import BY_NAME
from genesis_ci.config.nodes import Text
from genesis_ci.config.problems import MalformedError, Quoted, Words, quoted_key, words_of
from genesis_ci.config.variables import MAX_PAYLOAD
from genesis_ci.models.change import Change
from genesis_ci.redaction import Scrubber, Secret, too_much_to_hide

MIN_CREDENTIAL = 16
"""Characters; shorter values may be part of other texts by chance."""

_KEY = BY_NAME["api-key"]
_OF_CHANGE = "ci."
_REFERENCE = r"\$\$\{|\$\{([^{}]*)(\}?)"
_IN_NAMES = (
    "token|secret|passw|passphrase|passcode|credential|cookie|private|bearer|webhook|netrc"
    "|conn(?:ection)?_?str|jwt|oauth|oidc|key(?!board|word)|auth(?!or(?!i[sz]))"
    "|session|mnemonic|kube_?config|pkcs|pfx|id_rsa|id_ed25519|passfile"
    r"|(?<!by)(?<!com)pass(?=\d*(?:_|$))|pwd(?=\d*(?:_|$))|(?:https?|all)_proxy$"
)
"""Parts of names of credentials: `SYSTEM_ACCESSTOKEN`, `apiKey`; not `AUTHOR`, `KEYBOARD`."""
_WORDS = frozenset(
    {"cred", "creds", "dsn", "hook", "otp", "pat", "pem", "pin", "psw", "pw", "sas", "totp"}
)
"""Whole words in names of credentials: `GH_PAT`, `DB_PW2`."""
_USER = re.compile(r"[^\s@]*@")
_USER_ON_THE_WEB = re.compile(r"[^/?#\s@]*@")
"""Web addresses may have @ in their paths; in others a password may contain an unencoded slash."""
_SURELY = "token|secret|passw|jwt"
_LOGIN = r"passw(?:or)?d|pwd|(?:account|access|api|private)_?key|access_?signature|client_?secret"
_FORMS = {
    "a token": r"\b(?:gh[oprsu]_[A-Za-z0-9]{16}|github_pat_\w{16}|(?:AKIA|ASIA)[A-Z2-7]{16}"
    r"|gl(?:pat|cbt|dt|rt|ptt|ft|imt|agent|oas|soat|ffct)-[\w-]{16}|xox[abeoprs]-[\w-]{10}"
    r"|sk-(?:ant|proj|svcacct|admin)-[\w-]{16}|[rs]k_(?:live|test)_\w{10}|whsec_\w{16}"
    r"|npm_[A-Za-z0-9]{36}|pypi-AgE|hf_[A-Za-z]{34}|AIza[\w-]{35}|GOCSPX-\w|do[opr]_v1_\w"
    r"|SG\.[\w-]{16,64}\.|hv[bs]\.[\w-]{24}|ATATT3\w|dckr_[op]at_\w|shp(?:at|ca|pa|ss)_\w"
    r"|eyJhbGciOi)|\.eyJ[\w-]{8}",  # JSON Web Tokens
    "a private key": "-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key|AGE-SECRET-KEY-1",
    "a password": rf"(?i:{_LOGIN}|access_?token)=[\"']?[^\s;&\"'=]|[?&;]sig=[\w%+/-]{{16}}"
    rf"|\"(?:auths\"|[\w-]{{0,40}}(?i:{_LOGIN}|secret|token)\"\s{{0,3}}:\s{{0,3}}\"[^\"]{{5}})",
    "an address of a webhook": r"hooks\.slack\.com/(?:services|workflows|triggers)/\w"
    r"|webhook\.office\.com/webhookb2/\w|discord(?:app)?\.com/api/(?:v\d{1,3}/)?webhooks/\d"
    r"|chat\.googleapis\.com/v1/spaces/\w",
    "a header with a credential": r"(?i:bearer|authorization: ?token|private-token:|x-api-key:) "
    r"(?=[\w+/=.~-]{0,99}\d)[\w+/=.~-]{16}|(?i:basic) (?=[\w+/]{0,99}[a-z][A-Z])[\w+/]{12}",
}
"""Patterns of credentials; none is longer than `_OVERLAP` characters."""
_PIECE, _OVERLAP = 64 * 1024, 1024
"""Characters; `re` blocks every other thread while it searches, and a file may have 10 MB."""


@dataclass(eq=False)
class Interpolation:
    """Replaces the references in the values of one file.

    `environ` has the values for `${NAME}`, `change` those for `${ci.NAME}`. A value with the API
    key (`holds_key`) is refused, and so are other credentials and `secrets`, unless their names are
    `exposed`. If `job_is_skipped`, variables may be unset.
    """

    environ: Mapping[str, str]
    exposed: Collection[str] = ()
    holds_key: Callable[[str], bool] = lambda _: False
    secrets: Iterable[str] = ()
    job_is_skipped: bool = False
    change: Change = field(default=Change())
    credentials: set[str] = field(init=False, default_factory=set)
    """The values of exposed variables that the file uses; they have to be hidden."""
    _characters_left: int = field(init=False, default=MAX_PAYLOAD)  # Genesis accepts no more

    @cached_property
    def refusal(self) -> Callable[[str, str], Words | None]:
        """Returns why the file may not use the value of a variable; None if it may."""
        return cache(self._refusal)  # entries share many values

    def fill_in(self, scalar: Text) -> tuple[Text, tuple[Words, ...]]:
        """Return a value with every reference replaced, and the problems of the references."""
        problems: dict[Words, None] = {}
        private = False

        def value_of(match: re.Match[str]) -> str:
            nonlocal private
            if match[0] == "$${":
                return "${"
            private = True
            try:
                return self._value(match[1], closed=bool(match[2]))
            except ValueError as error:
                problems[words_of(error)] = None
                return match[0]

        filled = re.sub(_REFERENCE, value_of, scalar.text)
        filled_in = scalar._replace(text=filled, private=private, refused=bool(problems))
        return filled_in, tuple(problems)

    def _value(self, name: str, *, closed: bool) -> str:
        if closed and name.startswith(_OF_CHANGE):
            return self._of_change(name.removeprefix(_OF_CHANGE))
        if not closed or not is_variable(name):
            raise ValueError(
                "write ${NAME}, with a name of at most 100 letters, digits and _; $${ stands for ${"
            )
        value = self.environ.get(name, "")
        if refusal := self.refusal(name, value):
            raise MalformedError(*refusal)
        if name not in self.environ and not self.job_is_skipped:
            raise MalformedError("the environment variable ", Quoted(name), " is not set")
        if len(value) > self._characters_left:
            words = " the values in this file have over 10 MB"
            raise MalformedError("with ", Quoted(name), words)
        self._characters_left -= len(value)
        return value

    def _of_change(self, name: str) -> str:
        change = self.change.by_name()
        value = change.get(name)
        if value or (self.job_is_skipped and name in change):
            return value or ""
        known = [f"{_OF_CHANGE}{name}" for name, value in change.items() if value]
        what = "is not known in this job" if name in change else "is not a known name"
        none = "none. In a shell, run genesis-ci in the directory that has .git"
        words = f" {what}. Known here: {', '.join(known) or none}"
        raise MalformedError(quoted_key(_OF_CHANGE + name), words)

    def _refusal(self, variable: str, value: str) -> Words | None:
        if variable in {_KEY.environment_name, _KEY.action_variable}:
            return Quoted(variable), " is the API key, which no value may contain"
        if self.holds_key(value):
            return Quoted(variable), " contains the API key, which no value may contain"
        if variable in self.exposed:
            if words := too_much_to_hide({*self.credentials, value}):
                return Quoted(variable), f" is not used: {words}"
            self.credentials.add(value)
        elif reason := self._suspicion(variable, value):
            return (
                Quoted(variable),
                f" is not used: {reason}, and a pull request may have written this file. If "
                "Genesis needs it, name it in the job's input expose (flag, environment or action "
                "input), and its context variable in secret-inputs",
            )
        return None

    def _suspicion(self, variable: str, value: str) -> str | None:
        if _is_name_of_credential(variable):
            return "its name says that it is a credential"
        if has_user_information(value):
            return "it is an address with user information"
        if form := _form_of(value):
            return f"it contains {form}"
        if self._scrub_secrets(value) != value:
            return "it contains the value of a secret"
        return None

    @cached_property
    def _scrub_secrets(self) -> Scrubber:
        of_the_ci = (
            text
            for name, text in self.environ.items()
            if name not in self.exposed and is_credential_of_the_ci(name, text)
        )
        return Scrubber(map(Secret, {*self.secrets, *of_the_ci}))


def _is_name_of_credential(variable: str) -> bool:
    if variable in {"PWD", "OLDPWD"}:
        return False
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+", "_", variable).lower()
    words = _WORDS.intersection(word.rstrip(digits) for word in plain.split("_"))
    return bool(words or re.search(_IN_NAMES, plain))


def _form_of(text: str) -> str | None:
    """Return which credential a text contains, also in base64, or None if none is recognized."""
    texts = [text]
    with suppress(ValueError):
        texts.append(base64.b64decode("".join(text.split()), validate=True).decode())
    for one in texts:
        for start in range(0, len(one), _PIECE):
            piece = one[start : start + _PIECE + _OVERLAP]
            for form, pattern in _FORMS.items():
                if re.search(pattern, piece):
                    return form
    return None


def has_user_information(text: str) -> bool:
    """Return whether a text contains an address with a user or a password."""
    before, *rest = text.split("://")
    for after in rest:
        is_web = before.lower().endswith(("http", "https"))
        if (_USER_ON_THE_WEB if is_web else _USER).match(after):
            return True
        before = after
    return False


def is_credential_of_the_ci(variable: str, value: str) -> bool:
    """Return whether a variable is a credential that other variables must not contain."""
    if not MIN_CREDENTIAL <= len(value) <= LONGEST_KEY:
        return False
    is_path_or_address = value.startswith("/") or "://" in value
    return re.search(_SURELY, variable.lower()) is not None and not is_path_or_address
