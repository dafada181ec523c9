"""A small YAML file of a workspace as plain values, or one sentence why it is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from cxscore.errors import ConfigError


class _Strict(yaml.SafeLoader):
    """Refuses a key given twice: the last would win in silence."""

    # The flag by position is the parent's signature.
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and keys.count(key.value) > 1:
                problem = f"the key {key.value!r} stands there twice"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """The values of a file; None: it is empty.

    Raises:
        ConfigError: it cannot be opened, or is no YAML; with the line where that is known.
    """
    try:
        # _Strict is a SafeLoader: it makes plain values only.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror or error}", path=str(path)) from None
    except RecursionError:
        raise ConfigError("is nested too deeply to be read", path=str(path)) from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        # PyYAML turns 2026-02-30 into a date itself, and fails without a place.
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error).split("\n")[0]
        line = None if mark is None else mark.line + 1
        raise ConfigError(f"is not valid YAML: {said}", path=str(path), line=line) from None
