import io

import pytest

from cxscore.errors import TranscriptError
from cxscore.label import Survey
from cxscore.readers import detect, read
from cxscore.transcript import Agent, Role, Visibility

TABLE = """\
conversation_id,role,text,time,visibility,channel,customer_id,agent_vendor,tags,plan,csat,vendor_claim
c-1,customer,"Hello, where is
my parcel?",2025-01-02T10:01:00Z,,e-mail,u-1,,late;parcel,pro,2,resolved
c-1,bot,On its way.,2025-01-02T10:00:00Z,,,,Acme,,,,
c-1,human_agent,Angry one.,2025-01-02T10:02:00Z,internal,,,,,,,
c-2,customer,Thanks a lot,,,chat,,,,,,
"""


def test_rows_become_conversations(write, records):
    path = write("turns.csv", TABLE)
    assert detect(path) == "csv"
    first, second = records(path)
    turns = first.conversation.turns
    assert [(t.role, t.visibility) for t in turns] == [
        (Role.AI_AGENT, Visibility.PUBLIC),
        (Role.CUSTOMER, Visibility.PUBLIC),
        (Role.HUMAN_AGENT, Visibility.INTERNAL),
    ]
    assert turns[1].text == "Hello, where is\nmy parcel?"
    assert first.conversation.channel == "e-mail"
    assert first.conversation.agent == Agent(vendor="Acme")
    assert first.conversation.tags == ("late", "parcel")
    assert first.conversation.attributes == {"plan": "pro"}
    assert first.sealed.surveys == (Survey(kind="csat", value=2.0),)
    assert first.sealed.vendor_claim.value == "resolved"
    assert (first.line, second.line) == (2, 6)


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_other_delimiters(write, one, sign):
    text = sign.join(["ID", "Role", "Text"]) + "\n" + sign.join(["7", "customer", "Hi, you"])
    assert one(write("t.tsv", text)).conversation.turns[0].text == "Hi, you"


def test_an_id_that_comes_back_is_an_error_with_its_line(write):
    text = "conversation_id,role,text\na,customer,1\nb,customer,2\na,customer,3\nc,customer,4\n"
    a, b, again, c = read([write("t.csv", text)])
    assert [r.conversation.id for r in (a, b, c)] == ["a", "b", "c"]
    assert isinstance(again, TranscriptError)
    assert again.line == 4
    assert "comes back" in again.reason


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("b,agent,x", "role is 'agent'; allowed are customer, ai_agent, human_agent"),
        ("b,,x", "role is missing"),
        (",customer,x", "no conversation_id"),
        ("b,customer,x,y", "4 cells, the header 3"),
    ],
)
def test_a_bad_row_spoils_its_conversation_only(write, row, said):
    text = f"conversation_id,role,text\na,customer,1\n{row}\nc,customer,4\n"
    a, bad, c = read([write("t.csv", text)])
    assert (a.conversation.id, c.conversation.id) == ("a", "c")
    assert bad.line == 3
    assert said in bad.reason


def test_a_bad_time_names_its_line(write):
    text = "conversation_id,role,text,time\na,customer,1,2025-01-01\na,customer,2,noon\n"
    (bad,) = read([write("t.csv", text)])
    assert (bad.line, "'noon' is no time" in bad.reason) == (3, True)


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (b"conversation_id,role\na,customer\n", None, "no known format"),
        (b"conversation_id,role,text\na,customer,caf\xe9\n", 2, "byte 0xe9 at byte 15"),
    ],
)
def test_tables_that_cannot_be_used(write, refusal, data, line, said):
    error = refusal(write("t.csv", data))
    assert (error.line, said in error.reason) == (line, True)


def test_a_missing_column_is_named_when_the_format_is_forced(write, refusal):
    error = refusal(write("t.csv", "conversation_id,role\na,customer\n"), format="csv")
    assert "no column text" in error.reason


def test_a_quote_that_is_never_closed(write, refusal):
    text = 'conversation_id,role,text\na,customer,"' + "x\n" * 3_000_000
    assert "table is broken" in refusal(write("t.csv", text)).reason


def test_conversations_are_yielded_before_the_table_ends():
    class _Rows(io.RawIOBase):
        served = 0

        def readable(self):
            return True

        def readinto(self, buffer):
            row = b"id,role,text\n" if not self.served else b"c%d,customer,hello\n" % self.served
            self.served += 1
            buffer[: len(row)] = row
            return len(row)

    found = read(["-"], stdin=io.BufferedReader(_Rows()))
    assert [next(found).conversation.id for _ in range(3)] == ["c1", "c2", "c3"]
