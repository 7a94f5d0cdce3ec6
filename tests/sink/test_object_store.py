"""Exports to an object store: the bytes the manifest speaks of, the manifest last, credentials nowhere.

Against moto's server wherever S3 alone is asked; against the stand-in where a store has to refuse, to tell the order in
which objects came, or to be another kind of store.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from bucket import ACCESS_KEY, SECRET_KEY, Bucket, Moto, moto, object_store
from exporter import Account, Desk, Ran

from pipeline.errors import ConfigError
from pipeline.sink.object_store import ObjectStore


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with object_store() as running:
        yield running


@pytest.fixture
def s3() -> Iterator[Moto]:
    with moto() as running:
        yield running


def export(desk: Desk, bucket: Bucket | Moto, *arguments: object) -> Ran:
    return desk.gigbulk("export", *arguments, **bucket.environment)


def manifest(objects: dict[str, bytes], key: str = "out/manifest.json") -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(objects[key])
    return found


def assert_told(objects: dict[str, bytes]) -> None:
    """The objects are byte for byte what the manifest says."""
    entries = manifest(objects)["exports"]
    assert set(entries) == {"payments", "clients"}
    for entry in entries.values():
        for file in entry["files"].values():  # type: ignore[attr-defined]
            content = objects[f"out/{file['file']}"]
            assert (file["bytes"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_objects_are_byte_for_byte_what_the_manifest_says(format: str, desk: Desk, s3: Moto) -> None:
    ran = export(desk, s3, "payments", "clients", "-o", "s3://lake/out/", "--format", format)
    assert ran.code == 0, ran.err
    assert ran.result["outputs"]["manifest"] == "s3://lake/out/manifest.json"
    assert f"s3://lake/out/payments.items.{format}" in ran.result["outputs"]["files"]
    assert_told(s3.objects)


@pytest.mark.parametrize("scheme", ["s3", "gs", "az"])
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_the_three_kinds_of_store_go_one_way(
    scheme: str, format: str, desk: Desk, bucket: Bucket, tmp_path: Path
) -> None:
    asked = ("export", "payments", "clients", "-o", f"{scheme}://lake/out", "--format", format)
    ran = desk.gigbulk(*asked, **bucket.environment_of(scheme, tmp_path))
    assert ran.code == 0, ran.err
    assert ran.result["outputs"]["manifest"] == f"{scheme}://lake/out/manifest.json"
    assert_told(bucket.objects)
    assert bucket.stored[-1] == "out/manifest.json"


def test_the_manifest_comes_last_and_parents_after_what_is_nested_in_them(desk: Desk, bucket: Bucket) -> None:
    assert export(desk, bucket, "payments", "-o", "s3://lake/june.csv").code == 0
    assert bucket.stored == ["june.items.taxes.csv", "june.items.csv", "june.csv", "june.csv.manifest.json"]


def test_raw_pages_and_names_with_placeholders_go_there_too(desk: Desk, s3: Moto) -> None:
    ran = export(desk, s3, "clients", "services", "-o", "s3://lake/{resource}/{run}.parquet", "--raw")
    assert ran.code == 0, ran.err
    run = ran.result["run"]
    assert f"clients/{run}.parquet" in s3.objects
    assert f"services/{run}.parquet.manifest.json" in s3.objects
    assert f"clients/{run}.raw/page-000000000000.json" in s3.objects


def test_an_incomplete_export_leaves_the_complete_objects(desk: Desk, s3: Moto, account: Account) -> None:
    assert export(desk, s3, "clients", "-o", "s3://lake/out").code == 0
    before = s3.objects["out/clients.csv"]
    for n in range(200):
        account.client(n)
    account.misbehave(repeat_page=1)
    assert export(desk, s3, "clients", "-o", "s3://lake/out").code == 6
    assert s3.objects["out/clients.csv"] == before
    assert "out/clients.incomplete.csv" in s3.objects
    assert manifest(s3.objects)["exports"]["clients"]["rows"] == 30
    assert manifest(s3.objects)["incomplete"]["clients"]["complete"] is False


def test_a_resource_that_cannot_be_read_is_told_beside_the_complete_objects(
    desk: Desk, s3: Moto, account: Account
) -> None:
    asked = ("clients", "services", "-o", "s3://lake/out", "--concurrency", 1)
    assert export(desk, s3, *asked).code == 0
    account.misbehave(expired_token=1)
    assert export(desk, s3, *asked).code == 4
    assert manifest(s3.objects)["exports"]["services"]["complete"] is True
    assert "key" in str(manifest(s3.objects)["attempts"]["services"])


def test_when_an_object_cannot_be_stored_the_manifest_still_speaks_of_the_old_ones(
    desk: Desk, bucket: Bucket, account: Account
) -> None:
    """And the watermark stays: the next export gives the rows again."""
    assert export(desk, bucket, "payments", "-o", "s3://lake/out", "--since", "last").code == 0
    before = bucket.objects["out/manifest.json"]
    bucket.full = r"clients\.csv"
    ran = export(desk, bucket, "clients", "-o", "s3://lake/out", "--since", "last")
    assert (ran.code, "cannot be written" in ran.err) == (5, True)
    assert bucket.objects["out/manifest.json"] == before
    bucket.full = None
    assert export(desk, bucket, "clients", "-o", "s3://lake/out", "--since", "last").rows("clients") == 30


def test_credentials_are_in_no_message_no_file_and_no_address(desk: Desk, bucket: Bucket, tmp_path: Path) -> None:
    good = export(desk, bucket, "clients", "-o", "s3://lake/out", "--debug")
    bucket.full = "."
    bad = export(desk, bucket, "clients", "-o", "s3://lake/out", "--debug")
    lost = export(desk, bucket, "clients", "-o", "s3://nobody/out", "--debug")
    assert (good.code, bad.code, lost.code) == (0, 5, 5)
    said = "".join(ran.err + json.dumps(ran.result) for ran in (good, bad, lost))
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert SECRET_KEY not in said and ACCESS_KEY not in said
    assert SECRET_KEY.encode() not in files and ACCESS_KEY.encode() not in files
    assert all(SECRET_KEY not in head for head in bucket.heads), "requests are signed, the secret never travels"
    assert all(SECRET_KEY.encode() not in content for content in bucket.objects.values())


@pytest.mark.parametrize("url", ["s3://key:secret@lake/out", "s3://lake/out?secret=x", "s3://@lake/x", "gs:///x"])
def test_an_address_that_holds_more_or_less_than_a_bucket_and_a_path_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ObjectStore.parsed(url)
    assert "secret" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("flags", [("--append",), ("--keep", "3")])
def test_what_needs_a_folder_of_this_machine_is_refused(flags: tuple[str, ...], desk: Desk, bucket: Bucket) -> None:
    ran = export(desk, bucket, "clients", "-o", "s3://lake/{run}", *flags)
    assert (ran.code, bucket.objects) == (2, {})


def test_text_of_any_shape_arrives_as_it_is(s3: Moto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("pipeline.sink.object_store._CHUNK_BYTES", 1000)
    text = "".join(f'{n},"ñ, ""quoted""\nsecond line",\t""\n' for n in range(3000)) + "\n\nno end"
    for name, content in (("long.csv", text), ("empty.jsonl", ""), ("one.json", "{}\n")):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        ObjectStore.parsed("s3://lake/x").put(path, name)
        assert s3.objects[f"x/{name}"] == path.read_bytes()
    back = tmp_path / "back"
    assert ObjectStore.parsed("s3://lake/x").fetch("one.json", back)
    assert back.read_text() == "{}\n"
    assert not ObjectStore.parsed("s3://lake/x").fetch("nothing.json", back)


def test_polars_reads_what_was_stored(desk: Desk, s3: Moto, monkeypatch: pytest.MonkeyPatch) -> None:
    assert export(desk, s3, "payments", "-o", "s3://lake/out", "--format", "parquet").code == 0
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    assert pl.read_parquet("s3://lake/out/payments.parquet").height == 25
