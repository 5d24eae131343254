# SPDX-License-Identifier: Apache-2.0
"""Clips of nobody registered, each with one thing that says no to machines: in it, beside it, or on its site.

By each standard that is read there is one clip, and nothing else tells that its maker reserved anything.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kyodaku import edits
from kyodaku.demo._clips import Clip, Row

__all__ = ["CAPTURES", "SIGNALLED", "Signalled", "put_signal"]

CAPTURES: Final = "captures"
"""The folder of captured sites, beside the corpus."""

_FETCHED: Final = "2026-05-01T00:00:00Z"
_XMP_BOX: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


@dataclass(frozen=True, kw_only=True, slots=True)
class Signalled:
    """A clip, and the standard by which something says no to training on it."""

    standard: str
    clip: Clip

    @property
    def site(self) -> str:
        """The host that it is from."""
        return f"{self.standard}.signals.example"

    @property
    def url(self) -> str:
        """Where it is from."""
        return self.clip.row.source


def _clip(standard: str, film: str, start_s: float) -> Signalled:
    name = f"says_no_{standard.replace('-', '_')}.mp4"
    row = Row(name=name, source=f"https://{standard}.signals.example/clips/{name}", caption="moving shapes")
    clip = Clip(row=row, film=film, edit=edits.edit("reencode", "mild"), start_s=start_s, seconds=4)
    return Signalled(standard=standard, clip=clip)


SIGNALLED: tuple[Signalled, ...] = (
    _clip("aipref", "tide-studies", 1),
    _clip("robots", "tide-studies", 4),
    _clip("content-signals", "tide-studies", 7),
    _clip("tdmrep", "tide-studies", 10),
    _clip("rsl", "plane-geometry", 1),
    _clip("rsl-media", "plane-geometry", 4),
    _clip("noai", "plane-geometry", 7),
    _clip("ai-txt", "tide-studies", 2.5),
    _clip("cawg", "valley-day", 3),
    _clip("c2pa", "valley-day", 6),
    _clip("plus", "valley-day", 9),
    _clip("tdm-ai", "valley-day", 11),
)


def put_signal(signalled: Signalled, root: Path) -> None:
    """Write what says no, for the clip that lies in the corpus below `root`."""
    _WRITERS[signalled.standard](signalled, root)


# --- on its site ------------------------------------------------------------------------------------------------------
def _on_site(name: str, text: str) -> Callable[[Signalled, Path], None]:
    def write(signalled: Signalled, root: Path) -> None:
        file = root / CAPTURES / signalled.site / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        note = file.with_name(f"{file.name}.fetched.json")
        note.write_text(json.dumps({"fetched_at": _FETCHED, "status": 200}) + "\n", encoding="utf-8")

    return write


# --- beside it --------------------------------------------------------------------------------------------------------
def _in_reply(header: str, value: str) -> Callable[[Signalled, Path], None]:
    def write(signalled: Signalled, root: Path) -> None:
        kept = {
            "url": signalled.url,
            "fetched_at": _FETCHED,
            "headers": [["Content-Type", "video/mp4"], [header, value]],
        }
        _beside(signalled, root, ".headers.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")

    return write


def _in_text(suffix: str, text: str) -> Callable[[Signalled, Path], None]:
    def write(signalled: Signalled, root: Path) -> None:
        _beside(signalled, root, suffix).write_text(text, encoding="utf-8")

    return write


def _beside(signalled: Signalled, root: Path, suffix: str) -> Path:
    return root / "corpus" / f"{signalled.clip.row.name}{suffix}"


# --- in it ------------------------------------------------------------------------------------------------------------
def _in_metadata(signalled: Signalled, root: Path) -> None:
    """XMP in a box of its own, after the film."""
    file = _beside(signalled, root, "")
    packet = _PACKET.encode()
    with file.open("ab") as film:
        film.write(struct.pack(">I4s", 24 + len(packet), b"uuid") + _XMP_BOX + packet)


def _in_credentials(label: str, entry: str) -> Callable[[Signalled, Path], None]:
    """Content Credentials, signed with a key that is made for it and thrown away: nobody trusts it, and it is whole."""

    def write(signalled: Signalled, root: Path) -> None:
        from kyodaku.signals.c2pa import stamp  # noqa: PLC0415 - native code, for two clips
        from kyodaku.signals.credentials import Credentials  # noqa: PLC0415

        file, out = _beside(signalled, root, ""), io.BytesIO()
        signer = Credentials.made_for("Kyodaku demo, invented")
        assertion = {"label": label, "data": {"entries": {entry: {"use": "notAllowed"}}}}
        with file.open("rb") as film:
            stamp(film, "video/mp4", out, [assertion], signer)
        file.write_bytes(out.getvalue())

    return write


_PACKET: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" '
    'plus:DataMining="http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-GENAIMLTRAINING"/></rdf:RDF></x:xmpmeta>'
    '<?xpacket end="w"?>'
)
_RSL: Final = (
    '<rsl xmlns="https://rslstandard.org/rsl"><content url="/clips/"><license>'
    '<prohibits type="usage">ai-train</prohibits></license></content></rsl>\n'
)
_RSL_MEDIA: Final = (
    '<rsl xmlns="https://rslstandard.org/rsl" xmlns:media="https://rslmedia.org/media">'
    '<media:subject type="work"><media:status>active</media:status>'
    '<license><prohibits type="usage">media:ai-train</prohibits></license></media:subject></rsl>\n'
)
_WRITERS: Final[Mapping[str, Callable[[Signalled, Path], None]]] = {
    "aipref": _in_reply("Content-Usage", "train-ai=n"),
    "robots": _on_site("robots.txt", "User-agent: GPTBot\nDisallow: /\n"),
    "content-signals": _on_site("robots.txt", "User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n"),
    "tdmrep": _on_site(".well-known/tdmrep.json", '[{"location": "/clips/", "tdm-reservation": 1}]\n'),
    "rsl": _in_text(".rsl.xml", _RSL),
    "rsl-media": _in_text(".rsl-media.xml", _RSL_MEDIA),
    "noai": _in_reply("X-Robots-Tag", "noai, noimageai"),
    "ai-txt": _on_site("ai.txt", "User-Agent: *\nDisallow: *.mp4\n"),
    "cawg": _in_credentials("cawg.training-mining", "cawg.ai_generative_training"),
    "c2pa": _in_credentials("c2pa.training-mining", "c2pa.ai_generative_training"),
    "plus": _in_metadata,
    "tdm-ai": _in_text(".tdm-ai.json", '{"iscc": "ISCC:KACT4EBWK27737D2", "train-genai": "false"}\n'),
}
