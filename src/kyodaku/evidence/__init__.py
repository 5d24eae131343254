# SPDX-License-Identifier: Apache-2.0
"""Evidence packs: what was decided and done, for somebody who trusts neither side, years later, offline."""
