# SPDX-License-Identifier: Apache-2.0
"""Whether this machine, with its libraries, computes what every other one does: shipped vectors, and their checks.

```python
for check in run_checks():
    print(check.name, "ok" if check.ok else check.advice)
```

`kyodaku selftest` prints them. The vectors lie in `data/conformance`: one file for each descriptor, which never
changes once it is released, and one for all else. To make those of a descriptor that is new:

    python -m kyodaku.copies.conformance kyodaku-frame-v1
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from kyodaku.copies._conformance_drawing import PICTURES, draw, noise
from kyodaku.copies._conformance_search import FPS, NEAR_S, Failed, search_codes, search_film
from kyodaku.copies.align import Clock, Hits, Settings, align
from kyodaku.copies.descriptor import Codes, Described, Descriptor, Pixels, descriptor_id, get_descriptor
from kyodaku.copies.fingerprint import Fingerprint
from kyodaku.copies.pdq import PDQ
from kyodaku.errors import KyodakuError

__all__ = ["Check", "conforming", "made_common", "made_vectors", "run_checks", "vectors"]

_COMMON: Final = "common"
_SPEED: Final = 0.02
_CLEAR: Final = 6.0
"""Runs with less are left to chance."""

_REINSTALL: Final = "install kyodaku anew; if that does not help, report this line and your processor"
_NUMPY: Final = "numpy is not sound here: install it anew; codes of this machine cannot be trusted"
_NOT_YOURS: Final = "do not register references or clear anything on this machine until it is right"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """What was looked at, and what came of it."""

    name: str
    ok: bool
    detail: str
    """What was seen, in one line."""
    advice: str = ""
    """What to do; empty when all is well."""


# --- running --------------------------------------------------------------------------------------------------------
def run_checks() -> Iterator[Check]:
    """Every check, as it is made; a second or two in all."""
    return (_checked(*planned) for planned in _plan())


def _plan() -> Iterator[tuple[str, Callable[[], str], str]]:
    """Names, what gives a detail or raises, and what to do then."""
    yield "pictures", _pictures, _NUMPY
    for name in conforming():
        yield f"{name} codes", partial(_codes, name), f"{_REINSTALL}; {_NOT_YOURS}"
    yield "fingerprint file", _file, _REINSTALL
    yield "alignment", _alignment, _REINSTALL
    yield "index", search_codes, f"{_REINSTALL}; {_NOT_YOURS}"
    for name in conforming():
        yield f"{name} search", partial(search_film, name), f"{_REINSTALL}; {_NOT_YOURS}"


def conforming() -> tuple[str, ...]:
    """The ids of the descriptors that have vectors."""
    folder = resources.files("kyodaku.copies") / "data" / "conformance"
    names = sorted(file.name.removesuffix(".json") for file in folder.iterdir() if file.name.endswith(".json"))
    return tuple(name for name in names if name != _COMMON)


def vectors(name: str) -> Any:
    """The shipped vectors of a descriptor, or those in `common`."""
    file = resources.files("kyodaku.copies") / "data" / "conformance" / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))


def _checked(name: str, check: Callable[[], str], advice: str) -> Check:
    try:
        return Check(name=name, ok=True, detail=check())
    except (Failed, KyodakuError) as error:
        return Check(name=name, ok=False, detail=str(error), advice=advice)
    except Exception as error:  # noqa: BLE001 - a machine on which libraries fail is what this is here to find
        return Check(name=name, ok=False, detail=f"{type(error).__name__}: {error}", advice=advice)


# --- pictures and codes ---------------------------------------------------------------------------------------------
def _pictures() -> str:
    wanted = vectors(_COMMON)["pictures"]
    for picture in PICTURES:
        if _sha256(draw(picture)) != wanted[picture.name]:
            raise Failed(f"the picture {picture.name!r} is drawn otherwise")
    return f"{len(PICTURES)} pictures drawn alike"


def _codes(name: str) -> str:
    """Codes within the bits, fine numbers within the angle, and qualities within the step that the vectors allow."""
    shipped = vectors(name)
    made = _described(get_descriptor(name))
    bits, cosine, quality = 0, 1.0, 0
    for picture, code, seen, fine in zip(PICTURES, made.codes, made.quality, _rows(made.fine), strict=True):
        wanted = shipped["pictures"][picture.name]
        bits = max(bits, _apart(code, wanted["code"]))
        quality = max(quality, abs(int(seen) - wanted["quality"]))
        cosine = min(cosine, _cosine(fine, wanted.get("fine")))
    allowed = shipped["tolerance"]
    told = f"at most {bits} bits apart" + (f", cosine at least {cosine:.6f}" if made.fine is not None else "")
    if bits > allowed["bits"] or cosine < allowed["cosine"] or quality > allowed["quality"]:
        raise Failed(f"{told}, quality at most {quality} apart; allowed are {_listed(allowed)}")
    return told


def _described(descriptor: Descriptor) -> Described:
    return descriptor.describe([draw(picture) for picture in PICTURES])


def _rows(fine: NDArray[np.int8] | None) -> Iterable[NDArray[np.int8] | None]:
    return [None] * len(PICTURES) if fine is None else list(fine)


def _apart(code: Codes, wanted: str) -> int:
    other = np.frombuffer(bytes.fromhex(wanted), dtype=np.uint8)
    return 8 * len(code) if other.shape != code.shape else int(np.unpackbits(other ^ code).sum())


def _cosine(fine: NDArray[np.int8] | None, wanted: str | None) -> float:
    if fine is None or wanted is None:
        return 1.0 if fine is None and wanted is None else -1.0
    one, other = fine.astype(np.float64), np.frombuffer(bytes.fromhex(wanted), dtype=np.int8).astype(np.float64)
    if one.shape != other.shape:
        return -1.0
    return float(one @ other / max(float(np.linalg.norm(one) * np.linalg.norm(other)), 1e-9))


# --- files and alignment --------------------------------------------------------------------------------------------
def _file() -> str:
    """The shipped file says what it should, and a file made here can be read and has the same name."""
    wanted = vectors(_COMMON)["fingerprint"]
    given, made = Fingerprint.from_bytes(bytes.fromhex(wanted["file"])), _fixed_fingerprint()
    if not given.sha256 == made.sha256 == wanted["sha256"]:
        raise Failed("a shipped fingerprint does not say what it should")
    if Fingerprint.from_bytes(made.to_bytes()) != made:
        raise Failed("a fingerprint written here cannot be read again")
    same = made.to_bytes().hex() == wanted["file"]
    return "read and written alike" + ("" if same else "; zlib compresses otherwise here, which changes nothing")


def _fixed_fingerprint() -> Fingerprint:
    return Fingerprint(
        descriptor=descriptor_id(PDQ),
        duration_s=30.0,
        times=(np.arange(60) / 2).astype(np.float32),
        codes=noise("file codes", 60 * 32).reshape(60, 32).copy(),
        quality=noise("file quality", 60) % 101,
        fine=noise("file fine", 60 * 256).reshape(60, 256).view(np.int8).copy(),
    )


def _alignment() -> str:
    given = vectors(_COMMON)["alignment"]
    for case in given:
        found = _aligned(case)
        if len(found) != len(case["spans"]) or not all(map(_alike, found, case["spans"])):
            raise Failed(f"in {case['name']!r} the spans are {found} and not {case['spans']}")
    return f"{len(given)} sets of hits give their spans"


def _aligned(case: Mapping[str, Any]) -> list[dict[str, float]]:
    hits = Hits(
        frames=np.array(case["frames"], dtype=np.intp),
        times=np.array(case["times"], dtype=np.float64),
        weights=np.array(case["weights"], dtype=np.float64),
    )
    clock = Clock(times=np.arange(case["length"]) / FPS, worth=np.ones(case["length"]))
    return [
        {
            "speed": round(span.line.speed, 4),
            "offset": round(span.line.offset, 3),
            "first": int(span.frames[0]),
            "last": int(span.frames[-1]),
        }
        for span in align(hits, clock, Settings(least_gain=_CLEAR))
    ]


def _alike(found: Mapping[str, float], wanted: Mapping[str, float]) -> bool:
    middle = (wanted["first"] + wanted["last"]) / 2 / FPS
    place = found["speed"] * middle + found["offset"] - wanted["speed"] * middle - wanted["offset"]
    ends = max(abs(found["first"] - wanted["first"]), abs(found["last"] - wanted["last"]))
    return abs(found["speed"] - wanted["speed"]) <= _SPEED and abs(place) <= NEAR_S and ends <= 1


# --- making ---------------------------------------------------------------------------------------------------------
def made_vectors(descriptor: Descriptor) -> dict[str, Any]:
    """The vectors of a descriptor as this machine computes them: bits are exact for PDQ, nearly so for networks."""
    made = _described(descriptor)
    exact = made.fine is None
    rows = zip(PICTURES, made.codes, made.quality, _rows(made.fine), strict=True)
    return {
        "descriptor": descriptor_id(descriptor),
        "tolerance": {"bits": 0 if exact else descriptor.dims // 128, "cosine": 1.0 if exact else 0.999, "quality": 1},
        "pictures": {
            picture.name: {
                "code": code.tobytes().hex(),
                "quality": int(quality),
                **({} if fine is None else {"fine": fine.tobytes().hex()}),
            }
            for picture, code, quality, fine in rows
        },
    }


def made_common() -> dict[str, Any]:
    """All other vectors."""
    fixed = _fixed_fingerprint()
    cases = [_case(name, *stretches) for name, stretches in _STRETCHES.items()]
    return {
        "pictures": {picture.name: _sha256(draw(picture)) for picture in PICTURES},
        "fingerprint": {"sha256": fixed.sha256, "file": fixed.to_bytes().hex()},
        "alignment": [{**case, "spans": _aligned(case)} for case in cases],
    }


_STRETCHES: Final[Mapping[str, tuple[tuple[int, int, float, float], ...]]] = {
    "an excerpt": ((4, 30, 1.0, 120.0),),
    "two scenes in another order": ((0, 20, 1.0, 80.0), (20, 40, 1.0, 10.0)),
    "at five quarters of the speed": ((6, 36, 1.25, 33.0),),
    "nothing but chance": (),
}
"""First frame, the frame behind the last, speed and offset of what the hits of a case follow."""


def _case(name: str, *stretches: tuple[int, int, float, float]) -> dict[str, Any]:
    """Hits to the half second on some lines, weaker ones beside them, and as many by chance."""
    length = max([end for _, end, _, _ in stretches], default=36) + 4
    hits = []
    for begin, end, speed, offset in stretches:
        for frame in range(begin, end):
            nearest = round(2 * (speed * frame / FPS + offset)) / 2
            hits += [(frame, nearest, 3.0), (frame, nearest + 0.5, 1.0)]
    chance = noise(f"alignment {name}", 3 * length).reshape(length, 3).tolist()
    hits += [(frame % length, (256 * high + low) % 600 / 2, 1.0) for frame, high, low in chance]
    frames, times, weights = (list(column) for column in zip(*hits, strict=True))
    return {"name": name, "length": length, "frames": frames, "times": times, "weights": weights}


def _sha256(pixels: Pixels) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def _listed(allowed: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value}" for name, value in allowed.items())


def _main(names: list[str]) -> None:
    folder = Path(__file__).parent / "data" / "conformance"
    folder.mkdir(exist_ok=True)
    for name in names:
        made = made_common() if name == _COMMON else made_vectors(get_descriptor(name))
        text = json.dumps(made, indent=1, sort_keys=True) if name != _COMMON else json.dumps(made, sort_keys=True)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    _main(sys.argv[1:])
