"""Records of our own making in the shapes of Intercom and Zendesk; people in them are invented."""


def author(kind, id, **more):
    return {"type": kind, "id": id, "name": None, "email": f"{id}@example.com", **more}


def part(id, kind, at, who, body=None, **more):
    return {
        "type": "conversation_part", "id": str(id), "part_type": kind, "body": body,
        "created_at": at, "updated_at": at, "author": who, "attachments": [], "redacted": False,
        **more,
    }  # fmt: skip


USER = author("user", "u7")
FIN = author("bot", "b1", from_ai_agent=True, is_ai_answer=True)
ANNA = author("admin", "a3")


def intercom(id="9001", state="assumed_resolution", **more):
    t = 1_790_000_000
    return {
        "type": "conversation",
        "id": id,
        "created_at": t,
        "updated_at": t + 900,
        "open": False,
        "state": "closed",
        "source": {
            "type": "conversation", "id": "s1", "delivered_as": "customer_initiated",
            "body": "<p>I was charged <b>twice</b> for order 4711</p>", "author": USER,
        },
        "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": "u7"}]},
        "tags": {"type": "tag.list", "tags": [{"type": "tag", "id": "1", "name": "billing"}]},
        "team_assignee_id": 77,
        "custom_attributes": {"CX Score rating": 4, "CX Score explanation": "Answered quickly"},
        "conversation_rating": {
            "rating": 2, "remark": "no refund", "created_at": t + 600, "updated_at": t + 700,
        },
        "statistics": {"type": "conversation_statistics", "count_reopens": 1},
        "ai_agent_participated": True,
        "ai_agent": {
            "source_type": "workflow", "source_title": "Fin", "last_answer_type": "ai_answer",
            "resolution_state": state, "rating": 5, "rating_remark": None, "created_at": t + 500,
            "updated_at": t + 510,
            "content_sources": {
                "type": "content_source.list",
                "content_sources": [
                    {"content_type": "article", "url": "https://help.example/refunds",
                     "title": "Refunds", "locale": "en"},
                ],
            },
        },
        "conversation_parts": {
            "type": "conversation_part.list",
            "total_count": 5,
            "conversation_parts": [
                part(1, "comment", t + 4, FIN, "<p>A refund takes <i>5 days</i>.</p>"),
                part(2, "comment", t + 60, USER, "<p>I want a person</p>"),
                part(3, "assignment", t + 70, author("bot", "b1", from_ai_agent=True),
                     assigned_to={"type": "team", "id": "team-1"}),
                part(4, "note", t + 90, ANNA, "<p>Angry customer</p>"),
                part(5, "comment", t + 120, ANNA, "<p>Refunded, sorry.</p>"),
            ],
        },
        **more,
    }  # fmt: skip


def zendesk(id=52, tier="verified", created="2026-11-02T10:00:00Z", **ticket):
    return {
        "ticket": {
            "id": id, "created_at": created, "updated_at": "2026-11-02T12:00:00Z",
            "via": {"channel": "native_messaging"}, "requester_id": 71, "group_id": 9,
            "tags": ["billing"], "status": "solved",
            "satisfaction_rating": {"score": "bad", "comment": "bot loop"},
            "automated_resolution": {"tier": tier},
            **ticket,
        },
        "comments": [
            {"id": 1, "author_id": 71, "public": True, "plain_body": "Where is my parcel?",
             "created_at": "2026-11-02T10:00:00Z"},
            {"id": 2, "author_id": -1, "public": True, "plain_body": "It shipped Monday.",
             "created_at": "2026-11-02T10:00:03Z"},
            {"id": 3, "author_id": 71, "public": True, "plain_body": "It did not arrive",
             "created_at": "2026-11-02T10:05:00Z"},
            {"id": 4, "author_id": 80, "public": False, "plain_body": "check carrier",
             "created_at": "2026-11-02T10:30:00Z"},
            {"id": 5, "author_id": 80, "public": True, "html_body": "<p>A new one comes</p>",
             "created_at": "2026-11-02T10:31:00Z"},
        ],
        "users": [{"id": 71, "role": "end-user"}, {"id": 80, "role": "agent"}],
        "audits": [
            {"id": 1, "created_at": "2026-11-02T10:06:00Z", "events": [
                {"type": "Change", "field_name": "group_id", "value": "9", "previous_value": None},
            ]},
            {"id": 2, "created_at": "2026-11-02T11:00:00Z", "events": [
                {"type": "Change", "field_name": "status", "value": "solved",
                 "previous_value": "open"},
            ]},
        ],
    }  # fmt: skip
