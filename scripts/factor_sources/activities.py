"""Which physical factor an activity's plain code stands for, by stage and unit; chosen by hand, tested."""

from __future__ import annotations

from typing import Final

COLUMNS: Final = ("activity", "stage", "factor", "name", "name_zh")
OPERATION: Final = "operation"
PROVISION: Final = "energy_provision"

_FUELS: Final = {
    "diesel_burnt": ("diesel-100-mineral-diesel", "l t", "Diesel burnt", "柴油燃烧"),
    "diesel_blend_burnt": (
        "diesel-average-biofuel-blend",
        "l t",
        "Diesel with biofuel burnt",
        "含生物柴油的柴油燃烧",
    ),
    "petrol_burnt": ("petrol-100-mineral-petrol", "l t", "Petrol burnt", "汽油燃烧"),
    "lpg_burnt": ("lpg", "l t kwh-net", "Liquefied petroleum gas burnt", "液化石油气燃烧"),
    "natural_gas_burnt": ("natural-gas-100-mineral-blend", "m3 t kwh-net", "Natural gas burnt", "天然气燃烧"),
    "coal_burnt": ("coal-industrial", "t kwh-net", "Coal burnt", "煤燃烧"),
    "marine_gas_oil_burnt": ("marine-gas-oil", "l t", "Marine gas oil burnt", "船用轻柴油燃烧"),
    "marine_fuel_oil_burnt": ("marine-fuel-oil", "l t", "Marine fuel oil burnt", "船用燃料油燃烧"),
    "jet_fuel_burnt": ("aviation-turbine-fuel", "l t", "Jet fuel burnt", "航空煤油燃烧"),
}
_FREIGHT: Final = {
    "road_freight": (
        "hgv.all-hgvs.average-laden.t-km",
        "Road freight, average lorry",
        "公路货运（平均货车）",
    ),
    "road_freight_artic": (
        "hgv.all-artics.average-laden.t-km",
        "Road freight, articulated lorry",
        "公路货运（半挂车）",
    ),
    "road_freight_refrigerated": (
        "hgv-refrigerated.all-hgvs.average-laden.t-km",
        "Road freight, refrigerated lorry",
        "公路冷藏货运（平均货车）",
    ),
    "road_freight_refrigerated_artic": (
        "hgv-refrigerated.all-artics.average-laden.t-km",
        "Road freight, refrigerated articulated lorry",
        "公路冷藏货运（半挂车）",
    ),
    "van_freight": (
        "vans.average-up-to-3.5-tonnes.diesel.t-km",
        "Freight by diesel van",
        "厢式货车运输（柴油）",
    ),
    "rail_freight": ("rail.freight-train.t-km", "Rail freight", "铁路货运"),
    "sea_freight_container": ("cargo-ship.container-ship.average.t-km", "Container ship", "集装箱船海运"),
    "sea_freight_container_8000_teu": (
        "cargo-ship.container-ship.8000-plus-teu.t-km",
        "Container ship over 8,000 TEU",
        "集装箱船海运（8000标箱以上）",
    ),
    "air_freight_long_haul": (
        "freight-flights.long-haul-to-from-uk.without-rf.t-km",
        "Air freight, long haul",
        "长途航空货运（不含辐射强迫）",
    ),
    "air_freight_short_haul": (
        "freight-flights.short-haul-to-from-uk.without-rf.t-km",
        "Air freight, short haul",
        "短途航空货运（不含辐射强迫）",
    ),
}
_SINGLE: Final = {
    "wood_burnt": (
        "desnz-2024.biomass.wood-logs.t",
        "Wood logs burnt, CH4 and N2O",
        "木柴燃烧（甲烷和氧化亚氮）",
    ),
    "prunings_burnt": ("ipcc-2019.burning.prunings", "Prunings burnt in the open", "露天焚烧修剪枝条"),
    "urea_applied": ("ipcc-2019.soil-co2.urea", "Urea applied, CO2", "尿素施用的二氧化碳"),
    "limestone_applied": ("ipcc-2019.soil-co2.limestone", "Limestone applied, CO2", "石灰石施用的二氧化碳"),
    "dolomite_applied": ("ipcc-2019.soil-co2.dolomite", "Dolomite applied, CO2", "白云石施用的二氧化碳"),
    "board_made": (
        "desnz-2025.material.paper-and-board-board.primary-material-production.t",
        "Board for cartons made",
        "纸箱用纸板生产",
    ),
    "paper_made": (
        "desnz-2025.material.paper-and-board-paper.primary-material-production.t",
        "Paper made",
        "纸张生产",
    ),
    "polystyrene_made": (
        "desnz-2025.material.plastics-ps.primary-material-production.t",
        "Polystyrene (foam boxes) made",
        "聚苯乙烯泡沫箱生产",
    ),
    "polyethylene_film_made": (
        "desnz-2025.material.plastics-ldpe-and-lldpe.primary-material-production.t",
        "Polyethylene film and liners made",
        "聚乙烯薄膜生产",
    ),
    "polypropylene_made": (
        "desnz-2025.material.plastics-pp.primary-material-production.t",
        "Polypropylene (bags, crates) made",
        "聚丙烯袋和周转箱生产",
    ),
    "hdpe_made": (
        "desnz-2025.material.plastics-hdpe.primary-material-production.t",
        "Polyethylene (HDPE crates) made",
        "高密度聚乙烯周转箱生产",
    ),
    "plastic_made": (
        "desnz-2025.material.plastics-average-plastics.primary-material-production.t",
        "Plastics made, average",
        "塑料生产（平均）",
    ),
    "wood_made": (
        "desnz-2025.material.wood.primary-material-production.t",
        "Wood (pallets) made",
        "木托盘用木材生产",
    ),
    "food_waste_landfilled": (
        "desnz-2025.waste.organic-food-and-drink-waste.landfill.t",
        "Food waste landfilled",
        "食物废弃物填埋",
    ),
    "food_waste_composted": (
        "desnz-2025.waste.organic-food-and-drink-waste.composting.t",
        "Food waste composted",
        "食物废弃物堆肥",
    ),
    "food_waste_digested": (
        "desnz-2025.waste.organic-food-and-drink-waste.anaerobic-digestion.t",
        "Food waste digested",
        "食物废弃物厌氧消化",
    ),
    "garden_waste_composted": (
        "desnz-2025.waste.organic-garden-waste.composting.t",
        "Prunings and garden waste composted",
        "修剪枝条堆肥",
    ),
    "board_waste_recycled": (
        "desnz-2025.waste.paper-and-board-board.closed-loop.t",
        "Board collected for recycling",
        "废纸板回收",
    ),
    "plastic_waste_landfilled": (
        "desnz-2025.waste.plastics-average-plastics.landfill.t",
        "Plastic waste landfilled",
        "塑料废弃物填埋",
    ),
    "water_supplied": ("desnz-2025.water.water-supply.m3", "Mains water", "自来水供应"),
}
_REFRIGERANTS: Final = ("r-22", "r-32", "r-134a", "r-404a", "r-407c", "r-410a", "r-452a", "r-507a")


def rows() -> list[dict[str, str]]:
    """Return a row per activity, stage and factor, in a fixed order."""
    found: list[tuple[str, ...]] = []
    for code, (fuel, units, name, name_zh) in _FUELS.items():
        for unit in units.split():
            found.append((code, OPERATION, f"desnz-2024.fuel.{fuel}.{unit}", name, name_zh))
            found.append((code, PROVISION, f"desnz-2025.fuel.{fuel}.{unit}.wtt", name, name_zh))
    for code, (way, name, name_zh) in _FREIGHT.items():
        found.append((code, OPERATION, f"desnz-2025.freight.{way}.ttw", name, name_zh))
        found.append((code, PROVISION, f"desnz-2025.freight.{way}.wtt", name, name_zh))
    found += [(code, OPERATION, *words) for code, words in _SINGLE.items()]
    for gas in _REFRIGERANTS:
        code, name = f"refrigerant_{gas.replace('-', '')}_released", gas.upper()
        words = (f"Refrigerant {name} topped up or leaked", f"制冷剂 {name} 泄漏或补充")
        found.append((code, OPERATION, f"refrigerant.{gas}.ar5", *words))
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]
