# SPDX-License-Identifier: Apache-2.0
"""robots.txt: who may fetch a path, and the lines of AIPREF, Content Signals and RSL that stand among its rules.

A Disallow of one of the dated agents (`DATED_AGENTS`) is a deny of what that agent is for; a Disallow of all other
agents denies collecting. A crawler that may fetch has not been told what it may do, so that an Allow says `collect` and
no more, and an Allow of one company's agent says nothing to others. Where no rule matches, nothing is said.

Preferences bear on what may be fetched (draft-ietf-aipref-attach-05, section 3.1): where fetching is denied, theirs are
no allows; their denies are kept, which is stricter than the draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from kyodaku.signals._paths import Pattern, request_path
from kyodaku.signals._robots_file import Group, Line, RobotsFile, Rule, decides, read_file
from kyodaku.signals._terms import licence_elsewhere
from kyodaku.signals.agents import DATED_AGENTS, Agent
from kyodaku.signals.aipref import read_content_usage
from kyodaku.signals.content_signals import read_content_signal
from kyodaku.signals.signal import SIGNAL_ACTS, STANDARD_ACTS, Origin, Signal, bounded, say, unreadable

__all__ = ["REVISION", "read_robots"]

REVISION: Final = "RFC 9309"

_MAX_LINES: Final = 50
"""Of one kind that speak of one path; a site has one or two."""

_NAMES_SHOWN: Final = 4

_KEPT_FROM_US: Final = frozenset({401, 403, 407, 451})
"""There is a file, or there may be one, and whoever asked was not to see it."""

_OF_PURPOSE: Final = {"train": ("train_gen",), "input": ("input",), "search": ("index", "search")}


def read_robots(
    data: bytes,
    path: str,
    origin: Origin,
    agents: Sequence[Agent] | str = DATED_AGENTS,
    *,
    status: int | None = None,
) -> list[Signal]:
    """What a robots.txt says of `path` (a path or an address) to `agents` and to all others, or to one agent by name.

    `status` is that of the reply in which it came: where there is none (4xx) that is no signal, and while it is out of
    reach (429, 5xx) all is disallowed (RFC 9309, section 2.3.1). Stricter than the RFC: a file that is kept from us
    (401, 403, 407, 451) or lies where the reply sends us (3xx) says what nobody knows.
    """
    if status is not None and not 200 <= status < 300:
        return _unavailable(status, origin)
    file = read_file(data)
    reader = _Reader(file, request_path(path), origin, agents)
    signals = bounded(dict.fromkeys([*reader.access(), *reader.loose(), *reader.lines()]), "robots", REVISION, origin)
    if file.problem is None:
        return signals
    kept = [signal for signal in signals if signal.says != "allow"]
    return kept + unreadable("robots", REVISION, origin, file.problem)


def _unavailable(status: int, origin: Origin) -> list[Signal]:
    if 300 <= status < 400 or status in _KEPT_FROM_US:
        return unreadable("robots", REVISION, origin, f"robots.txt was not to be had (status {status})")
    if 400 <= status < 500 and status != 429:
        return []
    warning = f"robots.txt was out of reach (status {status}): all is disallowed until it can be read"
    others = [act for act in STANDARD_ACTS["robots"] if act != "collect"]
    return [
        *say("deny", ["collect"], "robots", REVISION, origin, warning=warning),
        *say("unknown", others, "robots", REVISION, origin, warning=warning),
    ]


class _Reader:
    def __init__(self, file: RobotsFile, path: str, origin: Origin, agents: Sequence[Agent] | str) -> None:
        self.file, self.path, self.origin = file, path, origin
        self.one = agents if isinstance(agents, str) else None
        self.agents = () if isinstance(agents, str) else tuple(agents)
        self._groups = {name: file.groups_for(name) for name, _, _ in self._asking()}
        self._deciding: dict[int, Rule | None] = {}
        self._lines_near: dict[tuple[int, str], tuple[int, list[tuple[Line, str]]]] = {}

    def access(self) -> Iterator[Signal]:
        """One signal for each act and rule, with the names of all to whom it was said."""
        said: dict[tuple[int, int, str], tuple[Rule, list[str]]] = {}
        for name, acts, crawls in self._asking():
            rule = self._rule(self._groups[name])
            if rule is None:
                continue
            meant = ("collect",) if rule.allows else acts
            if rule.allows and not crawls:
                continue
            for act in meant:
                key = (SIGNAL_ACTS.index(act), rule.line.number, act)
                said.setdefault(key, (rule, []))[1].append(name or "all others")
        for (_, _, act), (rule, names) in sorted(said.items(), key=lambda item: item[0]):
            yield self._of(rule, act, names)

    def loose(self) -> Iterator[Signal]:
        """A Disallow before any group binds nobody by the standard: whether it was meant to is unknown."""
        rule = self._rule((self.file.loose,))
        if rule is not None and not rule.allows:
            at, why = self._at(rule.line), "a rule for no agent: no User-agent line comes before it"
            yield from say("unknown", ["collect"], "robots", REVISION, at, text=rule.line.text, warning=why)

    def lines(self) -> Iterator[Signal]:
        """Content-Usage, Content-Signal and License lines of every group that speaks to somebody we ask for.

        A License line before any group is for those whose groups have none.
        """
        asked: dict[tuple[int, ...], tuple[tuple[Group, ...], bool]] = {}
        for name, _, says_to_all in self._asking():
            groups = self._groups[name]
            asked.setdefault(tuple(map(id, groups)), (groups, says_to_all))
        for groups, says_to_all in asked.values():
            yield from self._lines_of(groups, tuple(_READERS), may_allow=says_to_all)
        licensed = all(any(self._near(group, "license")[1] for group in groups) for groups, _ in asked.values())
        yield from self._lines_of((self.file.loose,), ("usage", "signal"), may_allow=False)
        if not licensed:
            yield from self._lines_of((self.file.loose,), ("license",), may_allow=False)

    def _asking(self) -> Iterator[tuple[str | None, tuple[str, ...], bool]]:
        """Each name with what a Disallow of it denies, and whether an Allow of it says something to us."""
        if self.one is not None:
            yield self.one, ("collect",), True
            return
        yield None, ("collect",), True
        for agent in self.agents:
            acts = tuple(act for purpose in agent.purposes for act in _OF_PURPOSE[purpose])
            crawler = () if agent.control or "train" not in agent.purposes else ("collect",)
            yield agent.token, crawler + acts, False

    def _rule(self, groups: tuple[Group, ...]) -> Rule | None:
        for group in groups:
            if id(group) not in self._deciding:  # many agents share a group, and files may be long
                self._deciding[id(group)] = decides(group.rules, self.path)
        return decides((rule for group in groups if (rule := self._deciding[id(group)])), self.path)

    def _of(self, rule: Rule, act: str, names: Sequence[str]) -> Signal:
        more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
        place = f"line {rule.line.number} (for {', '.join(names[:_NAMES_SHOWN])}{more})"
        guessed = "a path that begins with neither '/' nor '*'" if rule.pattern.guessed else None
        says = "deny" if not rule.allows else "unknown" if guessed else "allow"
        return Signal(
            act=act,
            says=says,
            standard="robots",
            revision=REVISION,
            origin=self.origin.at(place),
            text=rule.line.text,
            warning=guessed,
        )

    def _lines_of(self, groups: tuple[Group, ...], kinds: Iterable[str], *, may_allow: bool) -> Iterator[Signal]:
        rule = self._rule(groups)
        allowed = may_allow and (rule is None or rule.allows)
        for kind in kinds:
            near = [self._near(group, kind) for group in groups]
            longest = max((length for length, lines in near if lines), default=0)
            lines = [found for length, found_lines in near if length == longest for found in found_lines]
            for line, value in lines[:_MAX_LINES]:
                signals = _READERS[kind](value, self._at(line))
                yield from (signal for signal in signals if allowed or signal.says != "allow")
            if len(lines) > _MAX_LINES:
                yield from unreadable(_STANDARD[kind], REVISION, self.origin, f"more than {_MAX_LINES} lines of a kind")

    def _near(self, group: Group, kind: str) -> tuple[int, list[tuple[Line, str]]]:
        """The lines with the longest path that matches ours, and its length; 0 is that of a line without a path."""
        key = (id(group), kind)
        if key not in self._lines_near:
            found: list[tuple[int, Line, str]] = []
            for line in (line for line in group.lines if line.kind == kind):
                path, value = _path_and_rest(line.value) if kind != "license" else ("", line.value)
                pattern = Pattern.of(path) if path else None
                if pattern is None or pattern.matches(self.path):
                    found.append((0 if pattern is None else pattern.length, line, value))
            longest = max((length for length, _, _ in found), default=0)
            self._lines_near[key] = longest, [(line, value) for length, line, value in found if length == longest]
        return self._lines_near[key]

    def _at(self, line: Line) -> Origin:
        return self.origin.at(f"line {line.number}")


def _path_and_rest(value: str) -> tuple[str, str]:
    """A path begins with a slash and ends at a blank (draft-ietf-aipref-attach-05, section 3.2)."""
    if not value.startswith("/"):
        return "", value
    path, *rest = value.split(None, 1)
    return path, rest[0] if rest else ""


def _usage(value: str, origin: Origin) -> list[Signal]:
    return read_content_usage(value.encode("utf-8", "surrogateescape"), origin)


_READERS: Final[dict[str, Callable[[str, Origin], list[Signal]]]] = {
    "usage": _usage,
    "signal": read_content_signal,
    "license": licence_elsewhere,
}
_STANDARD: Final = {"usage": "aipref", "signal": "content-signals", "license": "rsl"}
