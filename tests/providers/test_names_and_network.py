"""Names of models, and how their providers are reached."""

from __future__ import annotations

import asyncio
import random
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from fault_server import ASK, QUICK, FaultServer, ask_model, completion, message

from cxscore.errors import ConfigError
from cxscore.judging import Answered, NoReply
from cxscore.providers.names import endpoint
from cxscore.providers.opening import Providers
from cxscore.providers.transport import Network


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("openai:gpt-5.6-mini", "chat;temperature=0"),
        ("anthropic:claude-sonnet-5", "messages;provider's sampling"),
        ("compatible:org/model@q4@http://127.0.0.1:8000/v1", "chat;temperature=0"),
    ],
)
def test_a_name_is_the_id(name, settings):
    async def scenario():
        found = endpoint(name)
        assert (found.id, found.settings) == (name, settings)
        await found.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "name",
    ["gpt-5", "openai:", "anthropic:", "compatible:model", "compatible:m@ftp://x", "instructor:x"],
)
def test_any_other_name_is_refused_with_the_forms(name):
    with pytest.raises(ConfigError, match="write openai:MODEL, anthropic:MODEL, compatible"):
        endpoint(name)


def test_no_key_in_an_address():
    with pytest.raises(ConfigError, match="does not belong"):
        endpoint("compatible:m@http://user:pw@127.0.0.1/v1")


def test_known_refusals_are_not_tried_again():
    async def scenario():
        found = endpoint("openai:gpt-5", refused=frozenset({"temperature"}))
        assert found.settings == "chat;provider's sampling"
        await found.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("provider", "told"),
    [("openai", completion()), ("anthropic", message()), ("compatible", completion())],
)
def test_extra_headers_and_a_key_of_ones_own(provider, told, monkeypatch):
    monkeypatch.setenv("GATEWAY_KEY", "gk-1")
    network = Network(headers={"X-Team": "care"}, key_variable="GATEWAY_KEY")
    run = ask_model(provider, told, network=network)
    (seen,) = run.server.seen
    assert seen.headers["X-Team"] == "care"
    assert "gk-1" in " ".join(seen.headers.values())
    assert "gk-1" not in repr(network)


def test_an_empty_key_variable_is_named():
    with pytest.raises(ConfigError, match="GATEWAY_KEY holds no key"):
        ask_model("openai", completion(), network=Network(key_variable="GATEWAY_KEY"))


def ask_through(name: str, provider: str, network: Network):
    async def scenario():
        async with Providers(
            networks={provider: network},
            clock=asyncio.get_running_loop().time,
            rng=random.Random(1),
            patience=QUICK,
        ) as providers:
            return await providers.open_model(name).answer(ASK)

    return scenario()


@pytest.mark.parametrize(
    ("provider", "model", "variable", "told"),
    [
        ("compatible", "compatible:m@http://llm.invalid/v1", "", completion()),
        ("anthropic", "anthropic:m", "ANTHROPIC_BASE_URL", message()),
    ],
)
def test_a_proxy_is_used(provider, model, variable, told, monkeypatch):
    if variable:
        monkeypatch.setenv(variable, "http://llm.invalid")

    async def scenario():
        async with FaultServer(told) as proxy:
            network = Network(proxy=proxy.url.removesuffix("/v1"))
            reply = await ask_through(model, provider, network)
            return reply, proxy.seen[0].path

    reply, path = asyncio.run(scenario())
    assert isinstance(reply, Answered)
    assert path.startswith("http://llm.invalid/v1/")


def test_the_environments_proxy_is_used_where_none_is_set(monkeypatch):
    async def scenario():
        async with FaultServer(completion()) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url.removesuffix("/v1"))
            name = "compatible:m@http://llm.invalid/v1"
            return await ask_through(name, "compatible", Network())

    assert isinstance(asyncio.run(scenario()), Answered)


def test_a_proxy_nobody_can_use_is_named():
    with pytest.raises(ConfigError, match="proxy 'nonsense'"):
        endpoint("openai:m", networks={"openai": Network(proxy="nonsense")})


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-nodes", "-days", "2", "-keyout", key, "-out", cert),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return key, cert


def test_a_ca_bundle_is_trusted_and_nothing_without_it(certificate):
    key, cert = certificate
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)

    async def scenario():
        async with FaultServer(completion(), tls=tls) as server:
            name = f"compatible:m@{server.url}"
            trusted = await ask_through(name, "compatible", Network(ca_bundle=str(cert)))
            return trusted, await ask_through(name, "compatible", Network())

    trusted, untrusted = asyncio.run(scenario())
    assert isinstance(trusted, Answered)
    assert isinstance(untrusted, NoReply)
    assert "certificate" in untrusted.text.lower()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_bundle_that_is_none(content, tmp_path):
    path = tmp_path / "ca.pem"
    if content:
        path.write_text(content)
    with pytest.raises(ConfigError, match="CA bundle cannot be used") as caught:
        endpoint("openai:m", networks={"openai": Network(ca_bundle=str(path))})
    assert caught.value.path == str(path)


def test_models_of_one_provider_share_a_client_and_a_name_is_opened_once():
    async def scenario():
        async with FaultServer(completion()) as server:
            import os

            os.environ["OPENAI_BASE_URL"] = server.url
            async with Providers(
                clock=asyncio.get_running_loop().time, rng=random.Random(1)
            ) as providers:
                one, two = providers.open_model("openai:a"), providers.open_model("openai:b")
                assert providers.open_model("openai:a") is one
                for model in (one, two, one):
                    await model.answer(ASK)
            return server.connections, [s.body["model"] for s in server.seen]

    assert asyncio.run(scenario()) == (1, ["a", "b", "a"])
