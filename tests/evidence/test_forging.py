# SPDX-License-Identifier: Apache-2.0
"""Packs of somebody who signs whatever is wanted: none ends in a traceback, and none says more than was proven."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from kyodaku.errors import IntegrityError, UsageError
from kyodaku.evidence import Verified, packed, prove, recorded_again, unpacked, verify_files, verify_pack, write_pack
from kyodaku.evidence._container import MAX_FILES
from kyodaku.evidence._json import lines_of, written
from kyodaku.evidence.telling import checked, does_not_show, of_run, of_whole_log, of_work, one_line, rests_on
from kyodaku.ledger import Checkpoint, PublishedLog, SigningKey, leaf_hash, record, sign_note, verify_checkpoint
from kyodaku.registry import Registry
from kyodaku.rights import RECORDS
from kyodaku.training import Cleared, WorksTree, clear, load_use
from kyodaku.workspace import Workspace
from support.commands import kyo
from support.forging import FORGER, Files, forged, sealed
from support.studio import Studio

SALT = bytes(32)


@pytest.fixture(scope="module")
def of_decision(registry: Registry, cleared: Cleared) -> Files:
    rows = [json.loads(line)["row"] for line in prove(registry, cleared.run)["rows.jsonl"].splitlines()]
    return prove(registry, next(row["decision_id"] for row in rows if row["clip_id"] == "yes"))


@pytest.fixture(scope="module")
def of_run_files(registry: Registry, cleared: Cleared) -> Files:
    return prove(registry, cleared.run)


def not_found(files: Files, **predicate: Any) -> Files:
    """Of a run that found nothing at all, as it says, and says besides whatever is in `predicate`."""
    tree = WorksTree([], SALT)
    said = tree.committed.as_json()
    proof = {name: held for name, held in tree.prove("granted").as_json().items() if name != "work"}
    run = json.loads(files["decisions.jsonl"].splitlines()[0])["run"]

    def log(entries: dict[int, dict[str, Any]]) -> None:
        for entry in entries.values():
            if entry["type"] == "run":
                entry |= {f"{name}_{what}": said[what] for name in ("found", "cleared") for what in ("root", "size")}
                entry["works_salt"] = said["salt_sha256"]

    def attested(held: dict[str, Any]) -> None:
        held["works"] = {"found": said, "cleared": said}
        for name, value in predicate.items():
            held[name] = {**held[name], **value} if isinstance(value, dict) else value

    def change(made: Files) -> None:
        works = [{"work": "granted", "references": 5, "found": proof, "cleared": proof}]
        made |= {"decisions.jsonl": b"", "rows.jsonl": b"", "records.json": b"{}"}
        made["absence.json"] = written([{"run": run, "salt": SALT.hex(), "works": works}])

    card = {"kind": "work", "subject": "granted"}
    return forged(files, predicate=attested, log=log, card=lambda held: held.update(card), change=change)


def told(verified: Verified) -> str:
    runs = [sentence for run in verified.runs.values() for sentence in of_run(run, counted=verified.kind == "run")]
    works = [of_work(looked) for looked in verified.looked]
    said = [*checked(verified), *runs, *works, *rests_on(verified), *does_not_show(verified)]
    assert all("\n" not in text for sentence in said for text in sentence)
    return "\n".join(text for sentence in said for text in sentence)


def test_whoever_makes_all_of_it_anew_is_told_from_the_signer(of_decision: Files, of_run_files: Files) -> None:
    for made in (forged(of_decision), forged(of_run_files), not_found(of_decision)):
        text = told(verify_files(made))
        assert f"the pack's own key, {FORGER.public}" in text
        assert "so all of the log could be new" in text
        with pytest.raises(IntegrityError, match="is signed by"):
            verify_files(made, trust=SigningKey.generate(FORGER.name).public)


def test_what_nobody_proved_is_told_as_the_makers_word(of_decision: Files) -> None:
    text = told(verify_files(not_found(of_decision)))
    assert "found in no clip; compared, as the maker says, with 5 of its references" in text
    assert "作成者の申告によれば、照合した参照は5件" in text
    assert "it states 11 clips" in text
    assert "which runs it names is the maker's choice" in text


@pytest.mark.parametrize(
    "payload",
    [
        lambda stated: rfc8785.dumps({name: held for name, held in stated.items() if name != "subject"}),
        lambda stated: rfc8785.dumps({name: held for name, held in stated.items() if name != "predicateType"}),
        lambda stated: rfc8785.dumps({**stated, "predicate": []}),
        lambda stated: rfc8785.dumps(stated).replace(b'{"_type"', b'{"_type":"another","_type"'),
        lambda _: b"[" * 200_000,
    ],
)
def test_a_statement_of_another_form_is_refused(of_decision: Files, payload: Callable[[Any], bytes]) -> None:
    with pytest.raises(IntegrityError):
        verify_files(sealed(of_decision, payload))
    with pytest.raises(IntegrityError):
        verify_files(forged(of_decision, payload=payload))


@pytest.mark.parametrize(
    "said",
    [
        {"matcher": None},
        {"matcher": "m\n✓ all is well"},
        {"snapshot": []},
        {"ledger": {"size": 10**9, "root": None}},
        {"clips": {"errors": "none"}},
        {"regime": {"unidentified": ["permit"]}},
    ],
)
def test_an_attestation_of_another_form_is_refused(of_decision: Files, said: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        verify_files(not_found(of_decision, **said))


def test_a_key_that_hands_over_before_the_first_year_is_refused(of_decision: Files) -> None:
    keys = f"{FORGER.public}\n{SigningKey.generate(FORGER.name).public}"
    note = f"kyodaku key rotation v1\n{FORGER.name}\n3\n0001-01-01T00:00:00+14:00\n{keys}\n\n— a AAAA\n"
    with pytest.raises(IntegrityError):
        verify_files(forged(of_decision, change=lambda files: files.update({"keys/3.note": note.encode()})))


@pytest.mark.parametrize("card", [{"made_at": "2026-01-01\n✓ the court has seen it"}, {"made_at": "once"}])
def test_a_card_says_when_and_no_more(of_decision: Files, card: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        verify_files(forged(of_decision, card=lambda held: held.update(card)))


def test_a_portion_that_takes_hours_to_read_is_refused(of_run_files: Files) -> None:
    records = {name: json.loads(of_run_files["records.json"]).get(name, []) for name in RECORDS}
    records["works"][0]["shares"] = [{"party": "studio", "portion": "1e999999999"}]
    with pytest.raises(IntegrityError, match="is not a portion"):
        verify_files(forged(of_run_files, change=lambda files: files.update({"records.json": written(records)})))


def one_row(files: Files, **row: Any) -> Files:
    """A batch of the one row, changed in what no decision rests on."""
    said = json.loads(files["rows.jsonl"])
    said["row"] |= row
    line = written(said)

    def log(entries: dict[int, dict[str, Any]]) -> None:
        for entry in entries.values():
            if entry["type"] == "clear-batch":
                entry |= {"rows": 1, "sha256": leaf_hash(line).hex()}

    facts = json.loads(files["decisions.jsonl"]) | {"place": 0, "path": []}
    changed = {"rows.jsonl": line + b"\n", "decisions.jsonl": lines_of([facts])}
    return forged(files, log=log, change=lambda made: made.update(changed))


def test_a_clips_name_is_one_line_and_a_hash_a_hash(of_decision: Files, tmp_path: Path) -> None:
    name = "yes\n✓ the log continues your checkpoint of 999 entries\n\u202edettimrep"
    write_pack(tmp_path / "pack.zip", one_row(of_decision, clip_id=name))
    done = kyo("verify", "pack.zip", cwd=tmp_path)
    assert done.returncode == 0
    lines = [line.split(" ")[0] for line in done.stdout.splitlines()]
    assert "continues your checkpoint" not in "".join(line for line in done.stdout.splitlines() if line[:1] == "✓")
    assert lines.count("✓") == 4
    assert "\\u202e" in done.stdout
    for row in ({"clip_id": 7}, {"sha256": "x\n✓"}):
        with pytest.raises(IntegrityError, match="not those of its clip"):
            verify_files(one_row(of_decision, **row))


@pytest.mark.parametrize(("text", "line"), [("a\nb\u3000c", "a b c"), ("\u202ea", "\\u202ea"), (7, "7"), ("夜", "夜")])
def test_what_is_printed_of_a_pack_is_one_line(text: object, line: str) -> None:
    assert one_line(text) == line


def test_a_run_did_not_have_fewer_errors_than_its_rows(of_run_files: Files) -> None:
    with pytest.raises(IntegrityError, match="another number of clips that could not be examined"):
        verify_files(forged(of_run_files, predicate=lambda held: held["clips"].update(errors=0)))


def test_a_policy_that_the_developer_asked_for_is_told(of_decision: Files) -> None:
    def policy(held: dict[str, Any]) -> None:
        held["regime"]["unidentified"] = "permit"

    with pytest.raises(IntegrityError, match="not the one that the run decided by"):
        verify_files(not_found(of_decision, regime={"unidentified": "permit"}))
    with pytest.raises(IntegrityError):
        verify_files(forged(of_decision, predicate=policy))


# --- what a checkpoint bears out --------------------------------------------------------------------------------------
def test_a_checkpoint_from_before_the_run_bears_out_nothing_of_it(registry: Registry, cleared: Cleared) -> None:
    (run,) = verify_files(prove(registry, cleared.run)).runs.values()
    now = verify_checkpoint(registry.sign_checkpoint(), registry.signing_key().public)
    before = Checkpoint(origin=now.origin, size=run.index, root=registry.ledger.root(run.index))
    for kept, later in ((before, (cleared.run,)), (now, ())):
        held = sign_note(str(kept), registry.signing_key())
        verified = verify_files(prove(registry, cleared.run, kept=[kept]), kept=held)
        assert (verified.continues, verified.entered_later) == (kept.size, later)
        assert ("came after your checkpoint" in told(verified)) is bool(later)
        assert [each["in_checkpoint"] for each in verified.as_json()["runs"]] == [not later]


# --- the whole log ----------------------------------------------------------------------------------------------------
def test_a_run_that_a_pack_is_silent_about_is_seen_in_the_published_log(studio: Studio, tmp_path: Path) -> None:
    with Workspace.open(shutil.copytree(studio.untouched, tmp_path / "workspace")) as workspace:
        registry = workspace.registry
        for name in ("one", "two"):
            manifest = studio.manifest.with_name(f"{name}.csv")
            manifest.write_text("clip_id,uri\nnone,none.mp4\n", encoding="utf-8")
            clear(str(manifest), tmp_path / name, registry=registry, use=load_use(studio.use), workers=1)
        shutil.move(tmp_path / "two", tmp_path / "gone")
        verified, key = verify_files(prove(registry, "granted")), registry.signing_key().public
        (told,) = verified.runs
        (gone,) = verified.left_out
        short = registry.publish(tmp_path / "www")
        log = PublishedLog(tmp_path / "www", trust=key, origin=registry.origin)
        assert recorded_again(verified, log) == ()
        with pytest.raises(IntegrityError, match=rf"silent about: {gone['run']} .entry"):
            recorded_again(replace(verified, left_out=()), log)
        for other in (replace(verified, root=bytes(32)), replace(verified, origin="another")):
            with pytest.raises(IntegrityError, match="not the log that the pack is about"):
                recorded_again(other, log)
        now, sha256 = datetime.now(UTC), "0" * 64
        registry.ledger.append(record("clear-batch", time=now, subject="killed", sha256=sha256, batch=0, rows=1))
        verified = verify_files(prove(registry, "granted"))
        assert [each["run"] for each in verified.left_out] == [gone["run"], "killed"]
        (kept,) = registry.kept_runs("run", told)
        index = registry.keep_run("run", told, kept.body, attestation="0" * 64).ledger_index
        longer = replace(verified, size=index + 1, root=registry.ledger.root())
        with pytest.raises(UsageError, match=f"{short.size} entries are published"):
            recorded_again(longer, log)
        registry.publish(tmp_path / "www")
        log = PublishedLog(tmp_path / "www", trust=key, origin=registry.origin)
        assert recorded_again(longer, log) == (index,)
        assert "a run of the pack was recorded again" in "".join(each.en for each in of_whole_log(longer, (index,)))


# --- the file ---------------------------------------------------------------------------------------------------------
def test_a_list_of_millions_of_files_is_not_read(of_decision: Files) -> None:
    content = packed(of_decision)
    assert unpacked(content) == of_decision
    long = (MAX_FILES * 500).to_bytes(4, "little")
    for altered in (content[:-10] + long + content[-6:], content[:-42] + b"PK\x06\x07" + content[-38:], b"PK\x05\x06"):
        with pytest.raises(IntegrityError):
            verify_pack(altered)
