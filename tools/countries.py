"""Derive `shared/vocabulary/data/countries.json` from the table of OCHA in hdx-python-country.

For maintainers: `pip install hdx-python-country`, then `python tools/countries.py`. States carry
the short names of UNTERM, other areas those of the M49 list. CORRECTIONS are ours and marked
`to_review`; `region` follows the rules of the deployer's organisation (see ATTRIBUTION.md).
"""

import csv
import json
import sys
from importlib.resources import files
from pathlib import Path

TABLE = "Countries & Territories Taxonomy MVP - C&T Taxonomy.csv"
TARGET = Path(__file__).parents[1] / "shared" / "vocabulary" / "data" / "countries.json"
ZONES = Path("/usr/share/zoneinfo/zone.tab")

LANGUAGES = {
    "ar": "Arabic",
    "zh": "Chinese",
    "en": "English",
    "fr": "French",
    "ru": "Russian",
    "es": "Spanish",
}

ARAB_STATES = frozenset(
    {
        *("DZA", "BHR", "EGY", "IRQ", "JOR", "KWT", "LBN", "LBY", "MAR"),
        *("OMN", "PSE", "QAT", "SAU", "SDN", "SYR", "TUN", "ARE", "YEM"),
    }
)

AFRICA, AMERICAS, ASIA, OCEANIA = "2", "19", "142", "9"
LATIN_AMERICA_CARIBBEAN, AUSTRALIA_NEW_ZEALAND = "419", "53"

CORRECTIONS = {
    ("ALA", "ru"): "Аландские острова",
    ("CCK", "ru"): "Кокосовые (Килинг) острова",
    ("CYM", "ru"): "Каймановы острова",
    ("TLS", "ar"): "تيمور - ليشتي",
}
"""Slips in the source: names in the genitive, words in the wrong order, a stray space."""

CAPITAL_ZONES = {
    "AR": "America/Argentina/Buenos_Aires",
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "CL": "America/Santiago",
    "CY": "Asia/Nicosia",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "FM": "Pacific/Pohnpei",
    "GL": "America/Nuuk",
    "ID": "Asia/Jakarta",
    "KZ": "Asia/Almaty",
    "MN": "Asia/Ulaanbaatar",
    "MX": "America/Mexico_City",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PG": "Pacific/Port_Moresby",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "US": "America/New_York",
    "UZ": "Asia/Tashkent",
}
"""Where the first zone listed for a country is not the one that most of its institutions use."""


def region(row: dict[str, str]) -> str:
    """Return the one of five regions that a country belongs to."""
    if row["ISO 3166-1 Alpha 3-Codes"] in ARAB_STATES:
        return "arab_states"
    if row["Sub-region Code"] == LATIN_AMERICA_CARIBBEAN:
        return "latin_america_caribbean"
    if row["Region Code"] == AFRICA:
        return "africa"
    if row["Region Code"] in (ASIA, OCEANIA) and row["Sub-region Code"] != AUSTRALIA_NEW_ZEALAND:
        return "asia_pacific"
    return "europe_others"


def zones() -> dict[str, str]:
    """Return one IANA zone for each ISO2 code: the first in the zone table, or our choice."""
    found: dict[str, str] = {}
    for line in ZONES.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            found.setdefault(code, zone)
    return found | CAPITAL_ZONES


def names(row: dict[str, str], iso3: str, *, is_state: bool) -> dict[str, str]:
    """Return the names of a country in six languages."""
    column = "{} Short" if is_state else "M49 {}"
    given = {code: row[column.format(name)].strip() for code, name in LANGUAGES.items()}
    return {code: CORRECTIONS.get((iso3, code), name) for code, name in given.items()}


def countries() -> list[dict[str, object]]:
    """Return every State, and every area of the M49 list that lies in a region, by ISO3 code."""
    source = files("hdx.location").joinpath(TABLE).read_text(encoding="utf-8-sig")
    zone_of = zones()
    found = []
    for row in csv.DictReader(source.splitlines()):
        iso3, is_state = row["ISO 3166-1 Alpha 3-Codes"], row["Appears in UNTERM list"] == "Y"
        spoken = names(row, iso3, is_state=is_state)
        if not iso3 or not row["Region Code"] or not all(spoken.values()):
            continue
        iso2 = row["ISO 3166-1 Alpha 2-Codes"]
        found.append(
            {
                "iso3": iso3,
                "iso2": iso2,
                "m49": row["m49 numerical code"].zfill(3),
                "kind": "state" if is_state else "area",
                "region": region(row),
                "zone": zone_of.get(iso2, "UTC"),
                "names": spoken,
                "to_review": sorted(code for code in LANGUAGES if (iso3, code) in CORRECTIONS),
            }
        )
    return sorted(found, key=lambda country: str(country["iso3"]))


def main() -> None:
    """Write the file, one country a line, so that a change reads well."""
    lines = [json.dumps(country, ensure_ascii=False) for country in countries()]
    TARGET.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")
    sys.stdout.write(f"{len(lines)} countries written to {TARGET}\n")


if __name__ == "__main__":
    main()
