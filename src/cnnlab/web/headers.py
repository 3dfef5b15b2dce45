"""What every answer says to the browser about what it may do."""

import re
from typing import Final

PAGE: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

ALWAYS: Final = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)

_REPORT: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_ENDING: Final = ("base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'")
_META: Final = re.compile(
    r"""<meta\s+http-equiv="Content-Security-Policy"\s+content="(?P<policy>[^"]*)"\s*/?>""", re.IGNORECASE
)
_HASH: Final = r"'sha(?:256|384|512)-[A-Za-z0-9+/]+=*'"
# What a report of ours may ask for: nothing from elsewhere, and scripts by their hashes alone.
_DIRECTIVES: Final = {
    "default-src": re.compile(r"'none'"),
    "script-src": re.compile(rf"'none'|{_HASH}(?: {_HASH})*"),
    "style-src": re.compile(rf"'unsafe-inline'|'none'|{_HASH}(?: {_HASH})*"),
    "img-src": re.compile(r"(?:data:|blob:)(?: (?:data:|blob:))*|'none'"),
    "font-src": re.compile(r"data:|'none'"),
    "base-uri": re.compile(r"'none'"),
    "form-action": re.compile(r"'none'"),
}


def report_policy(html: str) -> str:
    """Return the policy for a saved report: a sandbox, and what its own first policy grants, if that is one of ours.

    Args:
        html: The file's text. A policy that grants more than our reports ask for is not followed: then no script runs.
    """
    found = _META.search(html[:4096])
    own = (_checked(found.group("policy").replace("&#39;", "'")) if found else None) or _REPORT
    named = {part.split()[0] for part in own.split(";")}
    # Of a directive that is there twice the browser complains; what a report may say of these is the same.
    ending = [part for part in _ENDING if part.split()[0] not in named]
    return "; ".join(["sandbox allow-scripts", own, *ending])


def _checked(policy: str) -> str | None:
    kept = []
    for directive in filter(None, (part.strip() for part in policy.split(";"))):
        name, _, value = directive.partition(" ")
        allowed = _DIRECTIVES.get(name)
        if allowed is None or not allowed.fullmatch(value.strip()):
            return None
        kept.append(directive)
    return "; ".join(kept) if any(part.startswith("default-src ") for part in kept) else None
