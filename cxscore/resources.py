"""Finds packaged and user data: prompts, rubrics, examples. The one place that knows paths."""

from __future__ import annotations

from pathlib import Path

from cxscore.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent


def data_dir(kind: str) -> Path:
    """The folder of packaged data: ``prompts``, ``rubrics`` or ``examples``.

    In a wheel it lies in ``cxscore/_data``; under an editable install, where force-included files
    do not exist, it is the folder of the checkout.

    Raises:
        ConfigError: neither is there: the installation is broken.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (root / kind).is_dir():
            return root / kind
    raise ConfigError(f"the packaged folder {kind}/ is missing; reinstall cxscore")
