"""Styles and scripts inside a page, and the policy that lets the browser take these and nothing else."""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

Tag = Literal["style", "script"]

_CLOSING = re.compile(r"<(/?)(style|script)\b|<!--", re.IGNORECASE)


@dataclass(frozen=True)
class Inline:
    """A style or a script as it stands in a page; what is hashed is what is put in, to the byte.

    Attributes:
        tag: Which of both.
        text: Ours; with plain line ends, as the browser reads it.
    """

    tag: Tag
    text: str

    def __post_init__(self) -> None:
        """Refuse what would end its element early or change how the browser reads it.

        Raises:
            ValueError: If a tag of a style or script, or the beginning of a comment, stands in the text.
        """
        if _CLOSING.search(self.text):
            message = f"an inline {self.tag} must hold no <{self.tag}, no </{self.tag} and no <!--"
            raise ValueError(message)
        if "\r" in self.text:
            object.__setattr__(self, "text", self.text.replace("\r\n", "\n").replace("\r", "\n"))

    def __html__(self) -> str:
        """Return the element; a template puts it in unescaped."""
        return f"<{self.tag}>{self.text}</{self.tag}>"

    @property
    def source(self) -> str:
        """Return how a policy names the text.

        Example:
            >>> Inline("script", "").source
            "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
        """
        return f"'sha256-{b64encode(sha256(self.text.encode()).digest()).decode()}'"


def policy(inlines: Iterable[Inline]) -> str:
    """Write the content security policy of a page that loads nothing.

    Args:
        inlines: All styles and scripts in it.

    Example:
        >>> policy([])
        "default-src 'none'; style-src 'none'; script-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"
    """
    known = list(inlines)

    def sources(tag: Tag) -> str:
        return " ".join(one.source for one in known if one.tag == tag) or "'none'"

    return (
        f"default-src 'none'; style-src {sources('style')}; script-src {sources('script')}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
