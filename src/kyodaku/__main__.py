# SPDX-License-Identifier: Apache-2.0
"""`python -m kyodaku` is `kyodaku`."""

from kyodaku.cli import main

main()
