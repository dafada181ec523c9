"""A model that says the same to everything."""

from cxscore.judging import Answered, Ask, Reply


class TinyModel:
    """``tiny:WORDS`` answers ``{"said": "WORDS"}``."""

    def __init__(self, model: str) -> None:
        self.id = f"tiny:{model}"
        self._words = model

    async def answer(self, ask: Ask, /) -> Reply:
        """The words."""
        return Answered(text=f'{{"said": "{self._words}"}}', model=self.id)
