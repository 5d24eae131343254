# SPDX-License-Identifier: Apache-2.0
"""The README of a published set, in English and Japanese: for whoever keeps the site, and has other things to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import unquote

from kyodaku.signals import AGENTS_DATE
from kyodaku.signals.writing import UNSAID, Terms

__all__ = ["readme"]

_ACTS: Final = {
    "collect": ("fetch for a corpus", "収集"),
    "mine": ("text and data mining", "テキスト・データマイニング"),
    "train_gen": ("train generative models", "生成モデルの学習"),
    "train_nongen": ("train other models", "その他のモデルの学習"),
    "input": ("input to a model", "モデルへの入力"),
    "index": ("index for models", "モデル用の索引作成"),
    "search": ("show in search", "検索結果への表示"),
    "generate": ("generate from it", "これを用いた生成"),
}
_WORDS: Final = {
    "allow": ("allowed", "許諾"),
    "constrained": ("on terms, beforehand", "条件付(事前の許諾)"),
    "deny": ("reserved", "留保"),
    UNSAID: ("nothing is said", "意思表示なし"),
}
_ROBOTS: Final = (
    (
        f"Add these lines at the end of the site's `/robots.txt` (agents known on {AGENTS_DATE}). "
        "An agent that is named here no longer reads your group `User-agent: *`: copy your own Disallow lines into the "
        "long group too. If you have a group `User-agent: *`, move the lines of ours into it."
    ),
    (
        f"サイトの `/robots.txt` の末尾に追記する({AGENTS_DATE}時点で知られているエージェント)。"
        "ここに名のあるエージェントは `User-agent: *` の群を読まなくなるため、既存の Disallow 行を長い群にも写す。"
        "`User-agent: *` の群が既にあれば、本ファイルのその群の行を移す。"
    ),
)
_PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "robots.txt": _ROBOTS,
    "headers.txt": (
        "Send these headers with every reply under the path, films and pictures above all (see below).",
        "当該パス以下のすべての応答(特に動画・画像)にこれらのヘッダーを付ける(下記の例)。",
    ),
    "head.html": (
        "Into the `<head>` of the pages that show the work.",
        "作品を掲載するページの `<head>` に入れる。",
    ),
    "well-known/tdmrep.json": (
        (
            "`/.well-known/tdmrep.json`. If there is one, add the rule to its list, before wider ones: the first that "
            "matches counts."
        ),
        "`/.well-known/tdmrep.json`。既にあれば一覧に規則を加える。最初に一致した規則が適用されるため、より広い規則の前に置く。",
    ),
    "license.xml": (
        "As `application/rsl+xml` at `{site}/license.xml`. If there is one, add the `<content>` to it.",
        "`{site}/license.xml` に `application/rsl+xml` として置く。既にあれば `<content>` 要素を加える。",
    ),
    "well-known/rsl-media.xml": (
        "`/.well-known/rsl-media.xml`. RSL-MEDIA is a draft that is not for production: leave it out if in doubt.",
        "`/.well-known/rsl-media.xml`。RSL-MEDIA は実運用を想定しない草案であり、迷う場合は置かない。",
    ),
    "sidecar.xmp": (
        (
            "Beside each film or picture, with its name: `clip.mp4.xmp` (some programs want `clip.xmp`) beside "
            "`clip.mp4`. Or put into files by your editing program."
        ),
        (
            "各動画・画像の隣に同じ名前で置く(`clip.mp4` の隣に `clip.mp4.xmp`。プログラムによっては `clip.xmp`)。"
            "又は編集ソフトでファイルに埋め込む。"
        ),
    ),
    "cawg.json": (
        "For the program that signs your Content Credentials: this is the assertion it is to add.",
        "コンテンツクレデンシャルに署名するプログラムに渡す。追加すべきアサーションである。",
    ),
    "tdm-ai.json": (
        "To a TDM·AI registry, if you use one; there it is signed.",
        "TDM·AI の登録簿を利用する場合に提出する。署名は登録簿で行う。",
    ),
}
_POLICY: Final = (
    "As `application/ld+json` at `{site}/{name}`, which `tdmrep.json` names.",
    "`tdmrep.json` が示す `{site}/{name}` に `application/ld+json` として置く。",
)


def readme(terms: Terms, files: Mapping[str, bytes], media: Iterable[str], *, at: datetime) -> str:
    """What is said, where each file goes, how to see that it works, and what none of it can do."""
    return "\n".join(
        [
            *_said(terms, at),
            *_places(terms, files, list(media)),
            *_server(terms, files["headers.txt"].decode()),
            *_checking(terms),
            *_limits(),
            "",
        ]
    )


def _said(terms: Terms, at: datetime) -> Iterator[str]:
    moment = at.strftime("%Y-%m-%d %H:%M UTC")
    title = terms.title if terms.title.isprintable() else terms.work
    yield f"# {title}"
    yield ""
    yield f"What the registry says of `{terms.work}` to anybody, on {moment}. A grant to one developer is not in it."
    yield "Publish again whenever the registry changes: these files do not."
    yield ""
    yield f"{moment} に登録簿が `{terms.work}` についてすべての者に対して述べる内容。特定の開発者への許諾は含まない。"
    yield "登録簿が変わったときは、改めて書き出すこと。"
    yield ""
    yield "| act / 行為 | word / 意思表示 |"
    yield "|---|---|"
    for act in _ACTS:
        yield f"| {' / '.join(_ACTS[act])} | {' / '.join(_WORDS[terms.of(act)])} |"
    yield ""


def _places(terms: Terms, files: Mapping[str, bytes], media: list[str]) -> Iterator[str]:
    site = (terms.site or "").rstrip("/") or "https://(your site)"
    yield "## Where each file goes / 各ファイルの置き場所"
    yield ""
    for name in files:
        for text in _PLACES.get(name, _POLICY):
            filled = text.format(site=site, name=name)
            yield f"- `{name}`: {filled}" if text is _PLACES.get(name, _POLICY)[0] else f"  {filled}"
    if media:
        yield f"- `media/`: {', '.join(f'`{name}`' for name in media)}"
        yield "  Put these in place of the originals. / 原本と差し替える。"
    if not terms.site:
        yield ""
        yield "No site was named, so that nothing here says where `license.xml` is: no program will find it. Write the"
        yield "set again with `--site https://...`."
        yield "サイトが指定されていないため、`license.xml` の所在を示すものがない。"
        yield "`--site https://...` を付けて書き直すこと。"
    yield ""


def _server(terms: Terms, headers: str) -> Iterator[str]:
    """The headers in the words of the two servers that most sites have."""
    lines = [line.partition(": ")[::2] for line in headers.splitlines()]
    path = unquote(re.split(r"[*$]", terms.path)[0])  # servers compare what was unescaped, and know other patterns
    yield "## Headers / ヘッダーの設定例"
    yield ""
    yield "nginx, in the `server` block / nginx(`server` ブロック内):"
    yield ""
    yield "```nginx"
    yield f'location "{path}" {{'
    for name, value in lines:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        yield f'    add_header {name} "{escaped}" always;'
    yield "}"
    yield "```"
    yield ""
    yield "nginx drops the headers of the blocks around it here: repeat those that you still want."
    yield "nginx では外側のブロックのヘッダーが引き継がれないため、必要なものは繰り返し書く。"
    yield ""
    yield "Apache, in the site's file, with `mod_headers` / Apache(サイトの設定、`mod_headers` が必要):"
    yield ""
    yield "```apache"
    yield f'<Location "{path}">'
    for name, value in lines:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        yield f'    Header always set {name} "{escaped}"'
    yield "</Location>"
    yield "```"
    yield ""


def _checking(terms: Terms) -> Iterator[str]:
    site = (terms.site or "").rstrip("/") or "https://(your site)"
    yield "## See that it works / 確認"
    yield ""
    yield "```sh"
    yield f"kyodaku signals {site}{re.split(r'[*$]', terms.path)[0]}"
    yield "```"
    yield ""
    yield "prints what machines read there. / 機械がそこから読み取る内容を表示する。"
    yield ""


def _limits() -> tuple[str, ...]:
    return (
        "## What this cannot do / できないこと",
        "",
        "Signals tell those who read them; they stop nobody. Standards that know only yes and no say no where the",
        'registry says "on terms". What was fetched before they stood is not reached by them.',
        "",
        "これらの信号は、読む者に意思を伝えるものであり、利用を技術的に妨げない。",
        "可否のみを表す規格では、条件付の許諾は「否」と表示する。設置前に取得されたものには及ばない。",
    )
