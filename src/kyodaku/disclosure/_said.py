# SPDX-License-Identifier: Apache-2.0
"""What is on record, in words and tables: one function a fact, by the name under which forms ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from kyodaku.disclosure._gathering import COLLECTED
from kyodaku.disclosure._words import Bilingual, both, hours, joined, number, plain, said
from kyodaku.disclosure.document import Table
from kyodaku.disclosure.facts import Amount, Facts
from kyodaku.training.report import words as report_words

__all__ = ["SAID", "Said", "dataset_name", "size_band"]

LISTED: Final = 200
"""Rows that a table shows; whoever reads more reads decisions.parquet."""

Said = tuple[tuple[Bilingual, ...], tuple[Table, ...]]
"""Lines, then tables."""

_BASES: Final = {
    "grant": said("permission granted by the holders", "権利者の許諾"),
    "own_work": said("the developer's own work, as its manifest claims", "開発者自身の作品（一覧の申告）"),
    "open_licence": said("open licence, as the manifest claims", "オープンライセンス（一覧の申告）"),
    "public_domain": said("public domain, as the manifest claims", "パブリックドメイン（一覧の申告）"),
    "ruling": said(
        "ruling of the Commissioner for Cultural Affairs, as the manifest claims", "文化庁長官の裁定（一覧の申告）"
    ),
    "limitation": said("statutory limitation claimed", "権利制限規定（一覧の申告）"),
    "none": said("no ground claimed; the regime asked for none", "根拠の申告なし（判断規則が求めないもの）"),
}
_STATEMENTS: Final = {
    "refusal": said("a refusal", "拒絶"),
    "reservation": said("a reservation of rights", "権利の留保"),
    "objection": said("an objection", "異議"),
    "revocation": said("a revocation", "撤回"),
}
_MEDIA: Final = {"video": said("Video", "映像"), "image": said("Image", "画像")}
_HOURS: Final = ((10_000, "10k"), (1_000_000, "1m"))
_BANDS: Final = {
    "<10k": said("less than 10,000 hours", "1万時間未満"),
    "10k": said("10,000 to 1 million hours", "1万時間以上100万時間以下"),
    "1m": said("more than 1 million hours", "100万時間超"),
}
_IMAGE_BANDS: Final = (
    (1_000_000, said("less than 1 million images", "100万点未満")),
    (1_000_000_000, said("1 million to 1 billion images", "100万点以上10億点以下")),
)
_CLIPS, _HOURS_HEAD = said("Clips", "本数"), said("Hours", "時間")


def size_band(seconds: float) -> Bilingual:
    """The template's band for so many seconds of video or sound."""
    length = seconds / 3600
    if length < _HOURS[0][0]:
        return _BANDS["<10k"]
    return _BANDS["10k"] if length <= _HOURS[1][0] else _BANDS["1m"]


def dataset_name(facts: Facts) -> str:
    """What the set is called where nobody named it: an id, not an invention."""
    return f"kyodaku-{facts.run}"


def _developer(facts: Facts) -> Said:
    name, ident = facts.developer_name, plain(facts.developer)
    if name["en"] == ident:
        return (both(ident),), ()
    return (
        said(f"{plain(name['en'])} (registered as {ident})", f"{plain(name['ja'])}（登録簿での識別子：{ident}）"),
    ), ()


def _model(facts: Facts) -> Said:
    if not facts.model:
        return (said("The run names no model.", "実行時にモデルの指定なし。"),), ()
    name = plain(facts.model)
    return (said(f"The run was made for the model “{name}”.", f"対象モデル：「{name}」。"),), ()


def _use(facts: Facts) -> Said:
    lines = [line for each in facts.each for line in _use_of(each)]
    return tuple(line for place, line in enumerate(lines) if line not in lines[:place]), ()


def _use_of(facts: Facts) -> tuple[Bilingual, ...]:
    acts, where = report_words.acts(facts.acts), ", ".join(facts.territories)
    line = said(f"Decided for: {acts['en']}; territory: {where}.", f"判断の対象：{acts['ja']}（地域：{where}）。")
    if not facts.purpose:
        return (line,)
    purpose = plain(facts.purpose)
    return (line, said(f"Purpose stated: {purpose}.", f"申告された目的：{purpose}。"))


