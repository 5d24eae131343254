# SPDX-License-Identifier: Apache-2.0
"""Identifiers of works and parties: `scheme:value`, checked by their own check digits, in one spelling each.

| scheme | of | check |
|---|---|---|
| `eidr` | films, series, episodes | ISO 7064 MOD 37,36 |
| `isan` | audiovisual works and versions (ISO 15706) | ISO 7064 MOD 37,36, twice |
| `iscc` | media, by their contents (ISO 24138) | the header says how long the code is |
| `isrc` | recordings (ISO 3901) | form |
| `iswc` | musical works (ISO 15707) | weighted sum modulo 10 |
| `isni` | authors and other parties (ISO 27729) | ISO 7064 MOD 11-2 |

A check digit finds a slip of the pen, not a lie: whether the identifier is the work's is for its registrar to say.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Final

from kyodaku.errors import UsageError

__all__ = ["SCHEMES", "checked_identifier"]

_ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LONGEST: Final = 200
"""As of any id; the longest of these schemes has 70."""
_SEPARATORS: Final = re.compile(r"[-. ]")


def checked_identifier(identifier: str) -> str:
    """The identifier as it is to be spelled; UsageError says what is wrong, and which check digit belongs there."""
    if len(identifier) > _LONGEST:
        raise UsageError(f"an identifier of {len(identifier):,} letters", hint=f"at most {_LONGEST}")
    scheme, colon, value = identifier.partition(":")
    check = _CHECKS.get(scheme)
    if check is None or not colon:
        close = get_close_matches(scheme, SCHEMES, n=1)
        hint = f"did you mean {close[0]}:?" if close and colon else f"one of: {', '.join(f'{s}:' for s in SCHEMES)}"
        raise UsageError(f"{identifier!r} has no scheme that is known", hint=hint)
    try:
        return f"{scheme}:{check(value)}"
    except _NotOneError as fault:
        raise UsageError(f"{identifier!r} is no {scheme.upper()}: {fault}", hint=fault.hint or None) from None


class _NotOneError(Exception):
    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


def _bare(value: str) -> str:
    return _SEPARATORS.sub("", value).upper()


def _require(form: str, bare: str, written: str) -> None:
    if not re.fullmatch(form, bare):
        raise _NotOneError("it is not written like one", f"write it as {written}")


def _require_check(stated: str, due: str, what: str = "its check digit") -> None:
    if stated != due:
        raise _NotOneError(f"{what} is {stated}, and for these digits it is {due}", "compare it with its source")


# --- check digits ---------------------------------------------------------------------------------------------------
def _mod_37_36(digits: str) -> str:
    """ISO/IEC 7064, hybrid system MOD 37,36: the check character that follows these."""
    product = 36
    for digit in digits:
        total = (product + _ALPHANUMERIC.index(digit)) % 36 or 36
        product = total * 2 % 37
    return _ALPHANUMERIC[(37 - product) % 36]


def _mod_11_2(digits: str) -> str:
    """ISO/IEC 7064, pure system MOD 11-2: the check character that follows these."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    return "0123456789X"[(12 - total) % 11]


# --- schemes --------------------------------------------------------------------------------------------------------
def _eidr(value: str) -> str:
    """A content ID: the prefix 10.5240, twenty hexadecimal digits, a check character (EIDR ID Format)."""
    prefix, _, suffix = value.partition("/")
    bare = _bare(suffix)
    written = "eidr:10.5240/XXXX-XXXX-XXXX-XXXX-XXXX-C"
    if prefix != "10.5240":
        raise _NotOneError("a content ID begins with 10.5240/", f"write it as {written}")
    _require(r"[0-9A-F]{20}[0-9A-Z]", bare, written)
    _require_check(bare[20], _mod_37_36(bare[:20]))
    return f"{prefix}/{'-'.join([*_grouped(bare[:20]), bare[20]])}"


def _isan(value: str) -> str:
    """Sixteen hexadecimal digits and a check character; for a version, eight more and another one."""
    bare = _bare(value).removeprefix("ISAN")
    _require(r"[0-9A-F]{16}([0-9A-Z]([0-9A-F]{8}[0-9A-Z])?)?", bare, "isan:0000-0000-XXXX-0000-C-0000-0000-C")
    root, check = bare[:16], bare[16:17]
    if not check:
        due = _mod_37_36(root)
        raise _NotOneError(f"its check digit is missing; for these digits it is {due}", "compare it with its source")
    _require_check(check, _mod_37_36(root), "its first check digit" if bare[17:] else "its check digit")
    parts = [*_grouped(root), check]
    if bare[17:]:
        version, check = bare[17:25], bare[25]
        _require_check(check, _mod_37_36(root + version), "its second check digit")
        parts += [*_grouped(version), check]
    return "-".join(parts)


