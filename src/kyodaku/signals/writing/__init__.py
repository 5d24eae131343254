# SPDX-License-Identifier: Apache-2.0
"""Writers: one work's terms in every standard that is read; what is written says no less than the terms do."""

from kyodaku.signals.writing.embedding import with_xmp
from kyodaku.signals.writing.licences import rsl_document, rsl_media_document
from kyodaku.signals.writing.metadata import cawg_assertion, plus_code, xmp_packet
from kyodaku.signals.writing.policies import tdm_policy, tdmrep_file
from kyodaku.signals.writing.terms import UNSAID, Terms
from kyodaku.signals.writing.texts import (
    content_signal,
    content_usage,
    is_noai,
    page_elements,
    robots_lines,
    tdm_ai_declaration,
)

__all__ = [
    "UNSAID",
    "Terms",
    "cawg_assertion",
    "content_signal",
    "content_usage",
    "is_noai",
    "page_elements",
    "plus_code",
    "robots_lines",
    "rsl_document",
    "rsl_media_document",
    "tdm_ai_declaration",
    "tdm_policy",
    "tdmrep_file",
    "with_xmp",
    "xmp_packet",
]
