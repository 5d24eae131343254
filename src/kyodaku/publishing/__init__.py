# SPDX-License-Identifier: Apache-2.0
"""A registry's decision on a work, published in every standard at once, with word of where each file goes."""

from kyodaku.publishing.publish import Published, publish_work
from kyodaku.publishing.terms import terms_of

__all__ = ["Published", "publish_work", "terms_of"]