def _isrc(value: str) -> str:
    """Two letters, three letters or digits, the year, five digits; it has no check digit."""
    bare = _bare(value).removeprefix("ISRC")
    _require(r"[A-Z]{2}[0-9A-Z]{3}[0-9]{7}", bare, "isrc:JPXXX2600001")
    return bare


def _iswc(value: str) -> str:
    """`T`, nine digits and a check digit: 10 minus the sum of 1 and each digit times its place, modulo 10."""
    bare = _bare(value).removeprefix("ISWC")
    _require(r"T[0-9]{10}", bare, "iswc:T-000.000.000-C")
    digits, check = bare[1:10], bare[10]
    total = 1 + sum(place * int(digit) for place, digit in enumerate(digits, 1))
    _require_check(check, str(-total % 10))
    return f"T-{digits[:3]}.{digits[3:6]}.{digits[6:]}-{check}"


def _isni(value: str) -> str:
    """Fifteen digits and a check digit, which may be X."""
    bare = _bare(value).removeprefix("ISNI")
    _require(r"[0-9]{15}[0-9X]", bare, "isni:000000012345678C")
    _require_check(bare[15], _mod_11_2(bare[:15]))
    return bare


def _grouped(digits: str) -> list[str]:
    return [digits[i : i + 4] for i in range(0, len(digits), 4)]


# --- ISCC -----------------------------------------------------------------------------------------------------------
_ISCC_CODE, _ISCC_ID = 5, 6
_MAIN_TYPES: Final = 8
_WIDE: Final = 7
"""The subtype of a composite code of two units of 128 bits."""


def _iscc(value: str) -> str:
    """Base32 (RFC 4648, no padding) of a header, which says what follows and how long it is, and that."""
    bare = _bare(value).removeprefix("ISCC:")
    _require(r"[A-Z2-7]{8,}", bare, "iscc:KACY..., letters and the digits 2 to 7")
    try:
        code = base64.b32decode(bare + "=" * (-len(bare) % 8))
    except ValueError:
        raise _NotOneError("letters are missing or too many") from None
    if base64.b32encode(code).decode().rstrip("=") != bare:
        raise _NotOneError("its last letter is none that a code ends with")
    bits = "".join(f"{byte:08b}" for byte in code)
    fields = []
    for _ in range(4):
        number, bits = _varnibble(bits)
        fields.append(number)
    length = _body_bits(*fields)
    padding = len(bits) % 8  # a header of an odd number of half bytes is filled up with zeros
    if "1" in bits[:padding] or len(bits) - padding != length:
        raise _NotOneError(f"its header announces {length} bits, {len(bits) - padding} follow", "is it cut short?")
    return bare


def _varnibble(bits: str) -> tuple[int, str]:
    """A number that says by its first bits how many half bytes it takes (ISO 24138, header)."""
    for half_bytes, smallest in enumerate((0, 8, 72, 584), 1):
        if bits[half_bytes - 1 : half_bytes] == "0" and len(bits) >= 4 * half_bytes:
            return smallest + int(bits[half_bytes : 4 * half_bytes], 2), bits[4 * half_bytes :]
    raise _NotOneError("its header cannot be read")


def _body_bits(main: int, sub: int, version: int, length: int) -> int:
    """How long the header says that the rest is."""
    if main >= _MAIN_TYPES or version > 1 or length >= 8:
        raise _NotOneError(f"its header names a kind of code ({main}-{sub}-{version}) that is not known")
    if main == _ISCC_CODE:  # two units of 64 bits, and one for each bit of `length`
        return 256 if sub == _WIDE else 128 + 64 * length.bit_count()
    return 64 + 8 * length if main == _ISCC_ID else 32 * (length + 1)


_CHECKS: Final[dict[str, Callable[[str], str]]] = {
    "eidr": _eidr,
    "isan": _isan,
    "iscc": _iscc,
    "isrc": _isrc,
    "iswc": _iswc,
    "isni": _isni,
}
SCHEMES: Final = tuple(_CHECKS)
"""What may stand before the colon."""
