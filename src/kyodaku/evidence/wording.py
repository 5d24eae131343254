# SPDX-License-Identifier: Apache-2.0
"""What a pack proves, and what it does not, in words that go with it; the verifier says its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

__all__ = ["DOES_NOT_PROVE", "KINDS", "PROVES", "Kind"]

Kind = Literal["decision", "run", "work"]
KINDS: Final[tuple[Kind, ...]] = ("decision", "run", "work")

_Texts = Mapping[str, tuple[str, ...]]

PROVES: Final[Mapping[str, _Texts]] = {
    "decision": {
        "en": (
            "These facts were before the gate when it decided on this medium, and this was its answer.",
            "The answer follows from the facts by the table of the law that is in this pack; anyone can decide again.",
            "The answer stood in the ledger when the run was recorded, and was not changed since.",
        ),
        "ja": (
            "ゲートがこの媒体について判断した際の事実と、その回答を示す。",
            "回答は、本証拠に収めた規則の表を事実に当てはめて得られるものであり、誰でも再計算できる。",
            "回答は学習用データ選別の記録時に台帳に記載され、その後変更されていない。",
        ),
    },
    "run": {
        "en": (
            "These are all the decisions that the run recorded, each with its facts, and none was changed or left out.",
            "Each answer follows from its facts by the table of the law that is in this pack; anyone can decide again.",
            "The run and its decisions stood in the ledger when it was recorded, and were not changed since.",
        ),
        "ja": (
            "本選別において記録された全ての判断とその事実を示す。変更も欠落もない。",
            "各回答は、本証拠に収めた規則の表を事実に当てはめて得られるものであり、誰でも再計算できる。",
            "本選別とその判断は記録時に台帳に記載され、その後変更されていない。",
        ),
    },
    "work": {
        "en": (
            (
                "For each run named here: whether the work was among those found in any clip of its corpus, and whether"
                " it was among those found in a clip that was cleared, as the run recorded it."
            ),
            "Where it was found: these decisions on clips in which it was found, each with its facts.",
            (
                "“Not found” means exactly this: under the matcher and the thresholds named, compared with the"
                " references that were registered by then, no clip of the corpus matched the work, not even possibly,"
                " and no row claimed to use it."
            ),
        ),
        "ja": (
            (
                "記載された各選別について、対象集合のいずれかのクリップから本著作物が検出されたか、また、複製を認めた"
                "クリップから検出されたかを、選別時の記録どおりに示す。"
            ),
            "検出された場合は、検出されたクリップに関する判断とその事実を示す。",
            (
                "「検出されなかった」とは、記載の照合方法としきい値により、その時点で登録されていた参照と比較して、"
                "対象集合のどのクリップも本著作物に(可能性の段階でも)一致せず、本著作物を利用する旨の申告もなかった"
                "ことのみを意味する。"
            ),
        ),
    },
}

_ALWAYS: Final[_Texts] = {
    "en": (
        (
            "It does not prove that the facts are true: whose the work is, and what its holders said, is what was"
            " registered by then."
        ),
        "It does not prove that nothing else was copied or trained on: only what went through the gate is told of.",
        "It shows no other entry of the log than those in it: there may be other runs, or the same run recorded again.",
        (
            "It does not show the media, and does not look at them again: that a clip has the hash named, and what the"
            " matcher found in it, is what the run recorded."
        ),
        "It is no legal advice and no judgment: the table of the law is a position, with its sources.",
    ),
    "ja": (
        "事実の真実性(権利の帰属及び権利者の意思表示)を証明するものではない。その時点の登録内容を示すにとどまる。",
        "ゲートを経ない複製や学習がなかったことを証明するものではない。",
        "収めた以外の台帳の記載については何も示さない。他の選別や、同じ選別の再記録が存在しうる。",
        "媒体そのものを含まず、再照合も行わない。ハッシュ値と照合結果は選別時の記録による。",
        "法的助言でも司法判断でもない。規則の表は、典拠を付した一つの見解である。",
    ),
}

_OF_WORKS: Final[_Texts] = {
    "en": (
        (
            "It does not prove that the work is in no clip: a matcher misses some copies, and finds none of a work of"
            " which no reference was registered."
        ),
        (
            "A clip that could not be examined was compared with nothing, and counts as one in which nothing was found;"
            " the run's decisions name it with the reason, and it was not cleared unless they say so."
        ),
        (
            "What the work is part of or derived from counts as it was registered when the run began, not as it was"
            " declared since."
        ),
        "It rests on the run's having recorded what it found: whoever ran it could have recorded less.",
        (
            "With which references the work was compared, and with how many, is what the maker of this pack says; which"
            " runs it names is the maker's choice."
        ),
        (
            "Where the work was found, it does not show that these are all the decisions on clips with it: a pack of"
            " the run does."
        ),
    ),
    "ja": (
        (
            "本著作物がどのクリップにも含まれないことを証明するものではない。照合には見落としがあり、参照が登録されて"
            "いない著作物は検出されない。"
        ),
        (
            "検査できなかったクリップはどの参照とも照合されておらず、検出なしとして数えられる。該当するクリップと理由は"
            "選別の判断に記載され、その記載がない限り複製は認められていない。"
        ),
        "著作物相互の関係(構成部分・原作)は選別の開始時の登録によるものであり、その後の申告は反映されない。",
        "選別の実施者が検出結果を正しく記録したことを前提とする。",
        "どの参照、何件の参照と照合したかは本証拠の作成者の申告による。どの選別を記載するかも作成者が選んだものである。",
        "検出された場合でも、収めた判断が本著作物を含むクリップの全てであることは示さない。選別全体の証拠がこれを示す。",
    ),
}

_OF_DECISIONS: Final[_Texts] = {
    "en": ("It says nothing of the run's other decisions: a pack of the run has them all.",),
    "ja": ("本選別の他の判断については何も示さない。選別全体の証拠がその全てを収める。",),
}

DOES_NOT_PROVE: Final[Mapping[str, _Texts]] = {
    "decision": {language: (*_OF_DECISIONS[language], *_ALWAYS[language]) for language in _ALWAYS},
    "run": _ALWAYS,
    "work": {language: (*_OF_WORKS[language], *_ALWAYS[language]) for language in _ALWAYS},
}
