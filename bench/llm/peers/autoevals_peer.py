"""autoevals: four LLMClassifiers; it has no runner of its own, so one semaphore around them."""

import asyncio

from autoevals import LLMClassifier, init
from common import MODEL, RUBRICS, args, emit, load
from openai import AsyncOpenAI

a = args()
convs = load(a)


async def main():
    init(AsyncOpenAI())
    cls = {
        n: LLMClassifier(
            name=n,
            prompt_template=RUBRICS[n]
            + "\nConversation:\n{{output}}"
            + ("\nKB:\n{{kbtext}}" if n == "hallucination" else ""),
            choice_scores={"poor": 0.1, "good": 0.75},
            use_cot=True,
            model=MODEL,
        )
        for n in RUBRICS
    }
    sem = asyncio.Semaphore(a.concurrency)

    async def one(c, n):
        async with sem:
            return await cls[n].eval_async(output=c["text"], kbtext=c["kbtext"])

    async def conv(c):
        got = await asyncio.gather(*(one(c, n) for n in RUBRICS), return_exceptions=True)
        sc, err = {}, None
        for n, g in zip(RUBRICS, got, strict=True):
            e = g if isinstance(g, Exception) else g.error
            sc[n] = None if isinstance(g, Exception) else g.score
            err = err or (repr(e)[:200] if e else None)
        return {"id": c["id"], "scores": sc, "error": err}

    emit(a, await asyncio.gather(*(conv(c) for c in convs)))


asyncio.run(main())
