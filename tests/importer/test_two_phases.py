"""An import in two calls: look at everything, answer, send; and what becomes of a run that is left in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders import RecordingEvents
from stage import Desk, Recorder, payment

from pipeline.edge import Edge
from pipeline.errors import ConfigError, Interrupted, JournalError, OutputError
from pipeline.events import Progress, Stage, Stop
from pipeline.importer.checked import check
from pipeline.importer.consent.questions import Question, QuestionKind
from pipeline.importer.flow import Caller, ImportRequest, import_files, resume_run
from pipeline.importer.offline import check_offline
from pipeline.sandbox import EmbeddedSandbox, Options
from pipeline.settings import Settings


@pytest.fixture
def sandbox() -> Iterator[EmbeddedSandbox]:
    with EmbeddedSandbox(Options(latency_ms=20)) as running:
        yield running


@pytest.fixture
def desk(sandbox: EmbeddedSandbox, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "desk", sandbox.base_url)


@pytest.fixture
def server(sandbox: EmbeddedSandbox) -> Recorder:
    return Recorder(sandbox.origin)


@pytest.fixture
def settings(desk: Desk) -> Settings:
    return Settings(api_key="any", base_url=desk.base_url, state_dir=desk.state_dir, settle_s=0.05, concurrency=1)


def runs(desk: Desk) -> list[tuple[str, str]]:
    return [(str(command), str(status)) for command, status in desk.journal("SELECT command, status FROM runs")]


def test_what_a_check_found_can_be_looked_at_answered_and_sent(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    mailed, bad = payment(2, avoidEmail="false"), payment(3, avoidEmail="", **{"items.total": "x"})
    request = ImportRequest((str(desk.csv("payments.csv", [payment(1, avoidEmail=""), mailed, bad])),))
    with check(request, settings, console) as checked:
        assert server.received() == []
        counts = checked.counts["payments"]
        assert (counts.read, counts.rejected, counts.unsent) == (3, 1, 2)
        [source] = checked.sources
        assert source.fields["items.total"] == "items.total" and not source.unknown
        found = checked.findings.page(0, 1000)
        assert found.height == len(checked.findings) == sum(checked.findings.by_severity.values())
        assert checked.findings.page(1, 2).equals(found.slice(1, 2)) and checked.findings.page(10**6, 5).is_empty()
        assert checked.questions == (Question(QuestionKind.SWITCH, 1, "avoidEmail"),)
        result = asyncio.run(checked.send(checked.questions, Stop()))
    assert (result.resources["payments"].created, result.exit_code) == (2, 1)
    assert server.ids() == {"p1": 1, "p2": 1}
    assert runs(desk) == [("import", "partial")]


def test_an_import_whose_rejects_could_not_be_written_beside_its_file_ends_before_anything_is_sent(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    """Its name is too long for one more word in it; a check, which sends nothing, needs no place unless rows fail."""
    file = str(desk.csv("p" * 244 + ".csv", [payment(1)]))
    with pytest.raises(OutputError, match="could not be written to") as refused:
        import_files(ImportRequest((file,)), settings, console.caller())
    assert (refused.value.exit_code, server.received()) == (5, [])
    assert "--rejects FILE" in refused.value.hint
    with check_offline(ImportRequest((file,)), settings, console) as checked:
        assert checked.counts["payments"].unsent == 1
    result = import_files(ImportRequest((file,), rejects=desk.folder / "r.csv"), settings, console.caller())
    assert (result.exit_code, server.ids()) == (0, {"p1": 1})


def test_a_question_without_a_yes_sends_nothing_and_the_run_can_be_resumed(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    request = ImportRequest((str(desk.csv("payments.csv", [payment(1, avoidEmail="false")])),))
    with pytest.raises(ConfigError, match="Not confirmed: avoidEmail: 1 record") as refused:
        import_files(request, settings, console.caller())
    assert refused.value.result is not None and refused.value.result["resources"]["payments"]["unsent"] == 1
    assert console.questions == ["avoidEmail: 1 record"] and server.received() == []
    resumed = resume_run(None, settings, RecordingEvents(agrees=True).caller())
    assert (resumed.resources["payments"].created, resumed.exit_code) == (1, 0)


def test_a_block_left_without_sending_is_a_run_that_was_interrupted(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    request = ImportRequest((str(desk.csv("payments.csv", [payment(1)])),))
    with check(request, settings, console):
        pass
    assert runs(desk) == [("import", "interrupted")] and server.received() == []
    assert resume_run(None, settings, console.caller()).exit_code == 0
    assert server.ids() == {"p1": 1}


def test_while_a_check_is_open_the_account_is_its_own_and_a_mere_check_needs_no_turn(
    desk: Desk, settings: Settings, console: RecordingEvents
) -> None:
    request = ImportRequest((str(desk.csv("payments.csv", [payment(1)])),))
    with check(request, settings, console):
        with pytest.raises(JournalError, match="Another import"), check(request, settings, console):
            pass
        with check_offline(request, Settings(state_dir=settings.state_dir), console) as mere:
            assert "error" not in mere.findings.by_severity


def test_a_mere_check_sends_and_remembers_nothing_and_knows_no_way_to(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    request = ImportRequest((str(desk.csv("payments.csv", [payment(1)])),))
    with check_offline(request, settings, console) as mere:
        assert not hasattr(mere, "send") and not hasattr(mere, "questions")
        assert mere.finish().resources["payments"].unsent == 1
    assert server.received() == [] and not settings.state_dir.exists()


def test_an_import_is_sent_once_and_within_its_block(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    request = ImportRequest((str(desk.csv("payments.csv", [payment(1)])),))
    with check(request, settings, console) as checked:
        assert asyncio.run(checked.send()).exit_code == 0
        with pytest.raises(ConfigError, match="was sent already"):
            asyncio.run(checked.send())
    with check(ImportRequest((str(desk.csv("more.csv", [payment(2)])),)), settings, console) as left:
        pass
    with pytest.raises(ConfigError, match="its block has ended"):
        asyncio.run(left.send())
    assert runs(desk) == [("import", "ok"), ("import", "interrupted")] and server.ids() == {"p1": 1}


def test_a_question_may_be_answered_after_it_was_refused_once(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    request = ImportRequest((str(desk.csv("payments.csv", [payment(1, avoidEmail="false")])),))
    with check(request, settings, console) as checked:
        with pytest.raises(ConfigError, match="Not confirmed"):
            asyncio.run(checked.send())
        assert asyncio.run(checked.send(checked.questions)).exit_code == 0
    assert server.ids() == {"p1": 1}


class _Stops(RecordingEvents):
    """Wishes the stop from a thread of its own once so many payments are sent."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after
        self.stop: Stop | None = None

    def progress(self, progress: Progress) -> None:
        if progress.stage is Stage.SENDING and progress.done == self._after and self.stop:
            threading.Thread(target=self.stop.set).start()

    @contextmanager
    def watching(self, stop: Stop) -> Iterator[None]:
        self.stop = stop
        yield


