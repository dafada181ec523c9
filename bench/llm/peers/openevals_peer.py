"""openevals: four judges over LangChain; no runner of its own, so one semaphore around them."""

import asyncio

from common import MODEL, RUBRICS, args, emit, load
from openevals.llm import create_async_llm_as_judge

a = args()
convs = load(a)


async def main():
    js = {
        n: create_async_llm_as_judge(
            prompt=RUBRICS[n]
            + "\nConversation:\n{outputs}"
            + ("\nKB:\n{context}" if n == "hallucination" else ""),
            feedback_key=n,
            model="openai:" + MODEL,
            choices=[0.1, 0.75],
        )
        for n in RUBRICS
    }
    sem = asyncio.Semaphore(a.concurrency)

    async def one(c, n):
        async with sem:
            return await js[n](
                outputs=c["text"], **({"context": c["kbtext"]} if n == "hallucination" else {})
            )

    async def conv(c):
        got = await asyncio.gather(*(one(c, n) for n in RUBRICS), return_exceptions=True)
        sc, err = {}, None
        for n, g in zip(RUBRICS, got, strict=True):
            sc[n] = None if isinstance(g, BaseException) else g["score"]
            err = err or (repr(g)[:200] if isinstance(g, BaseException) else None)
        return {"id": c["id"], "scores": sc, "error": err}

    emit(a, await asyncio.gather(*(conv(c) for c in convs)))


asyncio.run(main())
