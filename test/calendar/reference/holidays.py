"""Public holidays by another program: python-holidays 0.105 (https://pypi.org/project/holidays/).

    pip install holidays==0.105
    python test/calendar/reference/holidays.py > test/calendar/reference/holidays.json
"""

import json
import os
import sys

# This file has the package's name, and its own folder comes first on the path.
sys.path = [entry for entry in sys.path if os.path.abspath(entry or ".") != os.path.dirname(os.path.abspath(__file__))]

import holidays  # noqa: E402

CODES = ["GB-ENG", "GB-SCT", "GB-NIR", "US", "US-CA", "DE", "DE-BY", "FR", "JP", "NZ", "AU-NSW", "CA-ON", "CH-ZH", "NO", "NL", "IE", "PT", "TR"]

reference = {}
for code in CODES:
    country, _, subdivision = code.partition("-")
    days = holidays.country_holidays(country, subdiv=subdivision or None, years=range(2024, 2031), language=None)
    reference[code] = {day.isoformat(): name for day, name in sorted(days.items())}
json.dump({"program": f"python-holidays {holidays.__version__}", "holidays": reference}, sys.stdout, indent=1, ensure_ascii=False)
print()
