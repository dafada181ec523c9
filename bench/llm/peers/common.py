"""Shared by the peer adapters: arguments, loading, rubric texts, output."""

import argparse
import json
import os

RUBRICS = {
    "sentiment": "Rate the customer's emotional tone over the whole conversation, from very negative to very positive; weigh the last turns most.",
    "resolution": "Rate how far the customer's problem was really solved by the end: confirmed and correct is best, redirected or unanswered is worst.",
    "service": "Rate the agent's service: relevance, tone, professionalism, efficiency and clarity of the answers.",
    "hallucination": "Check each statement of the agent against the knowledge base articles; rate how well they are supported.",
}
MODEL = os.environ.get("BENCH_MODEL", "gpt-4o-mini")


def args(**extra):
    p = argparse.ArgumentParser()
    p.add_argument("--input", required=True)
    p.add_argument("--kb", required=True)
    p.add_argument("--output", required=True)
    p.add_argument("--concurrency", type=int, default=50)
    for k, v in extra.items():
        p.add_argument("--" + k.replace("_", "-"), dest=k, default=v, type=type(v))
    return p.parse_args()


def load(a):
    kb = {x["id"]: x for x in map(json.loads, open(a.kb))}
    convs = [json.loads(l) for l in open(a.input)]
    for c in convs:
        c["kb"] = [kb[k]["text"] for k in c["retrieved"]]
        c["text"] = "\n".join(f"{t['role']}: {t['content']}" for t in c["turns"])
        c["kbtext"] = "\n".join(c["kb"])
    return convs


def emit(a, rows):
    with open(a.output, "w") as f:
        f.writelines(json.dumps(r) + "\n" for r in rows)
