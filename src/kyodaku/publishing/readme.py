# SPDX-License-Identifier: Apache-2.0
"""The README of a published set, in English and Japanese."""

from __future__ import annotations

from typing import Final

from kyodaku.signals import AGENTS_DATE
from kyodaku.signals.writing import Terms

__all__ = ["readme"]

_ACTS: Final = {
    "collect": ("fetch for a corpus", "収集"),
    "mine": ("text and data mining", "テキスト・データマイニング"),
    "train_gen": ("train generative models", "生成モデルの学習"),
    "train_nongen": ("train other models", "その他のモデルの学習"),
    "input": ("input to a model", "モデルへの入力"),
    "index": ("index", "索引作成"),
    "search": ("show in search", "検索結果への表示"),
    "generate": ("generate from it", "これを用いた生成"),
}
_WORDS: Final = {
    "allow": ("allowed", "許諾"),
    "constrained": ("on terms, beforehand", "条件付(事前の許諾)"),
    "deny": ("reserved", "留保"),
}
_PLACES: Final = {
    "robots.txt": (
        f"Add these groups to `/robots.txt` ({AGENTS_DATE}); an own group of `*` takes the `Content-Usage` line.",
        f"`/robots.txt` に追記する({AGENTS_DATE}現在)。`*` の群が既にあれば `Content-Usage` の行をその中へ移す。",
    ),
    "headers.txt": (
        "Send these headers with every reply under the path, films and pictures above all.",
        "当該パス以下のすべての応答(特に動画・画像)にこれらのヘッダーを付ける。",
    ),
    "well-known/tdmrep.json": (
        "`/.well-known/tdmrep.json`; the first rule that matches counts, so put it before wider ones.",
        "`/.well-known/tdmrep.json`。最初に一致した規則が適用されるため、より広い規則の前に置く。",
    ),
    "policies/": (
        "At the address that `tdmrep.json` names, as `application/ld+json`.",
        "`tdmrep.json` が示すアドレスに `application/ld+json` として置く。",
    ),
    "license.xml": (
        "At the address that `robots.txt` and `Link` name, as `application/rsl+xml`.",
        "`robots.txt` 及び `Link` が示すアドレスに `application/rsl+xml` として置く。",
    ),
    "well-known/rsl-media.xml": (
        "`/.well-known/rsl-media.xml`. RSL-MEDIA is a draft that is not for production: it binds nobody yet.",
        "`/.well-known/rsl-media.xml`。RSL-MEDIA は草案であり、実運用を想定していない。",
    ),
    "sidecar.xmp": (
        "Beside each film, as `NAME.xmp`; or put it into files with your editing program.",
        "各動画の隣に `NAME.xmp` として置く。又は編集ソフトでファイルに埋め込む。",
    ),
    "tdm-ai.json": (
        "To a TDM·AI registry, if you use one; there it is signed and bound to the ISCC.",
        "TDM·AI の登録簿を利用する場合に提出する。署名とISCCへの結付けは登録簿で行う。",
    ),
}


def readme(terms: Terms, files: list[str], media: list[str]) -> str:
    """What is said, where each file goes, and what none of them can do."""
    rows = [f"| {' / '.join(_ACTS[act])} | {' / '.join(_WORDS[word])} |" for act, word in terms.says.items()]
    lines = [
        f"# {terms.title}",
        "",
        f"What the registry says of `{terms.work}` to anybody, now; a grant to one developer is not in it.",
        f"登録簿が `{terms.work}` について現在すべての者に対して述べる内容。特定の開発者への許諾は含まない。",
        "",
        "| act / 行為 | word / 意思表示 |",
        "|---|---|",
        *rows,
        "",
        "## Where each file goes / 各ファイルの置き場所",
        "",
    ]
    for name in files:
        place = _PLACES.get(name) or _PLACES[name.partition("/")[0] + "/"]
        lines += [f"- `{name}`: {place[0]}", f"  {place[1]}"]
    if media:
        lines.append(f"- `media/`: {', '.join(f'`{name}`' for name in media)}")
        lines.append("  Put these in place of the originals. / 原本と差し替える。")
    lines += [
        "",
        "## What this cannot do / できないこと",
        "",
        "Signals tell those who read them; they stop nobody. Standards that know only yes and no say no where the",
        'registry says "on terms". What was fetched before they stood is not reached by them.',
        "これらの信号は、読む者に意思を伝えるものであり、利用を技術的に妨げない。",
        "可否のみを表す規格では、条件付の許諾は「否」と表示する。",
        "設置前に取得されたものには及ばない。",
    ]
    return "\n".join(lines) + "\n"
