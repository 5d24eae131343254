# SPDX-License-Identifier: Apache-2.0
"""An answer of the gate that does not permit, as the error that clients of the Videos API know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kyodaku.generation.answer import Answer
from kyodaku.generation.job import Moment
from kyodaku.service.errors import ApiError

__all__ = ["no_video", "refusal"]

_PARAM: Final[Mapping[Moment, str | None]] = {"prompt": "prompt", "input": "input_reference", "output": None}
_MOST_LINKS: Final = 8
_LONGEST_LINK: Final = 500
"""Headers are for links, not for whole terms: servers and proxies refuse long ones."""


def refusal(answer: Answer) -> ApiError:
    """The error, with where to ask for permission."""
    fault = answer.fault()
    links = [f'<{link}>; rel="license"' for link in answer.licence_links if _fits_a_header(link)]
    headers = {"link": ", ".join(links[:_MOST_LINKS])} if links else {}
    return ApiError(400, fault.message, code=fault.code, param=_PARAM[answer.moment], more=fault.more, headers=headers)


def no_video(video: str) -> ApiError:
    """That the caller has no such video."""
    return ApiError(404, f"There is no video {video[:80]!r}.", code="not_found")


def _fits_a_header(link: str) -> bool:
    """An address that is one in a header too: other letters than ASCII (RFC 3986) would break the whole answer."""
    return len(link) <= _LONGEST_LINK and link.isascii() and not set(link) & set('<>" ')
