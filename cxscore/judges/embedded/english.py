"""Whether words are English, as far as the rules need to know: their word lists are English."""

from __future__ import annotations

import re

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENGLISH = _words(
    """the and to of i you is it my for that this have with on can was are be me not
please would but if do what how your from at we need get will there so when or
they has am im i'm it's don't a in as an could been just any thanks hi hello yes
which by"""
)
_OTHER = (
    _words(
        """que não nao para uma com meu minha por mais isso como você voce obrigado
obrigada está esta estou eu um os das dos ao na da no já e o de do em se bom tem
fazer gostaria queria el la los las una con mi pero está gracias hola quiero
necesito puedo del es y en un der die das und ich nicht ist mein meine mit auf
für bitte habe sie wir ein eine zu den von le les des je pas est mon ma pour
avec bonjour merci vous une et dans sur du il het een niet mijn van dat ik che
non sono per il mio grazie"""
    )
    - _ENGLISH
)
_SHORT = 4


def is_english(text: str) -> bool | None:
    """Whether a text is evidently English; None when too few of its words tell.

    Reads at most its first 2,000 characters.

    >>> is_english("I would like to know when it will be sent"), is_english("ok 123")
    (True, None)
    >>> is_english("Gostaria de saber os valores dos planos")
    False
    """
    words = [w.lower().replace("’", "'") for w in _WORD.findall(text[:2000])]
    english = sum(w in _ENGLISH for w in words)
    other = sum(w in _OTHER for w in words)
    if other > english:
        return False
    if len(words) < _SHORT or english < 2 or english < 2 * other:
        return None
    return english / len(words) >= 0.15 or None
