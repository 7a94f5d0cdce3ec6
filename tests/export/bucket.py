"""An object store on this machine that speaks as much S3 as polars asks for, over real HTTP.

It knows one bucket, `lake`; checks that requests are signed by the key it knows; objects appear whole, in the order of
`stored`.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

ACCESS_KEY = "AKIAEXAMPLE"
SECRET_KEY = "not-to-be-seen-7c1d"
BUCKET = "lake"


@dataclass
class Bucket:
    """What the store holds, by key; `stored` is every key in order, `full` a pattern of keys it refuses."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    full: str | None = None
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ALLOW_HTTP": "true",
        }

    def keep(self, key: str, content: bytes) -> None:
        self.objects[key] = content
        self.stored.append(key)


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    protocol_version = "HTTP/1.1"

    def _asked(self) -> tuple[str, dict[str, list[str]]] | None:
        """Key and query; None when the request was refused."""
        parts = urlsplit(self.path)
        self.bucket.heads.append(f"{self.command} {self.path}\n{self.headers}")
        if f"Credential={ACCESS_KEY}/" not in self.headers.get("Authorization", ""):
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            return None
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        if bucket != BUCKET:
            self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
            return None
        return key, parse_qs(parts.query, keep_blank_values=True)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def do_PUT(self) -> None:
        content = self._body()
        if (asked := self._asked()) is None:
            return
        key, query = asked
        if self.bucket.full and re.search(self.bucket.full, key):
            self._answer(403, b"<Error><Code>QuotaExceeded</Code></Error>")
            return
        if "uploadId" in query:
            self.bucket.parts[query["uploadId"][0]][int(query["partNumber"][0])] = content
        else:
            self.bucket.keep(key, content)
        self._answer(200, ETag=_tag(content))

    def do_POST(self) -> None:
        self._body()
        if (asked := self._asked()) is None:
            return
        key, query = asked
        if "uploads" in query:
            number = str(len(self.bucket.parts))
            self.bucket.parts[number] = {}
            self._answer(200, f"<InitiateMultipartUploadResult><UploadId>{number}</UploadId>"
                              "</InitiateMultipartUploadResult>".encode())  # fmt: skip
            return
        parts = self.bucket.parts.pop(query["uploadId"][0])
        self.bucket.keep(key, b"".join(parts[n] for n in sorted(parts)))
        self._answer(200, b"<CompleteMultipartUploadResult><ETag>x</ETag></CompleteMultipartUploadResult>")

    def do_GET(self) -> None:
        if (asked := self._asked()) is None:
            return
        content = self.bucket.objects.get(asked[0])
        if content is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        about = {"ETag": _tag(content), "Last_Modified": "Sun, 31 May 2026 12:00:00 GMT", "Accept_Ranges": "bytes"}
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not wanted or not content:
            self._answer(200, content, **about)
            return
        first = int(wanted[1]) if wanted[1] else max(0, len(content) - int(wanted[2]))
        last = min(int(wanted[2]), len(content) - 1) if wanted[1] and wanted[2] else len(content) - 1
        piece = content[first : last + 1]
        self._answer(206, piece, **about, Content_Range=f"bytes {first}-{last}/{len(content)}")

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is printed."""


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


@contextmanager
def object_store() -> Iterator[Bucket]:
    """A store on a free port."""
    bucket = Bucket()
    handler = type("Handler", (_Handler,), {"bucket": bucket})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        bucket.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield bucket
        finally:
            server.shutdown()
            thread.join()
