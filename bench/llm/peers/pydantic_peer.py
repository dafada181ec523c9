"""pydantic-evals: four LLMJudges; max_concurrency bounds cases, whose four calls run at once."""

import asyncio

from common import MODEL, RUBRICS, args, emit, load
from pydantic_evals import Case, Dataset
from pydantic_evals.evaluators import LLMJudge

a = args(retry=0)
convs = load(a)
ds = Dataset(
    name="cx",
    cases=[Case(name=c["id"], inputs=c["text"] + "\n\nKB:\n" + c["kbtext"]) for c in convs],
    evaluators=[
        LLMJudge(
            rubric=RUBRICS[n],
            model="openai-chat:" + MODEL,
            include_input=True,
            score={"evaluation_name": n, "include_reason": True},
            assertion=False,
        )
        for n in RUBRICS
    ],
)


async def task(x):
    return "see the conversation"


kw = {}
if a.retry:
    from tenacity import stop_after_attempt, wait_random_exponential

    kw["retry_evaluators"] = {
        "stop": stop_after_attempt(6),
        "wait": wait_random_exponential(max=4),
        "reraise": True,
    }
rep = asyncio.run(
    ds.evaluate(task, max_concurrency=max(1, a.concurrency // 4), progress=False, **kw)
)
rows = []
for c in rep.cases:
    sc = {k: v.value for k, v in c.scores.items()}
    for f in c.evaluator_failures or []:
        sc.setdefault(getattr(f, "name", "failed"), None)
    rows.append(
        {
            "id": c.name,
            "scores": {n: sc.get(n) for n in RUBRICS},
            "error": str(c.evaluator_failures[0].error_message)[:200]
            if c.evaluator_failures
            else None,
        }
    )
emit(a, rows)
