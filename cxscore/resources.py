"""Finds packaged and user data: prompts, rubrics, examples. The one place that knows paths."""

from __future__ import annotations

from pathlib import Path

from cxscore.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent


def data_dir(kind: str) -> Path:
    """The folder of packaged data: ``prompts``, ``prices``, ``rubrics`` or ``examples``.

    In a wheel it lies in ``cxscore/_data``; under an editable install, where force-included files
    do not exist, it is the folder of the checkout.

    Raises:
        ConfigError: neither is there: the installation is broken.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (root / kind).is_dir():
            return root / kind
    raise ConfigError(f"the packaged folder {kind}/ is missing; reinstall cxscore")


def rubric_path(name: str) -> Path:
    """The file of a rubric: a path as given, or the id of a packaged one.

    Args:
        name: ``cx``, or a path such as ``team/returns.yaml``. A name with a folder or a suffix is
            always a path.

    Raises:
        ConfigError: no such file, and no packaged rubric of that id.
    """
    path = Path(name)
    if path.suffix or path.name != name:
        if path.is_file():
            return path
        raise ConfigError(f"there is no rubric file {name}; {_known_rubrics()}")
    packaged = data_dir("rubrics") / f"{name}.yaml"
    if not packaged.is_file():
        raise ConfigError(f"there is no packaged rubric “{name}”; {_known_rubrics()}")
    return packaged


def rubric_names() -> tuple[str, ...]:
    """Ids of the packaged rubrics, sorted."""
    return tuple(sorted(p.stem for p in data_dir("rubrics").glob("*.yaml")))


def prompt_path(name: str) -> Path:
    """The file of a judge's prompt.

    Args:
        name: ``rubric`` (its newest version), ``rubric/1``, or the path of a ``.jinja`` file.

    Raises:
        ConfigError: there is no such file or packaged prompt.
    """
    if name.endswith(".jinja"):
        if Path(name).is_file():
            return Path(name)
        raise ConfigError(f"there is no prompt file {name}")
    judge, _, version = name.partition("/")
    found = {p.name.split(".", 1)[0]: p for p in data_dir("prompts").glob(f"{judge}/*.md.jinja")}
    newest = max((v for v in found if v.isdecimal()), key=int, default="")
    path = found.get(version or newest)
    if path is None:
        known = ", ".join(f"{judge}/{v}" for v in sorted(found)) or "none of that name"
        raise ConfigError(f"there is no packaged prompt “{name}”; packaged: {known}")
    return path


def prices_path() -> Path:
    """The packaged prices file.

    Raises:
        ConfigError: the installation is broken.
    """
    return data_dir("prices") / "prices.yaml"


def _known_rubrics() -> str:
    return f"packaged: {', '.join(rubric_names())}; or give the path of a .yaml file"
