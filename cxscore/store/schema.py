"""The file format: tables as an ordered list of migrations.

A migration is never edited once released; a new table or column is a new entry. Words of people
(transcripts, quotes, replies, comments) stand in the ``*_text`` tables and in ``reply`` only, so
that erasure deletes rows there and leaves the numbers alone.
"""

from __future__ import annotations

APPLICATION_ID = 0x43585343
"""Marks an SQLite file as a cxscore ledger (``CXSC``)."""

_FIRST = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    token TEXT NOT NULL,
    pid INTEGER NOT NULL,
    host TEXT NOT NULL,
    started_at TEXT NOT NULL,
    beat REAL NOT NULL
);

CREATE TABLE run (
    key INTEGER PRIMARY KEY,
    started_at TEXT NOT NULL,
    ended_at TEXT,
    judge TEXT NOT NULL,
    rubric TEXT NOT NULL,
    heuristic INTEGER NOT NULL,
    tally TEXT
);

-- One row an id; points at the newest version and at the verdict of the last run that reached it.
CREATE TABLE conversation (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    exclusion TEXT,
    verdict INTEGER
);

CREATE TABLE conversation_version (
    conversation INTEGER NOT NULL REFERENCES conversation (key),
    version INTEGER NOT NULL,
    content BLOB NOT NULL,
    visible BLOB NOT NULL,
    recorded_at TEXT NOT NULL,
    last_active REAL NOT NULL,
    started_at TEXT,
    channel TEXT,
    language TEXT,
    stream TEXT,
    turns INTEGER NOT NULL,
    frame BLOB,
    PRIMARY KEY (conversation, version)
) WITHOUT ROWID;

CREATE TABLE conversation_text (
    conversation INTEGER NOT NULL REFERENCES conversation (key),
    version INTEGER NOT NULL,
    customer_key BLOB,
    path TEXT,
    line INTEGER,
    body BLOB NOT NULL,
    PRIMARY KEY (conversation, version)
);
CREATE INDEX conversation_text_customer ON conversation_text (customer_key);

CREATE TABLE sealed_event (
    key INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (key),
    recorded_at TEXT NOT NULL,
    content BLOB NOT NULL,
    frame BLOB
);
CREATE INDEX sealed_event_conversation ON sealed_event (conversation);

CREATE TABLE sealed_text (
    sealed_event INTEGER PRIMARY KEY REFERENCES sealed_event (key),
    conversation INTEGER NOT NULL REFERENCES conversation (key),
    customer_key BLOB,
    body BLOB NOT NULL
);
CREATE INDEX sealed_text_conversation ON sealed_text (conversation);

-- knowledge is '' where none was at hand; it is no part of the unit, a new one can supersede.
CREATE TABLE verdict (
    key INTEGER PRIMARY KEY,
    unit BLOB NOT NULL,
    knowledge TEXT NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversation (key),
    version INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES run (key),
    judge TEXT NOT NULL,
    rubric TEXT NOT NULL,
    repeat INTEGER NOT NULL,
    heuristic INTEGER NOT NULL,
    scored_at TEXT NOT NULL,
    code TEXT,
    retry TEXT,
    composite REAL,
    frame BLOB,
    UNIQUE (unit, knowledge)
);
CREATE INDEX verdict_conversation ON verdict (conversation);

CREATE TABLE verdict_text (
    verdict INTEGER PRIMARY KEY REFERENCES verdict (key) ON DELETE CASCADE,
    conversation INTEGER NOT NULL REFERENCES conversation (key),
    customer_key BLOB,
    body BLOB,
    error TEXT
);
CREATE INDEX verdict_text_conversation ON verdict_text (conversation);

CREATE TABLE score (
    verdict INTEGER NOT NULL REFERENCES verdict (key) ON DELETE CASCADE,
    leg TEXT NOT NULL,
    criterion TEXT NOT NULL,
    state TEXT NOT NULL,
    level,
    certainty REAL,
    code TEXT,
    PRIMARY KEY (verdict, leg, criterion)
) WITHOUT ROWID;

CREATE TABLE claim (
    verdict INTEGER NOT NULL REFERENCES verdict (key) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    finding TEXT NOT NULL,
    error TEXT,
    severity TEXT,
    proof TEXT NOT NULL,
    support REAL,
    corrected INTEGER NOT NULL,
    article TEXT,
    PRIMARY KEY (verdict, place)
) WITHOUT ROWID;

CREATE TABLE action (
    verdict INTEGER NOT NULL REFERENCES verdict (key) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    action TEXT NOT NULL,
    finding TEXT NOT NULL,
    severity TEXT,
    PRIMARY KEY (verdict, place)
) WITHOUT ROWID;

