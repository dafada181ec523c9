"""Links, mail addresses and phone numbers an agent gives out."""

from __future__ import annotations

import re

_CONTACT = re.compile(
    r"""(?ix)
      (?P<mail> [\w.+-]+@[\w-]+(?:\.[\w-]+)+ )
    | (?: https?://(?:www\.)? | \bwww\. ) (?P<host> [\w-]+(?:\.[\w-]+)+ )
    | (?<![\w.#/-])
      (?P<phone> (?:\+|0|1[-\s.]) (?:[\s()./-]{0,2}\d){7,14} )
      (?![\w/-])
    """
)
_HINT = re.compile(r"@|://|www\.|\d[\d\s()./-]{5,}\d")


def contacts(text: str) -> frozenset[str]:
    """Contacts of a text: mail addresses, hosts of links, digits of phone numbers.

    >>> sorted(contacts("See https://www.help.example/a, mail x@y.example, call +49 800 123-4567"))
    ['498001234567', 'help.example', 'x@y.example']
    """
    if not _HINT.search(text):
        return frozenset()
    found = set()
    for match in _CONTACT.finditer(text):
        if match["phone"]:
            found.add(re.sub(r"\D", "", match["phone"]))
        else:
            found.add((match["mail"] or match["host"]).lower())
    return frozenset(found)
