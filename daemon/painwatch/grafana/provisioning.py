"""Alert rules, contact points and policies as the files that Grafana reads when it starts. Pure."""

from __future__ import annotations

from painwatch.config.models import Config


def alerting_files(config: Config) -> dict[str, str]:
    """File name -> YAML, for Grafana's folder provisioning/alerting.

    Always `painwatch-rules.yaml`; with contact points also `painwatch-contact-points.yaml` and
    `painwatch-policies.yaml`. No secret stands in them: Grafana reads them itself, from its environment or a file. A
    file of policies replaces the whole tree of a Grafana: that one is for a Grafana that painwatch has for itself.
    """
    raise NotImplementedError
