"""The quick look for survey words must never miss what the full search finds."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from cxscore.transcript import surveys

# Every word the patterns are made of, so that generated messages often are prompts.
_WORDS = sorted(
    {
        word
        for pattern in surveys._PROMPTS.values()
        for word in re.findall(r"[a-zà-ü]{1,}", re.sub(r"\\[a-zA-Z]", " ", pattern))
    }
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=8), st.booleans())
def test_quick_look_never_misses_a_prompt(words, shouted):
    text = " ".join(words)
    text = text.upper() if shouted else text
    full = surveys._SURVEY_PROMPT.search(text) is not None
    assert surveys.is_survey_prompt(text) == full


def test_the_property_meets_prompts_of_every_language():
    prompts = [
        "Please rate our support",
        "How did we do today?",
        "Wie zufrieden sind Sie",
        "avalie o atendimento",
        "califique el servicio",
        "notez le service",
        "take our survey",
        "give us a grade",
    ]
    assert all(surveys.is_survey_prompt(p) for p in prompts)
    assert all(p.isascii() for p in prompts)
