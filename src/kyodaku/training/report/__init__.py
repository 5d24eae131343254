# SPDX-License-Identifier: Apache-2.0
"""The report of a run: one self-contained HTML page in English and Japanese, for people who decide by it."""

from kyodaku.training.report.page import write_report

__all__ = ["write_report"]
