"""Fixtures that several of these files use."""

from fixtures.grafana_push import grafana, site

__all__ = ["grafana", "site"]
