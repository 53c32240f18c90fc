"""What a Grafana is given: dashboards and alert rules made of the configuration, as files or through its API."""
