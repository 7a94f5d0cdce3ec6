"""Object stores on this machine, over real HTTP: a stand-in of ours, and moto's server.

The stand-in knows one bucket, `lake`; checks that requests are signed by the key it knows; objects appear whole, in the
order of `stored`. It speaks as much of the three stores' own languages as polars asks for: they agree on PUT, GET and
HEAD of an object at /bucket/key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import httpx2 as httpx
from moto.server import ThreadedMotoServer

ACCESS_KEY = "AKIAEXAMPLE"
SECRET_KEY = "not-to-be-seen-7c1d"
BUCKET = "lake"


@dataclass
class Bucket:
    """What the store holds, by key; `stored` is every key in order, `full` a pattern of keys it refuses. It asks
    nobody who they are when `unsigned`."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    stored: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    full: str | None = None
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)
    unsigned: bool = False

    @property
    def environment(self) -> dict[str, str]:
        """Where S3 is, as polars is told."""
        return _of_s3(self.port)

    def environment_of(self, scheme: str, folder: Path) -> dict[str, str]:
        """The same for another kind of store; what has to be a file is put into `folder`."""
        origin = f"http://127.0.0.1:{self.port}"
        if scheme == "az":
            key = base64.b64encode(SECRET_KEY.encode()).decode()
            return {
                "AZURE_STORAGE_ACCOUNT_NAME": ACCESS_KEY, "AZURE_STORAGE_ACCOUNT_KEY": key,
                "AZURE_STORAGE_ENDPOINT": origin, "AZURE_STORAGE_ALLOW_HTTP": "true",
            }  # fmt: skip
        if scheme == "gs":
            self.unsigned = True
            account = folder / "service-account.json"
            empty = dict.fromkeys(("client_email", "private_key", "private_key_id"), "")
            account.write_text(json.dumps({"gcs_base_url": origin, "disable_oauth": True, **empty}))
            return {"GOOGLE_SERVICE_ACCOUNT": str(account)}
        return self.environment

    def keep(self, key: str, content: bytes) -> None:
        self.objects[key] = content
        self.stored.append(key)


def _of_s3(port: int) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }


class _Handler(BaseHTTPRequestHandler):
    bucket: Bucket
    protocol_version = "HTTP/1.1"

    def _asked(self) -> tuple[str, dict[str, list[str]]] | None:
        """Key and query; None when the request was refused."""
        parts = urlsplit(self.path)
        self.bucket.heads.append(f"{self.command} {self.path}\n{self.headers}")
        signed = re.search(rf"Credential={ACCESS_KEY}/|SharedKey {ACCESS_KEY}:", self.headers.get("Authorization", ""))
        if not (signed or self.bucket.unsigned):
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


class Moto:
    """The bucket `lake` in moto's server, looked at through boto3."""

    def __init__(self, port: int) -> None:
        self.environment = _of_s3(port)
        self._s3: Any = boto3.client(
            "s3", endpoint_url=self.environment["AWS_ENDPOINT_URL"], region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
        )  # fmt: skip
        self._s3.create_bucket(Bucket=BUCKET)

    @property
    def objects(self) -> dict[str, bytes]:
        found = self._s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())
        return {o["Key"]: self._s3.get_object(Bucket=BUCKET, Key=o["Key"])["Body"].read() for o in found}

    def clear(self) -> None:
        for key in self.objects:
            self._s3.delete_object(Bucket=BUCKET, Key=key)


@contextmanager
def moto() -> Iterator[Moto]:
    """moto's server on a free port, with an empty bucket: what it holds outlives a server, so it is told to forget."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        port = server.get_host_and_port()[1]
        httpx.post(f"http://127.0.0.1:{port}/moto-api/reset").raise_for_status()
        yield Moto(port)
    finally:
        server.stop()
