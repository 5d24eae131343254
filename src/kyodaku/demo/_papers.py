# SPDX-License-Identifier: Apache-2.0
"""The demo's registry file and use file, as people would write them."""

from __future__ import annotations

__all__ = ["REGISTRY", "USE"]

REGISTRY = """\
# The registry of the demo. All persons, companies and works in it are invented; any likeness is chance.
# デモ用の登録簿。登場する人物・団体・作品はすべて架空のものです。

parties:
  - {id: hoshikage, kind: holder, name: {en: Hoshikage Animation, ja: 星影アニメーション}}
  - {id: tsubameya, kind: holder, name: {en: Tsubameya Books, ja: つばめや書房}}
  - {id: kazamachi-tv, kind: holder, name: {en: Kazamachi Television, ja: 風待ちテレビ}}
  - {id: otoshizuku, kind: holder, name: {en: Otoshizuku Records, ja: 音雫レコード}}
  - {id: tram-committee, kind: committee, name: {en: Tram 7 Production Committee, ja: 「夏空行き七番電車」製作委員会}}
  - {id: yonaga, kind: holder, name: {en: Rurika Yonaga, ja: 夜永るりか}}
  - {id: drawn-film-rights, kind: association, name: {en: Drawn Film Rights Association, ja: 描画映像権利協会}}
  - {id: example-video-lab, kind: developer, name: {en: Example Video Lab, ja: サンプル映像ラボ}}

works:
  # 1. One holder, who said yes. / 権利者は一人。許諾あり。
  - id: moon-lighthouse
    kind: film
    title: {en: The Moon Lighthouse, ja: 月の灯台}
    shares:
      - {party: hoshikage, rights: all}
    moral:
      - {author: hoshikage, consent: true}

  # 2. Three holders; two said yes, one has not answered. / 共有者は三者。二者は許諾、一者は未回答。
  - id: summer-tram
    kind: film
    title: {en: Tram 7 to the Summer Sky, ja: 夏空行き七番電車}
    shares:
      - {party: tsubameya, rights: all}
      - {party: kazamachi-tv, rights: all}
      - {party: otoshizuku, rights: all}

  # 3. One holder, whose association said no. / 権利者は一人。協会が代理して拒絶。
  - id: clockwork-fox
    kind: film
    title: {en: The Clockwork Fox, ja: からくり狐}
    shares:
      - {party: hoshikage, rights: all}
    # What it is called, and what it looks like: a prompt may name it in disguise, or not at all.
    # 呼び名と外見。プロンプトは名を変え、あるいは名を挙げずに描写することがある。
    names:
      - {text: からくりぎつね, lang: ja, kind: kana}
    traits:
      - {text: {en: brass fox, ja: 真鍮の狐}, weight: 3, group: body, must: true}
      - {text: {en: winding key between its shoulders, ja: 背中のぜんまい}, weight: 2, group: prop}
      - {text: {en: riveted copper tail, ja: 鋲打ちの尾}, weight: 2, group: body}

  # 4. Made from a manga; nobody has said anything. / 漫画が原作。誰も意思を示していない。
  - id: neon-courier
    kind: film
    title: {en: Neon Courier, ja: ネオン便}
    derived_from: [neon-courier-manga]
    shares:
      - {party: hoshikage, rights: all}
  - id: neon-courier-manga
    kind: manga
    title: {en: Neon Courier (manga), ja: ネオン便(漫画)}
    shares:
      - {party: yonaga, rights: all}

mandates:
  # The committee speaks for those members who asked it to; the record company has not.
  # 製作委員会は委任した構成員を代理する。レコード会社は委任していない。
  - id: mandate-tsubameya
    agent: tram-committee
    principal: tsubameya
    may: [grant, refusal, objection, revocation]
    works: [summer-tram]
    valid_from: 2025-09-01T00:00:00Z
  - id: mandate-kazamachi
    agent: tram-committee
    principal: kazamachi-tv
    may: [grant, refusal, objection, revocation]
    works: [summer-tram]
    valid_from: 2025-09-01T00:00:00Z
  # The association may refuse and object for the studio; to license is not its business.
  # 協会は拒絶・異議を代理できるが、許諾はできない。
  - id: mandate-hoshikage
    agent: drawn-film-rights
    principal: hoshikage
    may: [refusal, reservation, objection]
    works: [clockwork-fox]
    valid_from: 2025-09-01T00:00:00Z

permissions:
  - id: lighthouse-for-training
    kind: grant
    by: hoshikage
    to: example-video-lab
    works: [moon-lighthouse]
    acts: [collect, train]
    models: [video-1]
    effective_from: 2025-11-04T00:00:00Z
  - id: lighthouse-for-generating
    kind: grant
    by: hoshikage
    to: example-video-lab
    works: [moon-lighthouse]
    acts: [generate]
    models: [video-1]
    duties: [credit Hoshikage Animation / 星影アニメーションの表示]
    effective_from: 2025-11-04T00:00:00Z
  - id: tram-for-training
    kind: grant
    by: tram-committee
    to: example-video-lab
    works: [summer-tram]
    acts: [collect, train]
    models: [video-1]
    effective_from: 2025-11-10T00:00:00Z
  - id: fox-not-for-training
    kind: refusal
    by: drawn-film-rights
    to: anyone
    works: [clockwork-fox]
    acts: [collect, mine, train, fine_tune, generate]
    effective_from: 2025-10-27T00:00:00Z
"""

USE = """\
# What the lab wants to do. Without `at` it is now. / ラボが行おうとする利用。`at` を省くと現在時刻。
developer: example-video-lab
act: train
model: video-1
territory: [JP]
"""