CREATE TABLE reply (
    ask BLOB PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (key),
    customer_key BLOB,
    recorded_at TEXT NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX reply_conversation ON reply (conversation);

CREATE TABLE label (
    key INTEGER PRIMARY KEY,
    content BLOB NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    frame BLOB NOT NULL
);
CREATE INDEX label_conversation ON label (conversation_id);

CREATE TABLE label_text (
    label INTEGER PRIMARY KEY REFERENCES label (key),
    comment TEXT NOT NULL
);

CREATE TABLE tombstone (
    conversation_id TEXT PRIMARY KEY,
    erased_at TEXT NOT NULL,
    reason TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE kb_snapshot (
    key INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    as_of TEXT NOT NULL,
    added_at TEXT NOT NULL,
    UNIQUE (digest, as_of)
);

CREATE TABLE kb_article (
    key INTEGER PRIMARY KEY,
    content BLOB NOT NULL UNIQUE,
    body BLOB NOT NULL
);

CREATE TABLE kb_member (
    snapshot INTEGER NOT NULL REFERENCES kb_snapshot (key),
    place INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES kb_article (key),
    PRIMARY KEY (snapshot, place)
) WITHOUT ROWID;

CREATE TABLE export (
    path TEXT PRIMARY KEY,
    written_at TEXT NOT NULL
) WITHOUT ROWID;
"""

# A reply is found by `ask`: digest of the ask, who answers, and the number of the repeat. Attempts
# and rubrics hold no words of people. since and until are ISO times; NULL is open.
_CALLS = """
ALTER TABLE reply ADD COLUMN digest BLOB;
ALTER TABLE reply ADD COLUMN kind TEXT NOT NULL DEFAULT 'answered';
ALTER TABLE reply ADD COLUMN answerer TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
ALTER TABLE reply ADD COLUMN repeat INTEGER NOT NULL DEFAULT 0;

CREATE TABLE attempt (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (key),
    conversation INTEGER REFERENCES conversation (key),
    at TEXT NOT NULL,
    purpose TEXT NOT NULL,
    seat TEXT NOT NULL,
    model TEXT NOT NULL,
    status TEXT NOT NULL,
    seconds REAL NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    estimated INTEGER NOT NULL,
    usd REAL
);
CREATE INDEX attempt_run ON attempt (run);
CREATE INDEX attempt_conversation ON attempt (conversation);

CREATE TABLE rubric (
    digest TEXT PRIMARY KEY,
    ref TEXT NOT NULL,
    body BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE judge_of_record (
    key INTEGER PRIMARY KEY,
    criterion TEXT NOT NULL,
    since TEXT,
    until TEXT,
    judge TEXT NOT NULL,
    rubric TEXT NOT NULL,
    set_at TEXT NOT NULL
);

CREATE INDEX verdict_judge ON verdict (judge, rubric);
"""

# An ask of a batch is out while its status is NULL. Batches hold digests, never words.
_BATCHES = """
CREATE TABLE batch (
    key INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES run (key),
    kind TEXT NOT NULL,
    answerer TEXT NOT NULL,
    mark TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    remote TEXT,
    asks INTEGER NOT NULL,
    reserved_usd REAL NOT NULL,
    made_at TEXT NOT NULL,
    job TEXT NOT NULL
);

CREATE TABLE batch_ask (
    batch INTEGER NOT NULL REFERENCES batch (key),
    custom_id TEXT NOT NULL,
    conversation INTEGER NOT NULL REFERENCES conversation (key),
    digest BLOB NOT NULL,
    purpose TEXT NOT NULL,
    seat TEXT NOT NULL,
    repeat INTEGER NOT NULL,
    form TEXT NOT NULL,
    status TEXT,
    PRIMARY KEY (batch, custom_id)
) WITHOUT ROWID;
CREATE INDEX batch_ask_custom_id ON batch_ask (custom_id);

CREATE TABLE batch_schema (
    digest TEXT PRIMARY KEY,
    body TEXT NOT NULL
) WITHOUT ROWID;

ALTER TABLE attempt ADD COLUMN batch INTEGER;
ALTER TABLE attempt ADD COLUMN discount REAL NOT NULL DEFAULT 0;
"""

# The whole frame of a draw is kept: strata of those not drawn are needed too, and no words.
_DRAWS = """
CREATE TABLE draw (
    name TEXT PRIMARY KEY,
    design TEXT NOT NULL,
    seed INTEGER NOT NULL,
    split TEXT NOT NULL,
    at TEXT NOT NULL
);

CREATE TABLE draw_unit (
    draw TEXT NOT NULL REFERENCES draw (name),
    conversation_id TEXT NOT NULL,
    stratum TEXT NOT NULL,
    chance REAL NOT NULL,
    drawn INTEGER NOT NULL,
    twice INTEGER NOT NULL,
    PRIMARY KEY (draw, conversation_id)
) WITHOUT ROWID;
"""

_ANCHORS = """
CREATE TABLE anchor_mean (
    at TEXT NOT NULL,
    judge TEXT NOT NULL,
    rubric TEXT NOT NULL,
    criterion TEXT NOT NULL,
    mean REAL NOT NULL,
    n INTEGER NOT NULL
);
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _CALLS, _BATCHES, _DRAWS, _ANCHORS)
"""Script *n* brings a file from format *n* to format *n* + 1."""

FORMAT = len(MIGRATIONS)
"""The file format this version writes; kept in ``PRAGMA user_version``."""
