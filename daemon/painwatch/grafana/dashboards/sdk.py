"""What is used of grafana-foundation-sdk, which warns at import that a newer form of dashboards exists.

That newer form needs Grafana 12 with a feature switched on; the classic one is taken by Grafana 11, 12 and 13.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from grafana_foundation_sdk.builders import common as common_builders
    from grafana_foundation_sdk.builders import dashboard as builders
    from grafana_foundation_sdk.builders import stat, statetimeline, statushistory, table, text, timeseries
    from grafana_foundation_sdk.cog import builder, encoder, plugins, runtime, variants
    from grafana_foundation_sdk.models import common, dashboard
    from grafana_foundation_sdk.models import text as text_models

__all__ = [
    "builder",
    "builders",
    "common",
    "common_builders",
    "dashboard",
    "encoder",
    "plugins",
    "runtime",
    "stat",
    "statetimeline",
    "statushistory",
    "table",
    "text",
    "text_models",
    "timeseries",
    "variants",
]