def test_a_stop_from_another_thread_lets_what_is_in_flight_end(
    desk: Desk, server: Recorder, settings: Settings
) -> None:
    """As a server stops a running import: no signal, no main thread."""
    events, results = _Stops(after=3), []
    request = ImportRequest((str(desk.csv("payments.csv", [payment(n) for n in range(60)])),))
    caller = Caller(events, watch=events.watching)
    working = threading.Thread(target=lambda: results.append(import_files(request, settings, caller)))
    working.start()
    working.join(60)
    [result] = results
    counts = result.resources["payments"]
    assert (result.status, result.exit_code) == ("interrupted", 130)
    assert 3 <= counts.created == len(server.stored()) < 60 and counts.balanced
    assert set(desk.states().values()) == {"done", "planned"}


def test_a_stop_that_came_before_sends_nothing(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    stop = Stop()
    stop.set()
    request = ImportRequest((str(desk.csv("payments.csv", [payment(n) for n in range(3)])),))
    with check(request, settings, console) as checked:
        result = asyncio.run(checked.send((), stop))
    assert (result.status, result.resources["payments"].unsent) == ("interrupted", 3)
    assert server.received() == []


class _Heard(RecordingEvents):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Progress] = []

    def progress(self, progress: Progress) -> None:
        self.heard.append(progress)


def test_each_stage_tells_its_progress_to_the_end(desk: Desk, settings: Settings) -> None:
    bad = payment(9, **{"items.total": "x"})
    request = ImportRequest((str(desk.csv("payments.csv", [payment(1), payment(2), bad])),))
    events = _Heard()
    import_files(request, settings, Caller(events))
    told = [(p.stage, p.done, p.total) for p in events.heard]
    for last in ((Stage.READING, 3, 3), (Stage.CHECKING, 3, 3), (Stage.SENDING, 2, 2)):
        assert [each for each in told if each[0] is last[0]][-1] == last
    stages = [Stage.READING, Stage.CHECKING, Stage.LOOKING_UP, Stage.SENDING]
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == stages


def test_standard_input_is_what_the_caller_says(
    desk: Desk, server: Recorder, settings: Settings, console: RecordingEvents
) -> None:
    with desk.csv("payments.csv", [payment(1)]).open("rb") as content:
        import_files(ImportRequest(("-",)), settings, Caller(console, edge=Edge(stdin=lambda: content)))
    assert server.ids() == {"p1": 1}


class StopAt(RecordingEvents):
    """Sets a stop when one stage has told of its progress so many times."""

    def __init__(self, stage: Stage, times: int) -> None:
        super().__init__()
        self.stop, self.stage, self.left = Stop(), stage, times

    def progress(self, progress: Progress) -> None:
        if progress.stage is self.stage:
            self.left -= 1
            if not self.left:
                self.stop.set()


@pytest.mark.parametrize("stage", [Stage.READING, Stage.CHECKING])
def test_a_check_ends_when_that_is_wished_while_files_are_read_or_judged(
    desk: Desk, server: Recorder, settings: Settings, stage: Stage
) -> None:
    """By a `Stop` set from any thread: signals reach the main one only."""
    request = ImportRequest((str(desk.csv("payments.csv", [payment(n) for n in range(3)])),))
    told = StopAt(stage, 1)
    with (
        pytest.raises(Interrupted, match="while the files were checked"),
        check_offline(request, settings, told, stop=told.stop),
    ):
        pass
    told = StopAt(stage, 1)
    with pytest.raises(Interrupted), check(request, settings, told, stop=told.stop):
        pass
    assert server.received() == []
    begun = [] if stage is Stage.READING else [("import", "interrupted")]
    assert runs(desk) == begun


def test_a_run_whose_check_was_broken_off_is_finished_by_importing_again(
    desk: Desk, server: Recorder, settings: Settings
) -> None:
    request = ImportRequest((str(desk.csv("payments.csv", [payment(n) for n in range(3)])),))
    told = StopAt(Stage.CHECKING, 1)
    with pytest.raises(Interrupted), check(request, settings, told, stop=told.stop):
        pass
    assert import_files(request, settings, RecordingEvents().caller()).resources["payments"].created == 3
    assert server.ids() == {f"p{n}": 1 for n in range(3)}