def _modalities(facts: Facts) -> Said:
    head = (said("Modality", "形態"), said("Size", "規模"), _HOURS_HEAD, _CLIPS)
    rows = [
        (
            _MEDIA.get(kind, both(kind)),
            _band(kind, held),
            both("—" if kind == "image" else hours(held.seconds)),
            _count(held),
        )
        for kind, held in facts.media.items()
    ]
    lines = [said("Of the clips cleared in this run:", "本実行で許諾を確認した素材：")]
    if facts.with_sound.clips:
        lines.append(
            said(
                f"{number(facts.with_sound.clips)} of them carry sound ({hours(facts.with_sound.seconds)} hours).",
                f"うち音声を含むもの：{number(facts.with_sound.clips)}本（{hours(facts.with_sound.seconds)}時間）。",
            )
        )
    return tuple(lines), _table(head, rows)


def _band(kind: str, held: Amount) -> Bilingual:
    if kind != "image":
        return size_band(held.seconds)
    most = said("more than 1 billion images", "10億点超")
    return next((band for limit, band in _IMAGE_BANDS if held.clips <= limit), most)


def _data_points(facts: Facts) -> Said:
    clips, length = number(facts.cleared.clips), hours(facts.cleared.seconds)
    of = number(facts.examined.clips)
    return (
        said(
            f"{clips} clips, {length} hours, cleared of {of} that were put to the gate.",
            f"{clips}本、{length}時間（確認の対象とした{of}本のうち）。",
        ),
        *_counted_in_each(facts),
    ), ()


def _counted_in_each(facts: Facts) -> tuple[Bilingual, ...]:
    """What the counts of several runs hide."""
    if not facts.runs:
        return ()
    runs = number(len(facts.runs))
    return (
        said(
            f"These are the clips of {runs} runs; one that several runs cleared counts in each.",
            f"{runs}件の実行の合計。複数の実行で許可された素材は、それぞれに計上する。",
        ),
    )


def _collected(facts: Facts) -> Said:
    held = facts.collected
    if held.first is None:
        return (
            said(
                f"No row of the manifest says when its clip was collected (column {COLLECTED}).",
                f"収集日を示す行は一覧にない（列 {COLLECTED}）。",
            ),
        ), ()
    return (
        said(
            f"{held.first} to {held.last}, as {number(held.rows)} of {number(facts.cleared.clips)} cleared rows say.",
            f"{held.first}から{held.last}まで（許諾を確認した{number(facts.cleared.clips)}行のうち{number(held.rows)}行の記載）。",
        ),
    ), ()


def _cleared_when(facts: Facts) -> Said:
    how = f"in {number(len(facts.runs))} runs" if facts.runs else "in a run"
    begun, ended = report_words.moment(facts.started_at), report_words.moment(facts.finished_at)
    return (
        said(
            f"Cleared {how} from {begun} to {ended}; what was trained afterwards is not on this record.",
            f"許諾の確認：{begun}から{ended}まで。その後の学習は本記録に含まれない。",
        ),
    ), ()


def _grants(facts: Facts) -> Said:
    if not facts.granted.clips:
        return (said("No cleared clip rests on a recorded permission.", "記録された許諾に基づく素材はない。"),), ()
    grants = len({permission for holder in facts.holders for permission in holder.permissions})
    clips, length, holders = number(facts.granted.clips), hours(facts.granted.seconds), number(len(facts.holders))
    return (
        said(
            f"{clips} clips ({length} hours) rest on recorded permissions (statements: {number(grants)}, holders:"
            f" {holders}), given and effective before the use. The record does not say whether they were paid for.",
            f"{clips}本（{length}時間）は、利用に先立って与えられ効力を生じた{number(grants)}件の許諾"
            f"（権利者{holders}者）に基づく。有償か否かは記録にない。",
        ),
    ), ()


