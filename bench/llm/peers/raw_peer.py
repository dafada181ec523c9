"""The bound: asyncio around one client, one schema-bound call a conversation, six tries, resumes.

``--client openai`` is the SDK as it comes; ``--client aiohttp`` the leanest client there is.
"""

import asyncio
import json
import os
import random

from common import MODEL, RUBRICS, args, load

a = args(client="openai", tries=6)
NAMES = list(RUBRICS)
URL = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
LEVEL = {"type": "integer", "minimum": 1, "maximum": 5}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": [*NAMES, "reason"],
    "properties": dict.fromkeys(NAMES, LEVEL) | {"reason": {"type": "string"}},
}
SYSTEM = "You score customer support conversations, 1 (worst) to 5 (best).\n" + "\n".join(
    f"{n}: {RUBRICS[n]}" for n in NAMES
)


def body(c):
    user = f"<conversation>\n{c['text']}\n</conversation>\n<kb>\n{c['kbtext']}\n</kb>"
    form = {"name": "score", "strict": True, "schema": SCHEMA}
    return {
        "model": MODEL,
        "temperature": 0,
        "max_tokens": 300,
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": user}],
        "response_format": {"type": "json_schema", "json_schema": form},
    }


def levels(text):
    said = json.loads(text)
    found = {n: said[n] for n in NAMES}
    if not all(isinstance(v, int) and 1 <= v <= 5 for v in found.values()):
        raise ValueError("out of range")
    return found


def done_before():
    done = set()
    if os.path.exists(a.output):
        for line in open(a.output):
            try:
                row = json.loads(line)
            except ValueError:  # cut off by a kill
                continue
            if not row["error"]:
                done.add(row["id"])
    return done


def opened():
    """A function that posts a body and gives the answer's text, and how to close its client."""
    if a.client == "openai":
        import openai

        sdk = openai.AsyncOpenAI(max_retries=a.tries - 1, timeout=60)

        async def by_sdk(asked):
            said = await sdk.chat.completions.create(**asked)
            return said.choices[0].message.content

        return by_sdk, sdk.close
    import aiohttp

    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        headers={"Authorization": "Bearer sk-mock", "Content-Type": "application/json"},
        timeout=aiohttp.ClientTimeout(total=60),
    )

    async def by_aiohttp(asked):
        async with session.post(URL, data=json.dumps(asked).encode()) as answer:
            answer.raise_for_status()
            return json.loads(await answer.read())["choices"][0]["message"]["content"]

    return by_aiohttp, session.close


async def main():
    post, close = opened()
    slots = asyncio.Semaphore(a.concurrency)
    done = done_before()

    async def score(c):
        error = None
        for tried in range(a.tries):
            try:
                async with slots:
                    return levels(await post(body(c))), None
            except Exception as failure:
                error = repr(failure)
            await asyncio.sleep(min(8, 0.25 * 2**tried) * random.random())
        return {}, error

    with open(a.output, "a") as out:

        async def one(c):
            scores, error = await score(c)
            out.write(json.dumps({"id": c["id"], "scores": scores, "error": error}) + "\n")
            out.flush()

        await asyncio.gather(*(one(c) for c in load(a) if c["id"] not in done))
    await close()


asyncio.run(main())
