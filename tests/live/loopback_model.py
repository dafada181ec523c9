"""A loopback server that speaks Chat Completions and fills any schema; counts what it answers."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server:
    """Answers until closed; ``status`` other than 200 refuses everything."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = json.loads(self.rfile.read(length))
                outer.bodies.append(body)
                told = outer.answer(body)
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}/v1"

    def answer(self, body: Mapping[str, Any]) -> bytes:
        if self.status != 200:
            return json.dumps({"error": {"message": "Incorrect API key provided"}}).encode()
        schema = body["response_format"]["json_schema"]["schema"]
        said = json.dumps(_instance(schema, schema, _words(body)))
        return json.dumps(
            {
                "id": "c1",
                "object": "chat.completion",
                "created": 1,
                "model": body["model"],
                "choices": [
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {"role": "assistant", "content": said, "refusal": None},
                    }
                ],
                "usage": {
                    "prompt_tokens": 1000,
                    "completion_tokens": 200,
                    "total_tokens": 1200,
                    "prompt_tokens_details": {"cached_tokens": 400},
                },
            }
        ).encode()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _words(body: Mapping[str, Any]) -> tuple[str, str]:
    """A turn's id and its text, as shown in the prompt."""
    shown = body["messages"][-1]["content"]
    found = re.search(r'\{"(?:id|turn)": ?"([^"]+)".*?"text": ?"([^"\\]+)', shown)
    return (found[1], found[2]) if found else ("", "")


def _instance(schema: Any, root: Any, words: tuple[str, str], key: str = "") -> Any:
    if "$ref" in schema:
        return _instance(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root, words, key)
    if "enum" in schema:
        tops = [v for v in schema["enum"] if str(v) in {"5", "yes", "na"}]
        return (tops or schema["enum"])[0]
    kind = schema.get("type")
    if kind == "object":
        return {k: _instance(v, root, words, k) for k, v in schema["properties"].items()}
    if kind == "array":
        return []
    if kind in {"integer", "number"}:
        return 0
    if kind == "boolean":
        return False
    return words[0] if "turn" in key else words[1] if "quote" in key else "because"