def _holders(facts: Facts) -> Said:
    if not facts.holders:
        return _grants(facts)
    head = (said("Holder", "権利者"), said("Permissions", "許諾"), _HOURS_HEAD, _CLIPS)
    rows = [
        (_plain(held.name), both(", ".join(held.permissions)), both(hours(held.amount.seconds)), _count(held.amount))
        for held in facts.holders
    ]
    note = said(
        "A clip of several holders counts with each of them.", "複数の権利者を有する素材は、それぞれに計上する。"
    )
    return (note,), _table(head, rows)


def _grounds(facts: Facts) -> Said:
    if not facts.bases:
        return (said("Nothing was cleared.", "許諾を確認した素材はない。"),), ()
    head = (said("Ground", "根拠"), said("Licence", "ライセンス"), _HOURS_HEAD, _CLIPS)
    rows = [
        (
            _BASES.get(held.kind, both(held.kind)),
            both(held.licence or "—"),
            both(hours(held.amount.seconds)),
            _count(held.amount),
        )
        for held in facts.bases
    ]
    return (), _table(head, rows)


def _domains(facts: Facts) -> Said:
    lines = []
    if facts.without_address.clips:
        clips, length = number(facts.without_address.clips), hours(facts.without_address.seconds)
        lines.append(
            said(
                f"For {clips} clips ({length} hours) no address is on record.",
                f"{clips}本（{length}時間）はアドレスの記録がない。",
            )
        )
    if not facts.domains:
        return tuple(lines), ()
    lines.insert(0, said("Hosts in the manifest's column “source”:", "一覧の列 source に記載されたホスト："))
    head = (said("Host", "ホスト"), _HOURS_HEAD, _CLIPS)
    rows = [(both(host), both(hours(held.seconds)), _count(held)) for host, held in facts.domains]
    return tuple(lines), _table(head, rows)


def _verdicts(facts: Facts) -> Said:
    head = (said("Verdict", "判断"), _HOURS_HEAD, _CLIPS)
    rows = [
        (report_words.VERDICTS[verdict], both(hours(held.seconds)), _count(held))
        for verdict, held in facts.verdicts.items()
    ]
    unread = number(facts.unreadable)
    return (
        said(
            f"Only permitted clips are in the set. {unread} could not be read and are not in it.",
            f"データに含まれるのは許可された素材のみ。読み取れなかった{unread}本は含まれない。",
        ),
    ), _table(head, rows)


def _gate(facts: Facts) -> Said:
    return tuple(_gate_of(each) for each in facts.each), ()


def _gate_of(facts: Facts) -> Bilingual:
    examined, works = number(facts.examined.clips), number(facts.registered_works)
    references = number(facts.references)
    return said(
        f"{examined} clips were put to the gate. Each that could be read was compared with {references} references"
        f" of {works} registered works, and every one was decided under the regime {plain(facts.regime)} (version"
        f" {plain(facts.regime_version)}).",
        f"{examined}本を許諾確認の対象とした。読み取れたものはすべて登録作品{works}件の参照{references}件と照合し、"
        f"判断規則 {plain(facts.regime)}（版 {plain(facts.regime_version)}）により一本ずつ判断した。",
    )


def _statements_honoured(facts: Facts) -> Said:
    out = number(facts.left_out_for_statements)
    lines = [
        said(
            f"Clips left out because a holder's statement stands against the use: {out}"
            f"{_listed(facts.refusals, 'en')}.",
            f"権利者の意思表示により除いた素材：{out}本{_listed(facts.refusals, 'ja')}。",
        )
    ]
    for (when, what), text in _RESERVED.items():
        if count := facts.reserved.get(f"{when}-{what}", 0):
            lines.append({language: each.format(number(count)) for language, each in text.items()})
    return tuple(lines), ()


_RESERVED: Final = {
    ("before", "left-out"): said(
        "Clips left out for which a reservation made before collection is stated: {}.",
        "収集前の権利留保が申告され、除いた素材：{}本。",
    ),
    ("after", "left-out"): said(
        "Clips left out for which a reservation made after collection is stated: {}.",
        "収集後の権利留保が申告され、除いた素材：{}本。",
    ),
    ("before", "cleared"): said(
        "Clips cleared on the grounds on record although a reservation made before collection is stated: {}.",
        "収集前の権利留保が申告されたが、記録された根拠により許可された素材：{}本。",
    ),
    ("after", "cleared"): said(
        "Clips cleared on the grounds on record for which a reservation made after collection is stated: {}.",
        "収集後の権利留保が申告され、記録された根拠により許可された素材：{}本。",
    ),
}


