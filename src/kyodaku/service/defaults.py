# SPDX-License-Identifier: Apache-2.0
"""The use that a service's requests are decided on, where a key's policy says nothing of its own."""

from __future__ import annotations

from dataclasses import dataclass

from kyodaku.generation.video_gate import Asker
from kyodaku.service.teams import Key

__all__ = ["Defaults"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Defaults:
    """The service's own developer, regime, model, purpose and territory."""

    developer: str
    regime: str = "jp-prior"
    model: str = ""
    purpose: str = "all"
    territory: tuple[str, ...] = ("world",)

    def asker(self, key: Key, model: str = "") -> Asker:
        """Whose request it is: the model is the one that will make the video, whatever the caller calls it."""
        policy = key.policy
        return Asker(
            developer=policy.developer or self.developer,
            regime=policy.regime or self.regime,
            model=self.model_of(key, model) or "all",
            purpose=policy.purpose or self.purpose,
            territory=policy.territory or self.territory,
        )

    def model_of(self, key: Key, model: str) -> str:
        """The model that is decided on and asked for: one and the same, or a grant for one would serve for another."""
        return key.policy.model or self.model or model
