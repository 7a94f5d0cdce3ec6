"""What the sending of payments costs beside the barest client there is, both against one server that does nothing.

    python benchmarks/push.py [--records 20000] [--rounds 5] [--transport aiohttp]

`bare` is aiohttp posting ready bodies, so many at a time: no file, no rules, no journal, no second attempt. `gigbulk`
is an import of the same payments as a CSV: checked, journalled, every answer compared. They take turns, each in a
process of its own, against a bare ASGI server in a third. Requests/s are the server's, from its first POST to its last;
CPU is the whole of the sending process, all threads, from the first record to the last outcome, for gigbulk without
the check, which is told apart. One `csv.reader` + `json.dumps` of the same row is the measure of the machine.
Goals: 0.75 of the bare client's requests/s (0.5 at least), 250 µs of CPU a record.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
from figures import Figure, tell

GOAL, LEAST = 0.75, 0.5
KEY = "sk_test_benchmark"
HEADERS = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json", "Accept": "application/json"}
ROW = {
    "internalId": "PAG-0000000",
    "client.name": "Comercializadora de Materiales del Norte",
    "client.email": "cuentas.por.pagar@empresa.example",
    "client.rfc": "XAXX010101000",
    "client.tax_system": "616",
    "client.use": "S01",
    "client.address.street": "Avenida de los Insurgentes Sur",
    "client.address.city": "Ciudad de México",
    "client.address.state": "Ciudad de México",
    "client.address.zip": "06700",
    "client.address.country": "MEX",
    "paid": "true",
    "paymentMethod": "03",
    "date": "2026-06-01T09:00:00-06:00",
    "currency": "MXN",
    "metadata.reference": "CRM-104000",
    "items.name": "Mantenimiento",
    "items.description": "Mantenimiento mensual de equipos, con refacciones",
    "items.quantity": "1",
    "items.total": "1500.00",
    "items.product_key": "81101706",
    "items.unit_key": "E48",
    "items.unit_name": "Unidad de servicio",
    "items.taxes": "IVA 16%",
}


def number(n: int) -> str:
    return f"PAG-{n:07}"


# --- the server: takes what comes, answers as the API would, and counts ------------------------------------


class StandIn:
    """An ASGI application. What it answers shows the payment as it was sent, with an id and its amount in cents."""

    def __init__(self) -> None:
        self.stored = 0
        self.first = self.last = 0.0

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["method"] == "POST":
            self.last = time.monotonic()
            self.first = self.first if self.stored else self.last
            self.stored += 1
            shown = b'{"message":"Payment created","data":{"id":"payment_%d","amount":174000,"status":"succeeded",'
            await self.answer(send, 201, shown % self.stored + body[1:] + b"}")
        elif scope["path"] == "/counts":
            await self.answer(send, 200, json.dumps([self.stored, self.first, self.last]).encode())
        elif scope["path"] == "/reset":
            self.stored = 0
            await self.answer(send, 200, b"{}")
        else:
            await self.answer(send, 200, b'{"data":[],"totalResults":0,"hasMore":false,"next":null}')

    async def answer(self, send: Any, status: int, body: bytes) -> None:
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})


def serve() -> None:
    import uvicorn

    config = uvicorn.Config(StandIn(), log_level="error", access_log=False, loop="asyncio", http="httptools")
    server = uvicorn.Server(config)

    # A socket that does not say it is TCP gets no TCP_NODELAY from asyncio: every answer would wait 40 ms for an ACK.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1024)
        print(listening.getsockname()[1], flush=True)
        server.run(sockets=[listening])


@contextmanager
def stand_in() -> Iterator[str]:
    """The server in a process of its own; gives its origin."""
    with subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


def ask(origin: str, path: str) -> Any:
    return httpx.get(origin + path, timeout=30).json()


# --- the two that send -----------------------------------------------------------------------------------


def send_bare(bodies: Path, origin: str, in_flight: int) -> dict[str, float]:
    """aiohttp, ready bodies, nothing else."""
    import aiohttp

    ready = iter(bodies.read_bytes().splitlines())

    async def run() -> int:
        sent = 0

        async def work(session: aiohttp.ClientSession) -> None:
            nonlocal sent
            for body in ready:
                async with session.post(f"{origin}/v2/payments", data=body, headers=HEADERS) as answer:
                    await answer.read()
                    sent += answer.status == 201

        connector = aiohttp.TCPConnector(limit=in_flight)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*(work(session) for _ in range(in_flight)))
        return sent

    cpu = time.process_time()
    sent = asyncio.run(run())
    return {"sent": sent, "cpu": time.process_time() - cpu}


def send_gigbulk(table: Path, origin: str, in_flight: int, transport: str = "aiohttp") -> dict[str, float]:
    """A whole import, by the two phases the command line uses."""
    from pipeline.importer.checked import check
    from pipeline.importer.request import ImportRequest
    from pipeline.settings import Settings

    with tempfile.TemporaryDirectory(prefix="gigbulk-bench-", dir=table.parent) as state:
        settings = Settings(
            api_key=KEY,
            base_url=f"{origin}/v2",
            state_dir=Path(state),
            concurrency=in_flight,
            account="benchmark",
            transport=transport,
        )
        begun = time.process_time()
        with check(ImportRequest(files=(str(table),), yes=True), settings) as checked:
            ready = time.process_time()
            result = asyncio.run(checked.send())
            ended = time.process_time()
    return {"sent": result.resources["payments"].created, "cpu": ended - ready, "check": ended - begun}


def time_reference(table: Path) -> float:
    """Seconds of CPU that one `csv.reader` and `json.dumps` take for all rows."""
    begun = time.process_time()
    with table.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        headings = next(rows)
        for row in rows:
            json.dumps(dict(zip(headings, row, strict=True)))
    return time.process_time() - begun


def write_inputs(folder: Path, records: int) -> tuple[Path, Path]:
    """The same payments as a CSV and as bodies, a line each: as they leave when the CSV is imported."""
    from pipeline.importer.checked import check
    from pipeline.importer.request import ImportRequest
    from pipeline.settings import Settings

    table, bodies = folder / "payments.csv", folder / "bodies.jsonl"

    def write_table(count: int) -> None:
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ROW)
            writer.writeheader()
            writer.writerows(ROW | {"internalId": number(n)} for n in range(count))

    write_table(1)
    with check(ImportRequest(files=(str(table),), yes=True), Settings(api_key=KEY, state_dir=folder / "s")) as checked:
        ((_, action),) = checked._run.inputs[0].outbox
    write_table(records)
    with bodies.open("wb") as file:
        file.writelines(action.body.replace(b"PAG-0000000", number(n).encode()) + b"\n" for n in range(records))
    return table, bodies


# --- both in turns ---------------------------------------------------------------------------------------


def play(origin: str, records: int, *command: str) -> dict[str, float]:
    """One side in a process of its own; what it measured, and the requests/s the server saw."""
    ask(origin, "/reset")
    done = subprocess.run([sys.executable, __file__, *command], stdout=subprocess.PIPE, text=True, check=True)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    stored, first, last = ask(origin, "/counts")
    assert measured["sent"] == stored == records, (measured, stored)
    return measured | {"per_s": records / (last - first), "cpu_us": measured["cpu"] / records * 1e6}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--records", type=int, default=20_000, help="payments a side and round [20000]")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side [5]")
    parser.add_argument("--in-flight", type=int, default=32, help="requests at once [32]")
    parser.add_argument("--transport", default="aiohttp", help="of gigbulk, by its name in TRANSPORTS [aiohttp]")
    flags = parser.parse_args()
    ratios: list[float] = []
    mine: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="gigbulk-bench-", dir=Path.cwd()) as name, stand_in() as origin:
        table, bodies = write_inputs(Path(name), flags.records)
        reference_us = time_reference(table) / flags.records * 1e6
        sides = {
            "bare": ("bare", str(bodies), origin, str(flags.in_flight)),
            "gigbulk": ("gigbulk", str(table), origin, str(flags.in_flight), flags.transport),
        }
        for round_ in range(flags.rounds):
            order = sorted(sides, reverse=bool(round_ % 2))
            got = {side: play(origin, flags.records, *sides[side]) for side in order}
            ratios.append(got["gigbulk"]["per_s"] / got["bare"]["per_s"])
            mine.append(got["gigbulk"])
            print(
                "  ".join(f"{side} {got[side]['per_s']:,.0f}/s, {got[side]['cpu_us']:,.0f} µs" for side in sorted(got)),
                f" ratio {ratios[-1]:.2f}",
                flush=True,
            )
    ratio, cpu_us = statistics.median(ratios), statistics.median(one["cpu_us"] for one in mine)
    print(f"{ratio:.2f} of the bare client's requests/s (median of {len(ratios)}; goal {GOAL}, at least {LEAST})")
    print(
        f"{cpu_us:,.0f} µs of CPU a record (goal 250), {cpu_us / reference_us:,.0f} times csv.reader + json.dumps of it"
    )
    tell(
        [
            Figure("payments sent a second", "bare aiohttp", ratio, ">=", GOAL),
            Figure("CPU of a payment sent", "`csv.reader` and `json.dumps` of it", cpu_us / reference_us, "<=", 40),
        ]
    )
    return 0 if ratio >= LEAST else 1


def play_side(role: str, *given: str) -> None:
    """One process of the benchmark."""
    if role == "serve":
        serve()
    elif role == "bare":
        print(json.dumps(send_bare(Path(given[0]), given[1], int(given[2]))))
    else:
        print(json.dumps(send_gigbulk(Path(given[0]), given[1], int(given[2]), *given[3:])))


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        play_side(*sys.argv[1:])
    else:
        sys.exit(main())