def _listed(counts: Mapping[str, int], language: str) -> str:
    if not counts:
        return ""
    parts = [
        {"en": f"{_STATEMENTS[kind]['en']}: {number(count)}", "ja": f"{_STATEMENTS[kind]['ja']}：{number(count)}"}
        for kind, count in counts.items()
    ]
    return f" ({joined(parts)['en']})" if language == "en" else f"（{joined(parts)['ja']}）"


def _stated_sources(facts: Facts) -> Said:
    counts = facts.stated_sources
    if not counts:
        return (said("No row states how its clip was come by.", "入手の経緯を申告する行はない。"),), ()
    names = {
        "lawful": said("lawful", "適法"),
        "circumvented": said("by circumvention", "技術的手段の回避"),
        "pirate": said("from an infringing source", "侵害サイト等"),
    }
    listed = joined([both(f"{names[word]['en']}: {number(count)}") for word, count in counts.items()])["en"]
    listed_ja = joined([both(f"{names[word]['ja']}：{number(count)}") for word, count in counts.items()])["ja"]
    return (
        said(
            f"Rows of the corpus that state how their clip was come by ({listed}); what was decided on each is in"
            " decisions.parquet.",
            f"入手の経緯を申告する行（{listed_ja}）。各行の判断は decisions.parquet にある。",
        ),
    ), ()


def _evidence(facts: Facts) -> Said:
    return tuple(_evidence_of(each) for each in facts.each), ()


def _evidence_of(facts: Facts) -> Bilingual:
    signed = facts.attested
    entries = _span(signed.entries)
    return said(
        f"Every decision of run {facts.run} is kept with its reasons. Their Merkle roots are in a tamper-evident"
        f" ledger (entries: {entries}; size {number(signed.ledger_size)}, root {signed.ledger_root[:16]}…), and a"
        " signed attestation names the hashes of the tables.",
        f"実行 {facts.run} の各判断は理由とともに保存されている。そのマークル・ルートは改ざん検知可能な台帳の記録"
        f"{entries}（件数{number(signed.ledger_size)}、ルート {signed.ledger_root[:16]}…）にあり、"
        "各表のハッシュ値は署名付きの証明書に記載されている。",
    )


def _files(facts: Facts) -> Said:
    head = (said("File", "ファイル"), said("SHA-256", "SHA-256"))
    rows = [
        (both(f"{each.run}/{name}" if facts.runs else name), both(digest))
        for each in facts.each
        for name, digest in each.attested.files.items()
    ]
    return (), _table(head, rows)


def _dataset_name(facts: Facts) -> Said:
    return (both(dataset_name(facts)),), ()


def _span(entries: tuple[int, ...]) -> str:
    if not entries:
        return "—"
    return str(entries[0]) if len(entries) == 1 else f"{min(entries)}–{max(entries)}"


def _count(held: Amount) -> Bilingual:
    return both(number(held.clips))


def _plain(text: Bilingual) -> Bilingual:
    return {language: plain(each) for language, each in text.items()}


def _table(head: tuple[Bilingual, ...], rows: Sequence[tuple[Bilingual, ...]]) -> tuple[Table, ...]:
    if not rows:
        return ()
    return (Table(head=head, rows=tuple(rows[:LISTED]), more=max(0, len(rows) - LISTED)),)


SAID: Final[dict[str, Callable[[Facts], Said]]] = {
    "developer": _developer,
    "model": _model,
    "use": _use,
    "modalities": _modalities,
    "data_points": _data_points,
    "collected": _collected,
    "cleared_when": _cleared_when,
    "grants": _grants,
    "holders": _holders,
    "grounds": _grounds,
    "domains": _domains,
    "verdicts": _verdicts,
    "gate": _gate,
    "statements_honoured": _statements_honoured,
    "stated_sources": _stated_sources,
    "evidence": _evidence,
    "files": _files,
    "dataset_name": _dataset_name,
}
"""Every fact that a form may ask for."""
