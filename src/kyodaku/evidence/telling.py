# SPDX-License-Identifier: Apache-2.0
"""What a verified pack comes to, in English and Japanese: what was checked, what that shows, what it rests on.

A pack is anybody's. So no text of it can begin a line of its own or turn one around: a clip called "a⏎✓ the log
continues your checkpoint" must not look as if the verifier had said so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kyodaku.evidence._opened import ClearedRun
from kyodaku.evidence.verifying import Looked, Verified, as_shipped
from kyodaku.evidence.wording import DOES_NOT_PROVE

__all__ = ["Sentence", "checked", "does_not_show", "of_run", "of_whole_log", "of_work", "one_line", "rests_on"]


class Sentence(NamedTuple):
    """The same in both languages; each is one line."""

    en: str
    ja: str


def one_line(text: object) -> str:
    r"""The text in a line of its own; what does not print (`\u202e` turns a line around) is written as `\uNNNN`."""
    words = " ".join(str(text).split())
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in words)


def checked(verified: Verified) -> Iterator[Sentence]:
    """What was looked at and holds."""
    yield _sealed(verified)
    origin, size = one_line(verified.origin), verified.size
    yield Sentence(
        f"what it says of the log {origin} is in the log of {size} entries, as signed",
        f"台帳 {origin} についての記載は、署名された全{size}件の台帳に含まれている",
    )
    for run in verified.runs.values():
        yield Sentence(
            f"{run.id} is entry {run.index} of the log, with its attestation, and the log continues the one that it"
            " attested",
            f"{run.id} はその証明書とともに台帳の第{run.index}項に記載され、台帳は証明書の時点の台帳を引き継いでいる",
        )
    if verified.decisions:
        number = len(verified.decisions)
        yield Sentence(
            f"{number} decision{'s' * (number > 1)} made again from the pack's facts: the same verdicts, grounds and"
            " ids, and each is in the log",
            f"{number}件の判断を収録された事実から再計算した。結論、根拠、識別子は一致し、各判断は台帳に含まれている",
        )
    if verified.kind == "run":
        yield Sentence(
            "no decision of the run is missing, and they show just the works that the run said it found and cleared",
            "本選別の判断に欠落はなく、そこに現れる著作物は、検出され又は複製を認められたと記録されたものに一致する",
        )
    if verified.continues is not None:
        yield Sentence(
            f"the log continues your checkpoint of {verified.continues} entries",
            f"台帳は、お手元のチェックポイント({verified.continues}件)を引き継いでいる",
        )


def of_run(run: ClearedRun, *, counted: bool) -> Iterator[Sentence]:
    """What a run was; its numbers are its own word unless the pack has all its decisions, and they were `counted`."""
    developer, at = one_line(run.use.developer), f"{run.use.at:%F %T}Z"
    acts = [each.act for each in run.use.each_act]
    own = Sentence("", "") if counted else Sentence("it states ", "(選別の申告)")
    yield Sentence(
        f"{run.id}: {own.en}{run.clips} clips, {run.errors} of which could not be examined;"
        f" asked by {developer}, to {' and '.join(acts)}, at {at}",
        f"{run.id}: クリップ{run.clips}件、うち調査不能{run.errors}件{own.ja}。"
        f"求めた者: {developer}、行為: {'、'.join(acts)}、時点: {at}",
    )
    named = f"{one_line(run.regime.id)} {one_line(run.regime.version)}"
    shipped = (
        Sentence("as this version of Kyodaku ships it", "本バージョンの Kyodaku に収められたものと同一")
        if as_shipped(run)
        else Sentence(
            "not one that this version ships: read it", "本バージョンに収められたものではない。内容の確認を要する"
        )
    )
    yield Sentence(f"  decided by {named} ({shipped.en})", f"  規則の表: {named}({shipped.ja})")
    if run.unidentified is not None:
        yield Sentence(
            f"  where nothing registered was found, the developer asked for another policy than the table's:"
            f" {run.unidentified}",
            f"  登録された著作物が検出されない場合につき、求めた者が表と異なる扱いを指定した: {run.unidentified}",
        )
    state = one_line(run.predicate["snapshot"])
    yield Sentence(
        f"  decided from the state {state} of a registry: whose it is, a snapshot signed by its maker shows",
        f"  判断の基礎とした登録簿の状態: {state}(誰のものかは、作成者の署名したスナップショットによる)",
    )
    matcher = one_line(run.predicate["matcher"])
    yield Sentence(f"  matched by {matcher}", f"  照合方法: {matcher}")


def of_work(looked: Looked) -> Sentence:
    """What a run recorded of one work."""
    name, run, references = one_line(looked.work), looked.run, looked.references
    if looked.cleared:
        what = Sentence(
            "found, and clips in which it was found were cleared", "検出され、検出されたクリップの複製が認められた"
        )
    elif looked.found:
        what = Sentence(
            "found, and in no clip that was cleared", "検出されたが、複製を認められたクリップからは検出されていない"
        )
    else:
        what = Sentence("found in no clip", "いずれのクリップからも検出されていない")
    return Sentence(
        f"{name} in {run}: {what.en}; compared, as the maker says, with {references} of its references",
        f"{run} における {name}: {what.ja}。作成者の申告によれば、照合した参照は{references}件",
    )


def of_whole_log(verified: Verified, again: Sequence[int]) -> Iterator[Sentence]:
    """What was found in the log when all of it was read."""
    if verified.kind == "work":
        yield Sentence(
            "the published log was read whole: up to the pack it has no run that the pack is silent about",
            "公開された台帳を全て読んだ。証拠の時点までに、証拠が触れていない選別はない",
        )
    else:
        yield Sentence("the published log begins with the pack's", "公開された台帳は、証拠の台帳から始まっている")
    if again:
        entries = ", ".join(map(str, again))
        yield Sentence(
            f"a run of the pack was recorded again: entries {entries}", f"証拠の選別の再記録がある: 第{entries}項"
        )


def rests_on(verified: Verified) -> Iterator[Sentence]:
    """What has to be believed for it."""
    if verified.trusted:
        who = verified.key.label
        yield Sentence(f"the key that you gave (the pack is signed by {who})", f"指定された鍵(署名は {who} による)")
    else:
        yield Sentence(
            f"the pack's own key, {verified.key}, under a name that anyone can choose: compare it with one had from"
            " elsewhere (--key)",
            f"証拠に収められた鍵 {verified.key} 。名称は誰でも付けられるため、別途入手した鍵と照合すること(--key)",
        )
    if verified.continues is None:
        yield Sentence(
            "the log's keeper: no checkpoint of yours was compared (--checkpoint), so all of the log could be new",
            "台帳の管理者。お手元のチェックポイントとの照合をしていない(--checkpoint)ため、台帳全体が後から作られた可能性がある",
        )
    elif verified.entered_later:
        late, kept = ", ".join(verified.entered_later), verified.continues
        yield Sentence(
            f"the log's keeper, for what came after your checkpoint of {kept} entries: so did {late}, which could be"
            " new",
            f"台帳の管理者。{late} はお手元のチェックポイント({kept}件)より後の記載であり、後から作られた可能性がある",
        )
    yield Sentence(
        "what the run recorded of each clip, and what was registered by then: neither is examined again",
        "選別が各クリップについて記録した内容及びその時点の登録内容。いずれも再調査していない",
    )


def does_not_show(verified: Verified) -> Iterator[Sentence]:
    """What nobody may read into it."""
    said = DOES_NOT_PROVE[verified.kind]
    yield from map(Sentence, said["en"], said["ja"])


def _sealed(verified: Verified) -> Sentence:
    at = one_line(verified.made_at)
    if verified.trusted:
        who = verified.key.label
        return Sentence(
            f"nothing in the pack was changed since {who} signed it (at {at}, as it says)",
            f"{who} の署名後、証拠に変更はない(署名の時点は {at} と記載)",
        )
    return Sentence(
        f"nothing in the pack was changed since it was signed by the key that is in it (at {at}, as it says)",
        f"証拠に収められた鍵による署名後、証拠に変更はない(署名の時点は {at} と記載)",
    )
