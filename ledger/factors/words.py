"""What people call things, in three languages, and the words under which factor tables have them.

The list is our own, for what farms, packhouses, carriers and ports buy; a factor's own Chinese name is
searched too. Nothing is translated by guess: a word that isn't here is searched as it stands, and one that
nothing has is compared with the tables' own words, for misspellings.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

_TERMS: Final = """
纸箱|紙箱|carton cartons cardboard|corrugated box;paperboard box
纸板|紙板|paperboard board|paperboard
纸|紙|paper|paper
塑料袋|塑膠袋|liner liners bag bags|plastics bag
塑料薄膜|塑膠薄膜|film|plastics film
泡沫箱|泡沫箱|eps styrofoam polystyrene|polystyrene foam
塑料|塑膠|plastic plastics|plastic
木箱|木箱|crate crates|wood container
托盘|托盤|pallet pallets|pallet
标签|標籤|label labels|label;printing
化肥|化肥|fertilizer fertiliser fertilizers fertilisers|fertilizer
肥料|肥料|manure|fertilizer
氮肥|氮肥|urea|nitrogenous fertilizer;urea
农药|農藥|pesticide pesticides herbicide insecticide|pesticide
柴油|柴油|diesel|diesel
汽油|汽油|petrol gasoline|petrol;gasoline
燃油|燃油|fuel|fuel
天然气|天然氣|gas|natural gas
煤|煤|coal|coal
电力|電力|electricity power|electricity;electric power
电|電|kwh|electricity;electric power
水|水|water|water
制冷剂|製冷劑|refrigerant refrigerants|refrigerant
冷库|冷庫|coldstore|refrigerated
冷藏|冷藏|refrigerated|refrigerated
卡车|卡車|truck trucks lorry|truck;hgv
货运|貨運|freight haulage|freight;truck transportation
海运|海運|shipping sea|deep sea;container ship
船|船|ship vessel|ship;water transportation
铁路|鐵路|rail railway|rail
航空|航空|air flight|air
港口|港口|port terminal|port and harbor;marine cargo
仓储|倉儲|warehouse storage|warehousing
水果|水果|fruit fruits lychee|fruit
荔枝|荔枝|litchi|noncitrus fruit;fruit
蔬菜|蔬菜|vegetable vegetables|vegetable
钢|鋼|steel|steel
铝|鋁|aluminium aluminum|alumin
水泥|水泥|cement|cement
玻璃|玻璃|glass|glass
机械|機械|machine machinery machines|machinery
农业机械|農業機械|tractor tractors|farm machinery
维修|維修|repair maintenance|repair
保险|保險|insurance|insurance
清洁|清潔|cleaning|janitorial
检测|檢測|laboratory testing|testing laboratories
纺织|紡織|textile textiles|textile
劳动|勞動|labour labor|employment
垃圾|垃圾|waste refuse|waste
"""


@lru_cache(maxsize=1)
def terms() -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return, for each thing that people say, the phrases under which tables have it.

    Each is a tuple of words with a space before, since they are looked up where a word begins.
    """
    found: dict[str, tuple[tuple[str, ...], ...]] = {}
    for line in _TERMS.split("\n"):
        if line:
            hans, hant, english, phrases = line.split("|")
            meant = tuple(tuple(f" {word}" for word in phrase.split()) for phrase in phrases.split(";"))
            found |= dict.fromkeys((hans, hant, *english.split()), meant)
    return found


def meanings(word: str) -> tuple[tuple[str, ...], ...]:
    """Return what a typed word may stand for: itself, its singular, and the phrases of its term.

    Chinese has no spaces: of the terms that a word contains, the longest counts.
    """
    own = ((word,), *(((word[:-1],),) if len(word) > 3 and word.endswith("s") else ()))
    known = terms()
    if word in known:
        return (*own, *known[word])
    if word.isascii():
        return own
    inside = max((term for term in known if term in word), key=len, default=None)
    return (*own, *known[inside]) if inside else own


def spelled(word: str, vocabulary: Iterable[str]) -> str | None:
    """Return the word of a vocabulary that somebody may have meant, None where none is near."""
    near = get_close_matches(word, list(vocabulary), n=1, cutoff=0.8) if len(word) > 3 else []
    return near[0] if near else None
