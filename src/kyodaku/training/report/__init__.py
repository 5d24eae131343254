# SPDX-License-Identifier: Apache-2.0
"""The pages that people decide by: a run's report and a comparison, each one self-contained file in two languages."""

from kyodaku.training.report.comparison import write_comparison
from kyodaku.training.report.page import write_report

__all__ = ["write_comparison", "write_report"]
