"""Articles become a knowledge base with a digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from cxscore.knowledge import Article, KnowledgeBase


def knowledge_base(articles: Sequence[Article], as_of: datetime | None) -> KnowledgeBase:
    """The articles as they stood on a day, with a digest that does not depend on their order."""
    each = sorted(_article_digest(a) for a in articles)
    digest = hashlib.sha256("".join(each).encode()).hexdigest()
    return KnowledgeBase(articles=tuple(articles), digest=digest, as_of=as_of)


def _article_digest(article: Article) -> str:
    # Members without a value are left out: a member added later must not change old digests.
    known = {
        f.name: v for f in fields(article) if (v := getattr(article, f.name)) not in (None, False)
    }
    text = json.dumps(known, sort_keys=True, default=datetime.isoformat)
    return hashlib.sha256(text.encode()).hexdigest()
