"""The batch lifecycle against aimock, a mock server that others wrote; needs npm.

Its answers are canned, so this is about files, states and outcomes only; what answers lead to is
tested over our own server.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from asking_judges import SCHEMA

from cxscore.judging import Answered, Ask
from cxscore.providers.batch_opening import batch_service
from cxscore.providers.batch_service import Intent, Result, Standing, custom_id
from cxscore.providers.opening import Providers
from cxscore.providers.transport import Network
from cxscore.store.ledger import utc_now

AIMOCK = "@copilotkit/aimock@1.43.0"
LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")
ASK = Ask(purpose="grade", system="Grade.", user="A parcel.", schema=SCHEMA, max_output_tokens=100)
IDS = [custom_id(f"{n:064x}"[::-1]) for n in range(3)]


@pytest.fixture(scope="module")
def aimock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs npm and node to install aimock")
    folder = tmp_path_factory.mktemp("aimock")
    install = [npm, "install", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix", folder]
    try:
        subprocess.run([*install, AIMOCK], capture_output=True, check=True, timeout=60)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"aimock could not be installed: {error}")
    fixtures = folder / "fixtures.json"
    answers = [{"match": {"userMessage": "parcel"}, "response": {"content": "{}"}}]
    fixtures.write_text(json.dumps({"fixtures": answers}))
    program = folder / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    log = folder / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            [node, str(program), "--port", "0", "--fixtures", str(fixtures)], stdout=out, stderr=out
        )
        try:
            yield _listening(log)
        finally:
            server.terminate()
            server.wait(10)


def _listening(log: Path) -> str:
    for _ in range(200):
        found = LISTENING.search(log.read_text())
        if found:
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError(f"aimock did not start: {log.read_text()}")


class Lived:
    """One batch from its creation to its end."""

    remote: str
    found: str | None
    phases: list[str]
    standing: Standing
    results: list[Result]


def live(url: str, monkeypatch: pytest.MonkeyPatch, **headers: str) -> Lived:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
    lived = Lived()

    async def scenario() -> None:
        async with Providers(
            networks={"openai": Network(headers=headers)},
            clock=asyncio.get_running_loop().time,
            rng=random.Random(1),
        ) as providers:
            service: Any = batch_service(providers.open_model("openai:gpt-test").endpoint)
            with TemporaryFile() as lines:
                for name in IDS:
                    lines.write(service.line(name, ASK) + b"\n")
                lines.seek(0)
                mark, at = f"cxscore-test-{time.monotonic_ns()}", utc_now()
                lived.remote = await service.create(lines, mark=mark)
            lived.found = await service.find(
                Intent(mark=mark, made_at=at, size=3, known=frozenset(), holds=IDS.__contains__)
            )
            lived.phases = []
            for _ in range(100):
                lived.standing = await service.standing(lived.remote)
                if lived.standing.phase not in lived.phases:
                    lived.phases.append(lived.standing.phase)
                if lived.standing.state != "working":
                    break
                await asyncio.sleep(0.05)
            lived.results = [r async for r in service.results(lived.remote, lambda _: SCHEMA)]
            await service.discard(lived.remote)
            await service.discard(lived.remote)  # twice is no error

    asyncio.run(scenario())
    return lived


def test_from_creation_to_results(aimock, monkeypatch):
    lived = live(aimock, monkeypatch)
    assert lived.found == lived.remote
    assert lived.standing.state == "ended"
    assert sorted(r.custom_id for r in lived.results) == sorted(IDS)
    assert all(isinstance(r.reply, Answered) for r in lived.results)


@pytest.mark.parametrize(
    ("outcome", "state"), [("failed", "refused"), ("expired", "ended"), ("cancelled", "ended")]
)
def test_other_ends(aimock, monkeypatch, outcome, state):
    lived = live(aimock, monkeypatch, **{"X-AIMock-Batch-Outcome": outcome})
    assert (lived.standing.phase, lived.standing.state) == (outcome, state)
    assert all(r.custom_id in IDS for r in lived.results)
