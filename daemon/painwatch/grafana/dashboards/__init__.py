"""The four dashboards, made of the configuration: facility overview, cage, system, study."""
