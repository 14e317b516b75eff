"""Who bears the risk of goods on their way: seller or buyer, by the terms of delivery (Incoterms 2020).

ICC, Incoterms 2020, A3 and B3 of each rule: risk passes with delivery. Delivery is at the seller's place
(EXW), to the carrier (FCA, CPT, CIP), alongside or on board the ship (FAS, FOB, CFR, CIF), or only where the
goods are going (DAP, DPU, DDP). So what is lost on the way is the buyer's loss by the first eight, whoever
pays for the carriage, and the seller's by the last three.

Without terms it is the seller's: risk passes when the buyer takes the goods over (CISG, article 69 (1)), and
what was lost never was; nobody takes a loss over by silence.
"""

from __future__ import annotations

from typing import Final

AT_ORIGIN: Final = frozenset({"EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP"})
"""By these the buyer bears the risk on the way."""
AT_DESTINATION: Final = frozenset({"DAP", "DPU", "DDP"})
"""By these the seller does."""


def risk_bearer(incoterm: str, sender: str, consignee: str) -> str:
    """Return who bears a loss on the way: the consignee where risk passed at the origin, else the sender."""
    return consignee if incoterm in AT_ORIGIN else sender
