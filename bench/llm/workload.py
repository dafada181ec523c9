#!/usr/bin/env python3
"""The fixed workload: N invented support conversations of 6 to 14 turns, and 30 articles.

    python workload.py --n 200 --out conversations.jsonl --kb kb.jsonl

A line: {"id": "CONV-000017", "turns": [{"role", "content"}], "retrieved": [article ids], "labels"}.
"""

import argparse
import json
import os
import random

PRODUCTS = [
    "Basic plan",
    "Team plan",
    "Pro plan",
    "mobile app",
    "router R2",
    "gift card",
    "annual invoice",
    "API key",
    "export tool",
    "loyalty card",
]
TOPICS = ["refund window", "cancellation", "delivery time"]
FILL = (
    "Please read the steps in order and keep the confirmation number. If a step fails, sign out, wait for two minutes and "
    "try again before you contact the team. Changes can take a while to appear on every device. "
)
USER = [
    "Hi, I need help with the {t} of my {p}.",
    "That is not what I was told last week, and it is getting annoying.",
    "Okay, where exactly do I find that?",
    "I tried this twice and it still shows the old status. Reference {r}.",
    "How many days does it take for the {p}?",
    "Thanks, that works now.",
    "I have been waiting for {n} days and nobody answered my mail.",
    "Can you just do it for me? My order is {r}.",
]
AGENT = [
    "Thanks for reaching out. For the {p} the {t} is {n} days, counted from the day of the confirmation mail.",
    "I am sorry about that. I checked order {r} and I can see the request; it was opened but not yet confirmed.",
    "Go to Settings, open Billing, choose {p} and select {t}. You will get a mail within {m} minutes.",
    "I have started the {t} for your {p}. The fee is {m} dollars and it shows on the next statement.",
    "According to our article {k}, the {t} for the {p} takes {n} days. Is there anything else I can do for you?",
    "I can hand this over to a colleague in the billing team if you prefer. They answer within {n} hours.",
]


def kb():
    r = random.Random(42)
    out = []
    for i in range(30):
        p, t = PRODUCTS[i % 10], TOPICS[i // 10]
        n = r.randint(2, 40)
        out.append(
            {
                "id": f"KB-{i:03d}",
                "title": f"{p}: {t}",
                "days": n,
                "product": p,
                "topic": t,
                "text": f"KB-{i:03d} {p}: {t}. The {t} for the {p} is {n} days. "
                + FILL * r.randint(2, 4),
            }
        )
    return out


def conversation(i, arts, seed):
    r = random.Random(f"{seed}-{i}")
    a = r.choice(arts)
    halluc = r.random() < 0.12
    turns = []
    for k in range(r.randint(6, 14)):
        d = dict(
            p=a["product"],
            t=a["topic"],
            k=a["id"],
            n=a["days"] + (7 if halluc and k > 2 else 0),
            m=r.randint(2, 59),
            r=f"ORD-{r.randint(10**6, 10**7)}",
        )
        s = (USER[0] if k == 0 else r.choice(USER[1:])) if k % 2 == 0 else r.choice(AGENT)
        turns.append({"role": "user" if k % 2 == 0 else "assistant", "content": s.format(**d)})
    for k in (0, 1):  # the mock server counts requests per conversation by this tag
        turns[k]["content"] = f"[CONV-{i:06d}] " + turns[k]["content"]
    others = [x["id"] for x in r.sample(arts, 2)]
    return {
        "id": f"CONV-{i:06d}",
        "turns": turns,
        "retrieved": [a["id"]] + others,
        "labels": {"hallucination": halluc},
    }


def write(n, out, kb_out, seed=20261122):
    arts = kb()
    for p in (out, kb_out):
        os.makedirs(os.path.dirname(os.path.abspath(p)), exist_ok=True)
    with open(kb_out, "w") as f:
        f.writelines(json.dumps(x) + "\n" for x in arts)
    with open(out, "w") as f:
        f.writelines(json.dumps(conversation(i, arts, seed)) + "\n" for i in range(n))


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--n", type=int, default=200)
    p.add_argument("--out", required=True)
    p.add_argument("--kb", required=True)
    p.add_argument("--seed", type=int, default=20261122)
    a = p.parse_args()
    write(a.n, a.out, a.kb, a.seed)
