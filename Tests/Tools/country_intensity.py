"""Make the table of countries' grid intensities that Accounting embeds, from CodeCarbon's table.

    python3 Tests/Tools/country_intensity.py global_energy_mix.json

writes Sources/Accounting/Profiles/country_intensity.csv. The input is codecarbon/data/private_infra/global_energy_mix.json
of mlco2/codecarbon at commit b05965e (MIT), whose intensities are Our World in Data's (CC BY 4.0), life cycle, g/kWh. Needs
pycountry for the codes of two letters that zones begin with.
"""

import json
import sys
from pathlib import Path

import pycountry

OUTPUT = Path(__file__).parents[2] / "Sources/Accounting/Profiles/country_intensity.csv"


def main():
    rows = []
    for code, country in json.load(open(sys.argv[1])).items():
        known = pycountry.countries.get(alpha_3=code)
        # A grid of exactly 0 g is one without data.
        if known and country.get("carbon_intensity"):
            rows.append(f"{known.alpha_2},{country['carbon_intensity']:.0f},{country['year']}")
    with open(OUTPUT, "w") as file:
        file.write("# Yearly mean g CO2e/kWh, life cycle. CodeCarbon at b05965e (MIT), after Our World in Data (CC BY 4.0);\n")
        file.write("# made by Tests/Tools/country_intensity.py.\n")
        file.write("\n".join(sorted(rows)) + "\n")


main()
