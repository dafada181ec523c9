"""The real SDKs against aimock, a mock server that others wrote; needs npm."""

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

import pytest
from fault_server import ASK, QUICK, TEXT, address

from cxscore.judging import Answered, NoReply, Reply
from cxscore.providers.model import Attempt
from cxscore.providers.opening import Providers

AIMOCK = "@copilotkit/aimock@1.43.0"
LISTENING = re.compile(r"listening on (http://127\.0\.0\.1:\d+)")


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("needs npm and node to install aimock")
    folder = tmp_path_factory.mktemp("aimock")
    install = [npm, "install", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix", folder]
    try:
        subprocess.run([*install, AIMOCK], capture_output=True, check=True, timeout=60)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"aimock could not be installed: {error}")
    answers = [{"match": {"userMessage": "parcel"}, "response": {"content": TEXT}}]
    fixtures = folder / "fixtures.json"
    fixtures.write_text(json.dumps({"fixtures": answers}))
    program = folder / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    return [node, str(program), "--port", "0", "--fixtures", str(fixtures)]


@pytest.fixture
def aimock(command: list[str], request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    options = getattr(request, "param", [])
    log = tmp_path / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen([*command, *options], stdout=out, stderr=out)
        try:
            yield listening(log)
        finally:
            server.terminate()
            server.wait(10)


def listening(log: Path) -> str:
    for _ in range(200):
        found = LISTENING.search(log.read_text())
        if found:
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError(f"aimock did not start: {log.read_text()}")


def ask(name: str, url: str, *, times: int = 1) -> tuple[list[Reply], list[Attempt]]:
    async def scenario() -> tuple[list[Reply], list[Attempt]]:
        attempts: list[Attempt] = []
        model = address(name, f"{url}/v1")
        async with Providers(
            clock=asyncio.get_running_loop().time,
            rng=random.Random(1),
            patience=QUICK,
            on_attempt=attempts.append,
        ) as providers:
            opened = providers.open_model(model)
            return [await opened.answer(ASK) for _ in range(times)], attempts

    return asyncio.run(scenario())


@pytest.mark.parametrize("provider", ["openai", "anthropic", "compatible"])
def test_an_answer(aimock, provider):
    replies, attempts = ask(provider, aimock)
    assert isinstance(replies[0], Answered)
    assert replies[0].text == TEXT
    assert [a.status for a in attempts] == ["answered"]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize(
    "aimock",
    [
        pytest.param(["--chaos-drop", "0.4"], id="drop"),
        pytest.param(["--chaos-disconnect", "0.4"], id="disconnect"),
        pytest.param(["--chaos-malformed", "0.4"], id="malformed"),
    ],
    indirect=True,
)
def test_its_faults_lose_nothing_or_say_so(aimock, provider):
    replies, attempts = ask(provider, aimock, times=8)
    answered = [r for r in replies if isinstance(r, Answered)]
    assert all(r.text == TEXT for r in answered)
    assert all("given up after 6" in r.text for r in replies if isinstance(r, NoReply))
    assert len(answered) >= 6
    assert sum(a.status == "answered" for a in attempts) == len(answered)
