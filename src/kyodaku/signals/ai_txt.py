# SPDX-License-Identifier: Apache-2.0
"""ai.txt in the form of Spawning (2023): robots.txt's rules, read when a medium is downloaded, about training on it.

```text
User-Agent: *
Disallow: *.mp4
```

Other files of this name (assistants' instructions, descriptions of a site) have no such rules and say nothing that we
could read. The rules for every agent are asked, as nobody knows by which name a training set's makers would go; of two
rules of one length the one that disallows counts, for no specification says otherwise.
"""

from __future__ import annotations

from typing import Final

from kyodaku.signals._paths import request_path
from kyodaku.signals._robots_file import Rule, decides, read_file
from kyodaku.signals.signal import STANDARD_ACTS, Origin, Signal, say, unreadable

__all__ = ["REVISION", "read_ai_txt"]

REVISION: Final = "2023-05"


def read_ai_txt(data: bytes, path: str, origin: Origin) -> list[Signal]:
    """What an ai.txt says of `path` (a path or an address); the strictest of its groups counts."""
    file = read_file(data)
    if file.problem is None and not any(group.rules for group in (*file.groups, file.loose)):
        return unreadable("ai-txt", REVISION, origin, "no rule in Spawning's form") if data.strip() else []
    where = request_path(path)
    deciding = [rule for group in file.groups if (rule := decides(group.rules, where, tie_allows=False))]
    deciding += [rule for rule in [decides(file.loose.rules, where, tie_allows=False)] if rule and not rule.allows]
    signals = _strictest(deciding, origin)
    if file.problem is None:
        return signals
    kept = [signal for signal in signals if signal.says == "deny"]
    return kept + unreadable("ai-txt", REVISION, origin, file.problem)


def _strictest(rules: list[Rule], origin: Origin) -> list[Signal]:
    rule = min(rules, key=lambda rule: (rule.allows, rule.line.number), default=None)
    if rule is None:
        return []
    guessed = rule.allows and rule.pattern.guessed
    return say(
        "unknown" if guessed else "allow" if rule.allows else "deny",
        STANDARD_ACTS["ai-txt"],
        "ai-txt",
        REVISION,
        origin.at(f"line {rule.line.number}"),
        text=rule.line.text,
        warning="a path that begins with neither '/' nor '*'" if guessed else None,
    )
